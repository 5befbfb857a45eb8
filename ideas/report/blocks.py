"""What a report is made of: sections of texts, facts, tables and charts. One model, written as PDF, DOCX and XLSX."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec


class Link(msgspec.Struct, frozen=True):
    """A text and the address that it leads to."""

    text: str
    address: str


class Share(msgspec.Struct, frozen=True):
    """A part of 1, shown as percents."""

    value: float


Cell = str | int | float | date | Link | Share | None
"""What a cell holds; nothing is shown as a dash."""


class Text(msgspec.Struct):
    """A paragraph; `small` for notes, `heading` for a line above what follows."""

    text: str
    small: bool = False
    heading: bool = False


class Facts(msgspec.Struct):
    """Figures with what they count, large and side by side."""

    items: list[tuple[str, Cell]]


class Table(msgspec.Struct):
    """A table; `widths` are parts of the page's width, `sheet` its name in the workbook.

    `shown` rows stand in the documents, all of them in the workbook.
    """

    sheet: str
    head: Sequence[str]
    rows: list[list[Cell]]
    widths: Sequence[float]
    shown: int = 1000

    @property
    def numeric(self) -> list[int]:
        """Columns that hold numbers, to stand at the right."""
        columns = range(len(self.head))
        return [
            n
            for n in columns
            if any(isinstance(row[n], int | float | Share) for row in self.rows)
            and not any(isinstance(row[n], str | Link | date) for row in self.rows)
        ]


class Chart(msgspec.Struct):
    """`bars` lie (one for each label), `columns` stand (along time). Bars of one colour, each with its number, need
    no colour to be read. `column` is the table's column with the numbers, for the workbook's own chart."""

    kind: str
    title: str
    alt: str
    labels: list[str]
    values: list[float]
    sheet: str
    column: int


Block = Text | Facts | Table | Chart


class Section(msgspec.Struct):
    title: str
    blocks: list[Block]


class Report(msgspec.Struct):
    """A whole report; `facts` stand on its first page."""

    title: str
    brand: str
    kind: str
    lang: str
    facts: list[str]
    sections: list[Section]
    contents: str
    made: datetime

    @property
    def charts(self) -> list[Chart]:
        return [b for s in self.sections for b in s.blocks if isinstance(b, Chart)]

    @property
    def tables(self) -> list[Table]:
        return [b for s in self.sections for b in s.blocks if isinstance(b, Table)]
