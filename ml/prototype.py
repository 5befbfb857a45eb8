"""Tagging from descriptions alone: how much of a text falls under the words and concepts of each principle."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import scipy.sparse as sp

from ml.signs import LONG, MARK, TELLING, Signs
from ml.text import cyrillic, head, normal, tokens
from ml.thesaurus import shared

Described = tuple[str, str, Sequence[str]]
"""Name, description, keywords."""
WORD, CONCEPT, DESCRIPTION, WISH = 1.0, 0.35, 0.3, 3.4
SLOPE, OFFSET, THRESHOLD = 1.51, -4.13, 0.26
"""Turn a score into a probability where no principle claims a wish (fitted, as the weights above, on the demo's
training groups), and from where it is a tag."""
FAINT, BY_WISH, BY_WORD, AT_HOME, AT_HOME_FROM = 0.05, 1.8, 0.8, -0.2, 0.32
"""The same where wishes decide: a share of less tells nothing, weights of its log odds and of the words, offset,
threshold (fitted on the training groups and the ideas beside them, with and without the wishes that they tell)."""
AGREEING = 4
"""Powers of the sums of hints, and (TELLING) of what a word hints at: words that few wishes claim, and wishes that many
words of a text agree on, count."""
HEAD = 0.5
"""What a word of the title counts more."""
HINTED, LENGTH, ASKED, SMALL_TALK, IDLE = 3.9, 3.1, 1.4, -7.1, 5.0
"""Log odds that a text proposes anything: by the logarithms of its strongest hint, of its words and of how often it
asks, less what part of it are signs of small talk (fitted on the demo's training groups and the ideas beside them, of
which 54 propose nothing)."""
_ASKS = re.compile(
    r"\b(?:пусть|надо|нужн\w*|хоч\w+|хотелось|прошу|предлага\w+|пожалуйста|можно|верните|почему|зачем"
    r"|should|could|would|please|let|need|wish|want|make|add|why)\b|\w{3,}(?:йте|ите|ьте)\b"
)


@cache
def built_in() -> dict[str, tuple[str, ...]]:
    """Wishes ("@wish-queue-") and signs ("@sign-time") that the principles of the built-in standard claim, by slug."""
    rows = json.loads((files("ml") / "data" / "principles.json").read_text(encoding="utf-8"))
    return {p["slug"]: tuple(k for k in p["keywords"] if k.startswith("@")) for p in rows}


def of_the_standard(slugs: Iterable[str]) -> bool:
    """Whether a campaign's principles are mostly those of the built-in standard, whose wishes are known."""
    known = built_in()
    return 2 * sum(s in known for s in slugs) > len(known)


def marked(slugs: Sequence[str], described: Sequence[Described]) -> list[Described]:
    """Descriptions of principles with the wishes that the built-in standard gives to those slugs, where a campaign says
    nothing about wishes and has most of that standard's principles."""
    known = built_in()
    told = any(k.startswith("@") for _, _, keywords in described for k in keywords)
    if told or not of_the_standard(slugs):
        return list(described)
    return [(n, d, (*k, *known.get(s, ()))) for s, (n, d, k) in zip(slugs, described, strict=True)]


