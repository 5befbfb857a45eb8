"""What a run would like to know of moderators: do these two ideas say the same? Asked is what teaches most.

A run works the questions out and stores them, so that the page that asks is quick; each pair is asked once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ideas import database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster.rules import pair

MOST = 60
"""So many questions a run asks."""


class Found(msgspec.Struct):
    """Two ideas, and how alike they are (0..1); those that teach most come first."""

    first: int
    second: int
    likeness: float


class Side(msgspec.Struct):
    """One of the two ideas; `cluster` is None for one that stands alone. size: ideas of that group, or 1."""

    id: int
    title: str
    text: str
    author: str
    created: datetime
    votes: int
    cluster: int | None
    name: str | None
    size: int
    supporters: int


class Question(msgspec.Struct):
    """`together`: both are of one group, so that "different" parts it; else "same" joins what they stand for."""

    id: int
    campaign: int
    first: Side
    second: Side
    likeness: float
    worth: float

    @property
    def together(self) -> bool:
        return self.first.cluster is not None and self.first.cluster == self.second.cluster


async def store(campaign: int, found: Sequence[Found]) -> None:
    """Put the questions of a run in place of those of the run before, in its transaction."""
    await database.execute("DELETE FROM question WHERE campaign = $1 AND state = 'waiting'", campaign)
    pairs = [pair(f.first, f.second) for f in found]
    await database.execute(
        """INSERT INTO question (campaign, first, second, likeness, worth)
        SELECT $1, n.first, n.second, n.likeness, n.worth
        FROM unnest($2::bigint[], $3::bigint[], $4::real[], $5::real[]) n (first, second, likeness, worth)
            JOIN idea a ON a.id = n.first JOIN idea b ON b.id = n.second
        ON CONFLICT DO NOTHING""",
        campaign, [a for a, _ in pairs], [b for _, b in pairs], [f.likeness for f in found],
        [float(len(found) - n) for n in range(len(found))],
    )  # fmt: skip


async def store_fits(campaign: int, ideas: Sequence[int], fit: Sequence[float], half: Sequence[bool]) -> None:
    """Put how well ideas fit their clusters in place of what the run before found, after the run's own writing."""
    await database.execute(
        "DELETE FROM fit f USING cluster c WHERE c.id = f.cluster AND c.campaign = $1", campaign
    )
    await database.execute(
        """INSERT INTO fit (idea, cluster, fit, half)
        SELECT i.id, i.cluster, n.fit, n.half FROM unnest($1::bigint[], $2::real[], $3::boolean[]) n (id, fit, half)
            JOIN idea i ON i.id = n.id WHERE i.cluster IS NOT NULL ON CONFLICT (idea) DO UPDATE
            SET cluster = excluded.cluster, fit = excluded.fit, half = excluded.half""",
        list(ideas), list(fit), list(half),
    )  # fmt: skip


async def known(campaign: int) -> list[tuple[int, int]]:
    """Pairs that moderators have answered already."""
    rows = await database.fetch(
        "SELECT first, second FROM question WHERE campaign = $1 AND state <> 'waiting'", campaign
    )
    return [(row["first"], row["second"]) for row in rows]


_SIDE = """jsonb_build_object('id', {0}.id, 'title', {0}.title, 'text', {0}.text, 'author', {0}a.name,
    'created', {0}.created, 'votes', {0}.support, 'cluster', {0}.cluster, 'name', {0}c.name,
    'size', coalesce({0}c.size, 1), 'supporters', coalesce({0}c.supporters, 0))"""
# What has been answered, hidden, decided on or taken in hand by somebody else since is no question now.
_WAITING = f"""
FROM question q JOIN idea a ON a.id = q.first JOIN idea b ON b.id = q.second
    JOIN account aa ON aa.id = a.author JOIN account ba ON ba.id = b.author
    LEFT JOIN cluster ac ON ac.id = a.cluster LEFT JOIN cluster bc ON bc.id = b.cluster
WHERE q.state = 'waiting' AND a.hidden IS NULL AND b.hidden IS NULL AND a.status = 'submitted'
    AND b.status = 'submitted' AND coalesce(ac.state, 'open') = 'open' AND coalesce(bc.state, 'open') = 'open'
    AND NOT EXISTS (SELECT FROM claim k WHERE k.cluster IN (a.cluster, b.cluster) AND k.until > now()
        AND k.account <> $1)
    AND (ac.id IS NULL OR {scopes.of_clusters("$1", "ac")}) AND (bc.id IS NULL OR {scopes.of_clusters("$1", "bc")})
    AND {scopes.of_ideas("$1", "a")} AND {scopes.of_ideas("$1", "b")}
"""


async def waiting(
    person: Person, campaign: int, after: int | None = None, only: int | None = None
) -> Question | None:
    """The question that teaches most, of those past `after` or the one asked for by its number."""
    row: Any = await database.fetch_one(
        f"""SELECT q.id, q.campaign, {_SIDE.format("a")} AS first, {_SIDE.format("b")} AS second, q.likeness, q.worth
        {_WAITING} AND q.campaign = $2 AND ($4::bigint IS NULL OR q.id = $4) AND ($3::bigint IS NULL
            OR (q.worth, -q.id) < (SELECT worth, -id FROM question WHERE id = $3))
        ORDER BY q.worth DESC, q.id LIMIT 1""",
        person.id, campaign, after, only,
    )  # fmt: skip
    if row is None:
        return None
    sides = {k: database.from_json(row[k]) for k in ("first", "second")}
    return msgspec.convert({**row, **sides}, Question)


async def count(person: Person, campaign: int) -> int:
    """How many questions wait for a moderator."""
    return await database.fetch_value(f"SELECT count(*) {_WAITING} AND q.campaign = $2", person.id, campaign)
