"""Exports besides ideas and groups, and what of all of them stands in the public dataset.

Votes carry no name: `person` is a keyed hash of the voter, another for each campaign, purpose and kind of export. It is
computed in the database from a key that never leaves it. Authors are named where pages name them; a public file has
pseudonyms instead, which are others than those of votes.
"""

from __future__ import annotations

from ideas.errors import message
from ideas.planning.columns import CLUSTERS, IDEAS, Column, Sheet

_PERSON = message("pseudonym: the same person has the same one in files of the same kind and purpose")
_CAMPAIGN = Column("campaign", "p.slug", message("short name of the campaign"))

COMMENTS = Sheet(
    (
        Column("id", "m.id", message("number of the comment"), kind="int"),
        _CAMPAIGN,
        Column("idea", "m.idea", message("number of the idea"), kind="int"),
        Column("idea_title", "i.title", message("title of the idea"), 40, kind="text"),
        Column("side", "m.side", message("for, against or question")),
        Column("author", "a.name", message("public name of the author"), 18, kind="text"),
        Column("text", "m.text", message("text"), 60, kind="text"),
        Column("created", "m.created", message("when it was written"), 20, kind="time"),
    ),
    """comment m JOIN idea i ON i.id = m.idea JOIN campaign p ON p.id = i.campaign
    JOIN account a ON a.id = m.author""",
    "m",
)

VOTES = Sheet(
    (
        _CAMPAIGN,
        Column("idea", "v.idea", message("number of the idea"), kind="int"),
        Column("idea_title", "i.title", message("title of the idea"), 40, kind="text"),
        Column("cluster", "i.cluster", message("number of the group it stands in"), kind="int"),
        Column("person", "{person:v.account}", _PERSON, 26),
        Column("value", "v.value", message("1 for, -1 against"), kind="int"),
        Column(
            "hour",
            "date_trunc('hour', v.created)",
            message("when it was given, to the hour"),
            20,
            kind="time",
        ),
    ),
    "vote v JOIN idea i ON i.id = v.idea JOIN campaign p ON p.id = i.campaign",
    "v",
)

_DECIDED = """CROSS JOIN LATERAL (SELECT count(*) AS ideas, min(r.idea) AS first FROM ruling r
        WHERE r.decision = d.id) n"""
DECISIONS = Sheet(
    (
        Column("id", "d.id", message("number of the decision"), kind="int"),
        _CAMPAIGN,
        Column("cluster", "d.cluster", message("number of the group that was decided on"), kind="int"),
        Column("cluster_name", "c.name", message("name of the group"), 36, kind="text"),
        Column("idea", "n.first", message("number of the idea, the first where there are several"), kind="int"),
        Column("ideas", "n.ideas", message("ideas that it answers"), kind="int"),
        Column("verdict", "d.verdict", message("accept, decline or forward")),
        Column("reason", "d.reason", message("the reason given to its authors"), 60, kind="text"),
        Column("moderator", "a.name", message("who decided"), 18, kind="text"),
        Column("created", "d.created", message("when it was decided"), 20, kind="time"),
        Column("undone", "d.undone", message("when it was taken back"), 20, kind="time"),
    ),
    f"""decision d JOIN campaign p ON p.id = d.campaign JOIN account a ON a.id = d.moderator
    LEFT JOIN cluster c ON c.id = d.cluster {_DECIDED}""",
    "d",
)  # fmt: skip

