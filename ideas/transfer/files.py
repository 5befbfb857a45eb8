"""Files as rows: CSV, TSV, XLSX and JSON lines, recognised by their content and read a row at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ideas.errors import BadRequest, message
from ideas.transfer.encoding import encoding_of
from ideas.transfer.lines import Endless, Lines, Row, Table, miscounted, name_of, named
from ideas.transfer.tabs import tab_rows

FILE_LIMIT = 2_000_000_000
FIELD_LIMIT = 1_000_000

csv.field_size_limit(FIELD_LIMIT)


def open_table(path: Path) -> Table:
    """Recognise a file and read its header; BadRequest says why it cannot be read."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        said = message("The file %(file)s cannot be read: %(why)s", file=str(path), why=error.strerror or "")
        raise BadRequest(said) from error
    if not size:
        raise BadRequest(message("The file is empty."))
    if size > FILE_LIMIT:
        raise BadRequest(message("The file is larger than 2 GB."))
    table = Table(path)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        _spreadsheet(table)
        return table
    table.encoding, broken = encoding_of(path)
    lines = Lines(table, size)
    first = lines.peek()
    if first is None:
        raise BadRequest(message("The file has no text in it."))
    if first.lstrip()[:1] in ("{", "["):
        table.kind = "jsonl"
        table.rows = _json_rows(lines, first)
    else:
        _delimited(table, lines, first)
    if broken:
        table.rows = _checked(table.rows)
    return table


# Text with delimiters


def _delimited(table: Table, lines: Lines, first: str) -> None:
    """Choose the delimiter by the header line: the one that makes the most columns."""
    table.delimiter = max("\t;,|", key=lambda d: len(next(csv.reader([first], delimiter=d))))
    raw_header = first.rstrip("\r\n").split("\t")
    columns = next(csv.reader([first], delimiter=table.delimiter))
    table.kind = "tsv" if table.delimiter == "\t" else "csv"
    if table.delimiter == "\t" and '"' not in first:
        table.header = named(raw_header)
        next(lines)
        table.rows = tab_rows(table.header, lines)
        return
    if len(columns) < 2:
        table.delimiter = ","
    table.rows = _csv_rows(table, lines)
    # The header itself may span lines.
    header = next(table.rows)
    table.header = header.cells["names"]


def _csv_rows(table: Table, lines: Lines) -> Iterator[Row]:
    """Records by RFC 4180; of one that cannot be right only its first line is refused, and reading goes on behind."""
    reader = csv.reader(lines, delimiter=table.delimiter, strict=True)
    header: list[str] | None = None
    while True:
        lines.begin()
        start = lines.number + 1
        try:
            cells, problem = next(reader), None
        except StopIteration:
            return
        except (Endless, csv.Error):
            reader = csv.reader(lines, delimiter=table.delimiter, strict=True)
            cells, problem = _lenient(table, lines), message("a quotation mark is not closed or not doubled")
        if header is None:
            if not cells:
                raise BadRequest(
                    message("The first line of the file, which names its columns, cannot be read.")
                )
            header = named(cells)
            yield Row(start, {"names": header})
            continue
        row = _row(start, header, cells) if cells else Row(start, {}, problem)
        if row.problem is not None:
            # A quotation mark too many may have swallowed the lines that follow.
            lines.give_back()
            reader = csv.reader(lines, delimiter=table.delimiter, strict=True)
        if row.problem is not None or any(c.strip() for c in cells):
            yield row


def _lenient(table: Table, lines: Lines) -> list[str]:
    """The cells of a one-line record with quotation marks that are not doubled; nothing where they cannot be told."""
    if not lines.taken or len(lines.taken) > 1:
        return []
    try:
        cells = next(csv.reader(lines.taken, delimiter=table.delimiter), [])
    except csv.Error:
        return []
    # One that is opened and not closed makes the rest of the line one cell.
    return cells if not table.header or len(cells) == len(table.header) else []


def _row(line: int, header: list[str], cells: list[Any]) -> Row:
    extra = len(cells) - len(header)
    if extra > 0 and any(str(c).strip() for c in cells[len(header) :]):
        return Row(line, {}, miscounted(cells, header))
    # Some programs leave out empty cells at the end of a line.
    return Row(line, dict(zip(header, cells, strict=False)))


# JSON


def _json_rows(lines: Lines, first: str) -> Iterator[Row]:
    if first.lstrip().startswith("["):
        yield from _json_array(lines)
        return
    for line in lines:
        if not line.strip("\ufeff \t\r\n"):
            continue
        try:
            value = json.loads(line.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            yield Row(lines.number, {}, message("this is not valid JSON"))
            continue
        if isinstance(value, dict):
            yield Row(lines.number, _flat(value))
        else:
            yield Row(lines.number, {}, message("this is not a JSON object"))


def _json_array(lines: Lines) -> Iterator[Row]:
    try:
        values = json.loads("".join(lines).lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise BadRequest(
            message("The file looks like JSON but is not valid: %(why)s", why=str(error)[:120])
        ) from error
    for n, value in enumerate(values, 1):
        if isinstance(value, dict):
            yield Row(n, _flat(value))
        else:
            yield Row(n, {}, message("this is not a JSON object"))


def _flat(value: dict[str, Any]) -> dict[str, Any]:
    """Nested objects as `outer/inner` columns, as Decidim names them in its tables."""
    cells: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            cells.update({f"{name_of(key)}/{name_of(k)}": v for k, v in inner.items()})
        else:
            cells[name_of(key)] = inner
    return cells


# Spreadsheets


def _spreadsheet(table: Table) -> None:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(table.path))
        sheets = [book.get_sheet_by_index(n) for n in range(len(book.sheet_names))]
    except (CalamineError, OSError, ValueError) as error:
        raise BadRequest(message("The file is not a spreadsheet that can be read.")) from error
    filled = [s for s in sheets if s.height]
    if not filled:
        raise BadRequest(message("The spreadsheet is empty."))
    sheet = filled[0]
    table.kind = "xlsx"
    rows = enumerate(sheet.iter_rows(), (sheet.start or (0, 0))[0] + 1)
    for _, cells in rows:
        if any(str(c).strip() for c in cells):
            table.header = named(cells)
            break
    height = sheet.height

    def read() -> Iterator[Row]:
        for line, cells in rows:
            table.done = min(1.0, line / height)
            if any(str(c).strip() for c in cells):
                yield _row(line, table.header, cells)

    table.rows = read()


def _checked(rows: Iterator[Row]) -> Iterator[Row]:
    """Refuses the rows that hold bytes which are no text."""
    for row in rows:
        if row.problem is None and any(
            isinstance(c, str) and any("\udc80" <= x <= "\udcff" for x in c) for c in row.cells.values()
        ):
            row = Row(row.line, {}, message("some bytes of this row are not valid text"))
        yield row
