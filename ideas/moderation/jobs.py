"""Background work of moderation: what blocked people wrote, decisions over selections, the ledger's seals."""

from __future__ import annotations

from procrastinate import RetryStrategy

from ideas import audit, queue
from ideas.moderation import hiding, selections


@queue.app.task(
    name="ideas.moderation.jobs.follow_block", retry=RetryStrategy(max_attempts=8, exponential_wait=3)
)
async def follow_block(account: int) -> None:
    """After somebody was blocked or let in again."""
    await hiding.follow_block(account)


@queue.app.task(
    name="ideas.moderation.jobs.decide_selection", retry=RetryStrategy(max_attempts=20, exponential_wait=2)
)
async def decide_selection(bulk: int) -> None:
    """Rule on a selection of ideas, step by step."""
    await selections.work(bulk)


@queue.app.periodic(cron="* * * * *")
@queue.app.task(name="ideas.moderation.jobs.seal", queueing_lock="seal", lock="seal")
async def seal(timestamp: int) -> None:
    """Every minute: seal the ledger behind the votes."""
    await audit.seal()
