"""How alike two ideas are, from shared words, shared concepts and encoder vectors.

Within the domain of the thesaurus concepts and wishes lead and words help; elsewhere words lead, and the encoder's
cosine helps. More of anything shared is never less likeness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ml.encode import Encoder, Rows
from ml.features import Features, unit

PLAIN = 2.0
"""Weight of the words' cosine outside of the domain of the thesaurus."""
SEARCH = (1.0, 0.7, 0.6)
SAME = (1.0, 0.5, 0.0)
"""Weights of the concepts' and the words' cosine within that domain and of the encoder's outside of it: when one idea
is looked for, and when ideas that say the same are grouped (chosen on the demo's training groups, the public search
and answers sets)."""
CROWD = 0.5
"""Share of an idea's likeness to its own nearest that is taken off when it is looked for: what stands close among
others is nobody else's fellow so easily (chosen, with their number, on the demo's training groups)."""
NEAREST = 3


Weights = tuple[float, float, float]


@dataclass(frozen=True)
class Evidence:
    """n texts as unit rows: of words and characters, of concepts (both sparse), and of an encoder (n, 256)."""

    lexical: sp.csr_matrix
    concepts: sp.csr_matrix
    dense: np.ndarray
    at_home: float

    def some(self, rows: np.ndarray) -> Evidence:
        """Those rows alone."""
        return Evidence(self.lexical[rows], self.concepts[rows], self.dense[rows], self.at_home)

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


def block(left: Evidence, right: Evidence, weights: Weights = SEARCH) -> np.ndarray:
    """(n, m) likeness of every pair: about 0 for strangers, up to the sum of the weights."""
    lexical = (left.lexical @ right.lexical.T).toarray()
    shared = (left.concepts @ right.concepts.T).toarray()
    return _blend(lexical, shared, left.dense @ right.dense.T, left.at_home, weights)


def of_pairs(rows: Evidence, first: np.ndarray, second: np.ndarray, weights: Weights = SEARCH) -> np.ndarray:
    """(p,) likeness of the pairs (first, second)."""
    out = np.empty(len(first), np.float32)
    for i in range(0, len(first), 50_000):
        a, b = first[i : i + 50_000], second[i : i + 50_000]
        lexical = np.asarray(rows.lexical[a].multiply(rows.lexical[b]).sum(axis=1)).ravel()
        shared = np.asarray(rows.concepts[a].multiply(rows.concepts[b]).sum(axis=1)).ravel()
        dense = np.einsum("ij,ij->i", rows.dense[a], rows.dense[b])
        out[i : i + 50_000] = _blend(lexical, shared, dense, rows.at_home, weights)
    return out


def crowding(rows: Evidence, some: np.ndarray) -> np.ndarray:
    """(len(some),) what is taken off the likeness of those rows when they are looked for (local scaling, as in Conneau
    et al. 2018): part of their mean likeness to their nearest, within the domain."""
    out = np.zeros(len(some), np.float32)
    among = min(NEAREST, len(rows.dense) - 1)
    if among < 1 or not rows.at_home:
        return out
    for start in range(0, len(some), 256):
        who = some[start : start + 256]
        values = block(rows.some(who), rows)
        values[np.arange(len(who)), who] = -9
        best = -np.partition(-values, among - 1, axis=1)[:, :among]
        out[start : start + 256] = rows.at_home * CROWD * np.maximum(best, 0).sum(axis=1) / NEAREST
    return out


def _blend(lexical, shared, dense, at_home: float, weights: Weights) -> np.ndarray:
    plain = PLAIN * lexical + weights[2] * np.maximum(dense, 0)
    return at_home * (weights[0] * shared + weights[1] * lexical) + (1 - at_home) * plain
