"""What an export holds: its columns, what each means, and the SQL that fills them."""

from __future__ import annotations

import msgspec

from ideas.cluster.members import SUPPORTERS
from ideas.errors import Message, message


class Column(msgspec.Struct, frozen=True):
    """A column of an export. In its SQL `{lang}` is the language of names and `{person:x}` a pseudonym of account `x`.

    `kind`: code (text of our own making), text (somebody typed it), int, float, bool, time (with its zone).
    """

    name: str
    sql: str
    about: Message
    width: int = 12
    kind: str = "code"


class Sheet(msgspec.Struct, frozen=True):
    """A kind of export: its columns, the tables they come from, and the letter that the ordered one goes by."""

    columns: tuple[Column, ...]
    source: str
    letter: str


_IDEAS = (
    Column("id", "i.id", message("number of the idea"), kind="int"),
    Column("campaign", "p.slug", message("short name of the campaign")),
    Column("title", "i.title", message("title"), 48, kind="text"),
    Column("text", "i.text", message("text"), 60, kind="text"),
    Column("lang", "i.lang", message("language of the text")),
    Column("status", "i.status", message("submitted, study, accepted, declined, standard or done")),
    Column(
        "principles",
        """(SELECT string_agg(r.slug, ', ' ORDER BY r.position) FROM tag t JOIN principle r ON r.id = t.principle
            WHERE t.idea = i.id)""",
        message("principles of the standard that the idea touches"),
        28,
    ),
    Column("tagged_by", "i.tagged", message("who gave the principles: model or moderator"), 10),
    Column("area", "coalesce(d.area->>'{lang}', d.area->>'ru')", message("okrug"), 24, kind="text"),
    Column("district", "coalesce(d.name->>'{lang}', d.name->>'ru')", message("district"), 24, kind="text"),
    Column(
        "office",
        "coalesce(o.name->>'{lang}', o.name->>'ru')",
        message("public service centre"),
        32,
        kind="text",
    ),
    Column("author", "a.name", message("public name of the author"), 18, kind="text"),
    Column("votes", "i.votes", message("people who voted for it here"), kind="int"),
    Column(
        "votes_against",
        "i.votes_against",
        message("people who voted against it, in imported data"),
        kind="int",
    ),
    Column(
        "imported_votes",
        "i.imported_votes",
        message("votes for it that an imported file only counted"),
        kind="int",
    ),
    Column(
        "imported_against",
        "i.imported_against",
        message("votes against it that an imported file only counted"),
        kind="int",
    ),
    Column("comments", "i.comments", message("comments"), kind="int"),
    Column("impressions", "i.impressions", message("how often it was shown"), kind="int"),
    Column("cluster", "i.cluster", message("number of the group it stands in"), kind="int"),
    Column("cluster_name", "c.name", message("name of the group"), 36, kind="text"),
    Column(
        "similarity",
        "round(i.similarity::numeric, 3)::float4",
        message("closeness to the group's typical idea, 0 to 1"),
        kind="float",
    ),
    Column("theme", "h.name", message("theme"), 24, kind="text"),
    Column("created", "i.created", message("when it was submitted"), 20, kind="time"),
    Column("edited", "i.edited", message("when its author changed it last"), 20, kind="time"),
    Column("source", "i.source", message("its key in the file it was imported from"), 20, kind="text"),
)
_IDEAS_FROM = """idea i JOIN campaign p ON p.id = i.campaign JOIN account a ON a.id = i.author
    LEFT JOIN district d ON d.id = i.district LEFT JOIN office o ON o.id = i.office
    LEFT JOIN cluster c ON c.id = i.cluster LEFT JOIN theme h ON h.id = i.theme"""

_CLUSTERS = (
    Column("id", "c.id", message("number of the group"), kind="int"),
    Column("campaign", "p.slug", message("short name of the campaign")),
    Column("name", "c.name", message("name of the group"), 48, kind="text"),
    Column("theme", "h.name", message("theme"), 24, kind="text"),
    Column("state", "c.state", message("open, accepted, declined or forwarded")),
    Column("ideas", "n.ideas", message("ideas that say the same"), kind="int"),
    Column(
        "supporters", SUPPORTERS.format("c.id"), message("distinct people: authors and voters, each once"), kind="int"
    ),
    Column("votes", "n.votes", message("votes for its ideas, a person may have given several"), kind="int"),
    Column("votes_against", "n.against", message("people who voted against it, in imported data"), kind="int"),
    Column("imported_votes", "n.imported", message("votes for it that an imported file only counted"), kind="int"),
    Column("comments", "n.comments", message("comments"), kind="int"),
    Column("districts", "n.districts", message("how many districts its ideas come from"), kind="int"),
    Column(
        "principles",
        """(SELECT string_agg(slug, ', ' ORDER BY ideas DESC, slug) FROM (SELECT r.slug, count(*) AS ideas FROM idea i
            JOIN tag t ON t.idea = i.id JOIN principle r ON r.id = t.principle
            WHERE i.cluster = c.id AND i.hidden IS NULL GROUP BY r.slug ORDER BY count(*) DESC LIMIT 3) s)""",
        message("its commonest principles, three at most"),
        28,
    ),
    Column(
        "cohesion", "round(c.cohesion::numeric, 3)::float4", message("mean closeness to its typical idea, 0 to 1"),
        kind="float",
    ),
    Column("typical", "y.id", message("number of its most typical idea"), kind="int"),
    Column("typical_title", "y.title", message("title of its most typical idea"), 48, kind="text"),
    Column("typical_text", "y.text", message("text of its most typical idea"), 60, kind="text"),
    Column(
        "keywords",
        "(SELECT string_agg(k, ', ') FROM jsonb_array_elements_text(c.keywords) k)",
        message("keywords"),
        28,
        kind="text",
    ),
    Column("verdict", "e.verdict", message("the decision that stands: accept, decline or forward")),
    Column("reason", "e.reason", message("the reason given to its authors"), 48, kind="text"),
    Column("decided", "e.created", message("when it was decided"), 20, kind="time"),
    Column("created", "c.created", message("when the group arose"), 20, kind="time"),
)  # fmt: skip
_CLUSTERS_FROM = """cluster c JOIN campaign p ON p.id = c.campaign LEFT JOIN theme h ON h.id = c.theme
    LEFT JOIN idea y ON y.id = c.typical LEFT JOIN decision e ON e.cluster = c.id AND e.undone IS NULL
    CROSS JOIN LATERAL (SELECT count(*) AS ideas, coalesce(sum(i.votes), 0) AS votes,
        coalesce(sum(i.votes_against), 0) AS against, coalesce(sum(i.imported_votes), 0) AS imported,
        coalesce(sum(i.comments), 0) AS comments, count(DISTINCT i.district) AS districts
        FROM idea i WHERE i.cluster = c.id AND i.hidden IS NULL) n"""

IDEAS = Sheet(_IDEAS, _IDEAS_FROM, "i")
CLUSTERS = Sheet(_CLUSTERS, _CLUSTERS_FROM, "c")
