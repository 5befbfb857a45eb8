"""Requests that arrive together asked of the database together: one statement, and one commit, for many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from ideas.errors import Conflict, message

Item = TypeVar("Item", bound=Hashable)
Answer = TypeVar("Answer")

MOST = 500
WAITING_LIMIT = 20_000


class Batch(Generic[Item, Answer]):
    """Gathers what a process is asked while its last batch is under way.

    So a busy server sends few statements, and a quiet one sends each at once. Two items that `alike` says are
    alike never stand in one batch: the second waits for the next.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        alike: Callable[[Item], Hashable] = lambda item: item,
    ) -> None:
        """`run` gives one answer for each item, in their order; an answer that is an exception is raised."""
        self._run = run
        self._alike = alike
        self._waiting: list[tuple[Item, asyncio.Future[Any]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> Answer:
        """The answer to an item. A caller who goes away does not take it back. 409 where too many wait."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._waiting, self._task = loop, [], None
        if len(self._waiting) >= WAITING_LIMIT:
            raise Conflict(message("Too many people are here right now. Please try again in a moment."))
        future = loop.create_future()
        self._waiting.append((item, future))
        if self._task is None:
            self._task = loop.create_task(self._empty())
        return await future

    async def _empty(self) -> None:
        # One turn of the loop, so that requests which have arrived together go together.
        await asyncio.sleep(0)
        try:
            while self._waiting:
                batch = self._take()
                try:
                    answers: Sequence[Any] = await self._run([item for item, _ in batch])
                except Exception as error:
                    answers = [error] * len(batch)
                for (_, future), answer in zip(batch, answers, strict=True):
                    if future.done():
                        continue
                    if isinstance(answer, Exception):
                        future.set_exception(answer)
                    else:
                        future.set_result(answer)
        finally:
            self._task = None

    def _take(self) -> list[tuple[Item, asyncio.Future[Any]]]:
        """The next batch, in order of arrival."""
        batch, left = [], []
        seen: set[Hashable] = set()
        for entry in self._waiting:
            key = self._alike(entry[0])
            (batch if len(batch) < MOST and key not in seen else left).append(entry)
            seen.add(key)
        self._waiting = left
        return batch
