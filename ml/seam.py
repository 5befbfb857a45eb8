"""How well each idea fits its group, and where a group would fall into two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ml.encode import Encoder
from ml.likeness import SAME, block, evidence

MOST_IDEAS = 20_000
"""Of more ideas, those of the largest groups are looked at."""
MOST_MEMBERS = 300
"""So many members of a group are looked at."""
TOGETHER = 4000
"""Texts that are read at once."""
LOOSE = 0.75
"""Two halves are proposed where ideas across are less alike than this share of those within (on the demo's groups two
of three such seams are right; at 0.7 four of five, but a third as many)."""


def fits(texts: Sequence[str], clusters: np.ndarray, encoder: Encoder) -> tuple[np.ndarray, np.ndarray]:
    """(n,) float32 and (n,) bool of n texts with their clusters (−1 = alone).

    The first: how alike an idea is to the others of its group on average, as a share of the group's median; NaN where
    that says nothing. The second: whether it is of the smaller half of a group that would rather be two.
    """
    fit = np.full(len(clusters), np.nan, np.float32)
    half = np.zeros(len(clusters), bool)
    for rows in _batches(np.asarray(clusters)):
        seen = evidence(encoder, [texts[i] for i in np.concatenate(rows).tolist()])
        start = 0
        for members in rows:
            own = seen.some(np.arange(start, start + len(members)))
            start += len(members)
            alike = np.tanh(np.maximum(block(own, own, SAME), 0))
            np.fill_diagonal(alike, 0)
            mean = alike.sum(axis=1) / (len(members) - 1)
            fit[members] = mean / max(float(np.median(mean)), 1e-6)
            if len(members) > 3:
                half[members] = _smaller(alike)
    return fit, half


def _batches(clusters: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Members of the largest groups of three and more, so many groups at a time as are read together."""
    ids, sizes = np.unique(clusters[clusters >= 0], return_counts=True)
    chosen = ids[np.argsort(-sizes, kind="stable")]
    order = np.argsort(clusters, kind="stable")
    of = clusters[order]
    rows: list[np.ndarray] = []
    total = 0
    for cluster in chosen.tolist():
        a, b = np.searchsorted(of, [cluster, cluster + 1])
        if b - a < 3 or total >= MOST_IDEAS:
            break
        rows.append(order[a:b][:MOST_MEMBERS])
        total += len(rows[-1])
        if sum(map(len, rows)) >= TOGETHER:
            yield rows
            rows = []
    if rows:
        yield rows


def _smaller(alike: np.ndarray) -> np.ndarray:
    """(n,) bool: the smaller half at the weakest seam; nobody where the group holds together."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    within = 1 - alike.astype(np.float64)
    np.fill_diagonal(within, 0)
    side = fcluster(linkage(squareform(within, checks=False), "average"), 2, "maxclust") == 1
    if side.all() or not side.any():
        return np.zeros(len(side), bool)
    parts = [alike[np.ix_(s, s)].sum() / (s.sum() * (s.sum() - 1)) for s in (side, ~side) if s.sum() > 1]
    if alike[np.ix_(side, ~side)].mean() >= LOOSE * np.mean(parts):
        return np.zeros(len(side), bool)
    return side if 2 * side.sum() <= len(side) else ~side
