"""The sentences that state a group's proposal best, taken word for word from its texts.

Extractive summarising by the centroid (Radev, Jing, Styś, Tam: "Centroid-based summarization of multiple documents",
Information Processing & Management 40, 2004): the centre of the group is how many of its texts mention each stem, and
a sentence is the better, the nearer it is to that centre. Where any sentence asks for something, those that only tell a
story are left out, and so is one that says what a better one has said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from ml.text import Words, first_reading, normal, tokens

MOST_TEXTS = 200
"""Further texts change the centre of a group no more."""
SHORTEST, LONGEST = 20, 300
"""Characters of a sentence: a shorter one says nothing, a longer one is no statement."""
REPEATS = 0.6
"""From this share of common stems on, two sentences say the same."""

_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
_ASKS_RU = re.compile(
    r"\b(?:предлага\w+|прошу|просим|просьба|нужн\w+|надо|необходимо|следует|стоит|пусть|хо(?:чу|тим|телось|чется)|"
    r"давайте|должн\w+|можно(?: было)? бы|было бы|чтобы|требу\w+|пора)\b",
    re.I,
)
_ASKS_EN = re.compile(
    r"\b(?:should|must|please|let(?:'s|’s)?|need(?:s|ed)?|want|propose|suggest|would like|could you|ought|why not)\b",
    re.I,
)


@dataclass(frozen=True)
class Sentence:
    """A sentence as it stands in text number `text` (0..n-1); `score` 0..1: cosine to the centre."""

    text: int
    words: str
    score: float
    asks: bool


def essence(texts: Sequence[str], lang: str = "ru", most: int = 3) -> list[Sentence]:
    """At most `most` sentences of a group's texts (raw, any number), the best first; [] where nothing can be quoted."""
    stemmed = Words(lang)
    read = list(texts[:MOST_TEXTS])
    centre: Counter[str] = Counter()
    for text in read:
        centre.update(set(stemmed.stems(text)))
    length = sqrt(sum(n * n for n in centre.values()))
    found: dict[str, tuple[Sentence, frozenset[str]]] = {}
    for number, text in enumerate(read):
        for words in sentences(text):
            stems = frozenset(stemmed.stems(words))
            if not stems or normal(words) in found:
                continue
            asking = asks(words)
            near = sum(centre[s] for s in stems) / (length * sqrt(len(stems)))
            found[normal(words)] = (Sentence(number, words, near, asking), stems)
    asking = {key: item for key, item in found.items() if item[0].asks}
    # Equals go by their words, so that the order of the texts changes nothing.
    ranked = sorted((asking or found).items(), key=lambda item: (-item[1][0].score, item[0]))
    chosen: list[tuple[Sentence, frozenset[str]]] = []
    for _, (sentence, stems) in ranked:
        if len(chosen) == most:
            break
        if all(len(stems & other) < REPEATS * min(len(stems), len(other)) for _, other in chosen):
            chosen.append((sentence, stems))
    return [sentence for sentence, _ in chosen]


def sentences(text: str) -> list[str]:
    """Sentences of a raw text that can be quoted, in order, with single spaces."""
    parts = (" ".join(part.split()) for part in _SENTENCES.split(text))
    return [part for part in parts if SHORTEST <= len(part) <= LONGEST]


def asks(sentence: str) -> bool:
    """Whether a sentence asks for something: by a word of asking, or beginning with an imperative or infinitive."""
    if _ASKS_RU.search(sentence) or _ASKS_EN.search(sentence):
        return True
    for word in tokens(normal(sentence))[:2]:
        tag = first_reading(word)[1]
        if tag is not None and ("impr" in tag or "INFN" in tag):
            return True
    return False
