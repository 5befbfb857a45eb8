"""How alike two ideas are, from shared words, shared concepts and encoder vectors.

Within the domain of the thesaurus a strong overlap of words counts by its square and a weak one against: strangers
share the common words, fellows often do not. Elsewhere words count as they are, and the encoder's cosine helps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ml.encode import Encoder, Rows
from ml.features import Features, unit

STRONG, WEAK = 16.0, 5.0
"""Parabola of the words' cosine within the domain (chosen on the demo's training groups)."""
PLAIN = 2.0
"""Weight of the words' cosine elsewhere."""
SEARCH = (1.0, 0.6)
SAME = (2.0, 0.0)
"""Weights of the concepts' cosine within the domain and of the encoder's elsewhere: when one idea is looked for, and
when ideas that say the same are grouped (chosen on the public search and answers sets, the demo's training groups)."""


@dataclass(frozen=True)
class Evidence:
    """n texts as unit rows: of words and characters, of concepts (both sparse), and of an encoder (n, 256)."""

    lexical: sp.csr_matrix
    concepts: sp.csr_matrix
    dense: np.ndarray
    at_home: float

    def gathered(self, labels: np.ndarray, count: int) -> Evidence:
        """Unit means of the rows of each label."""
        if count == len(labels):
            return self
        onto = sp.csr_matrix(
            (np.ones(len(labels), np.float32), (labels, np.arange(len(labels)))), (count, len(labels))
        )
        dense = onto @ self.dense
        dense /= np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-9)
        return Evidence(
            unit(sp.csr_matrix(onto @ self.lexical)),
            unit(sp.csr_matrix(onto @ self.concepts)),
            dense,
            self.at_home,
        )


def evidence(encoder: Encoder, texts: Sequence[str]) -> Evidence:
    """What is compared of texts, as an encoder reads them."""
    rows = encoder.features.rows(texts)
    return from_rows(encoder.features, rows, encoder.encode(texts, rows))


def from_rows(features: Features, rows: Rows, dense: np.ndarray) -> Evidence:
    """The same from rows already read and encoder vectors (n, 256)."""
    stems, chars, concepts = rows
    scale = 1 / np.hypot(*features.weights[:2])
    lexical = sp.hstack(
        [stems * (scale * features.weights[0]), chars * (scale * features.weights[1])], format="csr"
    )
    return Evidence(lexical, concepts, dense, features.at_home)


def block(left: Evidence, right: Evidence, weights: tuple[float, float] = SEARCH) -> np.ndarray:
    """(n, m) likeness of every pair: below 0 for strangers, about 1 for fellows, up to 12."""
    lexical = (left.lexical @ right.lexical.T).toarray()
    shared = (left.concepts @ right.concepts.T).toarray()
    return _blend(lexical, shared, left.dense @ right.dense.T, left.at_home, weights)


def of_pairs(
    rows: Evidence, first: np.ndarray, second: np.ndarray, weights: tuple[float, float] = SEARCH
) -> np.ndarray:
    """(p,) likeness of the pairs (first, second)."""
    out = np.empty(len(first), np.float32)
    for i in range(0, len(first), 50_000):
        a, b = first[i : i + 50_000], second[i : i + 50_000]
        lexical = np.asarray(rows.lexical[a].multiply(rows.lexical[b]).sum(axis=1)).ravel()
        shared = np.asarray(rows.concepts[a].multiply(rows.concepts[b]).sum(axis=1)).ravel()
        dense = np.einsum("ij,ij->i", rows.dense[a], rows.dense[b])
        out[i : i + 50_000] = _blend(lexical, shared, dense, rows.at_home, weights)
    return out


def overlap(lexical: np.ndarray) -> np.ndarray:
    """What shared words tell within the domain."""
    return STRONG * lexical**2 - WEAK * lexical


def _blend(lexical, shared, dense, at_home: float, weights: tuple[float, float]) -> np.ndarray:
    plain = PLAIN * lexical + weights[1] * np.maximum(dense, 0)
    return at_home * (overlap(lexical) + weights[0] * shared) + (1 - at_home) * plain
