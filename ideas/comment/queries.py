"""Reads of comments."""

from __future__ import annotations

import msgspec

from ideas import web
from ideas.idea import detail
from ideas.idea.detail import CommentView


class Thread(msgspec.Struct):
    """One keyset page of an idea's comments, oldest first."""

    items: list[CommentView]
    next: str | None


async def thread(idea: int, after: str | None = None, limit: int = 20) -> Thread:
    """Comments of an idea; NotFound where there is no such idea."""
    last = web.from_cursor(after, tuple[int])
    found = await detail.thread(idea, last[0] if last else 0, limit + 1)
    more = web.cursor(found[limit - 1].id) if len(found) > limit else None
    return Thread(found[:limit], more)
