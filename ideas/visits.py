"""How often the site is come to, by day: no cookie, no address, no account; a number alone is kept.

A visit is a page that a browser opens from elsewhere: by a link on another site, a bookmark, a typed address. Browsers
say so themselves (Sec-Fetch-Site, Fetch Metadata, W3C); of those that do not, the Referer tells. Robots that say who
they are do not count. Somebody who comes twice in a day is two visits: to tell would need to know them again.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from ideas import database
from ideas.i18n import CITY_TIME

PAUSE = 10.0
_ROBOTS = ("bot", "crawl", "spider", "slurp", "preview", "headless", "monitor")

_count = 0
_task: asyncio.Task[None] | None = None
log = logging.getLogger("ideas")


def is_visit(headers: dict[bytes, bytes]) -> bool:
    """Whether a browser opens a page from elsewhere, by the headers of its request (names in lower case)."""
    if b"hx-request" in headers or b"prefetch" in headers.get(b"sec-purpose", headers.get(b"purpose", b"")):
        return False
    agent = headers.get(b"user-agent", b"").decode("latin-1").lower()
    if "mozilla" not in agent or any(word in agent for word in _ROBOTS):
        return False
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return headers.get(b"sec-fetch-mode") == b"navigate" and site != b"same-origin"
    came_from = urlsplit(headers.get(b"referer", b"").decode("latin-1")).netloc
    return came_from != headers.get(b"host", b"").decode("latin-1")


async def count(message: Any, scope: Any) -> None:
    """Look at an answer that is on its way: a page that was found and is a visit is counted."""
    if (
        message["type"] == "http.response.start"
        and message["status"] == 200
        and scope["method"] == "GET"
        and any(k == b"content-type" and v.startswith(b"text/html") for k, v in message["headers"])
        and is_visit(dict(scope["headers"]))
    ):
        came()


def came() -> None:
    """Note a visit; it is written with the others of ten seconds."""
    global _count, _task
    _count += 1
    if (_task is None or _task.done()) and not database.in_transaction():
        _task = asyncio.get_running_loop().create_task(_write_soon())


async def _write_soon() -> None:
    await asyncio.sleep(PAUSE)
    try:
        await write()
    except (asyncpg.PostgresError, OSError) as error:
        log.warning("visits were not written: %s", error)


async def write(now: datetime | None = None) -> None:
    """Add what was counted to today, in the city's time."""
    global _count
    mine, _count = _count, 0
    if mine:
        await database.execute(
            """INSERT INTO visit (day, visits) VALUES ($1, $2)
            ON CONFLICT (day) DO UPDATE SET visits = visit.visits + excluded.visits""",
            (now or datetime.now(UTC)).astimezone(CITY_TIME).date(), mine,
        )  # fmt: skip
