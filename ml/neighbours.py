"""Nearest neighbours among unit vectors: exact by blocks, and by cells (an inverted file) past 20,000 rows."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

BLOCK = 1024
EXACT = 20_000
"""Up to so many rows every pair is compared."""


def nearest(vectors: np.ndarray, k: int, random_state: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """For each of (n, d) unit rows its k nearest others: (n, k) int32 and float32 cosine, -1 where there are fewer."""
    n = len(vectors)
    k_real = min(k, max(n - 1, 0))
    index = np.full((n, k), -1, np.int32)
    score = np.zeros((n, k), np.float32)
    if k_real == 0:
        return index, score
    if n > EXACT:
        return _by_cells(vectors, k, random_state)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        cos = vectors[start:stop] @ vectors.T
        cos[np.arange(stop - start), np.arange(start, stop)] = -2
        index[start:stop, :k_real], score[start:stop, :k_real] = top(cos, k_real)
    return index, score


def top(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest of each row, falling; equal ones in order of column."""
    k = min(k, scores.shape[1])
    part = (
        np.argpartition(-scores, k - 1, axis=1)[:, :k]
        if k < scores.shape[1]
        else np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    )
    part.sort(axis=1)
    values = np.take_along_axis(scores, part, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(part, order, axis=1).astype(np.int32), np.take_along_axis(values, order, axis=1)


def _by_cells(vectors: np.ndarray, k: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Inverted file: rows are dealt to about √n cells, each row looks into its nearest cells."""
    n = len(vectors)
    cells = max(16, round(n**0.5 / 1.5))
    probes = max(8, cells // 20)
    centres = _centres(vectors, cells, random_state)
    nearest_cells = np.empty((n, probes), np.int32)
    for start in range(0, n, 8192):
        nearest_cells[start : start + 8192] = top(vectors[start : start + 8192] @ centres.T, probes)[0]
    home = nearest_cells[:, 0]
    members = np.split(np.argsort(home, kind="stable"), np.cumsum(np.bincount(home, minlength=cells))[:-1])
    visitors_order = np.argsort(nearest_cells.ravel(), kind="stable")
    counts = np.cumsum(np.bincount(nearest_cells.ravel(), minlength=cells))[:-1]
    visitors = np.split(visitors_order // probes, counts)
    index = np.full((n, k), -1, np.int32)
    score = np.full((n, k), -2, np.float32)
    for cell in range(cells):
        own, guests = members[cell], visitors[cell]
        if not len(own) or not len(guests):
            continue
        inside = vectors[own]
        for start in range(0, len(guests), 4096):
            who = guests[start : start + 4096]
            cos = vectors[who] @ inside.T
            cos[who[:, None] == own[None, :]] = -2
            at, values = top(cos, k)
            both = np.concatenate([score[who], values], axis=1)
            ids = np.concatenate([index[who], own[at].astype(np.int32)], axis=1)
            order = np.argsort(-both, axis=1, kind="stable")[:, :k]
            score[who] = np.take_along_axis(both, order, axis=1)
            index[who] = np.take_along_axis(ids, order, axis=1)
    index[score <= -1.5] = -1
    score[score <= -1.5] = 0
    return index, score


def _centres(vectors: np.ndarray, cells: int, random_state: int) -> np.ndarray:
    """Spherical k-means on a sample, five rounds: enough to route by."""
    rng = np.random.default_rng(random_state)
    sample = vectors[np.sort(rng.choice(len(vectors), min(len(vectors), cells * 40), replace=False))]
    centres = sample[rng.choice(len(sample), cells, replace=False)].copy()
    for _ in range(5):
        home = np.concatenate(
            [(sample[i : i + 8192] @ centres.T).argmax(axis=1) for i in range(0, len(sample), 8192)]
        )
        onto = sp.csr_matrix(
            (np.ones(len(sample), np.float32), (home, np.arange(len(sample)))), (cells, len(sample))
        )
        sums = onto @ sample
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 1e-6, sums / np.maximum(norms, 1e-6), centres)
    return centres.astype(np.float32)
