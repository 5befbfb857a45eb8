"""Rows of features: many texts as sparse matrices, few as plain arrays of columns and values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

Rows = tuple[sp.csr_matrix, sp.csr_matrix, sp.csr_matrix]
Row = tuple[tuple[np.ndarray, np.ndarray], ...]


def stacked(rows: Sequence[Row], widths: Sequence[int]) -> Rows:
    """Single rows as matrices."""
    made = []
    for which, width in enumerate(widths):
        parts = [r[which] for r in rows]
        starts = np.cumsum([0, *(len(p[0]) for p in parts)])
        columns, values = (
            np.concatenate([p[i] for p in parts]) if parts else np.zeros(0, t)
            for i, t in ((0, np.int32), (1, np.float32))
        )
        made.append(sp.csr_matrix((values, columns, starts), (len(rows), width)))
    return tuple(made)


def parted(rows: Rows) -> list[Row]:
    """Matrices as single rows."""
    cuts = [
        [(b.indices[i:j].copy(), b.data[i:j].copy()) for i, j in pairwise(b.indptr.tolist())] for b in rows
    ]
    return list(zip(*cuts, strict=True))


def row_of(columns: np.ndarray, idf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One text's columns (with repeats) as columns and values, weighed as `Columns.lexical` does."""
    at, counts = np.unique(columns, return_counts=True)
    return at, scaled((1 + np.log(counts.astype(np.float32))) * idf[at])


def scaled(values: np.ndarray) -> np.ndarray:
    """Values at length one."""
    return values / np.sqrt(max(float(values @ values), 1e-12), dtype=np.float32)


def one_per_row(columns: list[int], rows: int, width: int) -> sp.csr_matrix:
    """(rows, width) with a 1 where each row says; nothing for −1."""
    cols = np.array(columns or [-1], np.int64)
    keep = cols >= 0
    return sp.csr_matrix(
        (np.ones(keep.sum(), np.float32), (np.nonzero(keep)[0], cols[keep])), shape=(rows, width)
    )


def many_per_row(
    columns: list[np.ndarray], rows: int, width: int, values: list[np.ndarray] | None = None
) -> sp.csr_matrix:
    """(rows, width) with a 1, or its value, at each row's columns."""
    if not columns:
        return sp.csr_matrix((rows, width), dtype=np.float32)
    flat = np.concatenate(columns)
    starts = np.concatenate([[0], np.cumsum([len(c) for c in columns])])
    data = np.ones(len(flat), np.float32) if values is None else np.concatenate(values)
    return sp.csr_matrix((data, flat, starts), (rows, width))


def weigh(block: sp.csr_matrix, idf: np.ndarray) -> sp.csr_matrix:
    """Counts (changed in place) as logarithm times rarity, unit rows."""
    block.sort_indices()
    np.log(block.data, out=block.data)
    block.data += 1
    block.data *= idf[block.indices]
    return unit(block)


def unit(rows: sp.csr_matrix) -> sp.csr_matrix:
    """Sparse rows scaled to length one; empty rows stay empty."""
    lengths = np.diff(rows.indptr)
    squares = np.zeros(len(lengths), rows.dtype)
    if rows.nnz:
        squares[lengths > 0] = np.add.reduceat(rows.data**2, rows.indptr[:-1][lengths > 0])
    scale = 1 / np.sqrt(np.maximum(squares, 1e-12))
    return sp.csr_matrix((rows.data * np.repeat(scale, lengths), rows.indices, rows.indptr), rows.shape)
