"""Raking: weights with which those who took part stand for the population. Pure.

Iterative proportional fitting of Deming and Stephan (On a least squares adjustment of a sampled frequency table when
the expected marginal totals are known, Annals of Mathematical Statistics 11, 1940), as survey practice uses it:
weights are held within bounds by trimming in each round (Battaglia, Izrael, Hoaglin, Frankel: Practical considerations
in raking survey data, Survey Practice 2, 2009), and what they cost is told by the design effect (Kish 1965).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import msgspec

ROUNDS = 1000
CLOSE = 1e-9
BOUNDS = (0.2, 5.0)

Cell = tuple[Hashable, ...]


class Impossible(ValueError):
    """No weights can do it. `margin` and `category` say where; the text is for people who read logs."""

    def __init__(self, why: str, margin: str, category: Hashable = None) -> None:
        super().__init__(f"{margin}{'' if category is None else f': {category}'}: {why}")
        self.why, self.margin, self.category = why, margin, category


class Raked(msgspec.Struct):
    """weights: of one person in each cell, mean 1. effective: sample size that remains. design: n / effective.

    off: the largest difference between a weighted share and its target, 0..1, and the margin and category it is of;
    above 0 only where bounds kept weights from going further. trimmed: persons whose weight stands at a bound.
    """

    weights: dict[Cell, float]
    people: int
    effective: float
    design: float
    rounds: int
    off: float
    margin: str
    category: Hashable
    trimmed: int


def rake(
    cells: Mapping[Any, int],
    margins: Sequence[tuple[str, Mapping[Any, float]]],
    bounds: tuple[float, float] | None = BOUNDS,
) -> Raked:
    """Weights of the cells that reproduce the margins.

    Args:
        cells: persons by their categories, one for each margin, in the margins' order.
        margins: (name, population by category). Only their shares count, so totals may differ by any factor.
        bounds: the least and the largest weight, the mean being 1; None for none.

    Raises:
        Impossible: a population is negative or all are nothing; a category has residents and nobody took part, or
            persons and no residents; or, without bounds, the margins contradict the cells that are empty.
    """
    filled = {cell: n for cell, n in cells.items() if n > 0}
    total = sum(filled.values())
    if not total:
        raise Impossible("nobody took part", margins[0][0] if margins else "")
    targets = [_targets(name, population, filled, n) for n, (name, population) in enumerate(margins)]
    weights = dict.fromkeys(filled, 1.0)
    rounds, off = 0, _off(weights, filled, targets, total)
    while off[0] > CLOSE and rounds < ROUNDS:
        rounds += 1
        for n, target in enumerate(targets):
            sums = _sums(weights, filled, n)
            for cell in weights:
                weights[cell] *= target[cell[n]] * total / sums[cell[n]]
        if bounds:
            _bound(weights, filled, bounds, total)
        before, off = off, _off(weights, filled, targets, total)
        if bounds and rounds > 50 and before[0] - off[0] < CLOSE:
            break
    if bounds is None and off[0] > 1e-6:
        raise Impossible("no weights fit all margins at once", margins[off[1]][0], off[2])
    squares = sum(n * weights[cell] ** 2 for cell, n in filled.items())
    effective = total * total / squares
    low, high = bounds or (0.0, float("inf"))
    trimmed = sum(n for cell, n in filled.items() if weights[cell] <= low or weights[cell] >= high)
    return Raked(
        weights, total, effective, total / effective, rounds, off[0] if off[0] > 1e-6 else 0.0,
        margins[off[1]][0] if margins else "", off[2], trimmed,
    )  # fmt: skip


def _targets(
    name: str, population: Mapping[Any, float], filled: Mapping[Cell, int], n: int
) -> dict[Hashable, float]:
    """A margin's shares, after it has been looked at for what no weights can do."""
    for category, residents in population.items():
        if residents < 0:
            raise Impossible("its population is negative", name, category)
    whole = sum(population.values())
    if whole <= 0:
        raise Impossible("its population is not known", name)
    present = {cell[n] for cell in filled}
    for category, residents in population.items():
        if residents > 0 and category not in present:
            raise Impossible("it has residents and nobody took part", name, category)
    for category in present:
        if not population.get(category):
            raise Impossible("people took part and it has no residents", name, category)
    return {category: population[category] / whole for category in present}


def _sums(weights: Mapping[Cell, float], filled: Mapping[Cell, int], n: int) -> dict[Hashable, float]:
    sums: dict[Hashable, float] = {}
    for cell, weight in weights.items():
        sums[cell[n]] = sums.get(cell[n], 0.0) + weight * filled[cell]
    return sums


def _off(
    weights: Mapping[Cell, float],
    filled: Mapping[Cell, int],
    targets: list[dict[Hashable, float]],
    total: int,
) -> tuple[float, int, Hashable]:
    """The largest difference of shares, with the margin and the category it is of."""
    worst: tuple[float, int, Hashable] = (0.0, 0, None)
    for n, target in enumerate(targets):
        for category, part in _sums(weights, filled, n).items():
            difference = abs(part / total - target[category])
            if difference > worst[0]:
                worst = (difference, n, category)
    return worst


def _bound(
    weights: dict[Cell, float], filled: Mapping[Cell, int], bounds: tuple[float, float], total: int
) -> None:
    """Trim weights to their bounds, the mean staying 1: the rest makes up for what was cut."""
    low, high = bounds
    for _ in range(20):
        for cell in weights:
            weights[cell] = min(high, max(low, weights[cell]))
        free = [cell for cell in weights if low < weights[cell] < high]
        loose = sum(weights[cell] * filled[cell] for cell in free)
        held = sum(weights[cell] * filled[cell] for cell in weights) - loose
        if not free or abs(held + loose - total) < CLOSE * total or total <= held:
            return
        factor = (total - held) / loose
        for cell in free:
            weights[cell] *= factor


def pooled(counts: Mapping[Any, int], wider: Mapping[Any, Hashable], least: int) -> dict[Hashable, Hashable]:
    """The category that each is counted in: itself, or where too few took part, a wider one with its like.

    Args:
        counts: persons by category; every category that has residents is named, if with 0.
        wider: the wider category of each.
        least: persons that a category needs to stand by itself.

    All categories of a wider one that are too small are put together; should they still be too few, the whole of the
    wider one is.
    """
    small = {c for c, n in counts.items() if n < least}
    rest: dict[Hashable, int] = {}
    for category in small:
        rest[wider[category]] = rest.get(wider[category], 0) + counts[category]
    too_few = {area for area, n in rest.items() if n < least}
    return {c: wider[c] if c in small or wider[c] in too_few else c for c in counts}
