"""An export waits while others are served, and not for ever."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from ideas.planning import export, pace
from ideas.planning.export import Tally


class Pool:
    """So many connections in use when first asked, one fewer each time."""

    def __init__(self, used: int) -> None:
        self.used, self.asked = used, 0

    def get_size(self) -> int:
        return 10

    def get_idle_size(self) -> int:
        self.asked += 1
        return 10 - max(0, self.used - self.asked + 1)


@pytest.mark.parametrize(("used", "asked"), [(0, 1), (3, 4), (99, pace.LOOKS)])
async def test_a_piece_waits_until_the_others_are_served_or_its_time_is_over(monkeypatch, used, asked):
    class Engine:
        pool = Pool(used)

    monkeypatch.setattr(pace, "DB", Engine)
    monkeypatch.setattr(pace, "LOOK", 0)
    await pace.give_way()
    assert Engine.pool.asked == asked


async def test_a_stream_comes_in_small_pieces_with_turns_for_others_between():
    """Half a megabyte that comes at once is not hashed and sent at once."""
    sql = "SELECT repeat('x', 100000) FROM generate_series(1, 20)"
    turns, going = 0, True

    async def others() -> None:
        nonlocal turns
        while going:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    sizes, seen = [], []
    async for piece in export._copied(sql, [], Tally()):
        sizes.append(len(piece))
        seen.append(turns)
        await pace.give_way()
    going = False
    await task
    assert sum(sizes) == 20 * 100_001
    assert max(sizes) <= export.PIECE
    assert all(later > before for before, later in pairwise(seen))
