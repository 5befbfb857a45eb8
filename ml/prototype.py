"""Tagging from descriptions alone: how much of a text falls under the words and concepts of each principle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.text import cyrillic, normal, tokens
from ml.thesaurus import shared

WORD, CONCEPT, DESCRIPTION = 1.0, 0.35, 0.3
SLOPE, OFFSET = 1.3, -2.2
"""Turn a score into a probability."""
THRESHOLD = 0.35


class Prototypes:
    """What each of p principles (name, description, keywords) looks like."""

    def __init__(self, principles: Sequence[tuple[str, str, Sequence[str]]], lang: str) -> None:
        self.thesaurus = shared(lang)
        self.words = self.thesaurus.words
        self.count = len(principles)
        self.single: dict[str, dict[int, float]] = {}
        self.phrases: list[tuple[frozenset[str], int]] = []
        self.concepts: dict[int, dict[int, float]] = {}
        for column, (name, description, keywords) in enumerate(principles):
            for phrase in (*keywords, name):
                self._add(phrase, column, WORD)
            for word in tokens(normal(description)):
                self._word(self.words.stem(word), column, DESCRIPTION)
            for c, w in self.thesaurus.find(tokens(normal(" ".join([name, *keywords])))).items():
                self.concepts.setdefault(c, {})[column] = w
        # What every principle claims tells nothing.
        for table in (self.single, self.concepts):
            for claims in table.values():
                for column in claims:
                    claims[column] /= len(claims) ** 0.7

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
        """(n, p) 0 and up, dampened so that long texts do not fall under everything."""
        out = np.zeros((len(texts), self.count))
        for i, text in enumerate(texts):
            for _, column, weight in self._matches(text):
                out[i, column] += weight
        return np.log1p(out)

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(n, p) 0..1."""
        scores = self.scores(texts)
        own = scores - 0.5 * scores.mean(axis=1, keepdims=True)
        return 1 / (1 + np.exp(-(SLOPE * 2 * own + OFFSET)))

    def thresholds(self) -> np.ndarray:
        return np.full(self.count, THRESHOLD)

    def reasons(self, text: str, column: int) -> list[tuple[str, float]]:
        """Words of the text (or concept titles) that speak for a principle."""
        found: dict[str, float] = {}
        for word, c, weight in self._matches(text):
            if c == column:
                found[word] = found.get(word, 0.0) + weight
        return list(found.items())
