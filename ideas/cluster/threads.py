"""Long work beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
Report = Callable[[str, float], None]
"""`report(stage, fraction of the whole)`; called from a thread."""


class _Stopped(Exception):
    """Nobody waits for this work any more."""


async def in_thread(work: Callable[..., T], *args: Any, report: Report | None = None) -> T:
    """Run long work beside the event loop, so that the queue's heartbeat goes on.

    The thread dies with the process: stopping a worker never waits for a run. Where the waiting task is cancelled,
    the work ends at its next report.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(stage: str, fraction: float) -> None:
        if future.done():
            raise _Stopped
        if report:
            report(stage, fraction)

    def settle(result: Any, error: BaseException | None) -> None:
        if not future.done():
            if error:
                future.set_exception(error)
            else:
                future.set_result(result)

    def body() -> None:
        result, error = None, None
        try:
            result = work(*args, tell) if report is not None else work(*args)
        except BaseException as problem:
            error = problem
        loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=body, daemon=True, name=f"cluster {work.__name__}").start()
    return await future
