"""A centre's poster with its QR code, A4: one layout, drawn as PDF (with real text) or as PNG.

Lengths are millimetres from the upper left corner.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Literal, Protocol

import font_manrope
import msgspec
import segno
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 210.0, 297.0
MARGIN = 18.0
CODE = 92.0
SPRUCE, SUN, INK, PAPER, MUTED = "#0b4a44", "#ffb92e", "#1d2b2a", "#ffffff", "#4d5b59"
DOTS_PER_MM = 200 / 25.4
MOST_TITLE_LINES = 4
Weight = Literal["Regular", "SemiBold", "ExtraBold"]


class Words(msgspec.Struct, frozen=True):
    """What a poster says, in one language."""

    call: str
    office: str
    place: str
    steps: Sequence[str]
    address: str
    campaign: str
    brand: str
    language: str


class Painter(Protocol):
    """What a layout needs of a format. `size` is the height of the letters' line."""

    def box(self, x: float, y: float, w: float, h: float, colour: str, radius: float = 0) -> None: ...
    def text(self, x: float, y: float, text: str, size: float, weight: Weight, colour: str) -> None: ...
    def width(self, text: str, size: float, weight: Weight) -> float: ...


def pdf(posters: Sequence[Words], progress: Callable[[], None] = lambda: None) -> bytes:
    """Posters as the pages of one document."""
    _register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, lang=posters[0].language, invariant=1)
    canvas.setTitle(posters[0].office if len(posters) == 1 else posters[0].campaign)
    canvas.setAuthor(posters[0].brand)
    for words in posters:
        _draw(_Pdf(canvas), words)
        canvas.showPage()
        progress()
    canvas.save()
    return out.getvalue()


def png(words: Words) -> bytes:
    """A poster as a picture, 200 dots per inch."""
    painter = _Png()
    _draw(painter, words)
    out = io.BytesIO()
    # Few colours, so that a poster takes some 60 KB.
    painter.image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", dpi=(200, 200))
    return out.getvalue()


def _draw(p: Painter, words: Words) -> None:
    p.box(0, 0, WIDTH, 128, SPRUCE)
    p.box(0, 128, WIDTH, 3, SUN)
    _mark(p, MARGIN, 17)
    p.text(MARGIN + 15, 19.5, words.brand, 6.6, "SemiBold", PAPER)
    y = 42.0
    size, lines = _fitting(p, words.call, 17.5, "ExtraBold", MOST_TITLE_LINES)
    for line in lines:
        p.text(MARGIN, y, line, size, "ExtraBold", PAPER)
        y += size * 1.14
    y = max(y + 5, 103)
    size, lines = _fitting(p, words.office, 8.2, "SemiBold", 1)
    p.text(MARGIN, y, lines[0], size, "SemiBold", SUN)
    if words.place:
        p.text(MARGIN, y + 11, words.place, 5.4, "Regular", PAPER)
    _code(p, words.address, MARGIN, 145, CODE)
    _steps(p, words, MARGIN + CODE + 12, 146)
    shown = words.address.split("://", 1)[-1]
    size, lines = _fitting(p, shown, 8.4, "SemiBold", 1)
    p.text(MARGIN, 246, lines[0], size, "SemiBold", INK)
    p.box(MARGIN, 262, WIDTH - 2 * MARGIN, 0.4, "#d8d5cd")
    for n, line in enumerate(_lines(p, words.campaign, 5, "Regular", WIDTH - 2 * MARGIN)[:3]):
        p.text(MARGIN, 268 + n * 6.5, line, 5, "Regular", MUTED)


