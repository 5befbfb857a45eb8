"""How alike two ideas are, from shared words, shared concepts and encoder vectors.

Within the domain of the thesaurus concepts and wishes lead and words help; elsewhere words lead, and the encoder's
cosine helps. More of anything shared is never less likeness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ml.encode import CHUNK, DIMENSIONS, Encoder
from ml.features import FEW, Features
from ml.parallel import each
from ml.reading import Reading, read
from ml.rows import Row, parted, stacked, unit

PLAIN = 2.0
"""Weight of the words' cosine outside of the domain of the thesaurus."""
SEARCH = (1.0, 0.7, 0.6)
SAME = (1.0, 0.4, 0.0)
"""Weights of the concepts' and the words' cosine within that domain and of the encoder's outside of it: when one idea
is looked for, and when ideas that say the same are grouped (chosen on the demo's training groups, the public search
and answers sets)."""
TOLD_SEARCH = (0.3, 0.8)
TOLD_SAME = (0.3, 0.3)
"""What a transformer's cosine weighs within that domain and outside of it, looked for and grouped."""
STRANGERS = 0.3
"""A cosine of sentences below this speaks against a pair: a pair that the transformer does not read keeps its place
(all chosen on the English training groups of the demo and `en_intents`, with all-MiniLM-L6-v2)."""
CROWD = 0.5
"""Share of an idea's likeness to its own nearest that is taken off when it is looked for: what stands close among
others is nobody else's fellow so easily (chosen, with their number, on the demo's training groups)."""
NEAREST = 3


Weights = tuple[float, float, float]

PAIRS = 10_000
"""So many pairs are compared at once."""
REMEMBERED = 2000
"""So many texts' rows are kept by an encoder, of about five kilobytes each."""
LEAN = 4
"""Length of the runs of characters that large sets are compared by."""


@dataclass(frozen=True)
class Evidence:
    """n texts as unit rows: of words and characters, of concepts (both sparse), and of an encoder (n, 256), whose last
    `told` numbers are a transformer's."""

    lexical: sp.csr_matrix
    concepts: sp.csr_matrix
    dense: np.ndarray
    at_home: float
    told: int = 0

    @property
    def sentences(self) -> np.ndarray:
        """(n, told) unit rows of the transformer's part; zeros for texts that it does not read."""
        part = self.dense[:, DIMENSIONS - self.told :]
        return part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-9)

    @property
    def read(self) -> np.ndarray:
        """(n,) whether the transformer reads a text."""
        return self.dense[:, DIMENSIONS - self.told :].any(axis=1)

    def some(self, rows: np.ndarray) -> Evidence:
        """Those rows alone."""
        return Evidence(self.lexical[rows], self.concepts[rows], self.dense[rows], self.at_home, self.told)

    def gathered(self, labels: np.ndarray, count: int, rows: np.ndarray | None = None) -> Evidence:
        """Unit means of the rows of each label. labels: (m,) 0…count − 1; rows: (m,) the row that each is of."""
        rows = np.arange(len(labels)) if rows is None else rows
        if count == self.lexical.shape[0] and np.array_equal(labels, rows):
            return self
        onto = sp.csr_matrix((np.ones(len(labels), np.float32), (labels, rows)), (count, len(self.dense)))
        dense = onto @ self.dense
        dense /= np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-9)
        return Evidence(
            unit(sp.csr_matrix(onto @ self.lexical)),
            unit(sp.csr_matrix(onto @ self.concepts)),
            dense,
            self.at_home,
            self.told,
        )


def evidence(encoder: Encoder, texts: Sequence[str] | Reading, vectors: np.ndarray | None = None) -> Evidence:
    """What is compared of texts, as an encoder reads them. vectors: (n, 256) its rows, where they are at hand."""
    if isinstance(texts, Reading) or len(texts) > REMEMBERED // 4:
        return of_reading(encoder.features, read(texts), encoder, vectors)
    features = encoder.features
    rows = _remembered(encoder, texts, vectors)
    stems, chars, concepts = stacked([row for row, _ in rows], features.widths)
    dense = np.array([vector for _, vector in rows], np.float32).reshape(len(texts), -1)
    return Evidence(_beside(features, stems, chars), concepts, dense, features.at_home, encoder.told)


def _remembered(
    encoder: Encoder, texts: Sequence[str], vectors: np.ndarray | None
) -> list[tuple[Row, np.ndarray]]:
    """Rows and vectors of texts, from the encoder's memory where it has read them lately: who types asks for the same
    ideas over and over."""
    memory = encoder.lately
    found = {t: known for t in texts if (known := memory.get(t)) is not None}
    missing = [t for t in dict.fromkeys(texts) if t not in found]
    given = {} if vectors is None else dict(zip(texts, vectors, strict=True))
    if len(missing) <= FEW:
        rows = [encoder.features.row(t) for t in missing]
        dense = [given[t] if given else encoder.encode_row(t, r) for t, r in zip(missing, rows, strict=True)]
    else:
        reading = read(missing)
        counts = reading.counts()
        blocks = encoder.features.columns(reading.words).rows(counts)
        dense = [given[t] for t in missing] if given else list(
            encoder.encode_rows(reading, counts, blocks, encoder.word_table(reading.words))
        )  # fmt: skip
        rows = parted(blocks)
    new = dict(zip(missing, zip(rows, dense, strict=True), strict=True))
    memory.update(new)
    for text in list(memory)[: max(0, len(memory) - REMEMBERED)]:
        memory.pop(text, None)
    return [new.get(t) or found[t] for t in texts]


