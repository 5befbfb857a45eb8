"""What may say the same as a cluster, or as an idea that stands alone: other clusters, and ideas without an answer."""

from __future__ import annotations

import msgspec

from ideas import database
from ideas.account import scopes

GROUPS = 6
IDEAS = 12
LEAST = 0.35
"""Ideas that are less alike (cosine) are not worth reading."""


class Beside(msgspec.Struct):
    """A cluster, or (`idea`) a single idea: in none, left out of a decision, or in another open `cluster`.

    `similarity` is the cosine to the average of what it is compared with.
    """

    id: int
    idea: bool
    cluster: int | None
    name: str
    text: str
    size: int
    supporters: int
    similarity: float


FREE = """i.hidden IS NULL AND i.status = 'submitted' AND (i.cluster IS NULL OR EXISTS (
    SELECT FROM cluster g WHERE g.id = i.cluster AND g.state <> 'open'))"""
"""SQL: an idea that waits for an answer of its own: in no cluster, or left out of the decision on its cluster."""
_FREE_CLAIM = "NOT EXISTS (SELECT FROM claim k WHERE k.cluster = {0} AND k.until > now() AND k.account <> $3)"


async def beside(moderator: int, *, cluster: int | None = None, idea: int | None = None) -> list[Beside]:
    """What is nearest to a cluster, or to an idea that stands alone: open clusters, and ideas that are not of these.

    Within a moderator's limits; nothing that somebody else has in hand or a person has said to be something else.
    """
    rows = await database.fetch(
        f"""WITH own AS MATERIALIZED (SELECT i.id, i.campaign FROM idea i
            WHERE (i.id = $1 OR i.cluster = $2) AND i.hidden IS NULL),
        mine AS MATERIALIZED (SELECT e.campaign, e.version, avg(e.vector) AS vector FROM own
            JOIN model m ON m.campaign = own.campaign AND m.kind = 'encoder' AND m.active
            JOIN embedding e ON e.idea = own.id AND e.version = m.version GROUP BY e.campaign, e.version),
        groups AS MATERIALIZED (
            SELECT c.id, c.name, t.text, c.size, c.supporters, e.vector <=> mine.vector AS far
            FROM mine JOIN cluster c ON c.campaign = mine.campaign AND c.retired IS NULL AND c.size > 0
                JOIN idea t ON t.id = c.typical
                JOIN embedding e ON e.idea = c.typical AND e.version = mine.version
            WHERE c.id IS DISTINCT FROM $2::bigint AND c.state = 'open' AND {scopes.of_clusters("$3")}
                AND {_FREE_CLAIM.format("c.id")} ORDER BY far LIMIT $4),
        single AS (SELECT i.id, CASE WHEN g.state = 'open' THEN g.id END AS cluster, i.title, i.text, i.votes,
                e.vector <=> mine.vector AS far
            FROM mine JOIN idea i ON i.campaign = mine.campaign
                JOIN embedding e ON e.idea = i.id AND e.version = mine.version LEFT JOIN cluster g ON g.id = i.cluster
            WHERE i.hidden IS NULL AND i.status = 'submitted' AND i.id NOT IN (SELECT id FROM own)
                AND (g.id IS NULL OR g.id NOT IN (SELECT id FROM groups)) AND {_FREE_CLAIM.format("g.id")}
                AND {scopes.of_ideas("$3")} AND (g.state IS DISTINCT FROM 'open' OR {scopes.of_clusters("$3", "g")})
                AND NOT EXISTS (SELECT FROM link l JOIN own ON own.id = l.first + l.second - i.id
                    WHERE l.kind = 'cannot' AND i.id IN (l.first, l.second))
            ORDER BY far LIMIT $5)
        SELECT id, idea, cluster, name, left(text, 300) AS text, size, supporters,
            least(1, greatest(0, 1 - far)) AS similarity
        FROM (SELECT id, false AS idea, NULL::bigint AS cluster, name, text, size, supporters, far FROM groups
            UNION ALL SELECT id, true, cluster, title, text, 1, votes, far FROM single WHERE far <= $6) x
        ORDER BY far, id""",
        idea, cluster, moderator, GROUPS, IDEAS, 1 - LEAST,
    )  # fmt: skip
    return database.structs(Beside, rows)
