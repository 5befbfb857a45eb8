"""Documents on paper: templates of Typst (frontend/print/) filled with data, as tagged PDF/UA or as pictures.

What people wrote goes in as data and never as markup, so that nothing in it is taken for a command. Nothing is
fetched: templates use no packages, and fonts are those of two dependencies.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from datetime import datetime
from functools import cache
from typing import Any

import font_manrope
import msgspec
import typst

from ideas.web import FRONTEND

PRINT = FRONTEND / "print"
# One document at a time in a process: each takes a whole core and some hundred megabytes.
_turn = threading.Lock()
# Marks that turn the direction of a text around, and what fonts have no sign for.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[font_manrope.font_directory],
    )


def pdf(template: str, data: dict[str, Any], made: datetime) -> bytes:
    """A template filled in, as PDF/UA-1; the same data and moment give the same bytes. Takes tenths of a second."""
    with _turn:
        found = typst.compile(
            PRINT / template, root=PRINT, font_paths=_fonts(), sys_inputs=_inputs(data), format="pdf",
            pdf_standards=["ua-1"], timestamp=int(made.timestamp()),
        )  # fmt: skip
    assert isinstance(found, bytes)
    return found


def pictures(template: str, data: dict[str, Any], dots: float = 200) -> list[bytes]:
    """The pages of a template filled in, as PNG; `dots` per inch."""
    with _turn:
        found = typst.compile(
            PRINT / template,
            root=PRINT,
            font_paths=_fonts(),
            sys_inputs=_inputs(data),
            format="png",
            ppi=dots,
        )
    return found if isinstance(found, list) else [found] if found else []


def _inputs(data: dict[str, Any]) -> dict[str, str]:
    return {"data": msgspec.json.encode(cleaned(data)).decode()}


def cleaned(value: Any) -> Any:
    """Data with every text printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return value


def printable(text: str) -> str:
    """A text without control characters and the like: neither XML nor a font can hold them."""
    text = _TURNING.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    if text.isprintable():
        return text
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn"))
