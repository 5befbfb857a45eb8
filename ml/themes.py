"""Wider topics: Leiden communities of the neighbour graph, at a resolution the graph itself suggests."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ml.linkage import first_order, gather

RESOLUTIONS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
KEEP = 0.95
"""The finest partition that keeps this share of the best modularity is taken (chosen on two public theme sets)."""


def graph(index: np.ndarray, score: np.ndarray) -> sp.csr_matrix:
    """Symmetric (n, n) graph of positive cosines from neighbours (n, k) with -1 for none."""
    n, k = index.shape
    rows = np.repeat(np.arange(n), k)
    cols, data = index.ravel(), score.ravel()
    keep = (cols >= 0) & (data > 0)
    one_way = sp.csr_matrix((data[keep].astype(np.float64), (rows[keep], cols[keep])), shape=(n, n))
    both = one_way.maximum(one_way.T).tocsr()
    both.sort_indices()
    return both


def communities(links: sp.csr_matrix, detail: float, random_state: int) -> np.ndarray:
    """(n,) labels. `detail` above 1 asks for finer topics, below 1 for coarser."""
    n = links.shape[0]
    if links.nnz == 0:
        return np.arange(n)
    tried = []
    for resolution in RESOLUTIONS:
        labels = leiden(links, resolution, random_state)
        tried.append((modularity(links, labels), labels, resolution))
        if tried[-1][0] < 0.8 * max(t[0] for t in tried):
            break
    best = max(t[0] for t in tried)
    chosen = [t for t in tried if t[0] >= KEEP * best][-1]
    if detail != 1.0:
        return leiden(links, chosen[2] * detail, random_state)
    return chosen[1]


def leiden(links: sp.csr_matrix, resolution: float, random_state: int) -> np.ndarray:
    """Leiden on a symmetric weighted graph (modularity with a resolution; Traag, Waltman, van Eck 2019)."""
    from graspologic_native import leiden_csr

    n = links.shape[0]
    _, found = leiden_csr(
        links.indptr.astype(np.int64), links.indices.astype(np.int32), links.data.astype(np.float64), n,
        resolution=resolution, seed=random_state,
    )  # fmt: skip
    labels = np.arange(n) + n
    nodes = np.fromiter(found.keys(), np.int64, len(found))
    labels[nodes] = np.fromiter(found.values(), np.int64, len(found))
    return first_order(labels)


def modularity(links: sp.csr_matrix, labels: np.ndarray) -> float:
    """Newman's modularity of a partition."""
    total = links.data.sum()
    strength = np.asarray(links.sum(axis=1)).ravel()
    rows = np.repeat(np.arange(links.shape[0]), np.diff(links.indptr))
    inside = links.data[labels[rows] == labels[links.indices]].sum()
    return float(inside / total - (np.bincount(labels, strength) ** 2).sum() / total**2)


def adopt(labels: np.ndarray, vectors: np.ndarray, least: int) -> np.ndarray:
    """Members of themes smaller than `least` go to the nearest theme that is not, if there is one."""
    count = labels.max() + 1
    sizes = np.bincount(labels, minlength=count)
    large = np.nonzero(sizes >= least)[0]
    small = np.nonzero(sizes[labels] < least)[0]
    if not len(large) or not len(small):
        return labels
    centres = gather(vectors, labels, count)[large]
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    out = labels.copy()
    for start in range(0, len(small), 4096):
        who = small[start : start + 4096]
        out[who] = large[(vectors[who] @ centres.T).argmax(axis=1)]
    return first_order(out)
