"""Wider topics: Leiden communities of the neighbour graph, at a resolution the graph itself suggests."""

from __future__ import annotations

from functools import partial

import numpy as np
import scipy.sparse as sp

from ml.linkage import ROWS, first_order, gather
from ml.parallel import each

RESOLUTIONS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
KEEP = 0.97
"""The finest partition that keeps this share of the best modularity is taken."""
CARE = 5_000
"""Up to so many units the best of several runs is taken, once the resolution is known; larger graphs leave less to
chance."""
RENEWAL = 0.5
"""When new units exceed this share of the old ones, topics are found afresh instead of carried on."""
HOLD = 0.05
"""An old member changes its topic only for a middle nearer by this much."""
CONTRAST = 3
"""Power of the cosines on the graph's edges. Both were chosen on the two public theme sets."""


def graph(index: np.ndarray, score: np.ndarray) -> sp.csr_matrix:
    """Symmetric (n, n) graph of positive cosines from neighbours (n, k) with -1 for none."""
    n, k = index.shape
    rows = np.repeat(np.arange(n), k)
    cols, data = index.ravel(), score.ravel()
    keep = (cols >= 0) & (data > 0)
    one_way = sp.csr_matrix(
        (data[keep].astype(np.float64) ** CONTRAST, (rows[keep], cols[keep])), shape=(n, n)
    )
    both = one_way.maximum(one_way.T).tocsr()
    both.sort_indices()
    return both


AT_ONCE = 500_000
"""Among more texts one resolution is tried after the other, not two at a time."""


def communities(links: sp.csr_matrix, detail: float, random_state: int) -> np.ndarray:
    """(n,) labels. `detail` above 1 asks for finer topics, below 1 for coarser."""
    n = links.shape[0]
    if links.nnz == 0:
        return np.arange(n)
    steps = RESOLUTIONS if n <= CARE else RESOLUTIONS[1::2]
    tried: list[tuple[float, np.ndarray, float]] = []
    for some in (steps[i : i + 2] for i in range(0, len(steps), 2)):
        one_run = partial(leiden, links, random_state=random_state)
        # Each run has a copy of the graph: a gigabyte for a million texts.
        found = each(one_run, some) if n <= AT_ONCE else [one_run(resolution) for resolution in some]
        tried += [(modularity(links, labels), labels, r) for labels, r in zip(found, some, strict=True)]
        if tried[-1][0] < 0.8 * max(t[0] for t in tried):
            break
    best = max(t[0] for t in tried)
    # Of few ideas all that is found may be worse than chance, and the best is below its own share.
    _, labels, resolution = [t for t in tried if t[0] >= min(best, KEEP * best)][-1]
    if detail == 1.0 and n > CARE:
        return labels
    return leiden(links, resolution * detail, random_state, careful=n <= CARE)


def leiden(
    links: sp.csr_matrix, resolution: float, random_state: int, *, careful: bool = False
) -> np.ndarray:
    """Leiden on a symmetric weighted graph (modularity with a resolution; Traag, Waltman, van Eck 2019).

    careful: the best of several longer runs.
    """
    from graspologic_native import leiden_csr

    n = links.shape[0]
    _, found = leiden_csr(
        links.indptr.astype(np.int64), links.indices.astype(np.int32, copy=False), links.data, n,
        resolution=resolution, seed=random_state, iterations=3 if careful else 1, trials=8 if careful else 1,
    )  # fmt: skip
    labels = np.arange(n) + n
    nodes = np.fromiter(found.keys(), np.int64, len(found))
    labels[nodes] = np.fromiter(found.values(), np.int64, len(found))
    return first_order(labels)


def modularity(links: sp.csr_matrix, labels: np.ndarray) -> float:
    """Newman's modularity of a partition."""
    total = links.data.sum()
    strength = np.asarray(links.sum(axis=1)).ravel()
    inside = 0.0
    for start in range(0, len(labels), ROWS):
        ends = links.indptr[start : start + ROWS + 1]
        own = np.repeat(labels[start : start + ROWS], np.diff(ends))
        part = slice(ends[0], ends[-1])
        inside += links.data[part][own == labels[links.indices[part]]].sum()
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


def carry_on(before: np.ndarray, vectors: np.ndarray) -> np.ndarray | None:
    """Last run's topics with new rows (−1) added to the nearest; None when too much is new to carry on."""
    old = before >= 0
    if not old.any() or (~old).sum() > RENEWAL * old.sum():
        return None
    ids, number = np.unique(before[old], return_inverse=True)
    centres = gather(vectors[old], number, len(ids))
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    labels = np.zeros(len(before), np.int64)
    labels[old] = number
    for start in range(0, len(before), 8192):
        part = slice(start, start + 8192)
        cos = vectors[part] @ centres.T
        rows = np.arange(len(cos))
        best = cos.argmax(axis=1)
        stays = old[part] & (cos[rows, labels[part]] + HOLD >= cos[rows, best])
        labels[part] = np.where(stays, labels[part], best)
    return first_order(labels)


def settle(labels: np.ndarray, vectors: np.ndarray, rounds: int = 1) -> np.ndarray:
    """Every row moves to the theme whose middle is nearest, as in k-means. Once: more of it takes topics away from the
    graph and lost on both public theme sets."""
    for _ in range(rounds):
        centres = gather(vectors, labels, labels.max() + 1)
        centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
        nearest = [(vectors[i : i + 8192] @ centres.T).argmax(axis=1) for i in range(0, len(vectors), 8192)]
        labels = first_order(np.concatenate(nearest))
    return labels
