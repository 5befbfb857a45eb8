"""Background work of public datasets."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate import RetryStrategy

from ideas import queue
from ideas.opendata import actions

NIGHT = 0
"""The hour (UTC) in which everything is built anew: three in the morning in Moscow."""


@queue.app.task(name="ideas.opendata.jobs.publish", retry=RetryStrategy(max_attempts=3, wait=30))
async def publish(campaign: str) -> None:
    """Build one dataset, as somebody asked."""
    await actions.publish(campaign)


@queue.app.periodic(cron="23 * * * *")
@queue.app.task(name="ideas.opendata.jobs.nightly", queueing_lock="open data", lock="open data")
async def nightly(timestamp: int) -> None:
    """At night everything; in other hours only campaigns that have no dataset yet."""
    await actions.publish_all(missing_only=datetime.fromtimestamp(timestamp, UTC).hour != NIGHT)
