"""Similar texts: the existing idea that a new one asks for again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.encode import Encoder
from ml.neighbours import top

DENSE = 0.35
"""Share of the dense vectors in the score, the rest is exact words and characters."""
NOTHING = 0.08
BLOCK = 256


def similar(
    queries: Sequence[str], corpus: Sequence[str], k: int = 5, lang: str = "ru", *, encoder: Encoder | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar corpus texts of each query: (q, k) int64 and float32 score 0..1, best first.

    Scores are comparable between queries; −1 and 0 where nothing (more) is similar. encoder: one fitted on this corpus
    saves fitting it.
    """
    index = np.full((len(queries), k), -1, np.int64)
    score = np.zeros((len(queries), k), np.float32)
    if not len(queries) or not len(corpus) or k < 1:
        return index, score
    encoder = encoder or Encoder.fit(corpus, lang)
    weights = np.square(encoder.features.weights)
    scale = 1 / np.sqrt(weights.sum())
    sparse_corpus = (encoder.features.transform(corpus) * scale).T.tocsc()
    dense_corpus = encoder.encode(corpus)
    for start in range(0, len(queries), BLOCK):
        part = queries[start : start + BLOCK]
        exact = (encoder.features.transform(part) * scale @ sparse_corpus).toarray()
        cos = (1 - DENSE) * exact + DENSE * np.clip(encoder.encode(part) @ dense_corpus.T, 0, 1)
        best, values = top(cos, min(k, len(corpus)))
        found = values >= NOTHING
        index[start : start + BLOCK, : best.shape[1]] = np.where(found, best, -1)
        score[start : start + BLOCK, : best.shape[1]] = np.where(found, np.clip(values, 0, 1), 0)
    return index, score
