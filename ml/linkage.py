"""Average linkage on a graph of likenesses, in rounds of mutual best pairs.

The average likeness of two clusters is the sum of the links between them over the product of their sizes; pairs without
a link count as 0. Average linkage is reducible: merging all mutually best pairs at once gives what one by one would
(reciprocal agglomerative clustering).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

MAX_ROUNDS = 200
ROWS = 100_000
"""So many units are looked through at once: copies of all links would take a gigabyte for a million."""


def agglomerate(
    links: sp.csr_matrix,
    sizes: np.ndarray,
    threshold: float,
    cannot: np.ndarray,
    start: np.ndarray | None = None,
    margin: float = 0.0,
) -> np.ndarray:
    """Clusters of m units.

    links: (m, m) symmetric, the summed likeness of the members of two units; sizes: (m,); cannot: (c, 2) pairs
    kept apart. start: (m,) labels to begin from, −1 alone; two of those join only past threshold + margin.
    Returns (m,) labels, every unit in one, numbered by first member.
    """
    labels = np.arange(len(sizes))
    settled = np.zeros(len(sizes), bool)
    if start is not None and (start >= 0).any():
        held = start >= 0
        _, number = np.unique(start[held], return_inverse=True)
        labels[held] = len(sizes) + number
        labels = first_order(labels)
        settled = np.zeros(labels.max() + 1, bool)
        settled[labels[held]] = True
    count = labels.max() + 1 if len(labels) else 0
    sizes = np.bincount(labels, sizes, count)
    upper = sp.triu(links, 1).tocoo()
    pairs, sums = _contract(np.stack([upper.row, upper.col], axis=1), upper.data, labels)
    apart, _ = _contract(cannot, np.ones(len(cannot)), labels)
    for _ in range(MAX_ROUNDS):
        allowed = _allowed(pairs, apart, count)
        score = sums / (sizes[pairs[:, 0]] * sizes[pairs[:, 1]])
        score = score - margin * (settled[pairs[:, 0]] & settled[pairs[:, 1]])
        keep = allowed & (score >= threshold)
        first, second = _mutual(pairs[keep], score[keep], count)
        if not len(first):
            break
        step = np.arange(count)
        step[second] = first
        step = first_order(step)
        count = step.max() + 1
        sizes = np.bincount(step, sizes, count)
        settled = np.bincount(step, settled, count) > 0
        labels = step[labels]
        pairs, sums = _contract(pairs, sums, step)
        apart, _ = _contract(apart, np.ones(len(apart)), step)
    return first_order(labels)


def cohesion(links: sp.csr_matrix, sizes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(count,) average likeness between members of each cluster; members of one unit are alike. 1 for those alone."""
    count = labels.max() + 1 if len(labels) else 0
    total = np.bincount(labels, sizes, count)
    sums = np.bincount(labels, sizes * (sizes - 1), count).astype(float)
    for start in range(0, len(labels), ROWS):
        part = links[start : start + ROWS].tocoo()
        mine = labels[start + part.row]
        own = mine == labels[part.col]
        sums += np.bincount(mine[own], part.data[own], count)
    return np.where(total > 1, sums / np.maximum(total * (total - 1), 1), 1.0)


def take_in(
    links: sp.csr_matrix, sizes: np.ndarray, labels: np.ndarray, levels: np.ndarray, cannot: np.ndarray
) -> np.ndarray:
    """Labels in which what stands alone has joined a cluster whose level (count,) its average likeness to it reaches,
    of several the one whose level it exceeds by most.

    links, sizes, cannot as of `agglomerate`; labels: (m,) its answer. Each is compared with the clusters as they were.
    """
    count = len(levels)
    total = np.bincount(labels, sizes, count)
    onto = sp.csr_matrix((np.ones(len(labels)), (np.arange(len(labels)), labels)), (len(labels), count))
    apart = np.concatenate([cannot, cannot[:, ::-1]]) if len(cannot) else np.zeros((0, 2), np.int64)
    barred = apart[:, 0] * count + labels[apart[:, 1]]
    out = labels.copy()
    alone = np.flatnonzero(total[labels] == 1)
    for start in range(0, len(alone), ROWS):
        some = alone[start : start + ROWS]
        sums = (links[some] @ onto).tocoo()
        who, cluster = some[sums.row].astype(np.int64), sums.col
        fit = np.round(sums.data / total[cluster] / levels[cluster], 6)
        keep = (total[cluster] > 1) & (fit >= 1) & ~np.isin(who * count + cluster, barred)
        who, cluster = who[keep], cluster[keep]
        # Of several the best is written last.
        order = np.lexsort((-cluster, fit[keep]))
        out[who[order]] = cluster[order]
    return first_order(out)


def gather(rows: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """(count, d) sums of rows by label."""
    onto = sp.csr_matrix(
        (np.ones(len(labels), rows.dtype), (labels, np.arange(len(labels)))), (count, len(labels))
    )
    return np.asarray(onto @ rows)


def first_order(labels: np.ndarray) -> np.ndarray:
    """Labels renumbered 0… in order of first appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse.ravel()]


def _contract(pairs: np.ndarray, sums: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of clusters for pairs of their parts, lower number first, with their sums added up."""
    if not len(pairs):
        return np.zeros((0, 2), np.int64), np.zeros(0)
    moved = np.sort(labels[pairs], axis=1)
    keep = moved[:, 0] != moved[:, 1]
    width = int(labels.max()) + 1
    codes, inverse = np.unique(moved[keep, 0].astype(np.int64) * width + moved[keep, 1], return_inverse=True)
    added = np.bincount(inverse, sums[keep], len(codes)) if len(codes) else np.zeros(0)
    return np.stack([codes // width, codes % width], axis=1), added


def _allowed(pairs: np.ndarray, apart: np.ndarray, count: int) -> np.ndarray:
    if not len(apart) or not len(pairs):
        return np.ones(len(pairs), bool)
    return ~np.isin(pairs[:, 0] * count + pairs[:, 1], apart[:, 0] * count + apart[:, 1])


def _mutual(pairs: np.ndarray, score: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs that are each other's best; ties go to the lower number."""
    ends = np.concatenate([pairs, pairs[:, ::-1]])
    # Rounded, so that the last bits of a sum do not decide between equals.
    both = np.round(np.concatenate([score, score]), 6)
    order = np.lexsort((ends[:, 1], -both, ends[:, 0]))
    ends = ends[order]
    first = np.unique(ends[:, 0], return_index=True)[1] if len(ends) else np.zeros(0, int)
    best = np.full(count, -1)
    best[ends[first, 0]] = ends[first, 1]
    has = np.nonzero(best >= 0)[0]
    mutual = has[(best[best[has]] == has) & (has < best[has])]
    return mutual, best[mutual]
