"""What stands behind clauses, counted by SQL: ideas, distinct people, arguments against; and what nothing came of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ideas import database
from ideas.standard.document import ClauseView, Group, LeftOut

MOST_ARGUMENTS = 10
MOST_LEFT_OUT = 300

# The cluster that a clause was drawn from, or the one that it was merged into since.
STANDING = """SELECT cc.clause, cc.cluster AS chosen, s.id AS cluster FROM clause_cluster cc CROSS JOIN LATERAL (
    WITH RECURSIVE way AS (SELECT k.id, k.merged_into, 1 AS n FROM cluster k WHERE k.id = cc.cluster
        UNION ALL SELECT k.id, k.merged_into, w.n + 1 FROM way w JOIN cluster k ON k.id = w.merged_into WHERE w.n < 50)
    SELECT id FROM way ORDER BY n DESC LIMIT 1) s WHERE cc.clause = ANY($1::bigint[])"""

_EVIDENCE = f"""
WITH source AS MATERIALIZED ({STANDING}),
cited AS MATERIALIZED (SELECT DISTINCT s.clause, s.cluster, i.id, i.author, i.support,
        i.votes_against + i.imported_against AS against
    FROM source s JOIN idea i ON i.cluster = s.cluster AND i.hidden IS NULL),
voter AS MATERIALIZED (SELECT v.idea, v.account FROM vote v
    WHERE v.value = 1 AND v.idea = ANY (ARRAY(SELECT id FROM cited))),
person AS MATERIALIZED (SELECT c.clause, c.cluster, c.author AS account FROM cited c
    UNION SELECT c.clause, c.cluster, v.account FROM cited c JOIN voter v ON v.idea = c.id),
whole AS (SELECT clause, count(DISTINCT id) AS ideas, sum(support) AS votes, sum(against) AS votes_against
    FROM (SELECT DISTINCT clause, id, support, against FROM cited) c GROUP BY clause),
people AS (SELECT clause, count(DISTINCT account) AS supporters FROM person GROUP BY clause),
groups AS (SELECT g.clause, jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'ideas', g.ideas,
        'supporters', p.supporters) ORDER BY p.supporters DESC, k.id) AS groups
    FROM (SELECT clause, cluster, count(*) AS ideas FROM cited GROUP BY clause, cluster) g
    JOIN (SELECT clause, cluster, count(*) AS supporters FROM person GROUP BY clause, cluster) p
        USING (clause, cluster) JOIN cluster k ON k.id = g.cluster GROUP BY g.clause),
said AS (SELECT c.clause, count(DISTINCT m.id) AS against,
        (array_agg(DISTINCT m.id ORDER BY m.id))[1:{MOST_ARGUMENTS}] AS arguments
    FROM cited c JOIN comment m ON m.idea = c.id AND m.side = 'against' AND m.hidden IS NULL GROUP BY c.clause)
SELECT w.clause, w.ideas, w.votes::int, w.votes_against::int, p.supporters, g.groups,
    coalesce(s.against, 0) AS against, coalesce(s.arguments, '{{}}'::bigint[]) AS arguments,
    (SELECT count(DISTINCT id) FROM cited) AS all_ideas, (SELECT count(DISTINCT account) FROM person) AS all_people
FROM whole w JOIN people p USING (clause) JOIN groups g USING (clause) LEFT JOIN said s USING (clause)
"""


async def add_evidence(clauses: Sequence[ClauseView]) -> tuple[int, int]:
    """Fill in what stands behind clauses now; (ideas, distinct people) behind all of them together."""
    found = {c.id: c for c in clauses}
    rows = await database.fetch(_EVIDENCE, list(found))
    for row in rows:
        clause = found[row["clause"]]
        clause.groups = msgspec.convert(database.from_json(row["groups"]), list[Group])
        clause.arguments = list(row["arguments"])
        for name in ("ideas", "supporters", "votes", "votes_against", "against"):
            setattr(clause, name, row[name])
    return (rows[0]["all_ideas"], rows[0]["all_people"]) if rows else (0, 0)


# A decision over a selection of ideas names its groups in `closing`.
_LEFT_OUT = f"""
WITH used AS (SELECT cluster FROM ({STANDING}) s)
SELECT k.id, k.name, k.state, k.size AS ideas, k.supporters, p.id AS commitment, coalesce((SELECT d.reason
    FROM decision d WHERE d.undone IS NULL AND (d.cluster = k.id OR d.id IN (SELECT l.decision FROM closing l
        WHERE l.cluster = k.id AND l.undone IS NULL)) ORDER BY d.id DESC LIMIT 1), '') AS reason
