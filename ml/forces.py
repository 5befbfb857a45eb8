"""What moves the places of a picture: the pull of likeness along links, the push of all on all."""

from __future__ import annotations

import numpy as np
import scipy.fft
import scipy.sparse as sp

from ml.parallel import processors

PERPLEXITY = 15.0
"""About so many of a row's neighbours pull at it."""
GROUP = 0.3
"""Share of a row's pull that goes to its own group, whatever the vectors say: people may have put it together."""
NODES, BOXES = 3, 24
"""Nodes of the grid in each box, and how many boxes there are at least; they are at most 1 wide."""
MOST_BOXES = 400
"""More would take too much memory; in a picture so wide they are wider."""


def affinities(index: np.ndarray, score: np.ndarray, groups: np.ndarray | None = None) -> sp.csr_matrix:
    """Symmetric (n, n) pulls that add up to 1, from neighbours (n, k), -1 for none, and their cosines."""
    n, k = index.shape
    there = index >= 0
    far = np.where(there, np.maximum(2 - 2 * score, 0).astype(np.float64), np.inf)
    weights = _calibrated(far, min(PERPLEXITY, max(k / 3, 1)))
    graph = sp.csr_matrix(
        (weights[there], (np.repeat(np.arange(n), k)[there.ravel()], index[there])), shape=(n, n)
    )
    if groups is not None:
        graph = graph + GROUP / (1 - GROUP) * _rings(groups)
    both = graph + graph.T
    return sp.csr_matrix(both / max(both.sum(), 1e-12))


def _calibrated(far: np.ndarray, perplexity: float) -> np.ndarray:
    """Weights exp(-b d²) of each row that add up to 1, b such that they spread over `perplexity` neighbours."""
    wanted = np.log(perplexity)
    low, high = np.zeros(len(far)), np.full(len(far), np.inf)
    sharp = np.ones(len(far))
    near = far - far.min(axis=1, keepdims=True, where=np.isfinite(far), initial=4.0)
    near = np.where(np.isfinite(far), near, np.inf)
    for _ in range(40):
        weights = np.exp(-sharp[:, None] * np.where(np.isfinite(near), near, 1e9))
        total = np.maximum(weights.sum(axis=1), 1e-12)
        p = weights / total[:, None]
        entropy = -(p * np.log(np.maximum(p, 1e-300))).sum(axis=1)
        wide = entropy > wanted
        low, high = np.where(wide, sharp, low), np.where(wide, high, sharp)
        sharp = np.where(np.isinf(high), sharp * 2, (low + high) / 2)
        sharp = np.minimum(sharp, 1e6)
    return p


def _rings(groups: np.ndarray) -> sp.csr_matrix:
    """Each member of a group tied to the three that follow it, round about; rows add up to 1 or 0."""
    n = len(groups)
    rows, columns = [], []
    order = np.argsort(groups, kind="stable")
    order = order[groups[order] >= 0]
    labels = groups[order]
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]]) if len(order) else np.zeros(0, int)
    sizes = np.diff(np.r_[starts, len(order)])
    first, size = np.repeat(starts, sizes), np.repeat(sizes, sizes)
    at = np.arange(len(order)) - first
    for step in (1, 2, 3):
        some = size > step
        rows.append(order[some])
        columns.append(order[(first + (at + step) % size)[some]])
    row, column = np.concatenate(rows), np.concatenate(columns)
    ties = sp.csr_matrix((np.ones(len(row)), (row, column)), shape=(n, n))
    totals = np.asarray(ties.sum(axis=1)).ravel()
    return sp.diags(1 / np.maximum(totals, 1)) @ ties