class Prototypes:
    """What each of p principles (name, description, keywords) looks like. A keyword "@wish-queue-" stands for the
    wishes of the thesaurus whose slug begins so; where several begin a slug, the longest alone decides, and principles
    that have the same one share the wish. "@sign-time" stands for the signs of time (see `ml.signs`), laid beside."""

    def __init__(self, principles: Sequence[Described], lang: str) -> None:
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
        marks = [[k for k in keywords if k.startswith("@")] for _, _, keywords in principles]
        self._claim([[k[1:] for k in own] for own in marks])
        self.signs = Signs(
            self.thesaurus, [[k.removeprefix(MARK) for k in own if k.startswith(MARK)] for own in marks]
        )
        self.sizes = np.maximum(np.bincount(
            [c for claimed in self.thesaurus.claims.values() for c in claimed], minlength=len(self.wishes)
        ), 1).astype(float)  # fmt: skip
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

    @property
    def claimed(self) -> bool:
        """Whether the principles claim wishes, so that these decide."""
        return bool(self.wishes.any())

    def words_of(self, texts: Sequence[str]) -> np.ndarray:
        """(n, p) 0 to about 5: words and concepts, dampened so that long texts do not fall under everything."""
        return np.log1p(self._sums(texts))

    def _sums(self, texts: Sequence[str]) -> np.ndarray:
        out = np.zeros((len(texts), self.count))
        for i, text in enumerate(texts):
            for _, column, weight in self._matches(text):
                out[i, column] += weight
        return out

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """(n, p) 0 to about 8: words, and the share of a text that falls under each principle."""
        sums = self._sums(texts)
        share = (
            self.shares(texts)[:, :-1]
            if self.claimed
            else sums / np.maximum(sums.sum(axis=1, keepdims=True), 1)
        )
        return np.log1p(sums) + WISH * share

    def _hinted(self, texts: Sequence[str]) -> np.ndarray:
        """(n, concepts + signs) from 0: how much the words of a text together hint at each wish and sign; 0 for other
        concepts."""
        known = [{s for t in tokens(normal(text)) if (s := self.words.stem(t))} for text in texts]
        first = [{s for t in tokens(normal(head(text))) if (s := self.words.stem(t))} for text in texts]
        index = {s: i for i, s in enumerate(sorted(set().union(*known)))}
        hints = self.thesaurus.hints(list(index))
        hints.data **= TELLING
        rows = [
            [(index[s], 1 + HEAD * (s in top)) for s in sorted(row)]
            for row, top in zip(known, first, strict=True)
        ]
        ends = np.cumsum([0, *(len(r) for r in rows)])
        flat = np.array([cell for row in rows for cell in row] or [(0, 0)], float)
        present = sp.csr_matrix(
            (flat[: ends[-1], 1], flat[: ends[-1], 0].astype(np.int64), ends),
            (len(texts), max(len(index), 1)),
        )[:, : len(index)]
        found = np.asarray((present @ hints).todense()) / self.sizes**LONG
        return np.hstack([found * self.thesaurus.wish, self.signs.hinted(texts, list(index), present)])

    def shares(self, texts: Sequence[str]) -> np.ndarray:
        """(n, p + 1) 0..1: the share of what a text hints at that falls under each principle; last, how likely it
        proposes anything to an office, and is no greeting, test or talk of the weather."""
        hinted = self._hinted(texts)
        found = hinted**AGREEING
        total = np.maximum(found.sum(axis=1, keepdims=True), 1e-12)
        share = (found @ np.vstack([self.wishes, self.signs.principles])) / total
        idle = np.concatenate([np.zeros(len(self.wishes), bool), self.signs.small_talk])
        talk = found[:, idle].sum(axis=1) / total[:, 0]
        return np.column_stack([share, self._proposing(texts, hinted[:, ~idle].max(axis=1, initial=0), talk)])

    def probabilities(self, texts: Sequence[str], shares: np.ndarray | None = None) -> np.ndarray:
        """(n, p) 0..1. shares: (n, p + 1) as of `shares`, in place of what the texts alone say."""
        if not self.claimed:
            return 1 / (1 + np.exp(-(SLOPE * self.scores(texts) + OFFSET)))
        shares = self.shares(texts) if shares is None else shares
        share = shares[:, :-1]
        odds = np.log(share + FAINT) - np.log(1 - share + FAINT)
        return shares[:, -1:] / (1 + np.exp(-(BY_WISH * odds + BY_WORD * self.words_of(texts) + AT_HOME)))

    def _proposing(self, texts: Sequence[str], strongest: np.ndarray, talk: np.ndarray) -> np.ndarray:
        words = [len({s for t in tokens(normal(text)) if (s := self.words.stem(t))}) for text in texts]
        asks = [len(_ASKS.findall(normal(text))) for text in texts]
        odds = HINTED * np.log(strongest + 0.1) + LENGTH * np.log1p(words) - IDLE * talk
        return 1 / (1 + np.exp(-(odds + ASKED * np.log1p(asks) + SMALL_TALK)))

    def thresholds(self) -> np.ndarray:
        return np.full(self.count, AT_HOME_FROM if self.claimed else THRESHOLD)

    def reasons(self, text: str, column: int) -> list[tuple[str, float]]:
        """Words of the text (or concept titles) that speak for a principle."""
        found: dict[str, float] = {}
        for word, c, weight in self._matches(text):
            if c == column:
                found[word] = found.get(word, 0.0) + weight
        return list(found.items())
