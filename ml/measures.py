"""Measures of grouping and search against gold labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def contingency(gold: Sequence, found: Sequence) -> np.ndarray:
    """(classes, clusters) counts."""
    _, g = np.unique(np.asarray(gold), return_inverse=True)
    _, f = np.unique(np.asarray(found), return_inverse=True)
    out = np.zeros((g.max() + 1, f.max() + 1), np.int64)
    np.add.at(out, (g, f), 1)
    return out


def adjusted_rand(gold: Sequence, found: Sequence) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985)."""
    table = contingency(gold, found)
    both, rows, columns = _pairs(table).sum(), _pairs(table.sum(1)).sum(), _pairs(table.sum(0)).sum()
    expected = rows * columns / max(_pairs(np.array([table.sum()]))[0], 1)
    top = (rows + columns) / 2
    return float((both - expected) / (top - expected)) if top != expected else 1.0


def adjusted_information(gold: Sequence, found: Sequence) -> float:
    """Adjusted mutual information, arithmetic mean."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(gold, found))


def pair_scores(
    gold: np.ndarray, found: np.ndarray, inside: np.ndarray | None = None
) -> tuple[float, float, float]:
    """(precision, recall, F1) of "these two belong together". Labels (n,) int, −1 = alone.

    inside: (n,) bool; only pairs with at least one idea inside count.
    """
    keep = np.ones(len(gold), bool) if inside is None else inside
    right = _together(gold, keep)
    guessed = _together(found, keep)
    both = np.where((gold >= 0) & (found >= 0), gold.astype(np.int64) * (int(found.max()) + 2) + found, -1)
    hit = _together(both, keep)
    precision, recall = hit / max(guessed, 1), hit / max(right, 1)
    return precision, recall, 2 * hit / max(guessed + right, 1)


def _together(labels: np.ndarray, inside: np.ndarray) -> int:
    held = labels >= 0
    if not held.any():
        return 0
    _, at = np.unique(labels[held], return_inverse=True)
    every = np.bincount(at)
    outside = np.bincount(at, ~inside[held]).astype(np.int64)
    return int(_pairs(every).sum() - _pairs(outside).sum())


def _pairs(counts: np.ndarray) -> np.ndarray:
    return counts * (counts - 1) // 2


def hits(ranked: np.ndarray, right: Sequence[set[int]], at: int) -> float:
    """Share of queries with a right answer among the first `at` of (q, k) indices."""
    found = [not right[i].isdisjoint(ranked[i, :at].tolist()) for i in range(len(ranked)) if right[i]]
    return float(np.mean(found)) if found else 0.0
