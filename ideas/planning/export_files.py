"""Whole files of exports: workbooks and Parquet, any format into a file or as a stream.

Workbooks and Parquet cost a processor's time in Python, so that a server makes large ones in a process of their own.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ideas import database
from ideas.i18n import translator
from ideas.planning.columns import Column
from ideas.planning.export import Tally, Wanted, count, csv_chunks, jsonl_chunks, parted, rows, wanted_by
from ideas.planning.manifest import About, Manifest, about, manifest
from ideas.planning.workbook import Workbook
from piccolo_conf import DB

HERE = 2000
"""A workbook of so many rows is made by the server itself."""
ROW_GROUP = 20_000
_READ = 1 << 18
_children = asyncio.Semaphore(2)


async def write_xlsx(path: Path, wanted: Wanted, tally: Tally) -> None:
    """Write a workbook with the rows and a sheet that says what made them. Work on it is done in threads."""
    info = await about(wanted)
    book = Workbook(path)
    try:
        book.sheet(wanted.found.what, wanted.names, [c.width for c in wanted.columns])
        async with aclosing(rows(wanted)) as batches:
            async for batch in batches:
                await asyncio.to_thread(book.write, batch)
                tally.rows += len(batch)
        await asyncio.to_thread(_finish, book, info)
    finally:
        book.discard()


def _finish(book: Workbook, info: About) -> None:
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


async def write_parquet(path: Path, wanted: Wanted, tally: Tally) -> None:
    """Write Parquet, a row group at a time; the manifest stands in the file's own metadata, too."""
    # Loaded where it is used: it takes 60 MB.
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    say = translator(wanted.lang)
    schema = pa.schema(
        [
            pa.field(c.name, types.get(c.kind, pa.string()), metadata={"about": say(c.about)})
            for c in wanted.columns
        ],
        metadata={"ideas": msgspec.json.encode(await manifest(wanted, "parquet")).decode()},
    )

    def write(batch: list[Any]) -> None:
        columns = list(zip(*batch, strict=True)) if batch else [()] * len(schema)
        arrays = [
            pa.array([_exact(v, c) for v in values], field.type)
            for c, values, field in zip(wanted.columns, columns, schema, strict=True)
        ]
        writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=ROW_GROUP)

    writer = pq.ParquetWriter(path, schema, compression="zstd")
    try:
        group: list[Any] = []
        async with aclosing(rows(wanted)) as batches:
            async for batch in batches:
                group.extend(batch)
                tally.rows += len(batch)
                if len(group) >= ROW_GROUP:
                    await asyncio.to_thread(write, group)
                    group = []
        await asyncio.to_thread(write, group)
    finally:
        await asyncio.to_thread(writer.close)


def _exact(value: Any, column: Column) -> Any:
    """Sums come as decimals."""
    if value is None:
        return None
    return int(value) if column.kind == "int" else float(value) if column.kind == "float" else value


async def file_chunks(format: str, wanted: Wanted, tally: Tally, child: bool) -> AsyncGenerator[bytes, None]:
    """A file made in a temporary place, which is gone when the last of it is sent or the reader goes away."""
    with tempfile.TemporaryDirectory(prefix="ideas-export-") as folder:
        path = Path(folder) / f"export.{format}"
        child = child and not database.in_transaction()
        if not child or (format == "xlsx" and await count(wanted) <= HERE):
            await (write_xlsx if format == "xlsx" else write_parquet)(path, wanted, tally)
        else:
            tally.rows = await _made_by_child(path, format, wanted)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, _READ):
                yield chunk


async def _made_by_child(path: Path, format: str, wanted: Wanted) -> int:
    """Let `ideas export` write the file; it ends when the reader goes away. The number of rows."""
    found = wanted.found
    given = {
        **found.given,
        "order": found.order,
        "columns": ",".join(wanted.names),
        "purpose": wanted.purpose,
    }
    options = [part for name, value in given.items() if value for part in ("--filter", f"{name}={value}")]
    command = [
        sys.executable, "-m", "ideas", "export", f"{found.what}.{format}", "--campaign", found.campaign.slug,
        "--lang", wanted.lang, "--out", str(path), "--quiet", *options,
    ]  # fmt: skip
    async with _children:
        child = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "DATABASE_URL": DB.config["dsn"]},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            said, wrong = await child.communicate()
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
    if child.returncode:
        raise RuntimeError(
            f"the export ended with {child.returncode}: {wrong.decode(errors='replace')[-500:]}"
        )
    return int(said.split()[0])


async def chunks(
    format: str, wanted: Wanted, tally: Tally, *, child: bool = True
) -> AsyncGenerator[bytes, None]:
    """The bytes of an export; `tally` counts them as they go. `child`: let another process do hard work."""
    if format == "csv":
        made = csv_chunks(wanted, tally)
    elif format == "jsonl":
        made = jsonl_chunks(wanted, tally)
    else:
        made = file_chunks(format, wanted, tally, child)
    async with aclosing(made):
        async for piece in made:
            tally.take(piece)
            yield piece


def file_name(wanted: Wanted, format: str, made: datetime) -> str:
    return f"{wanted.found.campaign.slug}-{wanted.found.what}-{made.date().isoformat()}.{format}"


async def to_file(
    name: str, campaign: str, out: Path, *, lang: str = "ru", filters: Mapping[str, str] | None = None
) -> Manifest:
    """Write `ideas.csv`, `votes.parquet` and so on into a file, and its manifest beside (`ideas.csv.manifest.json`).

    `filters` are those of the lists (q, principle, district, office, status, theme, state, order) and `columns`,
    `purpose`. The file appears whole or not at all.
    """
    what, format = parted(name)
    asked = await wanted_by(what, campaign, filters or {}, lang)
    info = await manifest(asked, format)
    tally = Tally()
    part = out.with_name(out.name + ".part")
    try:
        if format in ("csv", "jsonl"):
            with part.open("wb") as file:
                async with aclosing(chunks(format, asked, tally)) as pieces:
                    async for piece in pieces:
                        file.write(piece)
        else:
            await (write_xlsx if format == "xlsx" else write_parquet)(part, asked, tally)
            with part.open("rb") as file:
                while piece := file.read(_READ):
                    tally.take(piece)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    info.rows, info.bytes, info.sha256 = tally.rows, tally.bytes, tally.sha256
    return info