def of_reading(
    features: Features,
    reading: Reading,
    encoder: Encoder | None = None,
    vectors: np.ndarray | None = None,
    *,
    lean: bool = False,
) -> Evidence:
    """The same of many texts, part by part. vectors: (n, 256) rows of the encoder, else it is asked for them.

    lean: of characters only runs of four, which tell nearly what runs of three to five do in a third of the room and
    time; and no concepts where they do not count.
    """
    columns = features.columns(reading.words)
    narrow = columns.of_chars([len(g) == LEAN for g in features.char_index]) if lean else columns
    dense = np.empty((len(reading), DIMENSIONS), np.float32) if vectors is None else vectors
    table = encoder.word_table(reading.words) if encoder and vectors is None else None
    wants_concepts = not lean or features.at_home > 0

    def fill(part: slice) -> tuple[sp.csr_matrix, sp.csr_matrix]:
        some = reading.take(part)
        counts = some.counts()
        stems, chars = narrow.lexical(counts, 0), narrow.lexical(counts, 1)
        concepts = columns.concepts(counts) if wants_concepts or vectors is None else None
        if vectors is None and encoder is not None:
            whole = columns.lexical(counts, 1) if lean else chars
            dense[part] = encoder.encode_rows(some, counts, (stems, whole, concepts), table)
        if not wants_concepts:
            concepts = sp.csr_matrix((len(some), features.widths[2]), dtype=np.float32)
        return _beside(features, stems, chars), concepts

    found = each(fill, reading.parts(CHUNK))
    lexical, concepts = (sp.vstack([f[i] for f in found], format="csr") for i in (0, 1))
    return Evidence(lexical, concepts, dense, features.at_home, encoder.told if encoder else 0)


def _beside(features: Features, stems: sp.csr_matrix, chars: sp.csr_matrix) -> sp.csr_matrix:
    first, second = features.weights[:2] / np.hypot(*features.weights[:2])
    return sp.hstack([stems * np.float32(first), chars * np.float32(second)], format="csr")


def block(left: Evidence, right: Evidence, weights: Weights = SEARCH) -> np.ndarray:
    """(n, m) likeness of every pair: about 0 for strangers, up to the sum of the weights."""
    lexical = (left.lexical @ right.lexical.T).toarray()
    shared = dense = np.float32(0)
    if left.at_home > 0 and weights[0]:
        shared = (left.concepts @ right.concepts.T).toarray()
    if left.at_home < 1 and weights[2]:
        dense = left.dense @ right.dense.T
    alike = _blend(lexical, shared, dense, left.at_home, weights)
    if left.told:
        both = left.read[:, None] & right.read[None]
        alike += _told(left.sentences @ right.sentences.T, both, left.at_home, weights)
    return alike


def of_pairs(rows: Evidence, first: np.ndarray, second: np.ndarray, weights: Weights = SEARCH) -> np.ndarray:
    """(p,) likeness of the pairs (first, second)."""
    out = np.empty(len(first), np.float32)
    said, known = rows.sentences, rows.read

    def fill(part: slice) -> None:
        a, b = first[part], second[part]
        lexical = _dots(rows.lexical, a, b)
        shared = dense = np.float32(0)
        if rows.at_home > 0 and weights[0]:
            shared = _dots(rows.concepts, a, b)
        if rows.at_home < 1 and weights[2]:
            dense = np.einsum("ij,ij->i", rows.dense[a], rows.dense[b])
        out[part] = _blend(lexical, shared, dense, rows.at_home, weights)
        if rows.told:
            cos = np.einsum("ij,ij->i", said[a], said[b])
            out[part] += _told(cos, known[a] & known[b], rows.at_home, weights)

    each(fill, [slice(i, i + PAIRS) for i in range(0, len(first), PAIRS)])
    return out


def _told(cos: np.ndarray, read: np.ndarray, at_home: float, weights: Weights) -> np.ndarray:
    """What a transformer adds or takes off; nothing where it reads only one of the two."""
    home, elsewhere = TOLD_SAME if weights is SAME else TOLD_SEARCH
    return np.float32(at_home * home + (1 - at_home) * elsewhere) * np.where(
        read, cos - np.float32(STRANGERS), 0
    )


def _dots(rows: sp.csr_matrix, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.asarray(rows[first].multiply(rows[second]).sum(axis=1)).ravel()


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
