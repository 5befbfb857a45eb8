"""The numbers of a campaign's report, each by one statement over the whole campaign."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from ideas import database
from ideas.campaign.rules import Campaign
from ideas.commitment import queries as commitments
from ideas.i18n import CITY_TIME
from ideas.standard import pledges
from ideas.standard import queries as standards

TOP = 5
TOP_OF_DISTRICT = 3
MOST_COMMITMENTS = 500
ZONE = str(CITY_TIME)


class Totals(msgspec.Struct):
    """`people` are distinct over ideas, votes and comments; `grouped` ideas stand in groups of two or more."""

    ideas: int
    authors: int
    votes: int
    voters: int
    imported: int
    comments: int
    commenters: int
    people: int
    grouped: int
    groups: int


class Moment(msgspec.Struct):
    """A day, week or month and what came in."""

    day: date
    ideas: int
    votes: int
    comments: int


class StageRow(msgspec.Struct):
    id: int
    ideas: int
    votes: int
    comments: int
    people: int


class Answers(msgspec.Struct):
    """Ideas by status, and days from an idea to the decision that stands: median and ninth tenth."""

    statuses: dict[str, int]
    decided: int
    median: float | None
    ninety: float | None


class Part(msgspec.Struct):
    """A principle or district (None: of none)."""

    id: int | None
    ideas: int
    votes: int
    people: int
    answered: int


class Group(msgspec.Struct):
    """A group at a place of a list; `part` is the principle or district, None over all. `votes` hold imported ones."""

    part: int | None
    id: int
    name: str
    state: str
    ideas: int
    supporters: int
    votes: int = 0


class Figures(msgspec.Struct):
    """Everything that a report tells, as it was at `made`."""

    made: datetime
    unit: str
    totals: Totals
    moments: list[Moment]
    stages: list[StageRow]
    answers: Answers
    principles: list[Part]
    districts: list[Part]
    groups: list[Group]
    principle_groups: list[Group]
    district_groups: list[Group]
    tally: commitments.Tally
    commitments: list[commitments.Row]
    versions: list[standards.VersionRow]
    standard: standards.Version | None
    pledges: int


_TOTALS = """
WITH own AS MATERIALIZED (SELECT id, author, cluster, imported_votes FROM idea WHERE campaign = $1 AND hidden IS NULL),
cast_votes AS MATERIALIZED (SELECT v.account FROM vote v JOIN own ON own.id = v.idea WHERE v.value = 1),
said AS MATERIALIZED (SELECT m.author FROM comment m JOIN own ON own.id = m.idea WHERE m.hidden IS NULL)
SELECT (SELECT count(*) FROM own) AS ideas, (SELECT count(DISTINCT author) FROM own) AS authors,
    (SELECT count(*) FROM cast_votes) AS votes, (SELECT count(DISTINCT account) FROM cast_votes) AS voters,
    (SELECT coalesce(sum(imported_votes), 0)::bigint FROM own) AS imported,
    (SELECT count(*) FROM said) AS comments, (SELECT count(DISTINCT author) FROM said) AS commenters,
    (SELECT count(*) FROM (SELECT author FROM own UNION SELECT account FROM cast_votes UNION SELECT author FROM said) p)
        AS people,
    (SELECT count(*) FROM own JOIN cluster k ON k.id = own.cluster AND k.size > 1) AS grouped,
    (SELECT count(*) FROM cluster WHERE campaign = $1 AND retired IS NULL AND size > 1) AS groups
"""
_EVENTS = """WITH event AS (
    SELECT i.created, 'idea' AS kind, i.author AS account FROM idea i WHERE i.campaign = $1 AND i.hidden IS NULL
    UNION ALL SELECT v.created, 'vote', v.account FROM vote v JOIN idea i ON i.id = v.idea
        WHERE i.campaign = $1 AND i.hidden IS NULL AND v.value = 1
    UNION ALL SELECT m.created, 'comment', m.author FROM comment m JOIN idea i ON i.id = m.idea
        WHERE i.campaign = $1 AND i.hidden IS NULL AND m.hidden IS NULL)
