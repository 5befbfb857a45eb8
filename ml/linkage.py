"""Average linkage on a neighbour graph, in rounds of mutual best pairs.

The average cosine between two sets of unit vectors is the dot product of their sums over the product of their
sizes, so it is exact for every candidate pair. Average linkage is reducible: merging all mutually best pairs at once
gives what one by one would (reciprocal agglomerative clustering).
"""

from __future__ import annotations

import numpy as np

MAX_ROUNDS = 200


def agglomerate(
    sums: np.ndarray,
    sizes: np.ndarray,
    edges: np.ndarray,
    threshold: float,
    cannot: np.ndarray,
    start: np.ndarray | None = None,
    margin: float = 0.0,
) -> np.ndarray:
    """Clusters of m units.

    sums: (m, d) sums of unit vectors; sizes: (m,); edges: (e, 2) candidate pairs; cannot: (c, 2) pairs kept apart.
    start: (m,) labels to begin from, -1 alone; two of those join only past threshold + margin.
    Returns (m,) labels, every unit in one, numbered by first member.
    """
    labels = np.arange(len(sums))
    settled = np.zeros(len(sums), bool)
    if start is not None and (start >= 0).any():
        held = start >= 0
        _, number = np.unique(start[held], return_inverse=True)
        labels[held] = len(sums) + number
        labels = first_order(labels)
        settled = np.zeros(labels.max() + 1, bool)
        settled[labels[held]] = True
    count = labels.max() + 1 if len(labels) else 0
    sums, sizes = gather(sums, labels, count), np.bincount(labels, sizes, count)
    pairs = _contract(edges, labels)
    apart = _contract(cannot, labels)
    for _ in range(MAX_ROUNDS):
        pairs = _without(pairs, apart, count)
        if not len(pairs):
            break
        score = _average(sums, sizes, pairs)
        score = score - margin * (settled[pairs[:, 0]] & settled[pairs[:, 1]])
        keep = score >= threshold
        first, second = _mutual(pairs[keep], score[keep], count)
        if not len(first):
            break
        step = np.arange(count)
        step[second] = first
        step = first_order(step)
        count = step.max() + 1
        sums, sizes = gather(sums, step, count), np.bincount(step, sizes, count)
        settled = np.bincount(step, settled, count) > 0
        labels = step[labels]
        pairs, apart = _contract(pairs, step), _contract(apart, step)
    return first_order(labels)


def gather(rows: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """(count, d) sums of rows by label."""
    import scipy.sparse as sp

    onto = sp.csr_matrix((np.ones(len(labels), rows.dtype), (labels, np.arange(len(labels)))), (count, len(labels)))
    return np.asarray(onto @ rows)


def first_order(labels: np.ndarray) -> np.ndarray:
    """Labels renumbered 0… in order of first appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse.ravel()]


def _average(sums: np.ndarray, sizes: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    out = np.empty(len(pairs), np.float64)
    for i in range(0, len(pairs), 200_000):
        a, b = pairs[i : i + 200_000].T
        out[i : i + 200_000] = np.einsum("ij,ij->i", sums[a], sums[b]) / (sizes[a] * sizes[b])
    return out


def _contract(pairs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    if not len(pairs):
        return pairs.reshape(-1, 2)
    moved = np.sort(labels[pairs], axis=1)
    moved = moved[moved[:, 0] != moved[:, 1]]
    if not len(moved):
        return moved
    width = int(labels.max()) + 1
    codes = np.unique(moved[:, 0].astype(np.int64) * width + moved[:, 1])
    return np.stack([codes // width, codes % width], axis=1)


def _without(pairs: np.ndarray, apart: np.ndarray, count: int) -> np.ndarray:
    if not len(apart) or not len(pairs):
        return pairs
    return pairs[~np.isin(pairs[:, 0] * count + pairs[:, 1], apart[:, 0] * count + apart[:, 1])]


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
