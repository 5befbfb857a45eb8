"""Answers that many people get alike: made once for all who ask, and for strangers kept for a few seconds.

Only what does not depend on who asks is shared. A person who has just written something is signed in, and always
gets the newest (`fresh`). Nothing is shared inside a transaction.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from ideas import database

T = TypeVar("T")

SECONDS = 2.0
MOST = 300

_known: dict[Hashable, tuple[float, Any]] = {}
_making: dict[Hashable, asyncio.Task[Any]] = {}
# What is under way for those who must have the newest, and what waits for its end.
_running: dict[Hashable, asyncio.Task[Any]] = {}
_waiting: dict[Hashable, asyncio.Task[Any]] = {}


async def shared(key: Hashable, make: Callable[[], Awaitable[T]], seconds: float = SECONDS) -> T:
    """What `make` gave at most `seconds` ago; it runs once for all who ask meanwhile.

    While it runs anew, an answer of up to twice that age is still given, so that nobody has to wait.
    """
    if database.in_transaction():
        return await make()
    now = time.monotonic()
    known = _known.get(key)
    if known is not None and known[0] > now:
        return known[1]
    task = _making.get(key)
    if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
        task = _making[key] = asyncio.get_running_loop().create_task(_make(key, make, seconds))
        task.add_done_callback(_made)
    if known is not None and known[0] + seconds > now:
        return known[1]
    return await asyncio.shield(task)


async def fresh(key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
    """What `make` gives when it begins after this call: never older than who asks, whichever process they wrote in.

    Those who ask while it runs share the run after it, so a busy server makes few.
    """
    if database.in_transaction():
        return await make()
    loop = asyncio.get_running_loop()
    task = _waiting.get(key)
    if task is None or task.get_loop() is not loop:
        task = _waiting[key] = loop.create_task(_make_next(key, make, _running.get(key)))
        task.add_done_callback(_made)
    return await asyncio.shield(task)


async def _make_next(
    key: Hashable, make: Callable[[], Awaitable[Any]], before: asyncio.Task[Any] | None
) -> Any:
    here = asyncio.current_task()
    assert here is not None
    try:
        if before is not None and before.get_loop() is here.get_loop():
            await asyncio.wait([before])
        else:
            # One turn of the loop, so that requests which have arrived together share it.
            await asyncio.sleep(0)
    finally:
        _waiting.pop(key, None)
    _running[key] = here
    try:
        return await make()
    finally:
        if _running.get(key) is here:
            del _running[key]


def forget() -> None:
    """Drop everything that is kept."""
    _known.clear()


async def _make(key: Hashable, make: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    try:
        value = await make()
    finally:
        _making.pop(key, None)
    if len(_known) >= MOST:
        # Half goes, what is old first, so that many odd searches do not drive out what takes long to make.
        for old in sorted(_known, key=lambda k: _known[k][0])[: MOST // 2]:
            del _known[old]
    _known[key] = (time.monotonic() + seconds, value)
    return value


def _made(task: asyncio.Task[Any]) -> None:
    # A failure that nobody waited for is not worth a warning: the next visitor runs into it and is told.
    if not task.cancelled():
        task.exception()
