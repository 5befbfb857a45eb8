"""Statistics of the dashboards. Pure; formulas and their sources: docs/dashboards.md."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ideas.ranking.rules import wilson


class Shrunk(msgspec.Struct):
    """A share as it was counted and drawn towards the mean of all; `kept` 0..1 is how much of its own it kept."""

    raw: float
    shrunk: float
    kept: float


def shrink(counts: Sequence[tuple[int, int]]) -> list[Shrunk]:
    """Shares of (k of n) drawn towards their common mean, the more the fewer they rest on.

    Empirical Bayes in the normal model with unequal variances: Morris, Parametric empirical Bayes inference, Journal
    of the American Statistical Association 78 (1983), with the spread between the shares found as by Carter and
    Rolph (Empirical Bayes methods applied to estimating fire alarm probabilities, same journal 69, 1974). With equal n
    this is the estimator of Efron and Morris (Data analysis using Stein's estimator, same journal 70, 1975). Fewer than
    four shares cannot say how much they vary and are left as they are. n of 0 takes the mean.
    """
    told = [(k / n, n) for k, n in counts if n]
    if len(told) < 4:
        return [Shrunk(k / n if n else 0.0, k / n if n else 0.0, 1.0) for k, n in counts]
    mean, spread, noise = _prior(told)
    factor = (len(told) - 3) / (len(told) - 1)
    found = []
    for k, n in counts:
        if not n:
            found.append(Shrunk(0.0, mean, 0.0))
            continue
        pull = factor * (noise / n) / (noise / n + spread) if noise else 0.0
        found.append(Shrunk(k / n, (1 - pull) * k / n + pull * mean, 1 - pull))
    return found


def _prior(told: list[tuple[float, int]]) -> tuple[float, float, float]:
    """(mean, variance between the shares, variance of one case): the spread at which they differ as much as they do."""
    pooled = sum(y * n for y, n in told) / sum(n for _, n in told)
    noise = pooled * (1 - pooled)
    if not noise:
        return pooled, 0.0, 0.0

    def weighed(spread: float) -> tuple[float, float]:
        weights = [1 / (noise / n + spread) for _, n in told]
        mean = sum(w * y for w, (y, _) in zip(weights, told, strict=True)) / sum(weights)
        return mean, sum(w * (y - mean) ** 2 for w, (y, _) in zip(weights, told, strict=True))

    low, high = 0.0, 1.0
    if weighed(low)[1] <= len(told) - 1:
        return weighed(0.0)[0], 0.0, noise
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if weighed(middle)[1] > len(told) - 1 else (low, middle)
    return weighed(high)[0], high, noise


def growth(now: int, before: int) -> float | None:
    """How much more than before, as a share of before; None where there was nothing before."""
    return (now - before) / before if before else None


class Missing(msgspec.Struct):
    """A district's part among those who take part, beside its part of the population, and the interval of the former.

    index: the one divided by the other. state: "missing" or "more" where the interval lies wholly below or above
    the population's part, else "".
    """

    people: int
    part: float
    low: float
    high: float
    residents: float
    index: float
    state: str


def missing(people: int, everybody: int, population: int, city: int) -> Missing | None:
    """Whether a district is heard in proportion; None where nobody takes part or nobody lives."""
    if not everybody or not city or not population:
        return None
    low, high = wilson(people, everybody)
    residents = population / city
    state = "missing" if high < residents else "more" if low > residents else ""
    part = people / everybody
    return Missing(people, part, low, high, residents, part / residents, state)
