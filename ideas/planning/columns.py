"""What an export holds: its columns, what each means, and the SQL that fills them."""

from __future__ import annotations

import msgspec

from ideas.cluster.members import SUPPORTERS
from ideas.errors import Message, message


class Column(msgspec.Struct, frozen=True):
    """A column of an export; `{lang}` in its SQL is the language of names."""

    name: str
    sql: str
    about: Message
    width: int = 12


IDEAS = (
    Column("id", "i.id", message("number of the idea")),
    Column("campaign", "p.slug", message("short name of the campaign")),
    Column("title", "i.title", message("title"), 48),
    Column("text", "i.text", message("text"), 60),
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
    Column("area", "coalesce(d.area->>'{lang}', d.area->>'ru')", message("okrug"), 24),
    Column("district", "coalesce(d.name->>'{lang}', d.name->>'ru')", message("district"), 24),
    Column("office", "coalesce(o.name->>'{lang}', o.name->>'ru')", message("public service centre"), 32),
    Column("author", "a.name", message("public name of the author"), 18),
    Column("votes", "i.votes", message("people who voted for it here")),
    Column("votes_against", "i.votes_against", message("people who voted against it, in imported data")),
    Column("imported_votes", "i.imported_votes", message("votes for it that an imported file only counted")),
    Column(
        "imported_against",
        "i.imported_against",
        message("votes against it that an imported file only counted"),
    ),
    Column("comments", "i.comments", message("comments")),
    Column("impressions", "i.impressions", message("how often it was shown")),
    Column("cluster", "i.cluster", message("number of the group it stands in")),
    Column("cluster_name", "c.name", message("name of the group"), 36),
    Column(
        "similarity",
        "round(i.similarity::numeric, 3)::float4",
        message("closeness to the group's typical idea, 0 to 1"),
    ),
    Column("theme", "h.name", message("theme"), 24),
    Column("created", "i.created", message("when it was submitted"), 20),
    Column("edited", "i.edited", message("when its author changed it last"), 20),
    Column("source", "i.source", message("its key in the file it was imported from"), 20),
)
IDEAS_FROM = """idea i JOIN campaign p ON p.id = i.campaign JOIN account a ON a.id = i.author
    LEFT JOIN district d ON d.id = i.district LEFT JOIN office o ON o.id = i.office
    LEFT JOIN cluster c ON c.id = i.cluster LEFT JOIN theme h ON h.id = i.theme"""

CLUSTERS = (
    Column("id", "c.id", message("number of the group")),
    Column("campaign", "p.slug", message("short name of the campaign")),
    Column("name", "c.name", message("name of the group"), 48),
    Column("theme", "h.name", message("theme"), 24),
    Column("state", "c.state", message("open, accepted, declined or forwarded")),
    Column("ideas", "n.ideas", message("ideas that say the same")),
    Column("supporters", SUPPORTERS.format("c.id"), message("distinct people: authors and voters, each once")),
    Column("votes", "n.votes", message("votes for its ideas, a person may have given several")),
    Column("votes_against", "n.against", message("people who voted against it, in imported data")),
    Column("imported_votes", "n.imported", message("votes for it that an imported file only counted")),
    Column("comments", "n.comments", message("comments")),
    Column("districts", "n.districts", message("how many districts its ideas come from")),
    Column(
        "principles",
        """(SELECT string_agg(slug, ', ' ORDER BY ideas DESC, slug) FROM (SELECT r.slug, count(*) AS ideas FROM idea i
            JOIN tag t ON t.idea = i.id JOIN principle r ON r.id = t.principle
            WHERE i.cluster = c.id AND i.hidden IS NULL GROUP BY r.slug ORDER BY count(*) DESC LIMIT 3) s)""",
        message("its commonest principles, three at most"),
        28,
    ),
    Column("cohesion", "round(c.cohesion::numeric, 3)::float4", message("mean closeness to its typical idea, 0 to 1")),
    Column("typical", "y.id", message("number of its most typical idea")),
    Column("typical_title", "y.title", message("title of its most typical idea"), 48),
    Column("typical_text", "y.text", message("text of its most typical idea"), 60),
    Column(
        "keywords",
        "(SELECT string_agg(k, ', ') FROM jsonb_array_elements_text(c.keywords) k)",
        message("keywords"),
        28,
    ),
    Column("verdict", "e.verdict", message("the decision that stands: accept, decline or forward")),
    Column("reason", "e.reason", message("the reason given to its authors"), 48),
    Column("decided", "e.created", message("when it was decided"), 20),
    Column("created", "c.created", message("when the group arose"), 20),
)  # fmt: skip
CLUSTERS_FROM = """cluster c JOIN campaign p ON p.id = c.campaign LEFT JOIN theme h ON h.id = c.theme
    LEFT JOIN idea y ON y.id = c.typical LEFT JOIN decision e ON e.cluster = c.id AND e.undone IS NULL
    CROSS JOIN LATERAL (SELECT count(*) AS ideas, coalesce(sum(i.votes), 0) AS votes,
        coalesce(sum(i.votes_against), 0) AS against, coalesce(sum(i.imported_votes), 0) AS imported,
        coalesce(sum(i.comments), 0) AS comments, count(DISTINCT i.district) AS districts
        FROM idea i WHERE i.cluster = c.id AND i.hidden IS NULL) n"""
