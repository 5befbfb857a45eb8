"""A chart is a table: its columns and rows, and how a script may draw it. Pages, files and programs get the same."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec

from ideas.errors import Message, message

_RISKY = frozenset("=+-@\t\r\n\x00|%＝＋－＠")

IDEAS, VOTES, PEOPLE = message("Ideas sent in"), message("Votes"), message("Distinct people")
COMMENTS, PROPOSALS, ANSWERED = message("Comments"), message("Distinct proposals"), message("Answered")


class Column(msgspec.Struct):
    """A column; `unit` is "" (a number), "%", "day" or "text". Those with `drawn` are in the picture."""

    name: str
    label: Message
    unit: str = ""
    drawn: bool = False


class Chart(msgspec.Struct):
    """`kind` line, bar (lying), heat or range; the first column names the rows. `most` rows are drawn, all are listed.

    A cell of a heat map is (shrunk share, ideas, of how many); every other cell is a number, a text or None.
    """

    key: str
    kind: str
    title: Message
    about: Message
    columns: list[Column]
    rows: list[list[Any]]
    most: int = 0
    notes: list[Message] = []


class Cell(msgspec.Struct, frozen=True):
    """A share as drawn towards the mean of all, and what was counted."""

    shrunk: float
    ideas: int
    of: int


def as_csv(chart: Chart, say: Any) -> bytes:
    """The chart's table with a byte order mark, so that spreadsheets see UTF-8; no cell runs as a formula.

    A heat map becomes a row for each of its cells' centre, with three columns for each principle.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    head: list[str] = []
    for n, column in enumerate(chart.columns):
        label = say(column.label)
        if chart.kind == "heat" and n:
            head += [f"{label}, %", f"{label}: n", f"{label}: N"]
        else:
            head.append(label + (", %" if column.unit == "%" else ""))
    writer.writerow([_inert(text) for text in head])
    for row in chart.rows:
        written: list[Any] = []
        for column, value in zip(chart.columns, row, strict=True):
            if isinstance(value, Cell):
                written += [round(100 * value.shrunk, 2), value.ideas, value.of]
            elif value is not None and column.unit == "%":
                written.append(round(100 * value, 2))
            elif isinstance(value, float):
                written.append(round(value, 3))
            else:
                written.append(_inert(say(value) if isinstance(value, Message) else value))
        writer.writerow(written)
    return "\ufeff".encode() + buffer.getvalue().encode("utf-8", "replace")


def _inert(value: Any) -> Any:
    """A cell that no spreadsheet runs (OWASP: an apostrophe before what could begin a formula)."""
    if isinstance(value, str) and value[:1] in _RISKY:
        return "'" + value
    return value
