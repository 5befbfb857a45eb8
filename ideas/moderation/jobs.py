"""Background work of moderation: what blocked people wrote."""

from __future__ import annotations

from procrastinate import RetryStrategy

from ideas import queue
from ideas.moderation import hiding


@queue.app.task(
    name="ideas.moderation.jobs.follow_block", retry=RetryStrategy(max_attempts=8, exponential_wait=3)
)
async def follow_block(account: int) -> None:
    """After somebody was blocked or let in again."""
    await hiding.follow_block(account)