AUDIT = Sheet(
    (
        Column("chain", "u.chain", message("number of the campaign whose log it is, 0 for none"), kind="int"),
        Column("id", "u.id", message("number of the deed"), kind="int"),
        Column(
            "account", "coalesce(u.account, 0)", message("number of the account, 0 for the command line"), kind="int"
        ),
        Column("name", "a.name", message("name of who did it"), 18, kind="text"),
        Column("kind", "u.kind", message("what was done")),
        Column("subject", "u.subject", message("what it was done to"), 18),
        Column("data", "u.data::text", message("from what to what, as JSON"), 60, kind="text"),
        Column(
            "created", """to_char(u.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
            message("when, to the microsecond, as it is hashed"), 28,
        ),
        Column("previous", "encode(u.previous, 'hex')", message("hash of the row before in its chain"), 30),
        Column("hash", "encode(u.hash, 'hex')", message("SHA-256 of the hash before and this row"), 30),
    ),
    "audit u LEFT JOIN account a ON a.id = u.account",
    "u",
)  # fmt: skip

PARTICIPATION = Sheet(
    (
        _CAMPAIGN,
        Column("area", "area", message("okrug"), 24, kind="text"),
        Column("district", "district", message("district"), 24, kind="text"),
        Column("principle", "principle", message("principle of the standard; empty for none"), 20),
        Column("ideas", "ideas", message("ideas; empty where too few people stand behind them"), kind="int"),
        Column(
            "people", "people", message("distinct people: authors and voters, each once; empty where too few"),
            kind="int",
        ),
        Column("votes", "votes", message("votes for them; empty where too few people gave them"), kind="int"),
        Column(
            "suppressed", "suppressed", message("whether the counts are left out so that nobody is recognised"),
            kind="bool",
        ),
    ),
    "",
    "",
)  # fmt: skip

_SUPPRESSED = message("whether the counts are left out so that nobody is recognised")
RESIDENTS = Sheet(
    (
        _CAMPAIGN,
        Column("area", "area", message("okrug where they live"), 24, kind="text"),
        Column(
            "district", "district", message("district where they live; empty where they did not say"), 24, kind="text"
        ),
        Column("age_group", "age_group", message("age group; empty where they did not say"), 16),
        Column(
            "people", "people", message("distinct people: authors and voters, each once; empty where too few"),
            kind="int",
        ),
        Column("ideas", "ideas", message("ideas that they sent in; empty where too few people"), kind="int"),
        Column("votes", "votes", message("votes that they gave; empty where too few people"), kind="int"),
        Column("suppressed", "suppressed", _SUPPRESSED, kind="bool"),
    ),
    "",
    "",
)  # fmt: skip

SHEETS = {
    "ideas": IDEAS,
    "clusters": CLUSTERS,
    "comments": COMMENTS,
    "votes": VOTES,
    "decisions": DECISIONS,
    "audit": AUDIT,
    "participation": PARTICIPATION,
    "residents": RESIDENTS,
}

# Districts and centres that few people wrote about are left out beside a pseudonym: `{rare:districts}`.
_BLURRED = {
    "area": "CASE WHEN NOT {rare:district} THEN coalesce(d.area->>'{lang}', d.area->>'ru') END",
    "district": "CASE WHEN NOT {rare:district} THEN coalesce(d.name->>'{lang}', d.name->>'ru') END",
    "office": "CASE WHEN NOT {rare:office} THEN coalesce(o.name->>'{lang}', o.name->>'ru') END",
}


def _public(sheet: Sheet, left_out: set[str], account: str = "") -> Sheet:
    """A sheet for everybody: without some columns, places of few people empty, the author as a pseudonym."""
    columns = []
    for c in sheet.columns:
        if c.name == "author" and account:
            columns.append(Column("person", f"{{person:{account}}}", _PERSON, 26))
        elif c.name not in left_out:
            sql = _BLURRED.get(c.name, c.sql) if sheet is IDEAS else c.sql
            columns.append(Column(c.name, sql, c.about, c.width, c.kind))
    return Sheet(tuple(columns), sheet.source, sheet.letter)


OPEN = {
    "ideas": _public(IDEAS, {"impressions", "source", "tagged_by", "similarity"}, "i.author"),
    "clusters": _public(CLUSTERS, {"cohesion"}),
    "comments": _public(COMMENTS, {"idea_title"}, "m.author"),
    "decisions": _public(DECISIONS, {"moderator"}),
    "participation": PARTICIPATION,
}
