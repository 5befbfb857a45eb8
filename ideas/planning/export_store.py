"""Exports as rows: files that a job makes and keeps in pieces in the database, and a note of each that was streamed.

The pieces lie in PostgreSQL, not in a folder, so that any server on any host can send any byte of them, a backup holds
them, and nobody needs a shared file system. They go after a week.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

import msgspec

from ideas import audit, database, queue
from ideas.account.rules import Person
from ideas.errors import Conflict, Invalid, NotFound, TooManyRequests, message
from ideas.planning.export import Wanted
from ideas.planning.manifest import Manifest

CHUNK = 1 << 20
KEPT_DAYS = 7
AT_ONCE = 3
DAILY = 30
LARGEST = 8 << 30
KEPT_BYTES = 16 << 30
"""What one person's kept files may take."""


class Export(msgspec.Struct):
    """A file that was asked for. `rows` is how many there will be, `done` how many are written."""

    id: int
    campaign: str
    what: str
    format: str
    state: str
    rows: int | None
    done: int
    size: int
    sha256: str
    error: str
    created: datetime
    finished: datetime | None
    expires: datetime | None

    @property
    def file(self) -> str:
        return f"{self.what}.{self.format}"


_EXPORT = """SELECT e.id, p.slug AS campaign, e.what, e.format, e.state, e.rows, e.done, e.size, e.sha256, e.error,
    e.created, e.finished, e.expires FROM export e JOIN campaign p ON p.id = e.campaign"""
_running: set[asyncio.Task[None]] = set()


def _asked(wanted: Wanted) -> str:
    found = wanted.found
    return database.to_json({
        "filters": found.given, "order": found.order, "columns": wanted.names, "lang": wanted.lang,
        "purpose": wanted.purpose,
    })  # fmt: skip


async def _note(person: Person, wanted: Wanted, format: str) -> None:
    """Write down who took what away."""
    found = wanted.found
    await audit.note(
        person.id, "export", f"campaign:{found.campaign.id}", found.campaign.id,
        what=found.what, format=format, filters=found.given,
    )  # fmt: skip


async def begin_stream(person: Person, wanted: Wanted, format: str) -> int:
    """Note that a file is being sent; its number."""
    async with database.transaction():
        await _note(person, wanted, format)
        return await database.fetch_value(
            """INSERT INTO export (campaign, account, way, what, format, asked, state)
            VALUES ($1, $2, 'stream', $3, $4, $5, 'running') RETURNING id""",
            wanted.found.campaign.id, person.id, wanted.found.what, format, _asked(wanted),
        )  # fmt: skip


async def end_stream(export: int, info: Manifest, state: str = "ready") -> None:
    """Note how the sending ended."""
    await database.execute(
        """UPDATE export SET state = $2, done = $3, rows = $3, size = $4, sha256 = $5, manifest = $6, finished = now()
        WHERE id = $1""",
        export, state, info.rows or 0, info.bytes or 0, info.sha256 or "", database.to_json(info),
    )  # fmt: skip


def break_stream(export: int, info: Manifest) -> None:
    """Note that the reader went away, without waiting."""
    if not database.in_transaction():
        task = asyncio.get_running_loop().create_task(end_stream(export, info, "stopped"))
        _running.add(task)
        task.add_done_callback(_running.discard)


async def order(person: Person, wanted: Wanted, format: str, rows: int) -> int:
    """Have a job make a file; its number. TooManyRequests, Conflict past what one person may have."""
    async with database.transaction():
        # One's own orders wait for each other, so that the limits hold for two at once.
        await database.fetch_value("SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE", person.id)
        row = await database.fetch_one(
            """SELECT count(*) FILTER (WHERE state IN ('waiting', 'running')) AS busy,
                count(*) FILTER (WHERE created > now() - interval '1 day') AS today,
                coalesce(sum(size) FILTER (WHERE state = 'ready'), 0) AS kept
            FROM export WHERE account = $1 AND way = 'job'""",
            person.id,
        )
        assert row is not None
        if row["busy"] >= AT_ONCE:
            raise Conflict(
                message(
                    "%(count)s of your files are being made. Wait for one, or stop one.", count=row["busy"]
                )
            )
        if row["today"] >= DAILY:
            raise TooManyRequests(3600)
        if row["kept"] >= KEPT_BYTES:
            raise Conflict(message("Your kept files take too much room. Delete one first."))
        await _note(person, wanted, format)
        id = await database.fetch_value(
            """INSERT INTO export (campaign, account, way, what, format, asked, rows)
            VALUES ($1, $2, 'job', $3, $4, $5, $6) RETURNING id""",
            wanted.found.campaign.id, person.id, wanted.found.what, format, _asked(wanted), rows,
        )  # fmt: skip
        # Two lanes, so that new ideas find a free place in the worker.
        await queue.defer("ideas.planning.jobs.make", lock=f"export:{id % 2}", export=id)
        return id