class Pull:
    """The pull of all links on each row."""

    def __init__(self, links: sp.csr_matrix) -> None:
        self.rows = np.repeat(np.arange(links.shape[0], dtype=np.int32), np.diff(links.indptr))
        self.near = sp.csr_matrix((links.data.astype(np.float32), links.indices, links.indptr), links.shape)
        self.weights = self.near.data.copy()

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """(n, 2) sum over links of weight (y_i - y_j) / (1 + d²)."""
        far = np.float32(1)
        for axis in (0, 1):
            along = y[:, axis].astype(np.float32)
            gap = along[self.rows] - along[self.near.indices]
            far = far + gap * gap
        np.divide(self.weights, far, out=self.near.data)
        sums = self.near @ np.column_stack([np.ones(len(y)), y]).astype(np.float32)
        return y * sums[:, :1] - sums[:, 1:]


class Push:
    """The push of all rows on each, from a grid: rows give their weight to the nodes around, the nodes' sums are
    convolved with the kernel, and rows read the result from the same nodes. The kernel is kept while the grid is."""

    def __init__(self) -> None:
        self.key: tuple[float, int] | None = None
        self.kernels: tuple[np.ndarray, np.ndarray] | None = None

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """(n, 2) sum over others of (y_i - y_j) / (1 + d²)², over the sum of all 1 / (1 + d²)."""
        n = len(y)
        low, high = float(y.min()), float(y.max())
        span = max(high - low, 1e-9) * 1.0001
        # A ladder of widths and sizes, so that the kernel serves many rounds.
        width = min(1.0, 1.2 ** np.ceil(np.log(span / BOXES) / np.log(1.2)))
        boxes = int(8 * np.ceil(span / width / 8))
        if boxes > MOST_BOXES:
            boxes, width = MOST_BOXES, span / MOST_BOXES
        low = (low + high) / 2 - boxes * width / 2
        side = NODES * boxes
        grid = self._spread((y - low) / width, boxes)
        size = scipy.fft.next_fast_len(2 * side, real=True)
        plain, square = self._kernels(width / NODES, side, size)
        workers = processors()
        charges = (grid.T @ np.column_stack([np.ones(n), y])).reshape(side, side, 3).astype(np.float32)
        waves = scipy.fft.rfft2(charges, (size, size), axes=(0, 1), workers=workers)
        total = scipy.fft.irfft2(waves[:, :, 0] * plain, (size, size), workers=workers)[:side, :side]
        whole = max(float((total * charges[:, :, 0]).sum(dtype=np.float64)) - n, 1e-9)
        field = scipy.fft.irfft2(waves * square[:, :, None], (size, size), axes=(0, 1), workers=workers)
        felt = grid @ field[:side, :side].reshape(side * side, 3)
        return (y * felt[:, :1] - felt[:, 1:]) / whole

    def _spread(self, at: np.ndarray, boxes: int) -> sp.csr_matrix:
        """(n, nodes) shares of each row in the nodes of its box: products of Lagrange polynomials."""
        n, side = len(at), NODES * boxes
        box = np.clip(at.astype(np.int64), 0, boxes - 1)
        t = at - box
        nodes = (np.arange(NODES) + 0.5) / NODES
        parts = np.empty((n, 2, NODES))
        for i in range(NODES):
            others = np.delete(nodes, i)
            parts[:, :, i] = np.prod([(t - o) / (nodes[i] - o) for o in others], axis=0)
        shares = parts[:, 0, :, None] * parts[:, 1, None, :]
        steps = np.arange(NODES)
        column = (NODES * box[:, 0, None] + steps)[:, :, None] * side + (NODES * box[:, 1, None] + steps)[
            :, None, :
        ]
        starts = np.arange(0, NODES * NODES * n + 1, NODES * NODES)
        return sp.csr_matrix((shares.ravel(), column.ravel(), starts), shape=(n, side * side))

    def _kernels(self, step: float, side: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        if self.key != (step, size) or self.kernels is None:
            apart = np.minimum(np.arange(size), size - np.arange(size)) * step
            plain = 1 / (1 + apart[:, None] ** 2 + apart[None, :] ** 2)
            both = [scipy.fft.rfft2(k).real.astype(np.float32) for k in (plain, plain**2)]
            self.key, self.kernels = (step, size), (both[0], both[1])
        return self.kernels
