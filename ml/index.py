"""Neighbours of one new idea among a campaign's vectors, in a thousandth of a second: where no database keeps them."""

from __future__ import annotations

import numpy as np

from ml.neighbours import Cells, top

EXACT = 4000
"""Up to so many rows are all compared."""
PROBES = 40
"""Cells that are looked through."""


class Index:
    """Unit rows (n, d), to be asked for the nearest of one vector; rows that come later are added.

    The rows lie cell by cell, so that what is compared is read in one go.
    """

    def __init__(self, vectors: np.ndarray, random_state: int = 0) -> None:
        vectors = np.ascontiguousarray(vectors, np.float32)
        self.count = len(vectors)
        self._late = np.empty((0, vectors.shape[1]), np.float32)
        self._first = len(vectors)
        self._cells = Cells(vectors, random_state) if self.count > EXACT else None
        self._rows = vectors if self._cells is None else vectors[self._cells.order]

    def add(self, vector: np.ndarray) -> int:
        """One more row; its number."""
        at = self.count - self._first
        if at == len(self._late):
            self._late = np.concatenate([self._late, np.empty((max(64, at), len(vector)), np.float32)])
        self._late[at] = vector
        self.count += 1
        return self.count - 1

    def nearest(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and cosines of the k nearest rows, the nearest first; fewer where there are fewer."""
        if self._cells is None:
            numbers, cosines = np.arange(self._first), _products(self._rows, vector)
        else:
            near = np.argpartition(-_products(self._cells.centres, vector), PROBES)[:PROBES]
            parts = [slice(*self._cells.starts[c : c + 2]) for c in np.sort(near).tolist()]
            numbers = np.concatenate([self._cells.order[p] for p in parts])
            cosines = np.concatenate([_products(self._rows[p], vector) for p in parts])
        if self.count > self._first:
            numbers = np.append(numbers, np.arange(self._first, self.count))
            cosines = np.append(cosines, _products(self._late[: self.count - self._first], vector))
        if not len(numbers):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        at, values = top(cosines[None, :], k)
        return numbers[at[0]], values[0]


def _products(rows: np.ndarray, vector: np.ndarray) -> np.ndarray:
    # Not by the matrix library: waking its threads takes longer than this.
    return np.einsum("ij,j->i", rows, vector)
