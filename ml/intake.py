"""Texts brought into an order of their own, so that the order in which they are given cannot matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.reading import Reading, read_normal
from ml.text import normal


@dataclass(frozen=True)
class Intake:
    """n texts in the order of their normal forms: `order` (n,) the given index at each place, `where` (n,) the place of
    each given index, `reading` the distinct texts, `same` (n,) which of those stands at each place."""

    order: np.ndarray
    where: np.ndarray
    reading: Reading
    same: np.ndarray

    def first(self) -> np.ndarray:
        """Given index of one text of each distinct one."""
        return self.order[np.unique(self.same, return_index=True)[1]]


def take_in(texts: Sequence[str], previous: Sequence[int] | np.ndarray | None = None) -> Intake:
    """previous: (n,) labels that order equal texts."""
    cleaned = [normal(t) for t in texts]
    first: Sequence[int] = range(len(texts))
    if previous is not None:
        first = np.argsort(np.asarray(previous, np.int64), kind="stable").tolist()
    order = sorted(first, key=cleaned.__getitem__)
    where = np.empty(len(order), np.int64)
    where[order] = np.arange(len(order))
    kept: list[str] = []
    same = np.empty(len(order), np.int64)
    for place, i in enumerate(order):
        if not kept or cleaned[i] != kept[-1]:
            kept.append(cleaned[i])
        same[place] = len(kept) - 1
    return Intake(np.array(order, np.int64), where, read_normal(kept), same)