def _mark(p: Painter, x: float, y: float) -> None:
    """The product's mark: four windows, one of them lit."""
    p.box(x, y, 11, 11, PAPER, 2.2)
    for n, colour in enumerate((SPRUCE, SUN, SPRUCE, SPRUCE)):
        p.box(x + 1.6 + n % 2 * 4.1, y + 1.6 + n // 2 * 4.1, 3.7, 3.7, colour, 0.6)


def _code(p: Painter, address: str, x: float, y: float, side: float) -> None:
    """The QR code: its dark runs as boxes, so that it stays sharp in print. Error correction "q" bears some wear."""
    matrix = segno.make(address, error="q", micro=False).matrix
    dot = side / len(matrix)
    for row, cells in enumerate(matrix):
        start = None
        for column, dark in enumerate([*cells, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                p.box(x + start * dot, y + row * dot, (column - start) * dot, dot * 1.01, INK)
                start = None


def _steps(p: Painter, words: Words, x: float, y: float) -> None:
    """What to do, one under the other, as large as fits beside the code."""
    size, left = 6.2, WIDTH - MARGIN - x - 13
    while True:
        steps = [_lines(p, step, size, "SemiBold", left) for step in words.steps]
        if sum(map(len, steps)) * size * 1.25 + (len(steps) - 1) * size <= CODE or size < 3:
            break
        size *= 0.96
    for n, lines in enumerate(steps, 1):
        p.box(x, y, 9, 9, SUN, 4.5)
        p.text(x + 4.5 - p.width(str(n), 5.6, "ExtraBold") / 2, y + 1.3, str(n), 5.6, "ExtraBold", INK)
        for line in lines:
            p.text(x + 13, y + 1, line, size, "SemiBold", INK)
            y += size * 1.25
        y += size


def _lines(p: Painter, text: str, size: float, weight: Weight, width: float) -> list[str]:
    """The text in lines of at most `width`; a longer word has a line of its own."""
    lines = [""]
    # No-break spaces hold words together.
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and p.width(longer, size, weight) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _fitting(p: Painter, text: str, size: float, weight: Weight, most: int) -> tuple[float, list[str]]:
    """The largest size up to `size` at which the text has at most `most` lines between the margins."""
    width = WIDTH - 2 * MARGIN
    while True:
        lines = _lines(p, text, size, weight, width)
        if (len(lines) <= most and max(p.width(line, size, weight) for line in lines) <= width) or size < 3:
            return size, lines
        size *= 0.94


class _Pdf:
    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def box(self, x: float, y: float, w: float, h: float, colour: str, radius: float = 0) -> None:
        self.canvas.setFillColor(HexColor(colour))
        place = (x * mm, (HEIGHT - y - h) * mm, w * mm, h * mm)
        if radius:
            self.canvas.roundRect(*place, radius * mm, stroke=0, fill=1)
        else:
            self.canvas.rect(*place, stroke=0, fill=1)

    def text(self, x: float, y: float, text: str, size: float, weight: Weight, colour: str) -> None:
        self.canvas.setFillColor(HexColor(colour))
        self.canvas.setFont(f"Manrope-{weight}", size * mm)
        self.canvas.drawString(x * mm, (HEIGHT - y - size * 0.93) * mm, text)

    def width(self, text: str, size: float, weight: Weight) -> float:
        return pdfmetrics.stringWidth(text, f"Manrope-{weight}", size * mm) / mm


class _Png:
    def __init__(self) -> None:
        size = (round(WIDTH * DOTS_PER_MM), round(HEIGHT * DOTS_PER_MM))
        self.image = Image.new("RGB", size, PAPER)
        self.draw = ImageDraw.Draw(self.image)

    def box(self, x: float, y: float, w: float, h: float, colour: str, radius: float = 0) -> None:
        left, top, right, bottom = (round(v * DOTS_PER_MM) for v in (x, y, x + w, y + h))
        # Pillow's boxes hold their last row and column.
        place = (left, top, max(left, right - 1), max(top, bottom - 1))
        if radius:
            self.draw.rounded_rectangle(place, radius * DOTS_PER_MM, fill=colour)
        else:
            self.draw.rectangle(place, fill=colour)

    def text(self, x: float, y: float, text: str, size: float, weight: Weight, colour: str) -> None:
        place = (x * DOTS_PER_MM, (y + size * 0.93) * DOTS_PER_MM)
        self.draw.text(place, text, fill=colour, font=_font(weight, size), anchor="ls")

    def width(self, text: str, size: float, weight: Weight) -> float:
        return _font(weight, size).getlength(text) / DOTS_PER_MM


def _path(weight: Weight) -> str:
    return f"{font_manrope.font_directory}/Manrope-{weight}.ttf"


@cache
def _register() -> None:
    for weight in ("Regular", "SemiBold", "ExtraBold"):
        pdfmetrics.registerFont(TTFont(f"Manrope-{weight}", _path(weight)))


@cache
def _font(weight: Weight, size: float) -> Any:
    return ImageFont.truetype(_path(weight), size * DOTS_PER_MM)
