"""The rows behind placing a new idea: its neighbours, and where it goes. All of it in the caller's transaction."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from ideas import database
from ideas.cluster import members

NEIGHBOURS = 15
EXACT = 5000
"""Up to so many ideas every one is compared: exact, and faster than the index when other campaigns are large."""


class Neighbour(msgspec.Struct):
    """An idea nearby. `free`: it may found a cluster with another; `cluster` is None unless it is open."""

    id: int
    score: float
    cluster: int | None
    free: bool
    title: str
    theme: int | None


_COLUMNS = """i.id, 1 - near.distance AS score, CASE WHEN c.state = 'open' THEN c.id END AS cluster,
    i.cluster IS NULL AS free, i.title, i.theme"""
_NEAR_EXACT = f"""
WITH near AS MATERIALIZED (SELECT e.idea, e.vector <=> $3 AS distance FROM embedding e
    WHERE e.campaign = $1 AND e.version = $2)
SELECT {_COLUMNS} FROM near JOIN idea i ON i.id = near.idea LEFT JOIN cluster c ON c.id = i.cluster
WHERE i.hidden IS NULL AND i.id <> $5 ORDER BY near.distance, i.id LIMIT $4
"""
_NEAR = f"""
WITH near AS MATERIALIZED (SELECT e.idea, e.vector <=> $3 AS distance FROM embedding e
    WHERE e.campaign = $1 AND e.version = $2 ORDER BY e.vector <=> $3 LIMIT $4 + 5)
SELECT {_COLUMNS} FROM near JOIN idea i ON i.id = near.idea LEFT JOIN cluster c ON c.id = i.cluster
WHERE i.hidden IS NULL AND i.id <> $5 ORDER BY near.distance, i.id LIMIT $4
"""


async def neighbours(
    campaign: int, version: str, vector: np.ndarray, besides: int, ideas: int, limit: int = NEIGHBOURS
) -> list[Neighbour]:
    """The nearest ideas of a campaign with about `ideas` of them, by cosine."""
    if ideas > EXACT:
        await search_widely()
    rows = await database.fetch(
        _NEAR if ideas > EXACT else _NEAR_EXACT, campaign, version, vector, limit, besides
    )
    return database.structs(Neighbour, rows)


async def search_widely() -> None:
    """Let the index look on until enough rows pass the filter; holds until the transaction ends."""
    await database.execute(
        "SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '100', true)"
    )


async def put(idea: int, cluster: int | None, similarity: float | None, theme: int | None) -> set[int]:
    """Put an idea into a cluster, or leave it alone; the answer is every cluster that changed by it."""
    row: Any = await database.fetch_one("SELECT cluster FROM idea WHERE id = $1 FOR NO KEY UPDATE", idea)
    before = row["cluster"]
    await database.execute(
        """UPDATE idea SET cluster = $2, similarity = $3,
            theme = coalesce((SELECT theme FROM cluster WHERE id = $2), $4, theme) WHERE id = $1""",
        idea, cluster, similarity, theme,
    )  # fmt: skip
    if before == cluster:
        return {cluster} if cluster else set()
    if before is not None:
        await members.record(before, "shrank", left=1, came=0, ideas=[idea])
    if cluster is not None:
        await members.record(cluster, "grew", came=1, left=0, ideas=[idea])
    return {c for c in (before, cluster) if c is not None}


async def found(campaign: int, idea: int, title: str, other: Neighbour) -> int:
    """A new cluster of an idea and another one that stood alone; the older one names it until the next run."""
    cluster = await members.new_cluster(campaign, None, other.title or title, other.id)
    await database.execute("UPDATE cluster SET theme = $2 WHERE id = $1", cluster, other.theme)
    await database.execute(
        "UPDATE idea SET cluster = $2, similarity = $3 WHERE id = ANY($1::bigint[])",
        [idea, other.id], cluster, other.score,
    )  # fmt: skip
    await members.record(cluster, "new", came=2, left=0, ideas=[other.id, idea])
    return cluster


async def retire_emptied(clusters: set[int]) -> None:
    """Retire open clusters that nobody is in any more; a last member stands alone again."""
    await database.execute(
        """UPDATE idea i SET cluster = NULL, similarity = NULL FROM cluster c
        WHERE c.id = ANY($1::bigint[]) AND i.cluster = c.id AND c.state = 'open' AND NOT c.pinned
            AND (SELECT count(*) FROM idea m WHERE m.cluster = c.id) = 1""",
        sorted(clusters),
    )
    await database.execute(
        """UPDATE cluster c SET retired = now(), changed = now() WHERE c.id = ANY($1::bigint[]) AND c.retired IS NULL
            AND c.state = 'open' AND NOT EXISTS (SELECT FROM idea i WHERE i.cluster = c.id)""",
        sorted(clusters),
    )
