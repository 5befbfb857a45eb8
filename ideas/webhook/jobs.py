"""Background work of webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from procrastinate import RetryStrategy

from ideas import queue
from ideas.settings import Settings
from ideas.webhook import actions


@cache
def settings() -> Settings:
    """The worker's settings, read once."""
    return Settings.from_environment()


@queue.app.task(name="ideas.webhook.jobs.announce", retry=RetryStrategy(max_attempts=8, exponential_wait=2))
async def announce(
    event: str, kind: str, data: dict[str, Any], decision: int | None = None, ideas: Sequence[int] = ()
) -> None:
    """Note what happened for every webhook that wants to know."""
    await actions.announce(event, kind, data, decision, ideas, settings().address)


@queue.app.task(name="ideas.webhook.jobs.send", retry=RetryStrategy(max_attempts=4, exponential_wait=5))
async def send(delivery: int) -> None:
    """Send one message; how often it is tried is the message's own matter."""
    await actions.send(settings(), delivery)


@queue.app.periodic(cron="47 2 * * *")
@queue.app.task(name="ideas.webhook.jobs.forget", queueing_lock="forget webhooks", lock="forget webhooks")
async def forget(timestamp: int = 0) -> None:
    """Nightly: messages of a month ago go."""
    await actions.forget()
