"""Exports wait for everybody else: between two pieces of a stream those go first who ask for a page."""

from __future__ import annotations

import asyncio

from piccolo_conf import DB

LOOKS, LOOK = 10, 0.002
"""How often a piece looks whether others are served, and seconds between two looks: an export slows down on a busy
server (a piece of 64 KiB in 20 ms is 3 MB/s) and never stands still."""


def others() -> int:
    """How many requests hold a connection of the pool now; exports that stream have connections of their own."""
    pool = DB.pool
    return pool.get_size() - pool.get_idle_size() if pool else 0


async def give_way() -> None:
    """Return when nobody else is being served, or after 20 ms."""
    # A turn of the loop first, so that who has just come is seen.
    await asyncio.sleep(0)
    for _ in range(LOOKS):
        if not others():
            return
        await asyncio.sleep(LOOK)
