"""Background work of planning: making files that are kept, forgetting them."""

from __future__ import annotations

from procrastinate import RetryStrategy

from ideas import queue
from ideas.planning import making


@queue.app.task(name="ideas.planning.jobs.make", retry=RetryStrategy(max_attempts=3, wait=5))
async def make(export: int) -> None:
    """Make a file that somebody ordered; run again, it begins anew."""
    await making.make(export)


@queue.app.periodic(cron="17 * * * *")
@queue.app.task(name="ideas.planning.jobs.expire", queueing_lock="expire", lock="expire")
async def expire(timestamp: int = 0) -> None:
    """Hourly: kept files go after a week."""
    await making.expire()