FROM cluster k LEFT JOIN commitment p ON p.cluster = k.id
WHERE k.campaign = $2 AND k.retired IS NULL AND k.state <> 'open' AND k.size > 0
    AND k.id NOT IN (SELECT cluster FROM used)
ORDER BY k.supporters DESC, k.id LIMIT {MOST_LEFT_OUT}
"""
_LEFT = f"""
WITH used AS (SELECT cluster FROM ({STANDING}) s)
SELECT k.state, count(*) AS n FROM cluster k WHERE k.campaign = $2 AND k.retired IS NULL
    AND k.size > CASE WHEN k.state = 'open' THEN 1 ELSE 0 END AND k.id NOT IN (SELECT cluster FROM used)
GROUP BY k.state
"""


async def left_out(campaign: int, clauses: Sequence[int]) -> tuple[dict[str, int], list[LeftOut]]:
    """How many groups of each state no clause is drawn from, and the largest decided ones with their reasons."""
    counts = await database.fetch(_LEFT, list(clauses), campaign)
    rows = await database.fetch(_LEFT_OUT, list(clauses), campaign)
    return {r["state"]: r["n"] for r in counts}, database.structs(LeftOut, rows)


class Argument(msgspec.Struct):
    """A comment against an idea, as everybody can read it."""

    id: int
    idea: int
    text: str


async def arguments(ids: Sequence[int]) -> dict[int, Argument]:
    """Comments by number, but for those that are hidden meanwhile."""
    rows = await database.fetch(
        """SELECT m.id, m.idea, m.text FROM comment m JOIN idea i ON i.id = m.idea AND i.hidden IS NULL
        WHERE m.id = ANY($1::bigint[]) AND m.hidden IS NULL""",
        list(ids),
    )
    return {r["id"]: Argument(**r) for r in rows}


async def cite(version: int, numbers: dict[int, str]) -> None:
    """Write down which ideas stand behind the clauses of a version; `numbers` by clause."""
    await database.execute(
        f"""WITH source AS ({STANDING})
        INSERT INTO citation (version, clause, idea, cluster, number)
        SELECT DISTINCT ON (s.clause, i.id) $2, s.clause, i.id, s.cluster, n.number
        FROM source s JOIN idea i ON i.cluster = s.cluster AND i.hidden IS NULL
            JOIN unnest($1::bigint[], $3::text[]) n (clause, number) ON n.clause = s.clause""",
        list(numbers), version, list(numbers.values()),
    )  # fmt: skip


class CitedIdea(msgspec.Struct):
    id: int
    title: str
    votes: int
    status: str


async def cited(version: int, clause: int, before: tuple[int, int] | None, most: int) -> list[CitedIdea]:
    """Ideas behind a clause of a version, the most supported first; `before` is (votes, id) of the last one seen."""
    args: list[Any] = [version, clause, most, *(before or (None, None))]
    rows = await database.fetch(
        """SELECT i.id, i.title, i.support AS votes, i.status FROM citation c JOIN idea i ON i.id = c.idea
        WHERE c.version = $1 AND c.clause = $2 AND i.hidden IS NULL
            AND ($4::int IS NULL OR (i.support, i.id) < ($4::int, $5::bigint))
        ORDER BY i.support DESC, i.id DESC LIMIT $3""",
        *args,
    )
    return database.structs(CitedIdea, rows)


async def top_cited(version: int, each: int = 3) -> dict[int, list[CitedIdea]]:
    """The most supported ideas behind each clause of a version."""
    rows = await database.fetch(
        """SELECT clause, id, title, votes, status FROM (SELECT c.clause, i.id, i.title, i.support AS votes, i.status,
            row_number() OVER (PARTITION BY c.clause ORDER BY i.support DESC, i.id DESC) AS place
            FROM citation c JOIN idea i ON i.id = c.idea AND i.hidden IS NULL WHERE c.version = $1) x
        WHERE place <= $2 ORDER BY clause, place""",
        version, each,
    )  # fmt: skip
    found: dict[int, list[CitedIdea]] = {}
    for row in rows:
        found.setdefault(row["clause"], []).append(
            CitedIdea(**{k: row[k] for k in ("id", "title", "votes", "status")})
        )
    return found
