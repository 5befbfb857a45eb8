"""Readable names for groups: the words that mark them, in dictionary form, and the idea that says it best."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.text import Words, lemma, normal, tokens

MOST_MEMBERS = 100
"""Names of larger groups are read off this many members nearest to the middle."""


@dataclass(frozen=True)
class Name:
    """keywords: up to five readable words or word pairs, the most telling first; typical: index of the best member."""

    keywords: tuple[str, ...]
    typical: int


def names(
    texts: Sequence[str], labels: np.ndarray, vectors: np.ndarray, words: Words, most: int = 5
) -> dict[int, Name]:
    """Names of all groups of n texts: labels (n,), −1 = none; vectors (n, d) unit rows.

    A stem, or a pair of neighbouring stems, counts by its part of the Kullback-Leibler divergence: how often it
    stands in the group's texts, times the logarithm of how much more often than in all texts.
    """
    members: dict[int, np.ndarray] = {}
    order = np.argsort(labels, kind="stable")
    ids, starts = np.unique(labels[order], return_index=True)
    for label, part in zip(ids.tolist(), np.split(order, starts[1:]), strict=True):
        if label >= 0:
            members[label] = part
    typical = {}
    read: dict[int, np.ndarray] = {}
    for label, part in members.items():
        middle = vectors[part].mean(axis=0)
        fit = np.round(vectors[part] @ middle, 6)
        typical[label] = int(part[min(range(len(part)), key=lambda i: (-fit[i], normal(texts[part[i]])))])
        read[label] = part[np.argsort(-fit, kind="stable")[:MOST_MEMBERS]]
    keywords = _keywords(texts, read, words, most)
    return {label: Name(keywords[label], typical[label]) for label in members}


def _keywords(texts, read: dict[int, np.ndarray], words: Words, most: int) -> dict[int, tuple[str, ...]]:
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    inside: dict[int, Counter[str]] = {}
    spread: Counter[str] = Counter()
    for label, part in read.items():
        count: Counter[str] = Counter()
        for i in part:
            count.update(_terms(texts[i], words, forms))
        inside[label] = count
        spread.update(count)
    total = max(sum(len(part) for part in read.values()), 1)
    out = {}
    for label, count in inside.items():
        n = len(read[label])
        weight = {
            t: (c / n) * np.log((c / n) * total / spread[t]) * (1.3 if " " in t else 1.0)
            for t, c in count.items()
            if c > 1 or n < 3
        }
        out[label] = _choose(weight, forms, most)
    return out


def _choose(weight: dict[str, float], forms: dict[str, Counter[str]], most: int) -> tuple[str, ...]:
    chosen: list[str] = []
    used: set[str] = set()
    for term in sorted(weight, key=lambda t: (-weight[t], t)):
        parts = term.split()
        if used.issuperset(parts) or (len(parts) > 1 and not used.isdisjoint(parts)):
            continue
        best = max(forms[term].items(), key=lambda f: (f[1], f[0]))[0]
        chosen.append(best)
        used.update(parts)
        if len(chosen) == most:
            break
    return tuple(chosen)


def _terms(text: str, words: Words, forms: dict[str, Counter[str]]) -> set[str]:
    found: set[str] = set()
    last = ""
    last_word = ""
    for word in tokens(normal(text)):
        stem = words.stem(word)
        if not stem or word.isdigit():
            last = ""
            continue
        found.add(stem)
        forms[stem][lemma(word)] += 1
        if last and last != stem:
            pair = f"{last} {stem}"
            found.add(pair)
            forms[pair][f"{last_word} {word}"] += 1
        last, last_word = stem, word
    return found
