"""Arrival: the cluster of one new idea, by vote of its nearest neighbours, between two runs of grouping."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST_COSINE = 0.30
"""No neighbour farther than this has a vote."""


def place(
    vector: np.ndarray,
    neighbour_scores: Sequence[float] | np.ndarray,
    neighbour_clusters: Sequence[int] | np.ndarray,
    threshold: float = LEAST_COSINE,
    *,
    centres: dict[int, np.ndarray] | None = None,
) -> tuple[int, float]:
    """A new idea's cluster by vote of its nearest neighbours: (cluster or −1, similarity 0..1).

    neighbour_scores: cosines, neighbour_clusters: their clusters (−1 = alone). Each neighbour past the threshold
    (that of the Grouping) votes with its score. centres: {cluster: unit mean}, when known, must agree with the vote.
    """
    votes: dict[int, list[float]] = {}
    for score, cluster in zip(neighbour_scores, neighbour_clusters, strict=True):
        if cluster >= 0 and score >= threshold:
            votes.setdefault(int(cluster), []).append(float(score))
    if not votes:
        return -1, 0.0
    winner = max(votes, key=lambda c: (sum(votes[c]), -c))
    similarity = max(votes[winner])
    if centres and winner in centres and float(vector @ centres[winner]) < threshold:
        return -1, 0.0
    return winner, float(np.clip(similarity, 0, 1))


def vote_level(index: np.ndarray, score: np.ndarray, labels: np.ndarray) -> float:
    """The cosine that a new idea's neighbour needs to vote, as the grouped ideas themselves show it.

    index, score: (n, k) neighbours of each idea and their cosines; labels: (n,) clusters, -1 = alone. Each idea is
    asked which cluster its nearest grouped neighbour would put it into; the level with the best F1 is taken.
    """
    if not len(index) or not (labels >= 0).any():
        return LEAST_COSINE
    near = np.where(index >= 0, labels[index], -1)
    known = np.where(near >= 0, score, -1.0)
    rows = np.arange(len(index))
    first = known.argmax(axis=1)
    level = known[rows, first]
    right = (near[rows, first] == labels) & (labels >= 0)
    order = np.argsort(-level, kind="stable")
    f1 = 2 * np.cumsum(right[order]) / (np.arange(1, len(order) + 1) + (labels >= 0).sum())
    return float(max(LEAST_COSINE, level[order][int(f1.argmax())]))
