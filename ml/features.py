"""Texts as sparse rows: stems, characters within words, concepts; TF-IDF, each block of unit length.

Stems and characters are functions of single words, so that a batch is counted once as texts × words and
multiplied by words × stems and words × characters: a tenth of the time of counting every text by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import scipy.sparse as sp

from ml.text import Words, normal, tokens
from ml.thesaurus import Thesaurus, shared

MAX_STEMS = 20_000
MAX_CHARS = 24_000
FIT_SAMPLE = 30_000
"""How many texts (evenly spaced) the document frequencies are taken from."""

SHARPEN = 1.5
"""Power by which concept weights are raised (chosen on the demo's training groups)."""

KNOWN_FROM, KNOWN_TO = 0.54, 0.74
"""Share of a campaign's words that the wishes know: below the first it is about something else and concepts
hardly count, above the second they count in full (chosen on the demo's training groups against the public sets)."""

_EMPTY = np.zeros(0, dtype=np.int32)


class Features:
    """Vocabulary and document frequencies of a campaign.

    `weights` are the lengths of the blocks stems, characters, concepts in the row; `at_home` (0..1) says how far
    the texts speak of what the wishes know.
    """

    def __init__(
        self,
        lang: str = "ru",
        concepts: Mapping[str, Mapping] | None = None,
        weights: tuple[float, float, float] = (1.0, 1.0, 0.6),
    ) -> None:
        self.lang = lang
        self.concepts = dict(concepts or {})
        self.weights = weights
        self.thesaurus = Thesaurus(Words(lang), concepts) if concepts else shared(lang)
        self.words = self.thesaurus.words
        self.stem_index: dict[str, int] = {}
        self.char_index: dict[str, int] = {}
        self.idf = [np.zeros(0, np.float32)] * 2
        self.at_home = 1.0
        self._memory: dict[str, tuple[int, np.ndarray]] = {}

    @property
    def size(self) -> int:
        return sum(len(i) for i in self.idf) + len(self.thesaurus.slugs)

    def fit(self, texts: Sequence[str]) -> Features:
        """Learns vocabulary and frequencies from texts; the order of the texts does not matter."""
        step = max(1, len(texts) // FIT_SAMPLE)
        stems: Counter[str] = Counter()
        chars: Counter[str] = Counter()
        word_df: Counter[str] = Counter()
        sample = texts[::step]
        for text in sample:
            toks = tokens(normal(text))
            stems.update({s for t in toks if (s := self.words.stem(t))})
            word_df.update(set(toks))
        for word, count in word_df.items():
            if self.words.stem(word):
                for g in set(_grams(word)):
                    chars[g] += count
        n = max(len(sample), 1)
        self.stem_index = _top(stems, MAX_STEMS, 1 if n < 50_000 else 2)
        self.char_index = _top(chars, MAX_CHARS, 2)
        self.idf = [
            _idf([stems[s] for s in self.stem_index], n),
            _idf([chars[g] for g in self.char_index], n),
        ]
        rarity = dict(zip(self.stem_index, self.idf[0].tolist(), strict=True))
        total = sum(stems[s] * r for s, r in rarity.items())
        known = sum(stems[s] * r for s, r in rarity.items() if self.thesaurus.hints_at_wish(s))
        share = known / total if total else 1.0
        self.at_home = float(np.clip((share - KNOWN_FROM) / (KNOWN_TO - KNOWN_FROM), 0, 1))
        self._memory.clear()
        return self

    def _word(self, word: str) -> tuple[int, np.ndarray]:
        known = self._memory.get(word)
        if known is None:
            stem = self.words.stem(word)
            grams = [i for g in _grams(word) if (i := self.char_index.get(g)) is not None] if stem else []
            known = (self.stem_index.get(stem, -1), np.array(grams, np.int32) if grams else _EMPTY)
            if len(self._memory) > 400_000:
                self._memory.clear()
            self._memory[word] = known
        return known

    def rows(self, texts: Sequence[str]) -> tuple[sp.csr_matrix, sp.csr_matrix, sp.csr_matrix]:
        """The three blocks, each (n, ·) float32 with unit rows (a row with nothing known is empty)."""
        toks = [tokens(normal(t)) for t in texts]
        vocabulary: dict[str, int] = {}
        indptr, indices = [0], []
        for row in toks:
            indices.extend(vocabulary.setdefault(t, len(vocabulary)) for t in row)
            indptr.append(len(indices))
        count = sp.csr_matrix(
            (np.ones(len(indices), np.float32), np.array(indices, np.int32), np.array(indptr)),
            shape=(len(texts), max(len(vocabulary), 1)),
        )
        count.sum_duplicates()
        known = [self._word(w) for w in vocabulary]
        stems = count @ _one_per_row([k[0] for k in known], count.shape[1], len(self.stem_index))
        chars = count @ _many_per_row([k[1] for k in known], count.shape[1], len(self.char_index))
        return _weigh(stems, self.idf[0]), _weigh(chars, self.idf[1]), self._concepts(count, list(vocabulary))

    def _concepts(self, count: sp.csr_matrix, vocabulary: list[str]) -> sp.csr_matrix:
        """Each stem once, by its rarity, for what it hints at; sharpened, so that agreeing hints win."""
        stems = [self.words.stem(w) for w in vocabulary]
        index = {s: i for i, s in enumerate(dict.fromkeys(s for s in stems if s in self.thesaurus.claims))}
        once = count @ _one_per_row([index.get(s, -1) for s in stems], count.shape[1], len(index))
        unseen = float(self.idf[0].max(initial=1.0))
        at = [self.stem_index.get(s, -1) for s in index]
        once.data[:] = 1
        rarity = np.array([self.idf[0][i] if i >= 0 else unseen for i in at] or [0.0], np.float32)
        rows = sp.csr_matrix(once @ sp.diags_array(rarity[: len(index)]) @ self.thesaurus.hints(list(index)))
        rows.data **= SHARPEN
        rows.data *= np.sqrt(self.thesaurus.weights[rows.indices])
        return unit(rows)

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """(n, size) float32: the weighted blocks side by side."""
        blocks = self.rows(texts)
        return sp.hstack(
            [b * w for b, w in zip(blocks, self.weights, strict=True)], format="csr", dtype=np.float32
        )

    def state(self) -> dict:
        """All that `restore` needs, as JSON-able values (document frequencies are in `idf`)."""
        return {
            "lang": self.lang, "concepts": self.concepts, "weights": list(self.weights), "at_home": self.at_home,
            "stems": list(self.stem_index), "chars": list(self.char_index),
        }  # fmt: skip

    @classmethod
    def restore(cls, state: Mapping, idf: Sequence[np.ndarray]) -> Features:
        made = cls(state["lang"], state["concepts"], tuple(state["weights"]))
        made.stem_index = {s: i for i, s in enumerate(state["stems"])}
        made.char_index = {g: i for i, g in enumerate(state["chars"])}
        made.at_home = state["at_home"]
        made.idf = [np.asarray(i, np.float32) for i in idf]
        return made


def _grams(word: str) -> list[str]:
    padded = f" {word[:40]} "
    return [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]


def _top(counts: Counter[str], most: int, least: int) -> dict[str, int]:
    ranked = sorted((k for k, c in counts.items() if c >= least), key=lambda k: (-counts[k], k))[:most]
    return {k: i for i, k in enumerate(sorted(ranked))}


def _idf(df: Iterable[float], n: int) -> np.ndarray:
    counts = np.asarray(list(df), np.float64)
    return (np.log((1 + n) / (1 + counts)) + 1).astype(np.float32)


def _one_per_row(columns: list[int], rows: int, width: int) -> sp.csr_matrix:
    cols = np.array(columns or [-1], np.int64)
    keep = cols >= 0
    return sp.csr_matrix(
        (np.ones(keep.sum(), np.float32), (np.nonzero(keep)[0], cols[keep])), shape=(rows, width)
    )


def _many_per_row(columns: list[np.ndarray], rows: int, width: int) -> sp.csr_matrix:
    if not columns:
        return sp.csr_matrix((rows, width), dtype=np.float32)
    lengths = np.array([len(c) for c in columns])
    flat = np.concatenate(columns)
    return sp.csr_matrix(
        (np.ones(len(flat), np.float32), flat, np.concatenate([[0], np.cumsum(lengths)])), (rows, width)
    )


def _weigh(block: sp.csr_matrix, idf: np.ndarray, logarithmic: bool = True) -> sp.csr_matrix:
    block = sp.csr_matrix(block)
    block.sum_duplicates()
    data = 1 + np.log(block.data) if logarithmic else block.data.copy()
    weighed = sp.csr_matrix(
        (data * idf[block.indices], block.indices, block.indptr), block.shape, dtype=np.float32
    )
    return unit(weighed)


def unit(rows: sp.csr_matrix) -> sp.csr_matrix:
    """Sparse rows scaled to length one; empty rows stay empty."""
    squares = np.add.reduceat(np.append(rows.data**2, 0), rows.indptr[:-1]) * (np.diff(rows.indptr) > 0)
    scale = 1 / np.sqrt(np.maximum(squares, 1e-12))
    return sp.csr_matrix(
        (rows.data * np.repeat(scale, np.diff(rows.indptr)), rows.indices, rows.indptr), rows.shape
    )
