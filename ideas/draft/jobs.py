"""Background work of drafts: forgetting what nobody came back for."""

from __future__ import annotations

from ideas import database
from ideas.queue import app


@app.periodic(cron="17 * * * *")
@app.task(name="ideas.draft.jobs.forget", queueing_lock="forget_drafts")
async def forget(timestamp: int = 0) -> None:
    """Drop parked drafts after two days, and others after half a year; their photos go with them."""
    await database.execute(
        """DELETE FROM draft WHERE (parked IS NOT NULL AND saved < now() - interval '2 days')
            OR saved < now() - interval '180 days'"""
    )
