"""Nearest neighbours among unit vectors: exact by blocks, and by cells past 20,000 rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from ml.parallel import each

BLOCK = 512
EXACT = 20_000
"""Up to so many rows every pair is compared."""
CELLS = 2.5
"""Cells for each square root of the number of rows."""
AROUND, NEAR = 6, 24
"""A row is compared with so many cells around its own, and with so many nearest to itself."""
ROUNDS = 4
SAMPLE = 24
"""Rounds of k-means, and rows a cell that it looks at: enough to route by."""


def nearest(vectors: np.ndarray, k: int, random_state: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """For each of (n, d) unit rows its k nearest others: (n, k) int32 and float32 cosine, -1 where there are fewer."""
    n = len(vectors)
    k_real = min(k, max(n - 1, 0))
    index = np.full((n, k), -1, np.int32)
    score = np.zeros((n, k), np.float32)
    if k_real == 0:
        return index, score
    if n > EXACT:
        return Cells(vectors, random_state).among(k)

    def fill(rows: range) -> None:
        part = slice(rows.start, rows.stop)
        cos = vectors[part] @ vectors.T
        cos[np.arange(len(rows)), np.arange(rows.start, rows.stop)] = -2
        index[part, :k_real], score[part, :k_real] = top(cos, k_real)

    each(fill, _parts(n, BLOCK))
    return index, score


def top(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest of each row, falling; equal ones in order of column."""
    rows, width = scores.shape
    k = min(k, width)
    stride = min(8, width // max(4 * k, 1))
    if stride < 2:
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return order.astype(np.int32), np.take_along_axis(scores, order, axis=1)
    # The k-th of a part of the columns is a bound for all of them, and few are above it.
    part = scores[:, ::stride]
    bound = np.partition(part, part.shape[1] - k, axis=1)[:, part.shape[1] - k]
    at = np.flatnonzero(scores >= bound[:, None])
    row, column = np.divmod(at, width)
    counts = np.bincount(row, minlength=rows)
    place = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    values = np.full((rows, counts.max()), -np.inf, scores.dtype)
    columns = np.zeros(values.shape, np.int32)
    values[row, place] = scores.ravel()[at]
    columns[row, place] = column
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(columns, order, axis=1), np.take_along_axis(values, order, axis=1)


class Cells:
    """Rows dealt to cells by their nearest centre (an inverted file), to be searched cell by cell.

    centres: (cells, d); order: (n,) rows in order of cell; starts: (cells + 1,) where each cell begins in it.
    """

    def __init__(self, vectors: np.ndarray, random_state: int = 0) -> None:
        self.vectors = vectors
        self.centres = _centres(vectors, max(16, round(CELLS * len(vectors) ** 0.5)), random_state)
        home = _homes(vectors, self.centres)
        self.order = np.argsort(home, kind="stable")
        self.starts = np.concatenate([[0], np.cumsum(np.bincount(home, minlength=len(self.centres)))])

    def members(self, cells: np.ndarray) -> np.ndarray:
        """Rows of some cells."""
        return np.concatenate([self.order[self.starts[c] : self.starts[c + 1]] for c in cells.tolist()])

    def among(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """`nearest` of the rows themselves, nearly: what lies in far cells is not found.

        Each row is first compared with the cells around its own, all rows of a cell at once, and then with what
        else is near itself, where only what beats its k-th neighbour so far is kept.
        """
        n, cells = len(self.vectors), len(self.centres)
        index = np.full((n, k), -1, np.int32)
        score = np.full((n, k), -2, np.float32)
        around = top(self.centres @ self.centres.T, min(AROUND, cells))[0]

        def begin(cell: int) -> None:
            own = self.members(np.array([cell]))
            others = np.concatenate([own, self.members(around[cell][around[cell] != cell])])
            if len(own):
                cos = self.vectors[own] @ self.vectors[others].T
                np.fill_diagonal(cos, -2)
                at, values = top(cos, k)
                index[own, : at.shape[1]] = others[at]
                score[own, : at.shape[1]] = values

        each(lambda part: [begin(c) for c in part], _parts(cells, 16))
        seen = np.zeros((cells, cells), bool)
        seen[np.arange(cells)[:, None], around] = True
        np.fill_diagonal(seen, True)
        guests = self._guests(seen)

        def go_on(part: range) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            rows, others, values = [], [], []
            for cell in part:
                who, there = guests[cell], self.members(np.array([cell]))
                for i in range(0, len(who), BLOCK if len(there) else len(who) + 1):
                    some = who[i : i + BLOCK]
                    cos = self.vectors[some] @ self.vectors[there].T
                    at = np.flatnonzero(cos > score[some, -1:])
                    rows.append(some[at // len(there)])
                    others.append(there[at % len(there)])
                    values.append(cos.ravel()[at])
            return tuple(np.concatenate(x) if x else np.zeros(0, t) for x, t in (
                (rows, np.int64), (others, np.int64), (values, np.float32)
            ))  # fmt: skip

        more = each(go_on, _parts(cells, 16))
        _merge(index, score, *(np.concatenate([m[i] for m in more]) for i in range(3)))
        index[score <= -1.5] = -1
        score[score <= -1.5] = 0
        return index, score

    def _guests(self, seen: np.ndarray) -> list[np.ndarray]:
        """Rows that each cell is near to, without those whose own cell has `seen` it."""
        n, cells = len(self.vectors), len(self.centres)
        near = np.empty((n, min(NEAR, cells)), np.int32)

        def fill(part: range) -> None:
            near[part.start : part.stop] = top(
                self.vectors[part.start : part.stop] @ self.centres.T, near.shape[1]
            )[0]

        each(fill, _parts(n, 2048))
        home = np.empty(n, np.int64)
        home[self.order] = np.repeat(np.arange(cells), np.diff(self.starts))
        rows = np.repeat(np.arange(n), near.shape[1])
        cell = near.ravel()
        new = ~seen[home[rows], cell]
        rows, cell = rows[new], cell[new]
        order = np.argsort(cell, kind="stable")
        return np.split(rows[order], np.cumsum(np.bincount(cell, minlength=cells))[:-1])


def _parts(count: int, size: int) -> list[range]:
    return [range(i, min(i + size, count)) for i in range(0, count, size)]


def _merge(index: np.ndarray, score: np.ndarray, rows, others, values) -> None:
    """Puts (row, other, value) among the k best of each row, in place; equal ones in order of number."""
    k = index.shape[1]
    order = np.argsort(rows, kind="stable")
    rows, others, values = rows[order], others[order], values[order]
    edges = np.searchsorted(rows, np.arange(0, len(index) + 4096, 4096))
    for number, (a, b) in enumerate(pairwise(edges.tolist())):
        who = rows[a:b] - number * 4096
        counts = np.bincount(who, minlength=len(index[number * 4096 : (number + 1) * 4096]))
        place = np.arange(b - a) - np.repeat(np.cumsum(counts) - counts, counts)
        part = slice(number * 4096, number * 4096 + len(counts))
        wide = np.full((len(counts), k + counts.max(initial=0)), -3, np.float32)
        ids = np.full(wide.shape, np.iinfo(np.int32).max, np.int32)
        wide[:, :k], ids[:, :k] = score[part], index[part]
        wide[who, k + place], ids[who, k + place] = values[a:b], others[a:b]
        best = np.lexsort((ids, -wide), axis=1)[:, :k]
        index[part] = np.take_along_axis(ids, best, axis=1)
        score[part] = np.take_along_axis(wide, best, axis=1)


def _homes(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(n,) number of each row's nearest centre."""
    return np.concatenate(
        [(vectors[i : i + 4096] @ centres.T).argmax(axis=1) for i in range(0, len(vectors), 4096)]
    )


def _centres(vectors: np.ndarray, cells: int, random_state: int) -> np.ndarray:
    """Spherical k-means on a sample."""
    rng = np.random.default_rng(random_state)
    sample = vectors[np.sort(rng.choice(len(vectors), min(len(vectors), cells * SAMPLE), replace=False))]
    centres = sample[rng.choice(len(sample), cells, replace=False)].copy()
    for _ in range(ROUNDS):
        home = _homes(sample, centres)
        onto = sp.csr_matrix(
            (np.ones(len(sample), np.float32), (home, np.arange(len(sample)))), (cells, len(sample))
        )
        sums = onto @ sample
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 1e-6, sums / np.maximum(norms, 1e-6), centres)
    return centres.astype(np.float32)