async def mine(account: int, limit: int = 50) -> list[Export]:
    """A person's files, the latest first."""
    rows = await database.fetch(
        f"{_EXPORT} WHERE e.account = $1 AND e.way = 'job' ORDER BY e.id DESC LIMIT $2", account, limit
    )
    return database.structs(Export, rows)


async def one(account: int, export: int) -> Export:
    """One of a person's files, streamed ones too; NotFound for any other."""
    row = await database.fetch_one(f"{_EXPORT} WHERE e.id = $1 AND e.account = $2", export, account)
    if row is None:
        raise NotFound(message("There is no such export."))
    return Export(**row)


async def manifest_of(account: int, export: int) -> Any:
    """What made a file, complete; Conflict while it is not."""
    row = await database.fetch_one(
        "SELECT state, manifest FROM export WHERE id = $1 AND account = $2", export, account
    )
    if row is None:
        raise NotFound(message("There is no such export."))
    if row["state"] not in ("ready", "expired"):
        raise Conflict(message("This file is not complete."))
    return msgspec.json.decode(row["manifest"], type=Manifest)


async def stop(account: int, export: int) -> None:
    """Stop making a file, or forget one; as often as one likes."""
    async with database.transaction():
        found = await one(account, export)
        await database.execute(
            "UPDATE export SET state = 'stopped', finished = now() WHERE id = $1 AND state IN ('waiting', 'running')",
            export,
        )
        if found.state in ("ready", "failed", "stopped", "expired"):
            await database.execute("DELETE FROM export WHERE id = $1", export)


async def require_file(export: Export, file: str) -> None:
    """A kept file of that name, else NotFound or Conflict."""
    if file != export.file:
        raise NotFound(message("There is no such export."))
    if export.state == "expired":
        raise NotFound(
            message("This file has been deleted after %(days)s days. Make it again.", days=KEPT_DAYS)
        )
    if export.state != "ready":
        raise Conflict(message("This file is not complete."))
    if not await database.fetch_value(
        "SELECT EXISTS (SELECT FROM export_chunk WHERE export = $1)", export.id
    ):
        raise NotFound(message("This file was sent at once and is not kept."))


async def content(export: int, first: int, last: int) -> AsyncGenerator[bytes, None]:
    """The bytes from `first` to `last`, both included, a piece at a time."""
    for number in range(first // CHUNK, last // CHUNK + 1):
        start = max(first - number * CHUNK, 0)
        end = min(last - number * CHUNK, CHUNK - 1)
        piece = await database.fetch_value(
            "SELECT substr(content, $3, $4) FROM export_chunk WHERE export = $1 AND number = $2",
            export, number, start + 1, end - start + 1,
        )  # fmt: skip
        if piece is None or len(piece) != end - start + 1:
            raise RuntimeError("a piece of a kept file is missing")
        yield piece


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """The one range that a `Range` header asks for (RFC 9110, section 14); None: send all of it.

    Invalid (422 turned into 416 by the caller) where it lies behind the end.
    """
    unit, _, spec = header.partition("=")
    first, dash, last = spec.strip().partition("-")
    digits = all(not t or (t.isascii() and t.isdecimal() and len(t) < 19) for t in (first, last))
    if unit.strip() != "bytes" or not dash or not digits or not (first or last) or "," in spec:
        return None
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise Invalid()
        return size - length, size - 1
    start, end = int(first), int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise Invalid()
    return start, min(end, size - 1)
