"""Making kept files: from the rows to pieces in the database, with a note of how far it is."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import Any

from ideas import database
from ideas.errors import DomainError, message
from ideas.notice.actions import think_of_letters
from ideas.planning.export import Tally, Wanted, wanted_by
from ideas.planning.export_files import chunks
from ideas.planning.export_store import CHUNK, KEPT_DAYS, LARGEST
from ideas.planning.manifest import Manifest, manifest

SAID_EVERY = 1.0
"""Seconds between two notes of how far it is."""


class _Stopped(Exception):
    """Somebody has stopped it, or it has grown too large."""


async def make(export: int) -> None:
    """Make the file of an order. Its maker is told; a failure of ours is raised after it is noted."""
    row = await database.fetch_one(
        """UPDATE export e SET state = 'running', done = 0, error = '' FROM campaign p
        WHERE e.id = $1 AND p.id = e.campaign AND e.state IN ('waiting', 'running')
        RETURNING e.what, e.format, e.asked, e.account, p.slug""",
        export,
    )
    if row is None:
        return
    asked = database.from_json(row["asked"])
    given = {**asked["filters"], "order": asked["order"], "columns": ",".join(asked["columns"]),
             "purpose": asked["purpose"]}  # fmt: skip
    try:
        wanted = await wanted_by(row["what"], row["slug"], given, asked["lang"])
        info = await write(export, wanted, row["format"])
    except _Stopped as stopped:
        await _end(export, "failed" if stopped.args else "stopped", *(m.msgid for m in stopped.args))
    except DomainError as problem:
        await _end(export, "failed", problem.detail.msgid)
    except Exception:
        await _end(export, "failed", message("Something went wrong on our side.").msgid)
        raise
    else:
        async with database.transaction():
            await _ready(export, info)
            await _tell(export, row["account"])


async def write(export: int, wanted: Wanted, format: str) -> Manifest:
    """Write the pieces of a file; those of an earlier try go first."""
    await database.execute("DELETE FROM export_chunk WHERE export = $1", export)
    info = await manifest(wanted, format)
    tally = Tally()
    if database.in_transaction():
        await _write_pieces(export, wanted, format, tally)
    else:
        await _watched(export, tally, asyncio.create_task(_write_pieces(export, wanted, format, tally)))
    info.rows, info.bytes, info.sha256 = tally.rows, tally.bytes, tally.sha256
    return info


async def _write_pieces(export: int, wanted: Wanted, format: str, tally: Tally) -> None:
    """Cut what comes into pieces of one length."""
    buffer, number = bytearray(), 0

    async def put(content: bytes) -> None:
        nonlocal number
        await database.execute(
            "INSERT INTO export_chunk (export, number, content) VALUES ($1, $2, $3)", export, number, content
        )
        number += 1

    async with aclosing(chunks(format, wanted, tally, child=False)) as made:
        async for piece in made:
            buffer.extend(piece)
            while len(buffer) >= CHUNK:
                await put(bytes(buffer[:CHUNK]))
                del buffer[:CHUNK]
            if tally.bytes > LARGEST:
                raise _Stopped(message("The file is too large; take fewer rows or columns."))
    if buffer or not number:
        await put(bytes(buffer))


# While COPY runs, PostgreSQL says itself how many rows it has written.
_FAR = """UPDATE export SET size = $3, done = greatest($2, coalesce(
    (SELECT tuples_processed FROM pg_stat_progress_copy WHERE pid = $4), 0))
WHERE id = $1 AND state = 'running' RETURNING true"""


async def _watched(export: int, tally: Tally, writing: asyncio.Task[None]) -> None:
    """Note every second how far the writing is, and end it where somebody has stopped it."""
    try:
        while True:
            done, _ = await asyncio.wait([writing], timeout=SAID_EVERY)
            if done:
                return writing.result()
            if not await database.fetch_value(_FAR, export, tally.rows, tally.bytes, tally.process):
                raise _Stopped()
    finally:
        if not writing.done():
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing


async def _ready(export: int, info: Manifest) -> None:
    done = await database.fetch_value(
        """UPDATE export SET state = 'ready', rows = $2, done = $2, size = $3, sha256 = $4, manifest = $5,
            finished = now(), expires = CASE way WHEN 'job' THEN now() + make_interval(days => $6) END
        WHERE id = $1 AND state = 'running' RETURNING true""",
        export, info.rows, info.bytes, info.sha256, database.to_json(info), KEPT_DAYS,
    )  # fmt: skip
    if not done:
        await _end(export, "stopped")


async def _end(export: int, state: str, error: str = "") -> None:
    async with database.transaction():
        await database.execute("DELETE FROM export_chunk WHERE export = $1", export)
        await database.execute(
            "UPDATE export SET state = $2, error = $3, size = 0, finished = now() WHERE id = $1",
            export, state, error[:300],
        )  # fmt: skip


async def _tell(export: int, account: int | None) -> None:
    """A notice with the link; in the transaction in which the file became ready."""
    if account is None:
        return
    data: dict[str, Any] = {"why": "mine", "export": export, "path": f"/planning/exports/{export}"}
    await database.execute(
        """INSERT INTO notice (account, kind, event, data) SELECT $1, 'export', $2, $3
        FROM export WHERE id = $4 AND state = 'ready' ON CONFLICT DO NOTHING""",
        account, f"export:{export}", database.to_json(data), export,
    )  # fmt: skip
    await think_of_letters()


async def publish(campaign: int, wanted: Wanted, format: str) -> Manifest:
    """Make one file of the public dataset; the one before it is served until this one is ready."""
    id = await database.fetch_value(
        """INSERT INTO export (campaign, way, what, format, state) VALUES ($1, 'open', $2, $3, 'running')
        RETURNING id""",
        campaign, wanted.found.what, format,
    )  # fmt: skip
    try:
        info = await write(id, wanted, format)
        async with database.transaction():
            await _ready(id, info)
            # A reader in the middle of the one before finds its pieces for another hour.
            await database.execute(
                """UPDATE export SET expires = now() + interval '1 hour' WHERE campaign = $1 AND way = 'open'
                AND what = $2 AND format = $3 AND id < $4 AND state = 'ready' AND expires IS NULL""",
                campaign, wanted.found.what, format, id,
            )  # fmt: skip
        return info
    except BaseException:
        with suppress(Exception):
            await database.execute("DELETE FROM export WHERE id = $1", id)
        raise


async def expire() -> int:
    """Delete kept files whose time is over, and old notes of streamed ones; how many files."""
    gone = await database.fetch(
        """UPDATE export SET state = 'expired' WHERE expires < now() AND state = 'ready' RETURNING id"""
    )
    await database.execute(
        "DELETE FROM export_chunk WHERE export = ANY($1::bigint[])", [r["id"] for r in gone]
    )
    await database.execute(
        """DELETE FROM export WHERE (way = 'open' AND (state = 'expired'
                OR state <> 'ready' AND created < now() - interval '1 day'))
            OR (way <> 'open' AND created < now() - interval '90 days')"""
    )
    return len(gone)
