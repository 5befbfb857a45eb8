"""Similar texts: the existing idea that a new one asks for again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from ml.encode import Encoder
from ml.neighbours import top

STRONG, WEAK = 16.0, 5.0
"""In the domain of the thesaurus a strong overlap of words counts by its square and a weak one against: strangers
share the common words, fellows often do not (learned on the demo's training groups; see docs/grouping.md)."""
PLAIN, DENSE = 2.0, 0.6
"""Elsewhere words count as they are, and the encoder's cosine helps."""
NOTHING = 0.02
"""Scores below this are no likeness at all."""
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
    encoder = encoder or Encoder.fit([*corpus, *queries], lang)
    right = parts(encoder, corpus)
    for start in range(0, len(queries), BLOCK):
        left = parts(encoder, queries[start : start + BLOCK])
        lexical, concepts = ((a @ b.T).toarray() for a, b in zip(left[:2], right[:2], strict=True))
        cos = likeness(lexical, concepts, left[2] @ right[2].T, encoder.features.at_home)
        best, values = top(cos, min(k, len(corpus)))
        values = 1 - np.exp(-np.maximum(values, 0))
        found = values >= NOTHING
        index[start : start + BLOCK, : best.shape[1]] = np.where(found, best, -1)
        score[start : start + BLOCK, : best.shape[1]] = np.where(found, values, 0)
    return index, score
    encoder = encoder or Encoder.fit([*corpus, *queries], lang)
    right = parts(encoder, corpus)
    for start in range(0, len(queries), BLOCK):
        left = parts(encoder, queries[start : start + BLOCK])
        lexical, concepts = ((a @ b.T).toarray() for a, b in zip(left[:2], right[:2], strict=True))
        cos = likeness(lexical, concepts, left[2] @ right[2].T, encoder.features.at_home)
        best, values = top(cos, min(k, len(corpus)))
        found = values >= NOTHING
        index[start : start + BLOCK, : best.shape[1]] = np.where(found, best, -1)
        score[start : start + BLOCK, : best.shape[1]] = np.where(found, np.clip(values, 0, 1), 0)
    return index, score


def likeness(lexical: np.ndarray, concepts: np.ndarray, dense: np.ndarray, at_home: float) -> np.ndarray:
    """Below 0 to about 9, from cosines of words, of concepts and of encoder vectors; at_home as in `Features`."""
    plain = PLAIN * lexical + DENSE * np.maximum(dense, 0)
    return at_home * (overlap(lexical) + concepts) + (1 - at_home) * plain


def overlap(lexical: np.ndarray) -> np.ndarray:
    """What shared words tell within the domain."""
    return STRONG * lexical**2 - WEAK * lexical


def parts(encoder: Encoder, texts: Sequence[str]) -> tuple[sp.csr_matrix, sp.csr_matrix, np.ndarray]:
    """What `likeness` compares: unit rows of words and characters, of concepts, and encoder vectors."""
    features = encoder.features
    stems, chars, concepts = features.rows(texts)
    scale = 1 / np.hypot(*features.weights[:2])
    lexical = sp.hstack([stems * (scale * features.weights[0]), chars * (scale * features.weights[1])], format="csr")
    return lexical, concepts, encoder.encode(texts)
