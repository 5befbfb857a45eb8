"""Texts as sparse rows: stems, characters within words, concepts; TF-IDF, each block of unit length.

Stems and characters are functions of single words, so that a batch is counted once as texts × words and
multiplied by words × stems and words × characters: a tenth of the time of counting every text by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from ml.reading import Reading, read
from ml.rows import Row, Rows, many_per_row, one_per_row, row_of, scaled, stacked, unit, weigh
from ml.text import Words, normal, tokens
from ml.thesaurus import Thesaurus, shared

MAX_STEMS = 20_000
MAX_CHARS = 24_000
FIT_SAMPLE = 30_000
"""How many texts (evenly spaced) the document frequencies are taken from."""

SHARPEN = 1.5
"""Power by which concept weights are raised (chosen on the demo's training groups)."""

KNOWN_FROM, KNOWN_TO = 0.64, 0.80
"""Share of a campaign's words that the wishes know: below the first it is about something else and concepts
hardly count, above the second they count in full (chosen on the demo's training groups against the public sets)."""

FEW = 8
"""Up to so many texts are read one by one, which saves the cost of making matrices."""

_EMPTY = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Word:
    """Number of a word's stem (or −1), numbers of its characters, and its stem where that hints at concepts."""

    stem: int
    grams: np.ndarray
    claim: str


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
        self._memory: dict[str, Word] = {}
        self._hints: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    @property
    def size(self) -> int:
        return sum(len(i) for i in self.idf) + len(self.thesaurus.slugs)

    def fit(self, texts: Sequence[str] | Reading) -> Features:
        """Learns vocabulary and frequencies from texts; the order of the texts does not matter."""
        reading = read(texts)
        reading = reading.take(slice(None, None, max(1, len(reading) // FIT_SAMPLE)))
        counts = reading.counts()
        word_df = np.bincount(counts.indices, minlength=len(reading.words)).tolist()
        found = [self.words.stem(w) for w in reading.words]
        keys = {s: i for i, s in enumerate(dict.fromkeys(s for s in found if s))}
        table = one_per_row([keys.get(s, -1) for s in found], counts.shape[1], len(keys))
        stem_df = np.bincount((counts @ table).indices, minlength=len(keys)).tolist()
        stems = {s: c for s, c in zip(keys, stem_df, strict=True) if c}
        chars: Counter[str] = Counter()
        for word, stem, count in zip(reading.words, found, word_df, strict=True):
            if stem and count:
                for g in set(_grams(word)):
                    chars[g] += count
        n = max(len(reading), 1)
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
        self._hints.clear()
        return self

    def _word(self, word: str) -> Word:
        known = self._memory.get(word)
        if known is None:
            stem = self.words.stem(word)
            grams = [i for g in _grams(word) if (i := self.char_index.get(g)) is not None] if stem else []
            known = Word(
                self.stem_index.get(stem, -1), np.array(grams, np.int32) if grams else _EMPTY,
                stem if stem in self.thesaurus.claims else "",
            )  # fmt: skip
            if len(self._memory) > 400_000:
                self._memory.clear()
            self._memory[word] = known
        return known

    def rows(self, texts: Sequence[str] | Reading) -> Rows:
        """The three blocks, each (n, ·) float32 with unit rows (a row with nothing known is empty)."""
        if not isinstance(texts, Reading) and len(texts) <= FEW:
            return stacked([self.row(t) for t in texts], self.widths)
        reading = read(texts)
        return self.columns(reading.words).rows(reading.counts())

    @property
    def widths(self) -> tuple[int, int, int]:
        """Numbers of stems, characters, concepts."""
        return len(self.stem_index), len(self.char_index), len(self.thesaurus.slugs)

    def columns(self, words: Sequence[str]) -> Columns:
        """What each word of a vocabulary adds to the three blocks."""
        known = [self._word(w) for w in words]
        stems, chars, concepts = self.widths
        size = max(len(words), 1)
        claimed = {k.claim: i for i, k in enumerate({k.claim: k for k in known if k.claim}.values())}
        hints = [self._hint(claim) for claim in claimed]
        return Columns(
            one_per_row([k.stem for k in known], size, stems),
            many_per_row([k.grams for k in known], size, chars),
            one_per_row([claimed.get(k.claim, -1) for k in known], size, len(claimed)),
            many_per_row([h[0] for h in hints], len(claimed), concepts, [h[1] for h in hints]),
            self.idf, self.thesaurus.weights,
        )  # fmt: skip

    def _hint(self, stem: str) -> tuple[np.ndarray, np.ndarray]:
        """Concepts (c,) int32 that a stem hints at, and how strongly: the rarer the stem and the fewer they are."""
        known = self._hints.get(stem)
        if known is None:
            at = self.stem_index.get(stem, -1)
            rarity = self.idf[0][at] if at >= 0 else self.idf[0].max(initial=1.0)
            hints = self.thesaurus.hints([stem])
            known = self._hints[stem] = hints.indices, hints.data * np.float32(rarity)
        return known

    def row(self, text: str) -> Row:
        """One text's three blocks: ((columns), (values)) each, the same numbers as `rows` gives. For a few texts this
        is many times faster than matrices."""
        known = [(self._word(w), c) for w, c in Counter(tokens(normal(text))).items()]
        stems = [k.stem for k, c in known for _ in range(c) if k.stem >= 0]
        chars = [k.grams for k, c in known for _ in range(c) if len(k.grams)]
        hints = [self._hint(claim) for claim in dict.fromkeys(k.claim for k, _ in known if k.claim)]
        blocks = [
            row_of(np.array(stems, np.int32), self.idf[0]),
            row_of(np.concatenate(chars) if chars else _EMPTY, self.idf[1]),
        ]
        if not hints:
            return (*blocks, (_EMPTY, np.zeros(0, np.float32)))
        sums = np.bincount(np.concatenate([h[0] for h in hints]), np.concatenate([h[1] for h in hints]))
        at = np.flatnonzero(sums)
        values = scaled(sums[at].astype(np.float32) ** SHARPEN * np.sqrt(self.thesaurus.weights[at]))
        return (*blocks, (at.astype(np.int32), values))

    def transform(self, texts: Sequence[str] | Reading) -> sp.csr_matrix:
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


@dataclass(frozen=True, slots=True)
class Columns:
    """Words × stems, words × characters, words × claimed stems, claimed stems × concepts; and their weights."""

    stems: sp.csr_matrix
    chars: sp.csr_matrix
    claims: sp.csr_matrix
    hints: sp.csr_matrix
    idf: list[np.ndarray]
    concept_weights: np.ndarray

    def rows(self, counts: sp.csr_matrix) -> Rows:
        """The three blocks of texts from their counts of words."""
        return self.lexical(counts, 0), self.lexical(counts, 1), self.concepts(counts)

    def lexical(self, counts: sp.csr_matrix, which: int) -> sp.csr_matrix:
        """Stems (0) or characters (1): logarithm of the count times rarity, unit rows."""
        return weigh(counts @ (self.stems, self.chars)[which], self.idf[which])

    def of_chars(self, keep: Sequence[bool]) -> Columns:
        """The same with some of the characters alone; their numbers stay."""
        chars = self.chars.copy()
        chars.data = chars.data * np.asarray(keep, np.float32)[chars.indices]
        chars.eliminate_zeros()
        return replace(self, chars=chars)

    def concepts(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """Each stem once, by its rarity, for what it hints at; sharpened, so that agreeing hints win."""
        once = counts @ self.claims
        once.data[:] = 1
        rows = sp.csr_matrix(once @ self.hints)
        rows.data **= SHARPEN
        rows.data *= np.sqrt(self.concept_weights[rows.indices])
        return unit(rows)


def _grams(word: str) -> list[str]:
    padded = f" {word[:40]} "
    return [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]


def _top(counts: Counter[str], most: int, least: int) -> dict[str, int]:
    ranked = sorted((k for k, c in counts.items() if c >= least), key=lambda k: (-counts[k], k))[:most]
    return {k: i for i, k in enumerate(sorted(ranked))}


def _idf(df: Iterable[float], n: int) -> np.ndarray:
    counts = np.asarray(list(df), np.float64)
    return (np.log((1 + n) / (1 + counts)) + 1).astype(np.float32)
