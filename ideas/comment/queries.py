"""Reads of comments."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ideas import database, web
from ideas.idea.detail import no_such_idea


class CommentView(msgspec.Struct):
    """A remark on an idea; `staff` marks the campaign's team."""

    id: int
    author: str
    side: str
    text: str
    created: datetime
    staff: bool


class Thread(msgspec.Struct):
    """One keyset page of an idea's comments, oldest first."""

    items: list[CommentView]
    next: str | None


async def thread(idea: int, after: str | None = None, limit: int = 20) -> Thread:
    """Comments of an idea; NotFound where there is no such idea."""
    last = web.from_cursor(after, tuple[int])
    rows = await database.fetch(
        """SELECT c.id, a.name AS author, c.side, c.text, c.created, coalesce(a.role <> 'citizen', false) AS staff
        FROM idea i LEFT JOIN comment c ON c.idea = i.id AND c.hidden IS NULL AND c.id > $2
        LEFT JOIN account a ON a.id = c.author
        WHERE i.id = $1 AND i.hidden IS NULL ORDER BY c.id LIMIT $3""",
        idea,
        last[0] if last else 0,
        limit + 1,
    )
    if not rows:
        raise no_such_idea()
    found = [CommentView(**row) for row in rows if row["id"] is not None]
    more = web.cursor(found[limit - 1].id) if len(found) > limit else None
    return Thread(found[:limit], more)
