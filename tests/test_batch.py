"""Requests that arrive together are asked of the database together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from ideas import batch
from ideas.batch import Batch
from ideas.errors import Conflict


class Asked:
    """A slow source that remembers what it was asked for at once."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    async def __call__(self, items: Sequence[str]) -> list[str | Exception]:
        self.batches.append(list(items))
        await asyncio.sleep(0.01)
        return [ValueError(item) if item == "bad" else item.upper() for item in items]


async def test_what_arrives_while_a_batch_runs_goes_together_into_the_next() -> None:
    source = Asked()
    made = Batch(source)
    first = asyncio.create_task(made.put("a"))
    await asyncio.sleep(0.005)
    answers = await asyncio.gather(made.put("b"), made.put("c"), first)
    assert answers == ["B", "C", "A"]
    assert source.batches == [["a"], ["b", "c"]]


async def test_alike_items_never_stand_in_one_batch_and_keep_their_order() -> None:
    source = Asked()
    made = Batch(source, alike=lambda item: item[0])
    await asyncio.gather(*(made.put(item) for item in ("a1", "b1", "a2", "a3")))
    assert source.batches == [["a1", "b1"], ["a2"], ["a3"]]


async def test_a_batch_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST", 2)
    source = Asked()
    made = Batch(source)
    await asyncio.gather(*(made.put(str(n)) for n in range(5)))
    assert source.batches == [["0", "1"], ["2", "3"], ["4"]]


async def test_one_failure_is_its_askers_alone() -> None:
    made = Batch(Asked())
    good, bad = await asyncio.gather(made.put("good"), made.put("bad"), return_exceptions=True)
    assert good == "GOOD"
    assert isinstance(bad, ValueError)


async def test_a_source_that_fails_fails_everybody_and_the_next_batch_works() -> None:
    failures = [ConnectionError("gone")]

    async def run(items: Sequence[str]) -> list[str]:
        if failures:
            raise failures.pop()
        return list(items)

    made = Batch(run)
    lost = await asyncio.gather(made.put("a"), made.put("b"), return_exceptions=True)
    assert [type(x) for x in lost] == [ConnectionError, ConnectionError]
    assert await made.put("c") == "c"


async def test_a_caller_who_goes_away_takes_nothing_back() -> None:
    source = Asked()
    made = Batch(source)
    leaving = asyncio.create_task(made.put("a"))
    staying = asyncio.create_task(made.put("b"))
    await asyncio.sleep(0.005)
    leaving.cancel()
    assert await staying == "B"
    assert source.batches == [["a", "b"]]


async def test_too_many_waiting_are_refused_with_a_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "WAITING_LIMIT", 1)
    made = Batch(Asked())
    waiting = asyncio.create_task(made.put("a"))
    await asyncio.sleep(0)
    with pytest.raises(Conflict, match="Too many people"):
        await made.put("b")
    assert await waiting == "A"
