"""Similar texts: the existing idea that a new one asks for again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.encode import Encoder
from ml.likeness import block, evidence
from ml.neighbours import top

NOTHING = 0.02
"""Scores below this are no likeness at all."""
BLOCK = 256


def similar(
    queries: Sequence[str],
    corpus: Sequence[str],
    k: int = 5,
    lang: str = "ru",
    *,
    encoder: Encoder | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar corpus texts of each query: (q, k) int64 and float32 score 0..1, best first.

    Scores are comparable between queries; −1 and 0 where nothing (more) is similar. encoder: one fitted on this corpus
    saves fitting it.
    """
    index = np.full((len(queries), k), -1, np.int64)
    score = np.zeros((len(queries), k), np.float32)
    if not len(queries) or not len(corpus) or k < 1:
        return index, score
    encoder = encoder or Encoder.fit([*corpus, *queries], lang)
    right = evidence(encoder, corpus)
    for start in range(0, len(queries), BLOCK):
        part = queries[start : start + BLOCK]
        left = evidence(encoder, part)
        best, values = top(block(left, right), min(k, len(corpus)))
        values = 1 - np.exp(-np.maximum(values, 0))
        found = values >= NOTHING
        index[start : start + BLOCK, : best.shape[1]] = np.where(found, best, -1)
        score[start : start + BLOCK, : best.shape[1]] = np.where(found, values, 0)
    return index, score
