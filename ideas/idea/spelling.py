"""What somebody meant by a word that no idea has: a slip of the finger, or the other keyboard layout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

SHORTEST = 4
"""Shorter stems are like too many others."""
LONG = 7
"""From this length on a stem may have two slips."""

_QWERTY = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_LAYOUT = str.maketrans(_QWERTY + _RUSSIAN, _RUSSIAN + _QWERTY)


def other_layout(word: str) -> str:
    """The word that the same keys give with the other keyboard layout: "jxthtlm" is «очередь»."""
    return word.lower().translate(_LAYOUT)


class Vocabulary(NamedTuple):
    """Stems of a campaign with how many ideas have each; `letters` has a bit for each letter of a stem."""

    stems: list[str]
    ideas: np.ndarray
    letters: np.ndarray
    lengths: np.ndarray


def vocabulary(counted: Iterable[tuple[str, int]]) -> Vocabulary:
    """A vocabulary of (stem, number of ideas); numbers and very short stems are left out."""
    kept = [(s, n) for s, n in counted if len(s) >= SHORTEST - 1 and s.isalpha()]
    return Vocabulary(
        [s for s, _ in kept],
        np.array([n for _, n in kept], np.int64),
        np.array([_bits(s) for s, _ in kept], np.uint64),
        np.array([len(s) for s, _ in kept], np.int64),
    )


def nearest(stem: str, known: Vocabulary) -> str | None:
    """The known stem that was probably meant: one slip away, two in long Russian ones; None where nothing is so near.

    A slip is a letter left out, put in, changed, or two swapped (Damerau 1964). Among equals those with the same
    first letter win, where slips are rare (Yannakoudakis and Fawthrop 1983), then those that more ideas have.
    """
    most = 2 if len(stem) >= LONG and not stem.isascii() else 1
    if len(stem) < SHORTEST or not known.stems:
        return None
    # A slip changes at most two letters of the set, so most of the vocabulary falls out at once.
    differing = np.bitwise_count(known.letters ^ np.uint64(_bits(stem)))
    near = np.flatnonzero((differing <= 2 * most) & (np.abs(known.lengths - len(stem)) <= most))
    best: tuple[int, bool, int] | None = None
    found = None
    for k in near.tolist():
        other = known.stems[k]
        slips = distance(stem, other, most)
        if slips > most or (slips == 2 and other[0] != stem[0]):
            continue
        rank = (slips, other[0] != stem[0], -int(known.ideas[k]))
        if best is None or rank < best:
            best, found = rank, other
    return found


def distance(a: str, b: str, most: int) -> int:
    """Slips between two words, neighbours swapped being one; more than `most` is told as `most` + 1."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row = row, [i]
        for j, y in enumerate(b, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = previous
    return min(row[-1], most + 1)


def _bits(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 64)
    return bits
