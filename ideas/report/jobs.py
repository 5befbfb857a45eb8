"""Background work of reports."""

from __future__ import annotations

from functools import cache

from ideas import queue
from ideas.report import actions
from ideas.settings import Settings


@cache
def settings() -> Settings:
    """The worker's settings, read once."""
    return Settings.from_environment()


@queue.app.task(name="ideas.report.jobs.write", lock="report")
async def write(report: int) -> None:
    """Make a report that was asked for; what goes wrong is said on its page, and in the worker's log."""
    try:
        await actions.write(report, settings().address)
    except Exception:
        await actions.fail(report)
        raise
