"""Background work of telling: supporters and followers, writing letters, sending them, forgetting them."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from procrastinate import RetryStrategy

from ideas import database, queue
from ideas.notice import actions, letters, post, rules
from ideas.settings import Settings

log = logging.getLogger("ideas.notice")
_retry = RetryStrategy(max_attempts=10, exponential_wait=2)


@cache
def settings() -> Settings:
    """The worker's settings, read once."""
    return Settings.from_environment()


@queue.app.task(name="ideas.notice.jobs.spread", retry=_retry)
async def spread(**event: Any) -> None:
    """Tell those who support or follow; see `actions.tell_others`."""
    await actions.spread(**event)


@queue.app.periodic(cron="* * * * *")
@queue.app.task(name="ideas.notice.jobs.compose", queueing_lock="compose", lock="compose", retry=_retry)
async def compose(timestamp: int = 0) -> None:
    """Write the letters that are due: at once after an event, and digests when their minute comes."""
    await letters.compose(settings())


@queue.app.periodic(cron="* * * * *")
@queue.app.task(name="ideas.notice.jobs.send", queueing_lock="send", lock="send")
async def send(timestamp: int = 0) -> None:
    """Send what waits; where the mail server cannot be reached, the next minute tries again."""
    if settings().mailbox:
        return
    try:
        await post.send_waiting(settings())
    except post.Unreachable as error:
        log.warning("the mail server is not reached: %s", error)


@queue.app.task(name="ideas.notice.jobs.ask_confirmation", retry=_retry)
async def ask_confirmation(account: int) -> None:
    """Write to a new address, so that whoever reads it can confirm the registration."""
    await letters.ask_confirmation(settings(), account)


@queue.app.periodic(cron="41 * * * *")
@queue.app.task(name="ideas.notice.jobs.forget", queueing_lock="forget", lock="forget")
async def forget(timestamp: int = 0) -> None:
    """Hourly: old letters go, and registrations whose address nobody confirmed in three days."""
    await database.execute(
        "DELETE FROM letter WHERE created < now() - make_interval(days => $1)", rules.KEPT_DAYS
    )
    await database.execute(
        """DELETE FROM account a WHERE a.confirmed IS NULL AND a.email IS NOT NULL
            AND a.created < now() - interval '3 days' AND NOT EXISTS (SELECT FROM idea i WHERE i.author = a.id)"""
    )
