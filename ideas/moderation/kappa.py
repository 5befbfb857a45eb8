"""How well two moderators agree beyond chance: Cohen's kappa with its interval. Pure functions."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from math import sqrt

import msgspec

FEW = 30
"""From fewer pairs than this the interval is only a hint, and is marked so."""
NORMAL = 1.959964
"""Quantile of the normal distribution that leaves out 5% on both sides."""

Pair = tuple[Hashable, Hashable]


class Agreement(msgspec.Struct, frozen=True):
    """n pairs of verdicts, `same` of which are alike. error: asymptotic standard error; low and high bound 95%.

    There is no interval (None) where the pairs show no difference at all: it would have no width.
    """

    n: int
    same: int
    kappa: float
    error: float
    low: float | None
    high: float | None

    @property
    def few(self) -> bool:
        return self.n < FEW


def agreement(pairs: Sequence[Pair]) -> Agreement | None:
    """Cohen's kappa (Cohen 1960) of pairs (first verdict, second verdict); None of no pairs.

    The standard error is that of Fleiss, Cohen & Everitt 1969 (Psychological Bulletin 72, 323–327), formula 13. Where
    all agree kappa is 1, also if there was only one verdict and chance would have done the same.
    """
    n = len(pairs)
    if not n:
        return None
    kinds = list(dict.fromkeys(kind for pair in pairs for kind in pair))
    share: dict[Pair, float] = defaultdict(float)
    for pair in pairs:
        share[pair] += 1 / n
    same = sum(a == b for a, b in pairs)
    row = {k: sum(share[k, other] for other in kinds) for k in kinds}
    column = {k: sum(share[other, k] for other in kinds) for k in kinds}
    observed, chance = same / n, sum(row[k] * column[k] for k in kinds)
    if same == n:
        return Agreement(n, same, 1.0, 0.0, None, None)
    kappa = (observed - chance) / (1 - chance)
    alike = sum(share[k, k] * ((1 - chance) - (row[k] + column[k]) * (1 - observed)) ** 2 for k in kinds)
    apart = (1 - observed) ** 2 * sum(
        share[a, b] * (column[a] + row[b]) ** 2 for a in kinds for b in kinds if a != b
    )
    rest = (observed * chance - 2 * chance + observed) ** 2
    error = sqrt(max(0.0, alike + apart - rest) / n) / (1 - chance) ** 2
    if error < 1e-9:
        return Agreement(n, same, kappa, 0.0, None, None)
    low, high = kappa - NORMAL * error, kappa + NORMAL * error
    return Agreement(n, same, kappa, error, max(-1.0, low), min(1.0, high))


def of_kind(pairs: Iterable[Pair], kind: Hashable) -> Agreement | None:
    """Agreement on one verdict or reason against all others: the table folded to two by two."""
    return agreement([(a == kind, b == kind) for a, b in pairs])


def by(rows: Iterable[tuple[Hashable, Pair]]) -> dict[Hashable, Agreement]:
    """Agreement within each key of (key, pair), the keys with most pairs first."""
    groups: dict[Hashable, list[Pair]] = defaultdict(list)
    for key, pair in rows:
        groups[key].append(pair)
    found = {
        key: agreement(pairs) for key, pairs in sorted(groups.items(), key=lambda g: (-len(g[1]), str(g[0])))
    }
    return {key: one for key, one in found.items() if one is not None}


def share_interval(same: int, n: int) -> tuple[float, float]:
    """The 95% interval of a share `same` of `n` (Wilson 1927); it has a width also where all or none are alike."""
    if not n:
        return 0.0, 1.0
    share, z = same / n, NORMAL**2 / n
    middle = (share + z / 2) / (1 + z)
    half = sqrt(z * (share * (1 - share) + z / 4)) / (1 + z)
    return max(0.0, middle - half), min(1.0, middle + half)


def drawn(secret: str, decision: int, percent: int) -> bool:
    """Whether a decision gets a second opinion: so many of a hundred do, and nobody without the secret knows which.

    The same for the same decision always; the numbers of decisions can be guessed, so they are signed (HMAC-SHA256).
    """
    digest = hmac.digest(secret.encode(), f"second opinion\n{decision}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8]) * 100 < percent << 64
