"""What a run would do to decided clusters, were it allowed to: it waits here for a person's answer.

Decided clusters stand outside of every run. What says the same as one of them (an open cluster, an idea that stands
alone, one that the decision on another cluster left out) is proposed to get the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from ideas import database
from ideas.account import scopes

ROWS = 2000


class Found(msgspec.Struct):
    """An idea, typical of a cluster or alone, that says the same as a decided cluster."""

    decided: int
    idea: int
    similarity: float


class Proposal(msgspec.Struct):
    """A question to a person; the `size` ideas of `cluster` (none: one that stands alone) would be answered."""

    id: int
    decided: int
    name: str
    state: str
    reason: str
    moderator: str
    typical: str | None
    cluster: int | None
    idea: int
    title: str
    text: str
    size: int
    similarity: float
    created: datetime


async def decided(campaign: int) -> list[tuple[int, str, float]]:
    """Decided clusters that live, with the texts of their typical ideas and how alike their members are to these."""
    rows = await database.fetch(
        """SELECT c.id, i.title || E'\\n' || i.text AS text, c.cohesion FROM cluster c JOIN idea i ON i.id = c.typical
        WHERE c.campaign = $1 AND c.state <> 'open' AND c.retired IS NULL AND c.size > 0 ORDER BY c.id""",
        campaign,
    )
    return [(row["id"], row["text"], row["cohesion"]) for row in rows]


async def left_out(campaign: int) -> list[tuple[int, str, int]]:
    """Ideas that decisions on their clusters left without an answer, with their texts and clusters."""
    rows = await database.fetch(
        """SELECT i.id, i.title || E'\\n' || i.text AS text, c.id AS cluster
        FROM idea i JOIN cluster c ON c.id = i.cluster
        WHERE i.campaign = $1 AND i.hidden IS NULL AND i.status = 'submitted' AND c.state <> 'open' ORDER BY i.id""",
        campaign,
    )
    return [(row["id"], row["text"], row["cluster"]) for row in rows]


def nearest(
    ideas: Sequence[int],
    vectors: np.ndarray,
    clusters: Sequence[int],
    typical: np.ndarray,
    levels: np.ndarray,
    own: dict[int, int],
) -> list[Found]:
    """For each idea the decided cluster that it is nearest to, where their cosine reaches that cluster's level.

    `own`: clusters whose decision has left an idea out already, by the idea.
    """
    column = {cluster: n for n, cluster in enumerate(clusters)}
    found = []
    for start in range(0, len(ideas) if len(clusters) else 0, ROWS):
        scores = vectors[start : start + ROWS] @ typical.T
        for n, idea in enumerate(ideas[start : start + ROWS]):
            if own.get(idea) in column:
                scores[n, column[own[idea]]] = -1
        best = scores.argmax(axis=1)
        for n in np.flatnonzero(scores[np.arange(len(best)), best] >= levels[best]).tolist():
            score = float(min(1.0, scores[n, best[n]]))
            found.append(Found(clusters[int(best[n])], ideas[start + n], score))
    return found


async def store(campaign: int, found: Sequence[Found]) -> None:
    """Put the questions of a run in place of those of the run before, in its transaction. None is asked twice."""
    await database.execute("DELETE FROM proposal WHERE campaign = $1 AND state = 'waiting'", campaign)
    await database.execute(
        """INSERT INTO proposal (campaign, decided, cluster, idea, similarity)
        SELECT $1, n.decided, CASE WHEN c.state = 'open' THEN i.cluster END, i.id, n.similarity
        FROM unnest($2::bigint[], $3::bigint[], $4::real[]) n (decided, idea, similarity)
            JOIN idea i ON i.id = n.idea LEFT JOIN cluster c ON c.id = i.cluster
        WHERE i.cluster IS DISTINCT FROM n.decided AND i.hidden IS NULL AND i.status = 'submitted'
            AND NOT EXISTS (SELECT FROM proposal k JOIN idea o ON o.id = k.idea WHERE k.decided = n.decided
                AND k.state = 'kept' AND (o.id = i.id OR (o.cluster = i.cluster AND c.state = 'open')))
            AND NOT EXISTS (SELECT FROM link l JOIN idea o ON o.id = l.first + l.second - i.id
                WHERE l.kind = 'cannot' AND i.id IN (l.first, l.second) AND o.cluster = n.decided)
        ORDER BY n.similarity DESC, i.id ON CONFLICT DO NOTHING""",
        campaign, [f.decided for f in found], [f.idea for f in found], [f.similarity for f in found],
    )  # fmt: skip


# What has been answered, hidden or moved since is no question any more.
_WAITING = """
FROM proposal p JOIN cluster d ON d.id = p.decided AND d.state <> 'open' AND d.retired IS NULL
    JOIN idea i ON i.id = p.idea AND i.hidden IS NULL AND i.status = 'submitted'
    LEFT JOIN cluster c ON c.id = i.cluster
WHERE p.state = 'waiting' AND i.cluster IS DISTINCT FROM p.decided
"""


_MINE = f"""({{0}}::bigint IS NULL OR ({scopes.of_ideas("{0}")} AND {scopes.of_clusters("{0}", "d")}))"""


async def waiting(
    campaign: int, limit: int = 30, id: int | None = None, moderator: int | None = None
) -> list[Proposal]:
    """Questions that wait, the surest first; those for a moderator, or all."""
    rows: Sequence[Any] = await database.fetch(
        f"""SELECT p.id, p.decided, d.name, d.state, r.reason, r.moderator, t.title AS typical,
            CASE WHEN c.state = 'open' THEN c.id END AS cluster,
            i.id AS idea, i.title, i.text, p.similarity, p.created,
            CASE WHEN coalesce(c.state, '') <> 'open' THEN 1 ELSE (SELECT count(*) FROM idea o
                WHERE o.cluster = i.cluster AND o.hidden IS NULL) END AS size
        {_WAITING.replace("WHERE", '''LEFT JOIN idea t ON t.id = d.typical
            JOIN LATERAL (SELECT x.reason, a.name AS moderator FROM decision x JOIN account a ON a.id = x.moderator
                WHERE x.undone IS NULL AND x.id = coalesce(
                    (SELECT id FROM decision WHERE cluster = d.id AND undone IS NULL),
                    (SELECT decision FROM closing WHERE cluster = d.id AND undone IS NULL))) r ON true
            WHERE''', 1)}
            AND p.campaign = $1 AND ($3::bigint IS NULL OR p.id = $3) AND {_MINE.format("$4")}
        ORDER BY p.similarity DESC, p.id LIMIT $2""",
        campaign, limit, id, moderator,
    )  # fmt: skip
    return database.structs(Proposal, list(rows))


async def count(campaign: int, moderator: int | None = None) -> int:
    """How many questions wait, for a moderator or in all."""
    return await database.fetch_value(
        f"SELECT count(*) {_WAITING} AND p.campaign = $1 AND {_MINE.format('$2')}", campaign, moderator
    )
