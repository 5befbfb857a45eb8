"""Texts read once: the words of a batch as numbers, from which features, averages and names are counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from ml.text import normal

BATCH = 4096
"""So many texts go through the pattern at once: a call for each text would cost more than its words."""
_WORD = re.compile(r"[^\W\d_]+|\d+|\n")


class Reading:
    """n texts: `texts` in normal form, `words` the vocabulary, `ids` the number of each word where it stands (int32,
    text after text) and `starts` (n + 1,) where each text begins."""

    def __init__(self, texts: list[str], words: list[str], ids: np.ndarray, starts: np.ndarray) -> None:
        self.texts = texts
        self.words = words
        self.ids = ids
        self.starts = starts

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: slice | np.ndarray) -> Reading:
        """Some of the texts, with the same vocabulary."""
        if isinstance(rows, slice):
            first, last, step = rows.indices(len(self))
            if step == 1:
                at = self.starts[first : max(first, last) + 1]
                return Reading(self.texts[rows], self.words, self.ids[at[0] : at[-1]], at - at[0])
            rows = np.arange(first, last, step)
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        at = np.repeat(self.starts[:-1][rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return Reading([self.texts[i] for i in rows.tolist()], self.words, self.ids[at], starts)

    def counts(self) -> sp.csr_matrix:
        """(n, words) float32: how often each word stands in each text."""
        made = sp.csr_matrix(
            (np.ones(len(self.ids), np.float32), self.ids.copy(), self.starts.copy()),
            (len(self), max(len(self.words), 1)),
        )
        made.sum_duplicates()
        return made

    def parts(self, size: int) -> list[slice]:
        """The rows in runs of `size`."""
        edges = [*range(0, len(self), size), len(self)]
        return [slice(a, b) for a, b in pairwise(edges)]


class _Numbers(dict[str, int]):
    """Words to numbers, in the order in which they come."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


def read(texts: Sequence[str] | Reading) -> Reading:
    """Raw texts as a Reading; one that is read already comes back as it is."""
    return texts if isinstance(texts, Reading) else read_normal([normal(t) for t in texts])


def read_normal(texts: list[str]) -> Reading:
    """The same for texts that are in normal form already (a line break in them would end a text)."""
    numbers = _Numbers({"\n": 0})
    parts = []
    for start in range(0, len(texts), BATCH):
        found = _WORD.findall("\n".join(texts[start : start + BATCH]) + "\n")
        parts.append(np.fromiter(map(numbers.__getitem__, found), np.int32, len(found)))
    ids = np.concatenate(parts) if parts else np.zeros(0, np.int32)
    ends = np.flatnonzero(ids == 0)
    starts = np.concatenate([[0], ends - np.arange(len(ends))])
    return Reading(texts, list(numbers)[1:], ids[ids > 0] - np.int32(1), starts)


def distinct(reading: Reading) -> Reading:
    """Each text once, in the order of the texts themselves; one empty text where there is none."""
    if not len(reading):
        return read_normal([""])
    order = sorted(range(len(reading)), key=reading.texts.__getitem__)
    first = [i for k, i in enumerate(order) if not k or reading.texts[i] != reading.texts[order[k - 1]]]
    return reading.take(np.array(first))
