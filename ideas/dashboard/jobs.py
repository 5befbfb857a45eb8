"""Background work of the dashboards."""

from __future__ import annotations

from procrastinate import RetryStrategy

from ideas import database, queue
from ideas.dashboard import actions


@queue.app.task(name="ideas.dashboard.jobs.refresh", retry=RetryStrategy(max_attempts=5, exponential_wait=5))
async def refresh(campaign: int) -> None:
    """Count a campaign's dashboards anew, if anything in it has changed."""
    await actions.refresh(campaign)


@queue.app.periodic(cron="*/10 * * * *")
@queue.app.task(name="ideas.dashboard.jobs.look", queueing_lock="figures", lock="figures")
async def look(timestamp: int = 0) -> None:
    """Every ten minutes: all campaigns, after their rankings, which say who lives where."""
    for row in await database.fetch("SELECT id FROM campaign ORDER BY id"):
        await actions.queue_refresh(row["id"])
