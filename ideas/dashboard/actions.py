"""Making the dashboards' tables. Readers see the ones before until the transaction ends."""

from __future__ import annotations

import time

from ideas import database, queue
from ideas.dashboard import counting
from ideas.ranking.actions import note
from ideas.ranking.counting import MARK

LOCK = 7305
"""The first half of the advisory lock's key; the second is the campaign."""


async def refresh(campaign: int, *, always: bool = False) -> bool:
    """Count a campaign's dashboards anew, if anything has changed since or `always`; whether they were counted.

    Time alone changes how long ideas wait, so they are counted at least once a day.
    """
    began = time.monotonic()
    async with database.transaction():
        if not await database.fetch_value(
            "SELECT pg_try_advisory_xact_lock($1::int, $2::int)", LOCK, campaign
        ):
            return False
        mark = await database.fetch_value(
            f"SELECT concat_ws(' ', ({MARK}), (SELECT max(id) FROM decision), (SELECT max(undone) FROM decision), "
            "current_date)",
            campaign,
        )
        # Longer than the column, so its digest is kept.
        mark = await database.fetch_value("SELECT md5($1)", mark)
        before = await database.fetch_value(
            "SELECT mark FROM counted WHERE campaign = $1 AND kind = 'figures'", campaign
        )
        if before == mark and not always:
            await database.execute(
                "UPDATE counted SET made = now() WHERE campaign = $1 AND kind = 'figures'", campaign
            )
            return False
        # Of this transaction alone; what counts a million votes should not spill to disk.
        await database.execute("SET LOCAL work_mem = '128MB'")
        await database.execute("SET LOCAL jit = off")
        for statement in counting.statements():
            await database.execute(statement, campaign)
        await note(campaign, "figures", mark, began, {})
    return True


async def queue_refresh(campaign: int) -> None:
    """Have the tables made by a worker, once for all who ask."""
    await queue.defer(
        "ideas.dashboard.jobs.refresh",
        once=f"figures:{campaign}",
        lock=f"ranking:{campaign}",
        campaign=campaign,
    )
