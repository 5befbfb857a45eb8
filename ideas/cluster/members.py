"""What every change of membership shares: the campaign's lock, exact counts, the history.

All of it runs in the caller's transaction. Whoever changes who belongs where (a moderator, a placement, a run)
takes the campaign's lock first, so that two of them never interleave; voting takes no lock and never waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ideas import database
from ideas.notice.actions import tell_joined

LOCK = 7301
"""The first half of the advisory lock's key; the second is the campaign."""


async def lock(campaign: int) -> None:
    """Wait for the right to change the campaign's membership; held until the transaction ends."""
    await database.execute("SELECT pg_advisory_xact_lock($1::int, $2::int)", LOCK, campaign)


async def lock_ideas(ideas: Sequence[int]) -> None:
    """Lock rows in the order of their ids, as everybody does, so that nobody waits in a circle."""
    await database.execute(
        "SELECT FROM idea WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE", list(ideas)
    )


_APART = "NOT EXISTS (SELECT FROM apart x WHERE x.cluster = {0} AND x.idea = {1} AND x.account = {2})"
"""SQL: whether a person counts behind a cluster through an idea; they may have said that they do not."""
SUPPORTERS = f"""(SELECT count(*) FROM (
    SELECT i.author FROM idea i WHERE i.cluster = {{0}} AND i.hidden IS NULL
        AND {_APART.format("i.cluster", "i.id", "i.author")}
    UNION SELECT v.account FROM idea i JOIN vote v ON v.idea = i.id AND v.value = 1
        WHERE i.cluster = {{0}} AND i.hidden IS NULL AND {_APART.format("i.cluster", "i.id", "v.account")}) people)"""
"""SQL: the distinct people behind a cluster's visible ideas, authors and voters; `{0}` is the cluster's id."""

# Set by set, not cluster by cluster: while a campaign fills, the plan may be one made for empty tables, and must then
# cost one look through the votes, not one for each cluster.
COUNTED = f"""member AS MATERIALIZED (
    SELECT i.id, i.cluster, i.author, i.votes FROM idea i
    WHERE i.cluster = ANY({{0}}) AND i.hidden IS NULL),
voter AS MATERIALIZED (
    SELECT v.idea, v.account FROM vote v WHERE v.value = 1 AND v.idea = ANY (ARRAY(SELECT id FROM member))),
people AS (
    SELECT cluster, count(*) AS supporters FROM (SELECT m.cluster, m.author FROM member m
            WHERE {_APART.format("m.cluster", "m.id", "m.author")}
        UNION SELECT m.cluster, v.account FROM member m JOIN voter v ON v.idea = m.id
            WHERE {_APART.format("m.cluster", "m.id", "v.account")}) p GROUP BY cluster),
whole AS (
    SELECT cluster, count(*) AS size, sum(votes) AS votes FROM member GROUP BY cluster),
counted AS MATERIALIZED (
    SELECT k.id, coalesce(w.size, 0) AS size, coalesce(p.supporters, 0) AS supporters, coalesce(w.votes, 0) AS votes
    FROM unnest({{0}}) k (id) LEFT JOIN whole w ON w.cluster = k.id LEFT JOIN people p ON p.cluster = k.id)"""
"""SQL: `counted` (id, size, supporters, votes) of the clusters whose ids the array `{0}` holds, and its parts."""
_RECOUNT = f"""
WITH {COUNTED.format("$1::bigint[]")}
UPDATE cluster c SET size = n.size, supporters = n.supporters, votes = n.votes FROM counted n
WHERE c.id = n.id AND (c.size, c.supporters, c.votes) IS DISTINCT FROM (n.size, n.supporters, n.votes)
"""


async def recount(clusters: Iterable[int]) -> None:
    """Count members, votes and distinct supporters afresh."""
    ids = sorted(set(clusters))
    if ids:
        await database.execute(_RECOUNT, ids)


_TYPICAL = """
UPDATE cluster c SET typical = (SELECT i.id FROM idea i WHERE i.cluster = c.id AND i.hidden IS NULL
    ORDER BY i.similarity DESC NULLS LAST, i.id LIMIT 1)
WHERE c.id = ANY($1::bigint[]) AND NOT EXISTS (
    SELECT FROM idea i WHERE i.id = c.typical AND i.cluster = c.id AND i.hidden IS NULL)
"""
_SIMILARITY = """
UPDATE idea i SET similarity = least(1, greatest(0, 1 - (e.vector <=> t.vector)))
FROM cluster c
    JOIN model m ON m.campaign = c.campaign AND m.kind = 'encoder' AND m.active
    JOIN embedding t ON t.idea = c.typical AND t.version = m.version, embedding e
WHERE c.id = ANY($1::bigint[]) AND i.cluster = c.id AND e.idea = i.id AND e.version = m.version
    AND i.similarity IS DISTINCT FROM least(1, greatest(0, 1 - (e.vector <=> t.vector)))::real
"""
_COHESION = """
UPDATE cluster c SET cohesion = coalesce((SELECT avg(i.similarity) FROM idea i
    WHERE i.cluster = c.id AND i.hidden IS NULL), 0)
WHERE c.id = ANY($1::bigint[])
"""


async def settle(clusters: Iterable[int]) -> None:
    """After a change of membership: the typical idea, everybody's similarity to it, the counts; authors are told."""
    ids = sorted(set(clusters))
    if not ids:
        return
    await database.execute(_TYPICAL, ids)
    await database.execute(_SIMILARITY, ids)
    await database.execute(_COHESION, ids)
    await recount(ids)
    await tell_joined(ids)


async def record(cluster: int, kind: str, account: int | None = None, **data: Any) -> int:
    """Write what happened to a cluster; the answer is the event's id."""
    return await database.fetch_value(
        """WITH touched AS (UPDATE cluster SET changed = now() WHERE id = $1)
        INSERT INTO cluster_event (cluster, kind, account, data) VALUES ($1, $2, $3, $4) RETURNING id""",
        cluster, kind, account, database.to_json(data),
    )  # fmt: skip


async def new_cluster(campaign: int, like: int | None, name: str, typical: int | None) -> int:
    """An open cluster, in the theme of another one."""
    return await database.fetch_value(
        """INSERT INTO cluster (campaign, theme, name, keywords, typical)
        SELECT $1, (SELECT theme FROM cluster WHERE id = $2),
            $3, coalesce((SELECT keywords FROM cluster WHERE id = $2), '[]'), $4 RETURNING id""",
        campaign, like, name[:200], typical,
    )  # fmt: skip
