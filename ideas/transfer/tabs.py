"""Records of files with tabs between the cells, which their writers seldom quote: broken ones are put together."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from ideas.transfer.lines import Lines, Row, miscounted

_DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?$|\d{1,2}[/.]\d{1,2}[/.]\d{4}")


def tab_rows(header: list[str], lines: Lines) -> Iterator[Row]:
    """Lines split at tabs. Where every cell is quoted as spreadsheets do, quotes are taken off.

    A tab or a line break inside a field breaks a record: lines are put together again until the columns are
    there, and surplus cells are joined where the dates and numbers beside them show which field they belong to.
    """
    line = next(lines, None)
    while line is not None:
        start = lines.number
        cells = line.rstrip("\r\n").split("\t")
        if line.count('"') % 2 and _opens_quoted(cells):
            cells = _quoted_record(line, lines)
        line = next(lines, None)
        mended = False
        while line is not None and len(cells) < len(header) and not _begins(line, len(header)):
            more = line.rstrip("\r\n").split("\t")
            if len(cells) + len(more) - 1 > len(header):
                break
            cells = [*cells[:-1], f"{cells[-1]}\n{more[0]}", *more[1:]]
            mended = bool(any(more)) or mended
            line = next(lines, None)
        if not any(c.strip() for c in cells):
            continue
        cells = [_unquoted(c) for c in cells]
        if len(cells) > len(header):
            joined = _joined(header, cells)
            mended, cells = joined is not None, joined or cells
        if len(cells) != len(header) and not (len(cells) < len(header) and len(cells) >= len(header) - 1):
            yield Row(start, {}, miscounted(cells, header))
        else:
            yield Row(start, dict(zip(header, cells, strict=False)), mended=mended)


def _opens_quoted(cells: list[str]) -> bool:
    """Whether the last cell begins a quoted field that goes on in the next line."""
    return cells[-1].startswith('"') and cells[-1].count('"') % 2 == 1


def _quoted_record(line: str, lines: Lines) -> list[str]:
    """A spreadsheet's record with line breaks in a quoted field; as it stands where the quote never closes."""
    taken = [line]
    while len(taken) < 200 and "".join(taken).count('"') % 2:
        more = next(lines, None)
        if more is None:
            break
        taken.append(more)
    whole = "".join(taken)
    if whole.count('"') % 2 == 0:
        cells = next(csv.reader([whole], delimiter="\t"), [])
        if cells:
            return [c.rstrip("\r\n") if n == len(cells) - 1 else c for n, c in enumerate(cells)]
    lines.kept.extend(reversed(taken[1:]))
    lines.number -= len(taken) - 1
    return line.rstrip("\r\n").split("\t")


def _unquoted(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        inside = cell[1:-1]
        # Quotes that a spreadsheet put on are there for a reason, and those inside are doubled.
        if '"' not in inside.replace('""', "") and ('""' in inside or "\n" in inside or "\t" in inside):
            return inside.replace('""', '"')
    return cell


def _begins(line: str, width: int) -> bool:
    """Whether a line is a record of its own: it has all its columns, or starts with a key."""
    return line.count("\t") >= width - 1 or re.match(r"[\w-]{1,40}\t", line) is not None


def _joined(header: list[str], cells: list[str]) -> list[str] | None:
    """Cells with the surplus tabs put back into the long field, found from the date after the title and the
    numbers before the end; None where that is not certain."""
    if "created" not in header or "idea" not in header:
        return None
    created, text = header.index("created"), header.index("idea")
    if text != created + 1:
        return None
    tail = len(header) - text - 1
    dates = [n for n, c in enumerate(cells) if n >= created and _DATE.match(c.strip())]
    if not dates:
        return None
    at = dates[0]
    title = header.index("title") if "title" in header else created - 1
    head = [*cells[:title], " ".join(cells[title : at - (created - title - 1)])]
    rest = cells[at + 1 :]
    if len(rest) < tail + 1:
        return None
    made = [*head, cells[at], " ".join(rest[: len(rest) - tail]), *rest[len(rest) - tail :]]
    numbers = [made[n] for n, name in enumerate(header) if name.startswith("votes")]
    fits = len(made) == len(header) and all(re.fullmatch(r"-?\d+", n.strip()) for n in numbers)
    return made if fits and numbers else None
