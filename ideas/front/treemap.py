"""Themes as a picture: each is a rectangle as large as its number of ideas."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

WIDTH, HEIGHT = 720.0, 560.0
_GAP = 4.0
# Widths of text cannot be measured here: a letter of a bold Cyrillic word takes about so much of its height.
_LETTER = 0.66
_SIZES = (30, 24, 20, 17, 15, 13)
_SMALL = 14
_PADDING = 12


class Rectangle(msgspec.Struct):
    x: float
    y: float
    width: float
    height: float


class Tile(msgspec.Struct):
    """A rectangle of the picture with its words: `lines` of `size` at (x, y of the baseline), perhaps none."""

    x: float
    y: float
    width: float
    height: float
    size: int
    lines: list[tuple[float, str]]
    note: float | None
    """The baseline of the number below the name; None where there is no room."""


def squarified(areas: Sequence[float], width: float, height: float) -> list[Rectangle]:
    """Rectangles for areas in falling order that fill width × height, each as near to a square as rows allow.

    Squarified treemaps: Bruls, Huizing, van Wijk, 2000. Empty areas get empty rectangles.
    """
    total = sum(areas)
    if total <= 0:
        return [Rectangle(0, 0, 0, 0) for _ in areas]
    left = [a * width * height / total for a in areas]
    made: list[Rectangle] = []
    x = y = 0.0
    while len(made) < len(left):
        short = min(width - x, height - y)
        row = [left[len(made)]]
        for area in left[len(made) + 1 :]:
            if _worst([*row, area], short) > _worst(row, short):
                break
            row.append(area)
        thick = sum(row) / short if short > 0 else 0.0
        across = y if width - x >= height - y else x
        for area in row:
            long = area / thick if thick else 0.0
            if width - x >= height - y:
                made.append(Rectangle(x, across, thick, long))
            else:
                made.append(Rectangle(across, y, long, thick))
            across += long
        if width - x >= height - y:
            x += thick
        else:
            y += thick
    return made


def _worst(row: list[float], short: float) -> float:
    """The least square of a row's rectangles, as long side to short side."""
    total = sum(row)
    if total <= 0 or short <= 0 or min(row) <= 0:
        return float("inf")
    return max(short**2 * max(row) / total**2, total**2 / (short**2 * min(row)))


def picture(themes: Sequence[tuple[str, int]]) -> list[Tile]:
    """Tiles for (name, number of ideas), the largest first."""
    tiles = []
    for (name, _), box in zip(themes, squarified([n for _, n in themes], WIDTH, HEIGHT), strict=True):
        width, height = max(0.0, box.width - _GAP), max(0.0, box.height - _GAP)
        size, lines = _fitted(name, width - 2 * _PADDING, height - 2 * _PADDING)
        placed = [(box.y + _PADDING + size * (0.85 + 1.15 * n), line) for n, line in enumerate(lines)]
        below = placed[-1][0] + 1.5 * _SMALL if placed else 0.0
        room = bool(placed) and below <= box.y + height - 8
        tiles.append(Tile(
            round(box.x, 1), round(box.y, 1), round(width, 1), round(height, 1), size,
            [(round(y, 1), line) for y, line in placed], round(below, 1) if room else None,
        ))  # fmt: skip
    return tiles


def _fitted(name: str, width: float, height: float) -> tuple[int, list[str]]:
    """The largest letters with which a name fits into a box, and its lines; none where no letters fit."""
    for size in _SIZES:
        most = int(width / (size * _LETTER))
        lines = _wrapped(name, most)
        if lines and len(lines) * size * 1.15 <= height:
            return size, lines
    return _SIZES[-1], []


def _wrapped(name: str, most: int) -> list[str]:
    """A name in lines of at most `most` letters, cut between words; none where a word is longer."""
    lines: list[str] = []
    for word in name.split():
        if len(word) > most:
            return []
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
