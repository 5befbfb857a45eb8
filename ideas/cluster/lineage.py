"""Where a cluster comes from: its past, and that of every cluster that it came from, back to the first idea."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ideas import database
from ideas.cluster.queries import TOLD, Event


class Origin(msgspec.Struct):
    """The first idea of a cluster's whole past."""

    id: int
    title: str
    author: str
    created: datetime


class Past(msgspec.Struct):
    """An event of a cluster or of one that it came from."""

    cluster: int
    event: Event


# Whatever went into a cluster, and what it was split off from, back to the beginning.
_ANCESTORS = """
WITH RECURSIVE line (id) AS (
    SELECT $1::bigint
    UNION SELECT o.id FROM line l CROSS JOIN LATERAL (
        SELECT c.id FROM cluster c WHERE c.merged_into = l.id
        UNION ALL SELECT (e.data->>'source')::bigint FROM cluster_event e
            WHERE e.cluster = l.id AND e.kind = 'new' AND jsonb_typeof(e.data->'source') = 'number'
        UNION ALL SELECT b::bigint FROM cluster_event e, jsonb_array_elements_text(e.data->'before') b
            WHERE e.cluster = l.id AND e.account IS NULL AND jsonb_typeof(e.data->'before') = 'array') o)
"""


async def lineage(cluster: int, limit: int = 300) -> tuple[Origin | None, list[Past]]:
    """A cluster's past with that of all it came from, the latest event first; and its first idea."""
    rows = await database.fetch(
        f"""{_ANCESTORS} SELECT e.cluster, e.id, e.kind, a.name AS account, {TOLD} AS data, e.created
        FROM line JOIN cluster_event e ON e.cluster = line.id LEFT JOIN account a ON a.id = e.account
        ORDER BY e.id DESC LIMIT $2""",
        cluster, limit,
    )  # fmt: skip
    past = [
        Past(
            r["cluster"], Event(r["id"], r["kind"], r["account"], database.from_json(r["data"]), r["created"])
        )
        for r in rows
    ]
    first = await database.fetch_one(
        """SELECT i.id, i.title, a.name AS author, i.created FROM idea i JOIN account a ON a.id = i.author
        WHERE i.cluster = $1 AND i.hidden IS NULL ORDER BY i.created, i.id LIMIT 1""",
        cluster,
    )
    return (Origin(**first) if first else None), past
