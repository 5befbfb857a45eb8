"""Values as cells of files that other programs open. Pure.

A spreadsheet runs what begins with =, +, - or @ (and tabs or line ends before them) as a formula; in CSV such
texts get a leading apostrophe, as OWASP advises. Numbers stay numbers. In XLSX a cell says itself that it is text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

_RISKY = frozenset("=+-@\t\r\n\x00|%＝＋－＠")
_START = frozenset("=+-@＝＋－＠")


def inert(value: Any) -> Any:
    """A CSV cell that no spreadsheet runs."""
    if isinstance(value, str):
        if value and (value[0] in _RISKY or value.lstrip()[:1] in _START):
            return "'" + value
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value


def csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows by RFC 4180, UTF-8."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([[inert(value) for value in row] for row in rows])
    return buffer.getvalue().encode("utf-8", "replace")


def json_lines(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as one JSON object a line; nothing is altered, times are ISO 8601."""
    return msgspec.json.Encoder().encode_lines([dict(zip(names, row, strict=True)) for row in rows])
