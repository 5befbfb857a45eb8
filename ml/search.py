"""Similar texts: the existing idea that a new one asks for again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.encode import Encoder
from ml.likeness import block, crowding, evidence
from ml.neighbours import top

NOTHING = 0.02
"""Scores below this are no likeness at all."""
SCALE = 1.5
"""Steepness of the score."""
BLOCK = 256
SHORT = 60
"""So many of the likest are weighed against how close they stand to others."""


def similar(
    queries: Sequence[str],
    corpus: Sequence[str],
    k: int = 5,
    lang: str = "ru",
    *,
    encoder: Encoder | None = None,
    vectors: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar corpus texts of each query: (q, k) int64 and float32 score 0..1, best first.

    Scores are comparable between queries; −1 and 0 where nothing (more) is similar. encoder: one fitted on this corpus
    saves fitting it; vectors: its rows of the queries and of the corpus, where they are stored, save encoding them.
    """
    index = np.full((len(queries), k), -1, np.int64)
    score = np.zeros((len(queries), k), np.float32)
    if not len(queries) or not len(corpus) or k < 1:
        return index, score
    encoder = encoder or Encoder.fit([*corpus, *queries], lang)
    right = evidence(encoder, corpus, vectors[1] if vectors else None)
    left = evidence(encoder, queries, vectors[0] if vectors else None)
    off = np.full(len(corpus), np.nan, np.float32)
    for start in range(0, len(queries), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(queries)))
        values = block(left.some(rows), right)
        short, plain = top(values, min(max(SHORT, 2 * k), len(corpus)))
        new = np.unique(short[np.isnan(off[short])])
        off[new] = crowding(right, new)
        within, best = top(np.where(plain > 0, plain - off[short], -9), min(k, len(corpus)))
        best = 1 - np.exp(-SCALE * np.maximum(best, 0))
        found = best >= NOTHING
        at = np.take_along_axis(short, within, axis=1)
        index[rows, : at.shape[1]] = np.where(found, at, -1)
        score[rows, : at.shape[1]] = np.where(found, best, 0)
    return index, score
