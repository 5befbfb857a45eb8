"""How often ideas were shown: counted in memory, written by the bundle, because nobody waits for it.

A server that stops loses its last seconds of counting, which the fair order does not notice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterable

import asyncpg

from ideas import database
from ideas.idea.rules import looked_at

PAUSE = 10.0
_MOST = 5000

_counts: Counter[int] = Counter()
_eyes: defaultdict[int, float] = defaultdict(float)
_last = 0.0
_tasks: set[asyncio.Task[None]] = set()
log = logging.getLogger("ideas")


def seen(ideas: Iterable[int]) -> None:
    """Note that ideas were shown to somebody, in this order; every ten seconds the notes are written."""
    global _last
    for place, idea in enumerate(ideas, 1):
        _counts[idea] += 1
        _eyes[idea] += looked_at(place)
    now = time.monotonic()
    if now - _last < PAUSE and len(_counts) < _MOST:
        return
    _last = now
    if database.in_transaction():
        return
    task = asyncio.get_running_loop().create_task(_write_quietly())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _write_quietly() -> None:
    try:
        await write()
    except (asyncpg.PostgresError, OSError) as error:
        log.warning("impressions were not written: %s", error)


async def write() -> None:
    """Add what was counted. Ideas that are just being voted for are skipped, and counted with the next bundle."""
    if not _counts:
        return
    mine, eyes = dict(_counts), dict(_eyes)
    _counts.clear()
    _eyes.clear()
    rows = await database.fetch(
        """WITH given AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::float8[]) AS g(id, n, eyes)),
        free AS MATERIALIZED (SELECT id FROM idea WHERE id = ANY ($1::bigint[]) ORDER BY id
            FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE idea i SET impressions = impressions + g.n, eyes = i.eyes + g.eyes
        FROM given g JOIN free f ON f.id = g.id WHERE i.id = g.id RETURNING i.id""",
        list(mine),
        list(mine.values()),
        [float(eyes.get(idea, 0)) for idea in mine],
    )
    done = {row["id"] for row in rows}
    if len(done) < len(mine) and len(_counts) < _MOST:
        left = {idea: n for idea, n in mine.items() if idea not in done and n < 1000}
        _counts.update(left)
        for idea in left:
            _eyes[idea] += eyes.get(idea, 0.0)
