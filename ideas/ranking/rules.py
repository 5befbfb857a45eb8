"""What each order goes by: intervals, division, places. Formulas and their sources: docs/ranking.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ideas.errors import Message, message

Z = 1.959963984540054
"""Both sides of a normal curve leave 5% outside."""

KINDS = ("cluster", "idea", "theme")
ORDERS = ("people", "exposure", "share", "split")
ORDER_NAMES: dict[str, Message] = {
    "people": message("Distinct people"),
    "exposure": message("Corrected for exposure"),
    "share": message("Representative"),
    "split": message("Divided opinions"),
}
MEANINGS: dict[str, Message] = {
    "people": message(
        "How many different people wrote or supported it, each counted once. What was early and often shown leads here."
    ),
    "exposure": message(
        "Votes for each look: of a hundred people who looked at it, how many supported it. The order goes by the lower "
        "end of the interval, so that one vote after one look does not win."
    ),
    "share": message(
        "Which share of those who take part supports it, when each district (and age group, where known) weighs as "
        "much as it does in the city. The order goes by the lower end of the interval."
    ),
    "split": message(
        "How evenly people are for and against: 100% is half and half, 0% is all on one side. The order goes by the "
        "lower end of the interval, so that two opposite voices weigh less than two hundred."
    ),
}
# Fewer than this many looks, known supporters or voices: the number is marked as resting on little.
FEW = {"exposure": 30, "share": 10, "split": 20}


def wilson(successes: float, trials: float, z: float = Z) -> tuple[float, float]:
    """The interval of a share of `trials`, 0 to 1 (Wilson 1927; Newcombe 1998, method 3). (0, 1) without trials.

    Both may be fractions, as expected looks and effective sample sizes are. ValueError where successes are not
    between 0 and trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError("successes must be between 0 and trials")
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low = 0.0 if successes == 0 else max(0.0, (middle - spread) / scale)
    high = 1.0 if successes == trials else min(1.0, (middle + spread) / scale)
    return low, high


def exposure(votes: int, eyes: float) -> tuple[float, float, float] | None:
    """Votes for each look with its interval; None where nobody has looked or voted.

    Looks are expected, not watched: who comes by a link is not counted, so there may be more votes than looks. Then
    each vote is at least one look.
    """
    looks = max(float(votes), eyes)
    if looks <= 0:
        return None
    return votes / looks, *wilson(votes, looks)


def share(weighted: float, total: float, effective: float) -> tuple[float, float, float] | None:
    """A weighted share with its interval at the effective sample size (Kish 1965; Korn and Graubard 1998)."""
    if total <= 0 or effective <= 0:
        return None
    part = min(1.0, max(0.0, weighted / total))
    return part, *wilson(part * effective, effective)


def split(favour: int, against: int) -> tuple[float, float, float] | None:
    """How divided people are, 0 to 1, with its interval: 1 - |2p - 1| of the share p that is against.

    The interval is that of p, carried over: its ends where both lie on one side of a half, up to 1 where a half lies
    within. Who is for and who against may be exchanged. None where nobody has said anything.
    """
    if favour + against == 0:
        return None
    low, high = wilson(against, favour + against)
    ends = _evenness(low), _evenness(high)
    return _evenness(against / (favour + against)), min(ends), 1.0 if low <= 0.5 <= high else max(ends)


def _evenness(part: float) -> float:
    return 1 - abs(2 * part - 1)


def places(values: Sequence[float | None]) -> list[tuple[int, int]]:
    """(first, last) place of each, the largest first. Equals share their places; what has no value shares the last."""
    order = sorted(range(len(values)), key=lambda n: _key(values[n]))
    found: list[tuple[int, int]] = [(0, 0)] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and _key(values[order[end]]) == _key(values[order[start]]):
            end += 1
        for n in order[start:end]:
            found[n] = (start + 1, end)
        start = end
    return found


def _key(value: float | None) -> float:
    return math.inf if value is None else -value


def least(enough: Callable[[int], bool], most: int = 1_000_000) -> int | None:
    """The least whole number from 1 to `most` that is enough; None where none is. What is enough stays enough."""
    high = 1
    while not enough(high):
        if high >= most:
            return None
        high = min(most, high * 2)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def few(order: str, number: float) -> bool:
    """Whether a number of an order rests on so little that it is marked."""
    return number < FEW.get(order, 0)