"""
_COUNTS = """count(*) FILTER (WHERE kind = 'idea') AS ideas, count(*) FILTER (WHERE kind = 'vote') AS votes,
    count(*) FILTER (WHERE kind = 'comment') AS comments"""
_MOMENTS = f"""{_EVENTS} SELECT date_trunc($2, created AT TIME ZONE '{ZONE}')::date AS day, {_COUNTS}
FROM event GROUP BY 1 ORDER BY 1 LIMIT 400"""
_STAGES = f"""{_EVENTS} SELECT s.id, {_COUNTS}, count(DISTINCT e.account) AS people FROM stage s
LEFT JOIN event e ON e.created >= s.opens AND e.created < s.closes WHERE s.campaign = $1
GROUP BY s.id, s.opens ORDER BY s.opens, s.id"""
_ANSWERS = """
WITH first AS (SELECT r.idea, min(d.created) AS decided FROM decision d JOIN ruling r ON r.decision = d.id
    WHERE d.campaign = $1 AND d.undone IS NULL GROUP BY r.idea),
days AS (SELECT extract(epoch FROM f.decided - i.created) / 86400 AS n FROM first f JOIN idea i ON i.id = f.idea
    WHERE i.hidden IS NULL AND f.decided >= i.created)
SELECT (SELECT jsonb_object_agg(status, n) FROM (SELECT status, count(*) AS n FROM idea
        WHERE campaign = $1 AND hidden IS NULL GROUP BY status) s) AS statuses,
    (SELECT count(*) FROM days) AS decided,
    (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FROM days)::float AS median,
    (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FROM days)::float AS ninety
"""
_PARTS = """
WITH part AS MATERIALIZED (SELECT {part} AS part, i.id, i.author, i.support, i.status FROM idea i {join}
    WHERE i.campaign = $1 AND i.hidden IS NULL),
people AS (SELECT part, count(*) AS people FROM (SELECT part, author FROM part
    UNION SELECT p.part, v.account FROM part p JOIN vote v ON v.idea = p.id AND v.value = 1) x GROUP BY part)
SELECT p.part AS id, count(*) AS ideas, sum(p.support)::bigint AS votes, min(n.people) AS people,
    count(*) FILTER (WHERE p.status <> 'submitted') AS answered
FROM part p JOIN people n ON n.part IS NOT DISTINCT FROM p.part GROUP BY p.part ORDER BY min(n.people) DESC, p.part
"""
# Where people came over as numbers, nobody is known behind a group, and votes part equals.
_GROUPS = """SELECT NULL::bigint AS part, k.id, k.name, k.state, k.size AS ideas, k.supporters, v.votes FROM cluster k
    JOIN (SELECT cluster, sum(support)::bigint AS votes FROM idea WHERE campaign = $1 AND hidden IS NULL
        AND cluster IS NOT NULL GROUP BY cluster) v ON v.cluster = k.id
WHERE k.campaign = $1 AND k.retired IS NULL AND k.size > 0 ORDER BY k.supporters DESC, v.votes DESC, k.id LIMIT 20"""
# A group stands under each principle that a third of its ideas are tagged with.
_OF_PRINCIPLE = f"""
WITH tagged AS (SELECT i.cluster, t.principle, count(*) AS n, sum(i.support)::bigint AS votes
    FROM idea i JOIN tag t ON t.idea = i.id
    WHERE i.campaign = $1 AND i.hidden IS NULL AND i.cluster IS NOT NULL GROUP BY i.cluster, t.principle),
ranked AS (SELECT t.principle AS part, k.id, k.name, k.state, k.size AS ideas, k.supporters, t.votes,
        row_number() OVER (PARTITION BY t.principle ORDER BY k.supporters DESC, t.votes DESC, k.id) AS place
    FROM tagged t JOIN cluster k ON k.id = t.cluster AND k.retired IS NULL AND k.size > 0 AND 3 * t.n >= k.size)
SELECT part, id, name, state, ideas, supporters, votes FROM ranked WHERE place <= {TOP} ORDER BY part, place
"""
# In a district, a group's people are those behind its ideas about that district.
_OF_DISTRICT = f"""
WITH own AS MATERIALIZED (SELECT id, author, cluster, district, support FROM idea
    WHERE campaign = $1 AND hidden IS NULL AND cluster IS NOT NULL AND district IS NOT NULL),
