"""Exports: rows from a server-side cursor, a thousand at a time, as CSV, JSON lines or XLSX.

Memory stays the same whatever the number of rows. All rows are of one moment: the cursor stands in a read-only,
repeatable-read transaction on a connection of its own. Whoever goes away closes it, and the query ends.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from ideas import audit, database
from ideas.account.rules import Person
from ideas.errors import BadRequest, message
from ideas.i18n import localised, translator
from ideas.idea.filters import Asked
from ideas.planning import columns
from ideas.planning.cells import csv_lines, json_lines
from ideas.planning.columns import Column
from ideas.planning.search import ORDERS, Search, search
from ideas.planning.workbook import Workbook
from piccolo_conf import DB

BATCH = 1000
FORMATS = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TABLES: dict[str, tuple[tuple[Column, ...], str]] = {
    "ideas": (columns.IDEAS, columns.IDEAS_FROM),
    "clusters": (columns.CLUSTERS, columns.CLUSTERS_FROM),
}


class About(msgspec.Struct):
    """What made an export: enough to make it again, or to say why two differ."""

    what: str
    campaign: str
    title: str
    filters: dict[str, str]
    order: str
    made: datetime
    models: dict[str, str]
    columns: dict[str, Any]
    rows: int | None = None


async def about(found: Search, lang: str, say: Callable[[Any], str], *, count: bool = False) -> About:
    """Filters, time, versions of the models and the meaning of the columns; the number of rows if asked."""
    models = await database.fetch(
        "SELECT kind, version FROM model WHERE campaign = $1 AND active ORDER BY kind", found.campaign.id
    )
    rows = None
    if count:
        table = "idea i" if found.what == "ideas" else "cluster c"
        where, args = found.where()
        rows = await database.fetch_value(f"SELECT count(*) FROM {table} WHERE {where}", *args)
    return About(
        found.what, found.campaign.slug, localised(found.campaign.title, lang), found.given, found.order,
        datetime.now(UTC).replace(microsecond=0), {m["kind"]: m["version"] for m in models},
        {c.name: say(c.about) for c in _TABLES[found.what][0]}, rows,
    )  # fmt: skip


async def note(person: Person, found: Search, format: str) -> None:
    """Write down who took what away."""
    await audit.note(
        person.id, "export", f"campaign:{found.campaign.id}", found.campaign.id,
        what=found.what, format=format, filters=found.given,
    )  # fmt: skip


def names(found: Search) -> list[str]:
    return [c.name for c in _TABLES[found.what][0]]


def statement(found: Search, lang: str) -> tuple[str, list[Any]]:
    """The query of an export and its arguments."""
    chosen, tables = _TABLES[found.what]
    where, args = found.where()
    listed = ", ".join(
        f"{c.sql.replace('{lang}', 'en' if lang == 'en' else 'ru')} AS {c.name}" for c in chosen
    )
    return f"SELECT {listed} FROM {tables} WHERE {where} ORDER BY {found.order_by()}", args


@asynccontextmanager
async def _reader() -> AsyncIterator[Any]:
    """A connection of the export's own in a read-only snapshot; inside a transaction, that one's."""
    if database.in_transaction():
        async with database.transaction() as c:
            yield c
        return
    own = await asyncpg.connect(DB.config["dsn"])
    try:
        async with own.transaction(isolation="repeatable_read", readonly=True):
            yield own
    finally:
        # Not close(): the reader may have gone in the middle of a fetch, and there is nothing to save.
        own.terminate()


async def rows(found: Search, lang: str) -> AsyncGenerator[list[Any], None]:
    """The rows in batches of a thousand."""
    sql, args = statement(found, lang)
    async with _reader() as c:
        cursor = await c.cursor(sql, *args)
        while batch := await cursor.fetch(BATCH):
            yield [tuple(row) for row in batch]


async def csv_chunks(found: Search, lang: str) -> AsyncGenerator[bytes, None]:
    """CSV with a byte order mark, so that spreadsheets see UTF-8."""
    yield "\ufeff".encode() + csv_lines([names(found)])
    async with aclosing(rows(found, lang)) as batches:
        async for batch in batches:
            yield csv_lines(batch)


async def jsonl_chunks(found: Search, lang: str) -> AsyncGenerator[bytes, None]:
    """One object a line, and nothing else."""
    columns = names(found)
    async with aclosing(rows(found, lang)) as batches:
        async for batch in batches:
            yield json_lines(columns, batch)


async def write_xlsx(path: Path, found: Search, info: About, lang: str, say: Callable[[Any], str]) -> None:
    """Write a workbook with the rows and a sheet that says what made them. Work on it is done in threads."""
    chosen, _ = _TABLES[found.what]
    book = Workbook(path)
    try:
        book.sheet(found.what, [c.name for c in chosen], [c.width for c in chosen])
        async with aclosing(rows(found, lang)) as batches:
            async for batch in batches:
                await asyncio.to_thread(book.write, batch)
        await asyncio.to_thread(_finish, book, info, say)
    finally:
        book.discard()


def _finish(book: Workbook, info: About, say: Callable[[Any], str]) -> None:
    book.sheet("about", ["", ""], [24, 80])
    made = [
        ("campaign", f"{info.campaign} ({info.title})"),
        ("made", info.made.isoformat()),
        ("order", info.order),
        *((f"filter {name}", value) for name, value in info.filters.items()),
        *((f"model {kind}", version) for kind, version in info.models.items()),
        ("", ""),
        *info.columns.items(),
    ]
    book.write(made)
    book.close()


async def xlsx_chunks(
    found: Search, info: About, lang: str, say: Callable[[Any], str]
) -> AsyncGenerator[bytes, None]:
    """A workbook made in a temporary file, which is gone when the last of it is sent or the reader goes away."""
    with tempfile.TemporaryDirectory(prefix="ideas-export-") as folder:
        path = Path(folder) / "export.xlsx"
        await write_xlsx(path, found, info, lang, say)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, 1 << 18):
                yield chunk


def chunks(
    format: str, found: Search, info: About, lang: str, say: Callable[[Any], str]
) -> AsyncGenerator[bytes, None]:
    """The bytes of an export."""
    if format == "csv":
        return csv_chunks(found, lang)
    if format == "jsonl":
        return jsonl_chunks(found, lang)
    return xlsx_chunks(found, info, lang, say)


def file_name(found: Search, format: str, made: datetime) -> str:
    return f"{found.campaign.slug}-{found.what}-{made.date().isoformat()}.{format}"


async def to_file(
    name: str, campaign: str, out: Path, *, lang: str = "ru", filters: dict[str, str] | None = None
) -> int:
    """Write `ideas.csv`, `clusters.xlsx` and so on into a file; the number of its rows.

    `filters` are those of the lists (q, principle, district, office, status, theme, state, order). The file appears
    whole or not at all.
    """
    what, _, format = name.partition(".")
    if what not in ORDERS or format not in FORMATS:
        raise BadRequest(
            message(
                "There is no export %(name)s: it is ideas or clusters with .csv, .xlsx or .jsonl behind it.",
                name=name,
            )
        )
    given = dict(filters or {})
    state, order = given.pop("state", ""), given.pop("order", "")
    try:
        asked = Asked(campaign=campaign, **given)
    except TypeError as error:
        raise BadRequest(message("There is no filter %(name)s.", name=", ".join(given))) from error
    found = await search(what, asked, state, order)
    say = translator(lang)
    info = await about(found, lang, say, count=True)
    part = out.with_name(out.name + ".part")
    try:
        with part.open("wb") as file:
            async for chunk in chunks(format, found, info, lang, say):
                file.write(chunk)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return info.rows or 0
