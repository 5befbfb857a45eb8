"""Exports: what is asked for, and its rows as bytes.

Memory stays the same whatever the number of rows, and all rows are of one moment: they come from a read-only,
repeatable-read transaction on a connection of their own. PostgreSQL itself writes CSV and JSON lines (COPY), so that
a server which streams a million rows only passes bytes on and other pages do not wait; workbooks and Parquet are made
from a server-side cursor, a thousand rows at a time (`export_files`). Whoever goes away closes the connection, and
PostgreSQL, which looks every half second whether anybody still listens, ends the query.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import asyncpg
import msgspec

from ideas import database
from ideas.errors import BadRequest, message
from ideas.idea.filters import Asked
from ideas.planning import disclosure
from ideas.planning.cells import csv_lines, json_lines
from ideas.planning.columns import Column, Sheet
from ideas.planning.columns_more import OPEN, SHEETS
from ideas.planning.participation import COUNTED
from ideas.planning.search import DEEDS, Search, search
from piccolo_conf import DB

BATCH = 1000
PIECE = 1 << 16
WAITING = 8
_readers = asyncio.Semaphore(8)
"""A process has so many exports under way; others wait, and the database keeps connections for pages."""
PATIENCE = 600.0
"""Seconds that a reader may take for a piece of 64 KiB, before the query ends."""
FORMATS = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
PURPOSE = "planning"
_PURPOSE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SESSION = {
    "client_connection_check_interval": "500",
    "idle_in_transaction_session_timeout": str(int(PATIENCE * 1000)),
    "TimeZone": "UTC",
    "jit": "off",
    "application_name": "ideas export",
}


class Wanted(msgspec.Struct):
    """An export before it is made. `public` is the dataset for everybody; `rare` the places of too few people."""

    found: Search
    columns: tuple[Column, ...]
    lang: str
    purpose: str
    smallest: int
    public: bool = False
    rare: dict[str, list[int]] = {}

    @property
    def sheet(self) -> Sheet:
        return (OPEN if self.public else SHEETS)[self.found.what]

    @property
    def names(self) -> list[str]:
        return [c.name for c in self.columns]


class Tally:
    """Counts what goes out: rows, bytes and their SHA-256. `process` runs the query, once that is known."""

    def __init__(self) -> None:
        self.rows = 0
        self.bytes = 0
        self.process = 0
        self._hash = hashlib.sha256()

    def take(self, piece: bytes) -> None:
        self.bytes += len(piece)
        self._hash.update(piece)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


async def wanted(
    what: str,
    asked: Asked,
    given: Mapping[str, str],
    lang: str,
    *,
    public: bool = False,
) -> Wanted:
    """What is asked for; `given` besides the lists' filters: state, order, columns, purpose, and those of the log.

    BadRequest names what is not known.
    """
    found = await search(what, asked, given.get("state", ""), given.get("order", ""), given)
    sheet = (OPEN if public else SHEETS)[what]
    known = {c.name: c for c in sheet.columns}
    chosen = [name.strip() for name in given.get("columns", "").split(",") if name.strip()]
    chosen = list(dict.fromkeys(chosen)) or list(known)
    errors = {}
    if unknown := [name for name in chosen if name not in known]:
        errors["columns"] = message("There is no column “%(name)s”", name=unknown[0][:60])
    purpose = given.get("purpose", "") or PURPOSE
    if not _PURPOSE.fullmatch(purpose):
        errors["purpose"] = message("A purpose is a short word of Latin letters, digits and hyphens")
    if errors:
        raise BadRequest(errors=errors)
    rules = await disclosure.of(found.campaign.id)
    rare = await disclosure.rare(found.campaign.id, rules.smallest) if public and what == "ideas" else {}
    columns = tuple(known[name] for name in chosen)
    return Wanted(found, columns, lang, "open" if public else purpose, rules.smallest, public, rare)


def statement(wanted: Wanted) -> tuple[str, list[Any]]:
    """The query of an export and its arguments."""
    sheet, found = wanted.sheet, wanted.found
    where, args = found.where()
    chosen = list(wanted.columns)
    if found.what == "votes" and "person" not in wanted.names:
        # The order goes by it; outside, it is left out again.
        chosen.append(next(c for c in sheet.columns if c.name == "person"))
    listed = ", ".join(f"{_filled(c.sql, wanted)} AS {c.name}" for c in chosen)
    inner = f"SELECT {listed} FROM {sheet.source} WHERE {where} ORDER BY {found.order_by()}"
    if len(chosen) == len(wanted.columns):
        return inner, args
    return f"SELECT {', '.join(wanted.names)} FROM ({inner}) q", args


def _filled(sql: str, wanted: Wanted) -> str:
    sql = sql.replace("{lang}", "en" if wanted.lang == "en" else "ru")
    # Which kind of file is part of the message: a pseudonym of a vote is never that of an author.
    kind = f"{wanted.purpose}/{wanted.found.what}"
    campaign = wanted.found.campaign.id
    sql = re.sub(r"\{person:([a-z.]+)\}", lambda m: disclosure.pseudonym(m[1], campaign, kind), sql)

    def few(found: re.Match[str]) -> str:
        ids = ",".join(str(int(n)) for n in wanted.rare.get(found[1], [])) or "NULL"
        return f"coalesce(i.{found[1]} IN ({ids}), false)"

    return re.sub(r"\{rare:(\w+)\}", few, sql)


async def count(wanted: Wanted) -> int:
    """How many rows there are now."""
    if counted := COUNTED.get(wanted.found.what):
        return len(await counted(wanted.found, wanted.lang, wanted.smallest))
    # Only the table that the rows are of, and what its conditions speak of.
    tables = {"comments": "comment m JOIN idea i ON i.id = m.idea", "votes": "vote v JOIN idea i ON i.id = v.idea",
              "ideas": "idea i", "clusters": "cluster c", "decisions": "decision d", "audit": "audit u"}  # fmt: skip
    where, args = wanted.found.where()
    return await database.fetch_value(
        f"SELECT count(*) FROM {tables[wanted.found.what]} WHERE {where}", *args
    )


@asynccontextmanager
async def _reader() -> AsyncIterator[Any]:
    """A connection of the export's own in a read-only snapshot; inside a transaction, that one's."""
    if database.in_transaction():
        async with database.transaction() as c:
            yield c
        return
    async with _readers:
        own = await asyncpg.connect(DB.config["dsn"], server_settings=_SESSION)
        try:
            await own.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield own
        finally:
            # Not close(): the reader may have gone in the middle of a fetch, and there is nothing to save.
            own.terminate()


async def rows(wanted: Wanted) -> AsyncGenerator[list[Any], None]:
    """The rows in batches of a thousand, from a server-side cursor."""
    if counted := COUNTED.get(wanted.found.what):
        made = await counted(wanted.found, wanted.lang, wanted.smallest)
        yield [tuple(getattr(row, name) for name in wanted.names) for row in made]
        return
    sql, args = statement(wanted)
    async with _reader() as c:
        cursor = await c.cursor(sql, *args)
        while batch := await cursor.fetch(BATCH):
            yield [tuple(row) for row in batch]


async def _copied(sql: str, args: Sequence[Any], tally: Tally, **options: str) -> AsyncGenerator[bytes, None]:
    """What COPY writes, in pieces of 64 KiB; it waits for whoever reads them."""
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
    free = asyncio.Semaphore(WAITING)
    buffer = bytearray()

    async def hand_on() -> None:
        async with asyncio.timeout(PATIENCE):
            await free.acquire()
        pieces.put_nowait(bytes(buffer[:PIECE]))
        del buffer[:PIECE]

    async def put(data: bytes) -> None:
        buffer.extend(data)
        # The driver gives up to half a megabyte at once; to hash and send that would hold everybody else up.
        while len(buffer) >= PIECE:
            await hand_on()

    async def work(c: Any) -> None:
        tally.process = c.get_server_pid()
        said = await c.copy_from_query(sql, *args, output=put, format="csv", **options)
        tally.rows = int(said.split()[1])
        if buffer:
            await hand_on()

    async with _reader() as c:
        task = asyncio.create_task(work(c))
        task.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                free.release()
                yield piece
            await task
        finally:
            if not task.done():
                if not database.in_transaction():
                    c.terminate()
                task.cancel()
                with suppress(BaseException):
                    await task


# What a spreadsheet might take for a formula; `cells.inert` says the same of one text.
_RISKY = r"'^(\s*[=+\-@＝＋－＠]|[\t\r\n|%])'"


def _csv_cell(c: Column) -> str:
    if c.kind == "text":
        return f"CASE WHEN q.{c.name} ~ {_RISKY} THEN '''' || q.{c.name} ELSE q.{c.name} END"
    if c.kind == "time":
        return f"""to_char(q.{c.name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""
    return f"q.{c.name}"


async def csv_chunks(wanted: Wanted, tally: Tally) -> AsyncGenerator[bytes, None]:
    """CSV with a byte order mark, so that spreadsheets see UTF-8."""
    yield "\ufeff".encode() + csv_lines([wanted.names])
    if wanted.found.what in COUNTED:
        async for batch in rows(wanted):
            tally.rows += len(batch)
            yield csv_lines(batch)
        return
    inner, args = statement(wanted)
    cells = ", ".join(_csv_cell(c) for c in wanted.columns)
    async with aclosing(_copied(f"SELECT {cells} FROM ({inner}) q", args, tally)) as pieces:
        async for piece in pieces:
            yield piece


async def jsonl_chunks(wanted: Wanted, tally: Tally) -> AsyncGenerator[bytes, None]:
    """One object a line, and nothing else."""
    if wanted.found.what in COUNTED:
        async for batch in rows(wanted):
            tally.rows += len(batch)
            yield json_lines(wanted.names, batch)
        return
    inner, args = statement(wanted)
    # JSON holds no raw control characters, so with these COPY has nothing to quote.
    plain = {"quote": "\x01", "delimiter": "\x02"}
    async with aclosing(
        _copied(f"SELECT row_to_json(q)::text FROM ({inner}) q", args, tally, **plain)
    ) as pieces:
        async for piece in pieces:
            yield piece


def parted(name: str) -> tuple[str, str]:
    """`ideas.csv` as (ideas, csv); BadRequest for what is no export."""
    what, _, format = name.partition(".")
    if what not in SHEETS or format not in FORMATS:
        raise BadRequest(
            message(
                "There is no export %(name)s: it is one of %(kinds)s with one of %(formats)s behind it.",
                name=name, kinds=", ".join(SHEETS), formats=", ".join(f".{f}" for f in FORMATS),
            )
        )  # fmt: skip
    return what, format


async def wanted_by(what: str, campaign: str, filters: Mapping[str, str], lang: str) -> Wanted:
    """As `wanted`, from filters by name as the command line and jobs keep them; BadRequest for others."""
    lists = set(Asked.__struct_fields__) - {"campaign", "sort"}
    others = {"state", "order", "columns", "purpose", *(DEEDS if what == "audit" else ())}
    if strange := [name for name in filters if name not in lists | others]:
        raise BadRequest(message("There is no filter %(name)s.", name=", ".join(strange)[:60]))
    asked = Asked(campaign=campaign, **{k: v for k, v in filters.items() if k in lists})
    return await wanted(what, asked, filters, lang)
