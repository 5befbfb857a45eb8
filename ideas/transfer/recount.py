"""Counts everything again from rows: ideas' counters, clusters' sizes and supporters, the ledger against the votes.
The audit log's chains and the ledger's seals are hashed from scratch.

Ideas are taken in steps in the order of their ids and locked in that order, as every writer of votes does, so a
recount may run while people vote, and what it compares is of one moment.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ideas import audit, database
from ideas.cluster import members
from ideas.transfer.report import Report, silent

STEP = 2000
SHOWN = 20


class Difference(msgspec.Struct):
    """A counter that is not what the rows say. `what`: votes, votes_against, comments, size, supporters, ledger."""

    kind: str
    id: int
    what: str
    stored: int
    counted: int


class Recount(msgspec.Struct):
    """`differences` holds the first of each kind; `wrong` counts them all, by kind and counter.

    `deeds` and `sealed` were hashed afresh; `broken` says where the audit log or the sealed ledger was changed."""

    ideas: int = 0
    clusters: int = 0
    wrong: dict[str, int] = {}
    differences: list[Difference] = []
    fixed: int = 0
    deeds: int = 0
    sealed: int = 0
    broken: list[str] = []


async def recount(*, fix: bool = False, report: Report = silent) -> Recount:
    """Compare every counter with its rows, and mend what differs when `fix`. Ledger and audit log never change."""
    done = Recount()
    await database.analyze()
    await _ideas(done, fix, report)
    await _clusters(done, fix, report)
    report("audit log", 0.95)
    found = await audit.verify()
    done.deeds, done.sealed, done.broken = found.rows, found.sealed, found.broken
    report("done", 1.0)
    return done


def _note(done: Recount, kind: str, rows: list[Any], counters: tuple[str, ...]) -> set[int]:
    """Put differences into the report; the ids that have some."""
    found = set()
    for row in rows:
        for what in counters:
            stored, counted = row[what], row[f"{what}_counted"]
            if stored == counted:
                continue
            found.add(row["id"])
            key = f"{kind}.{what}"
            done.wrong[key] = done.wrong.get(key, 0) + 1
            if done.wrong[key] <= SHOWN:
                done.differences.append(Difference(kind, row["id"], what, stored, counted))
    return found


# Votes by the ledger: each "vote" adds the person, each "withdraw" takes the person back.
_IDEAS = """
SELECT i.id, i.votes, i.votes_against, i.comments, coalesce(v.pro, 0) AS votes_counted,
    coalesce(v.con, 0) AS votes_against_counted, coalesce(c.said, 0) AS comments_counted,
    coalesce(l.pro, 0) AS ledger, coalesce(v.pro, 0) AS ledger_counted
FROM idea i
LEFT JOIN (SELECT idea, count(*) FILTER (WHERE value = 1) AS pro, count(*) FILTER (WHERE value = -1) AS con
    FROM vote WHERE idea = ANY ($1::bigint[]) GROUP BY idea) v ON v.idea = i.id
LEFT JOIN (SELECT idea, count(*) AS said FROM comment WHERE idea = ANY ($1::bigint[]) AND hidden IS NULL
    GROUP BY idea) c ON c.idea = i.id
LEFT JOIN (SELECT idea, sum(CASE kind WHEN 'vote' THEN 1 ELSE -1 END) AS pro FROM ledger
    WHERE idea = ANY ($1::bigint[]) AND kind IN ('vote', 'withdraw') AND coalesce(data->>'value', '1') = '1'
    GROUP BY idea) l ON l.idea = i.id
WHERE i.id = ANY ($1::bigint[])
"""
_FIX_IDEAS = """
UPDATE idea i SET votes = n.votes, votes_against = n.against, comments = n.comments
FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[]) AS n (id, votes, against, comments) WHERE i.id = n.id
"""


async def _ideas(done: Recount, fix: bool, report: Report) -> None:
    last, total = 0, await database.fetch_value("SELECT greatest(count(*), 1) FROM idea")
    while True:
        async with database.transaction() as c:
            ids = [
                r[0]
                for r in await c.fetch("SELECT id FROM idea WHERE id > $1 ORDER BY id LIMIT $2", last, STEP)
            ]
            if not ids:
                return
            # Nobody's vote may come between counting and comparing.
            await members.lock_ideas(ids)
            rows = await c.fetch(_IDEAS, ids)
            wrong = _note(done, "idea", rows, ("votes", "votes_against", "comments"))
            _note(done, "idea", rows, ("ledger",))
            if fix and wrong:
                mended = [r for r in rows if r["id"] in wrong]
                await c.execute(
                    _FIX_IDEAS,
                    [r["id"] for r in mended],
                    [r["votes_counted"] for r in mended],
                    [r["votes_against_counted"] for r in mended],
                    [r["comments_counted"] for r in mended],
                )
                done.fixed += len(mended)
        last = ids[-1]
        done.ideas += len(ids)
        report("ideas", 0.7 * done.ideas / total)


_CLUSTERS = f"""
WITH {members.COUNTED.format("ARRAY(SELECT id FROM cluster WHERE id > $1 ORDER BY id LIMIT $2)")}
SELECT c.id, c.size, c.supporters, n.supporters AS supporters_counted, n.size AS size_counted
FROM counted n JOIN cluster c ON c.id = n.id ORDER BY c.id
"""


async def _clusters(done: Recount, fix: bool, report: Report) -> None:
    last, total = 0, await database.fetch_value("SELECT greatest(count(*), 1) FROM cluster")
    while rows := await database.fetch(_CLUSTERS, last, STEP // 4):
        wrong = _note(done, "cluster", list(rows), ("size", "supporters"))
        if fix and wrong:
            await members.recount(wrong)
            done.fixed += len(wrong)
        last = rows[-1]["id"]
        done.clusters += len(rows)
        report("groups", 0.7 + 0.25 * done.clusters / total)
