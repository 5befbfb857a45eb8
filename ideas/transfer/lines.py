"""Rows of a file, and its physical lines with their numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ideas.errors import Message, message

# A quotation mark that is never closed swallows the rest of a file; no field of an idea has so many lines.
RECORD_LINES = 2000


class Row(msgspec.Struct):
    """One record: its first line in the file, and its cells by the header's names, or what is wrong with it."""

    line: int
    cells: dict[str, Any]
    problem: Message | None = None
    mended: bool = False


class Table:
    """A file's rows. `header` names the columns in lower case; `done` is the share of the file that was read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kind = ""
        self.encoding = ""
        self.delimiter = ""
        self.header: list[str] = []
        self.done = 0.0
        self.rows: Iterator[Row] = iter(())


class Lines:
    """Physical lines with their numbers; a record can be given back to be read otherwise."""

    def __init__(self, table: Table, size: int) -> None:
        self.table = table
        self.size = size
        # Bytes that are no text stay visible as surrogates until their row is checked.
        self.raw = table.path.open("rb")
        self.file = io.TextIOWrapper(self.raw, table.encoding, errors="surrogateescape", newline="")
        self.number = 0
        self.kept: list[str] = []
        self.taken: list[str] | None = None

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        if self.kept:
            line = self.kept.pop()
        else:
            line = "" if self.file.closed else self.file.readline()
            if not line:
                self.table.done = 1.0
                self.file.close()
                raise StopIteration
        self.number += 1
        if self.taken is not None:
            self.taken.append(line)
            if len(self.taken) > RECORD_LINES:
                raise Endless
        if self.number % 256 == 0:
            self.table.done = min(1.0, self.raw.tell() / self.size)
        return line

    def begin(self) -> None:
        self.taken = []

    def give_back(self) -> None:
        """Put back the record that was begun, but for its first line."""
        assert self.taken is not None
        self.kept.extend(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        self.taken = []

    def peek(self) -> str | None:
        """The first line that is not blank, which will be read again."""
        for line in self:
            if line.strip("\ufeff \t\r\n\x00"):
                self.kept.append(line)
                self.number -= 1
                return line.lstrip("\ufeff")
        return None


class Endless(Exception):
    pass


def name_of(column: Any) -> str:
    """A column's name as it is compared."""
    return (
        re.sub(r"[\s_-]+", " ", str(column if column is not None else "").strip("\ufeff \t\r\n\"'"))
        .strip()
        .lower()
    )


def named(names: list[Any]) -> list[str]:
    """A header's names, each of which stands there once."""
    header: list[str] = []
    for name in map(name_of, names):
        header.append(name if name not in header else f"{name} {len(header)}")
    return header


def miscounted(cells: list[Any], header: list[str]) -> Message:
    """Why a record with another number of cells than the header is refused."""
    return message("%(found)s columns where %(right)s were expected", found=len(cells), right=len(header))
