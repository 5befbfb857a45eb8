"""What may say the same as a cluster, or as an idea that stands alone: other clusters, and ideas without an answer."""

from __future__ import annotations

import msgspec

from ideas import database
from ideas.account import scopes

GROUPS = 6
IDEAS = 8
LEAST = 0.35
"""Lone ideas that are less alike (cosine) are not worth reading."""


class Beside(msgspec.Struct):
    """A cluster, or (`idea`) an idea in none or left out of a decision. `similarity` is the cosine of typical ideas."""

    id: int
    idea: bool
    name: str
    text: str
    size: int
    supporters: int
    similarity: float


FREE = """i.hidden IS NULL AND i.status = 'submitted' AND (i.cluster IS NULL OR EXISTS (
    SELECT FROM cluster g WHERE g.id = i.cluster AND g.state <> 'open'))"""
"""SQL: an idea that waits for an answer of its own: in no cluster, or left out of the decision on its cluster."""


async def beside(idea: int, cluster: int | None, moderator: int) -> list[Beside]:
    """The nearest open clusters and free ideas to an idea (a cluster's typical one), within a moderator's limits.

    None that a person has said to be something else.
    """
    rows = await database.fetch(
        f"""WITH mine AS MATERIALIZED (SELECT e.campaign, e.version, e.vector FROM embedding e
            JOIN model m ON m.campaign = e.campaign AND m.kind = 'encoder' AND m.active AND m.version = e.version
            WHERE e.idea = $1),
        groups AS (SELECT c.id, false AS idea, c.name, t.text, c.size, c.supporters, e.vector <=> mine.vector AS far
            FROM mine JOIN cluster c ON c.campaign = mine.campaign AND c.retired IS NULL AND c.size > 0
                JOIN idea t ON t.id = c.typical
                JOIN embedding e ON e.idea = c.typical AND e.version = mine.version
            WHERE c.id IS DISTINCT FROM $2::bigint AND c.state = 'open' AND {scopes.of_clusters("$3")}
            ORDER BY far LIMIT $4),
        free AS (SELECT i.id, true AS idea, i.title AS name, i.text, 1 AS size, i.votes AS supporters,
                e.vector <=> mine.vector AS far
            FROM mine JOIN idea i ON i.campaign = mine.campaign JOIN embedding e ON e.idea = i.id
                AND e.version = mine.version
            WHERE {FREE} AND i.id <> $1 AND i.cluster IS DISTINCT FROM $2::bigint AND {scopes.of_ideas("$3")}
                AND NOT EXISTS (SELECT FROM link l WHERE l.kind = 'cannot' AND (l.first, l.second)
                    = (least(i.id, $1::bigint), greatest(i.id, $1::bigint)))
            ORDER BY far LIMIT $5)
        SELECT id, idea, name, left(text, 300) AS text, size, supporters, least(1, greatest(0, 1 - far)) AS similarity
        FROM (SELECT * FROM groups UNION ALL SELECT * FROM free WHERE far <= $6) x ORDER BY far, id""",
        idea, cluster, moderator, GROUPS, IDEAS, 1 - LEAST,
    )  # fmt: skip
    return database.structs(Beside, rows)
