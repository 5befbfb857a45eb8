"""Arrival: the cluster of one new idea, by vote of its nearest neighbours, between two runs of grouping."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.linkage import gather

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


def vote_level(rows: np.ndarray, labels: np.ndarray) -> float:
    """The cosine that a new idea's neighbour needs to vote: what four of five members have to their cluster."""
    held = np.nonzero(labels >= 0)[0]
    if not len(held):
        return LEAST_COSINE
    _, number = np.unique(labels[held], return_inverse=True)
    middle = gather(rows[held], number, number.max() + 1)
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-9)
    return float(max(LEAST_COSINE, np.quantile(np.einsum("ij,ij->i", rows[held], middle[number]), 0.2) - 0.1))
