"""Tagging from descriptions alone: how much of a text falls under the words and concepts of each principle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from ml.text import cyrillic, normal, tokens
from ml.thesaurus import shared

WORD, CONCEPT, DESCRIPTION, WISH = 1.0, 0.35, 0.3, 3.4
SLOPE, OFFSET = 1.51, -4.13
"""Turn a score into a probability (fitted, as the weights above, on the demo's training groups)."""
THRESHOLD = 0.26
TELLING, AGREEING = 2, 4
"""Powers of what a word hints at and of the sums of hints: words that few wishes claim, and wishes that many words of a
text agree on, count (chosen on the demo's training groups)."""


class Prototypes:
    """What each of p principles (name, description, keywords) looks like. A keyword "@wish-queue-" stands for the
    wishes of the thesaurus whose slug begins so; where several begin a slug, the longest alone decides, and principles
    that have the same one share the wish."""

    def __init__(self, principles: Sequence[tuple[str, str, Sequence[str]]], lang: str) -> None:
        self.thesaurus = shared(lang)
        self.words = self.thesaurus.words
        self.count = len(principles)
        self.single: dict[str, dict[int, float]] = {}
        self.phrases: list[tuple[frozenset[str], int]] = []
        self.concepts: dict[int, dict[int, float]] = {}
        self.wishes = np.zeros((len(self.thesaurus.slugs), self.count))
        for column, (name, description, keywords) in enumerate(principles):
            keywords = [k for k in keywords if not k.startswith("@")]
            for phrase in (*keywords, name):
                self._add(phrase, column, WORD)
            for word in tokens(normal(description)):
                self._word(self.words.stem(word), column, DESCRIPTION)
            for c, w in self.thesaurus.find(tokens(normal(" ".join([name, *keywords])))).items():
                self.concepts.setdefault(c, {})[column] = w
        self._claim([[k[1:] for k in keywords if k.startswith("@")] for _, _, keywords in principles])
        # What every principle claims tells nothing.
        for table in (self.single, self.concepts):
            for claims in table.values():
                for column in claims:
                    claims[column] /= len(claims) ** 0.7

    def _claim(self, marks: Sequence[Sequence[str]]) -> None:
        for row, slug in zip(self.wishes, self.thesaurus.slugs, strict=True):
            fits = [max((len(m) for m in own if slug.startswith(m)), default=0) for own in marks]
            longest = max(fits, default=0)
            if longest:
                row[:] = [length == longest for length in fits]
                row /= row.sum()

    def _add(self, phrase: str, column: int, weight: float) -> None:
        stems = [s for w in tokens(normal(phrase)) if (s := self.words.stem(w))]
        if len(stems) == 1:
            self._word(stems[0], column, weight)
        elif stems:
            self.phrases.append((frozenset(stems), column))
            for s in stems:
                self._word(s, column, DESCRIPTION)

    def _word(self, stem: str, column: int, weight: float) -> None:
        if stem:
            into = self.single.setdefault(stem, {})
            into[column] = max(into.get(column, 0.0), weight)

    def _matches(self, text: str) -> list[tuple[str, int, float]]:
        """(word of the text, principle, weight)."""
        toks = tokens(normal(text))
        stems = [self.words.stem(t) for t in toks]
        present = set(stems)
        out = []
        for stem, word in dict(zip(stems, toks, strict=True)).items():
            out.extend((word, column, w) for column, w in self.single.get(stem, {}).items())
        for phrase, column in self.phrases:
            if phrase <= present:
                out.append((next(t for t, s in zip(toks, stems, strict=True) if s in phrase), column, WORD))
        for c, w in self.thesaurus.find(toks).items():
            claims = self.concepts.get(c)
            if claims:
                word = self.thesaurus.title(c, cyrillic(text))
                out.extend((word, column, CONCEPT * w * claim) for column, claim in claims.items())
        return out

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """(n, p) 0 to about 8: words, dampened so that long texts do not fall under everything, and the share of a text
        that falls under each principle."""
        out = np.zeros((len(texts), self.count))
        for i, text in enumerate(texts):
            for _, column, weight in self._matches(text):
                out[i, column] += weight
        share = (
            self._by_wishes(texts)
            if self.wishes.any()
            else out / np.maximum(out.sum(axis=1, keepdims=True), 1)
        )
        return np.log1p(out) + WISH * share

    def _by_wishes(self, texts: Sequence[str]) -> np.ndarray:
        """(n, p) 0..1: the share of what a text hints at that falls under each principle."""
        stems = [{s for t in tokens(normal(text)) if (s := self.words.stem(t))} for text in texts]
        index = {s: i for i, s in enumerate(sorted(set().union(*stems)))}
        hints = self.thesaurus.hints(list(index))
        rows = [[index[s] for s in sorted(row)] for row in stems]
        flat = np.array([c for row in rows for c in row], np.int64)
        ends = np.cumsum([0, *(len(r) for r in rows)])
        present = sp.csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(texts), max(len(index), 1)))
        hints.data **= TELLING
        found = np.asarray((present[:, : len(index)] @ hints).todense()) ** AGREEING
        found = found * self.thesaurus.wish
        return (found @ self.wishes) / np.maximum(found.sum(axis=1, keepdims=True), 1e-9)

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(n, p) 0..1."""
        return 1 / (1 + np.exp(-(SLOPE * self.scores(texts) + OFFSET)))

    def thresholds(self) -> np.ndarray:
        return np.full(self.count, THRESHOLD)

    def reasons(self, text: str, column: int) -> list[tuple[str, float]]:
        """Words of the text (or concept titles) that speak for a principle."""
        found: dict[str, float] = {}
        for word, c, weight in self._matches(text):
            if c == column:
                found[word] = found.get(word, 0.0) + weight
        return list(found.items())