people AS (SELECT district, cluster, count(*) AS supporters FROM (SELECT district, cluster, author FROM own
    UNION SELECT o.district, o.cluster, v.account FROM own o JOIN vote v ON v.idea = o.id AND v.value = 1) x
    GROUP BY district, cluster),
sizes AS (SELECT district, cluster, count(*) AS ideas, sum(support)::bigint AS votes FROM own
    GROUP BY district, cluster),
ranked AS (SELECT p.district AS part, k.id, k.name, k.state, s.ideas, p.supporters, s.votes,
        row_number() OVER (PARTITION BY p.district ORDER BY p.supporters DESC, s.votes DESC, k.id) AS place
    FROM people p JOIN sizes s USING (district, cluster) JOIN cluster k ON k.id = p.cluster AND k.retired IS NULL)
SELECT part, id, name, state, ideas, supporters, votes FROM ranked WHERE place <= {TOP_OF_DISTRICT} ORDER BY part, place
"""

Progress = Callable[[float], Awaitable[None]]


async def gather(where: Campaign, progress: Progress) -> Figures:
    """All figures of a campaign; `progress` hears what part of the work is done."""
    made = datetime.now(UTC)
    today = made.astimezone(CITY_TIME).date()
    span = await database.fetch_one(
        "SELECT min(created) AS first, max(created) AS last FROM idea WHERE campaign = $1 AND hidden IS NULL",
        where.id,
    )
    unit = unit_of(span["first"], span["last"]) if span and span["first"] else "day"
    found: dict[str, Any] = {"made": made, "unit": unit}
    steps: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
        ("totals", lambda: _one(Totals, _TOTALS, where.id)),
        ("moments", lambda: _many(Moment, _MOMENTS, where.id, unit)),
        ("stages", lambda: _many(StageRow, _STAGES, where.id)),
        ("answers", lambda: _answers(where.id)),
        (
            "principles",
            lambda: _many(
                Part, _PARTS.format(part="t.principle", join="LEFT JOIN tag t ON t.idea = i.id"), where.id
            ),
        ),
        ("districts", lambda: _many(Part, _PARTS.format(part="i.district", join=""), where.id)),
        ("groups", lambda: _many(Group, _GROUPS, where.id)),
        ("principle_groups", lambda: _many(Group, _OF_PRINCIPLE, where.id)),
        ("district_groups", lambda: _many(Group, _OF_DISTRICT, where.id)),
        ("tally", lambda: commitments.tally(where.id, today)),
        ("commitments", lambda: _commitments(where.id, today)),
        ("versions", lambda: _versions(where.id)),
        ("standard", lambda: standards.current(where.id)),
        ("pledges", lambda: pledges.total(where.id)),
    ]
    for n, (name, step) in enumerate(steps, 1):
        found[name] = await step()
        await progress(n / len(steps))
    return Figures(**found)


def unit_of(first: datetime, last: datetime) -> str:
    """Days for three weeks, weeks for half a year, months beyond: so that a chart has some twenty columns."""
    days = (last - first).days
    return "day" if days <= 21 else "week" if days <= 183 else "month"


async def _one(kind: type[Any], sql: str, *args: Any) -> Any:
    row = await database.fetch_one(sql, *args)
    assert row is not None
    return kind(**row)


async def _many(kind: type[Any], sql: str, *args: Any) -> list[Any]:
    return database.structs(kind, await database.fetch(sql, *args))


async def _answers(campaign: int) -> Answers:
    row = await database.fetch_one(_ANSWERS, campaign)
    assert row is not None
    return Answers(database.from_json(row["statuses"]) or {}, row["decided"], row["median"], row["ninety"])


async def _commitments(campaign: int, today: date) -> list[commitments.Row]:
    return (await commitments.listed(commitments.Asked(campaign), today, most=MOST_COMMITMENTS))[0]


async def _versions(campaign: int) -> list[standards.VersionRow]:
    head = await standards.head(campaign)
    return await standards.versions(head.id) if head else []
