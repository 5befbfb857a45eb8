"""What the figures of the tagger mean, and the geometry of their chart. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

NEEDED = 30
"""So many ideas with moderators' principles, and the tagger learns from them instead of from descriptions alone."""
WIDTH, HEIGHT = 640.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 16.0, 14.0, 34.0


class Live(msgspec.Struct):
    """Moderators' words on what the tagger had suggested.

    confirmed: left as it was; corrected: changed; abstained: the tagger had not been sure. hits of `suggested`
    principles were right, `given` is what moderators gave.
    """

    confirmed: int = 0
    corrected: int = 0
    abstained: int = 0
    hits: int = 0
    suggested: int = 0
    given: int = 0

    @property
    def words(self) -> int:
        return self.confirmed + self.corrected + self.abstained

    @property
    def agreement(self) -> float | None:
        """Share of suggestions that moderators left as they were; abstentions are none."""
        return share(self.confirmed, self.confirmed + self.corrected)

    @property
    def precision(self) -> float | None:
        return share(self.hits, self.suggested)

    @property
    def recall(self) -> float | None:
        return share(self.hits, self.given)


def share(part: int, whole: int) -> float | None:
    """A share of 1, or None of nothing."""
    return part / whole if whole else None


class Line(msgspec.Struct):
    """A line of a chart: `path` of an SVG path through (x, y) of its dots, with a gap where there is no value."""

    name: str
    path: str
    dots: list[tuple[float, float]]


class Chart(msgspec.Struct):
    """Lines over labels from left to right; `rulings` are (y, share) of the grid, `ticks` (x, label)."""

    width: float
    height: float
    left: float
    right: float
    bottom: float
    lines: list[Line]
    rulings: list[tuple[float, float]]
    ticks: list[tuple[float, str]]


def chart(labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]]) -> Chart | None:
    """Shares of 1 over versions or weeks; None where there are fewer than two points to draw a line through."""
    if len(labels) < 2:
        return None
    across = (WIDTH - LEFT - RIGHT) / (len(labels) - 1)

    def x(n: int) -> float:
        return round(LEFT + n * across, 1)

    def y(value: float) -> float:
        return round(TOP + (1 - min(1.0, max(0.0, value))) * (HEIGHT - TOP - BOTTOM), 1)

    lines = []
    for name, values in series:
        path, dots, drawing = [], [], False
        for n, value in enumerate(values):
            if value is not None:
                dots.append((x(n), y(value)))
                path.append(f"{'L' if drawing else 'M'}{x(n)} {y(value)}")
            drawing = value is not None
        lines.append(Line(name, " ".join(path), dots))
    # As many labels as have room beside each other.
    step = max(1, -(-len(labels) * 64 // int(WIDTH - LEFT - RIGHT)))
    ticks = [(x(n), label) for n, label in enumerate(labels) if (len(labels) - 1 - n) % step == 0]
    rulings = [(y(share / 4), share / 4) for share in range(5)]
    return Chart(WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM, lines, rulings, ticks)
