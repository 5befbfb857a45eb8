"""Readable names for groups: the words that mark them, in dictionary form, and the idea that says it best."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ml.linkage import gather
from ml.reading import Reading
from ml.text import Words, lemma

MOST_MEMBERS = 100
"""Names of larger groups are read off this many members nearest to the middle."""
MOST_WORDS = 5
PAIR = 1.3
"""What a pair of words counts more than a word."""
FIRST = 24
"""So many of a group's best terms are looked at first; more only where these repeat each other."""
CHUNK = 200_000


@dataclass(frozen=True)
class Name:
    """keywords: up to five readable words or word pairs, the most telling first; typical: index of the best member."""

    keywords: tuple[str, ...]
    typical: int


def names(said: Terms, labels: np.ndarray, vectors: np.ndarray, rows: np.ndarray) -> dict[int, Name]:
    """Names of all groups of n texts: labels (n,), −1 = none; rows (n,) the row of `said` and of vectors (·, d; unit
    rows) that each text is of. Of two texts that say it as well, the earlier is typical.

    A stem, or a pair of neighbouring stems, counts by its part of the Kullback-Leibler divergence: how often it
    stands in the group's texts, times the logarithm of how much more often than in all texts.
    """
    held = np.flatnonzero(labels >= 0)
    if not len(held):
        return {}
    ids, group = np.unique(labels[held], return_inverse=True)
    fit = np.round(_closeness(vectors, rows[held], group, len(ids)), 6)
    order = np.lexsort((-fit, group))
    starts = np.searchsorted(group[order], np.arange(len(ids)))
    rank = np.arange(len(order)) - starts[group[order]]
    typical = held[order[starts]]
    chosen = order[rank < MOST_MEMBERS]
    keywords = said.keywords(rows[held[chosen]], group[chosen], len(ids))
    return {
        label: Name(words, best)
        for label, words, best in zip(ids.tolist(), keywords, typical.tolist(), strict=True)
    }


def _closeness(vectors: np.ndarray, rows: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """(m,) product of each member's vector with the mean of its group."""
    middles = np.zeros((count, vectors.shape[1]), np.float32)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        middles += gather(vectors[rows[part]], group[part], count)
    middles /= np.maximum(np.bincount(group, minlength=count), 1)[:, None].astype(np.float32)
    out = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        out[part] = np.einsum("ij,ij->i", vectors[rows[part]], middles[group[part]])
    return out


class Terms:
    """Stems and pairs of neighbouring stems of texts, as numbers: a stem its own, a pair one made of both."""

    def __init__(self, reading: Reading, words: Words) -> None:
        self.reading = reading
        found = ["" if w.isdigit() else words.stem(w) for w in reading.words]
        number = {s: i for i, s in enumerate(dict.fromkeys(s for s in found if s))}
        self.names = list(number)
        self.stem = np.array([number.get(s, -1) for s in found] or [-1], np.int64)
        self.size = max(len(number), 1)

    def title(self, term: int) -> str:
        """A term's stems, as they are compared."""
        first, second = divmod(term, self.size)
        return self.names[second] if not first else f"{self.names[first - 1]} {self.names[second]}"

    def at(self, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Terms of texts, part by part: the place in `rows`, the term, and the numbers of its word or two words."""
        for start in range(0, len(rows), CHUNK // 4):
            part = rows[start : start + CHUNK // 4]
            lengths = np.diff(self.reading.starts)[part]
            begins = np.cumsum(lengths) - lengths
            where = np.repeat(self.reading.starts[:-1][part] - begins, lengths) + np.arange(lengths.sum())
            words = self.reading.ids[where]
            text = np.repeat(np.arange(len(part)), lengths)
            stems = self.stem[words]
            one = np.flatnonzero(stems >= 0)
            yield text[one] + start, stems[one], words[one], words[one]
            two = one[1:][(one[1:] - one[:-1] == 1) & (text[one[1:]] == text[one[:-1]])]
            two = two[stems[two] != stems[two - 1]]
            pairs = (stems[two - 1] + 1) * self.size + stems[two]
            yield text[two] + start, pairs, words[two - 1], words[two]

    def keywords(self, rows: np.ndarray, group: np.ndarray, count: int) -> list[tuple[str, ...]]:
        """The words that mark each of `count` groups; rows: (m,) their texts, group: (m,) which group's."""
        groups, terms, often = self._counted(rows, group)
        found, which = np.unique(terms, return_inverse=True)
        spread = np.bincount(which, often, len(found))
        size = np.bincount(group, minlength=count)[groups]
        worth = (often > 1) | (size < 3)
        groups, terms, often = groups[worth], terms[worth], often[worth]
        share = often / size[worth]
        weight = share * np.log(share * len(rows) / spread[which[worth]])
        weight = weight * np.where(terms >= self.size, PAIR, 1.0)
        order = np.lexsort((-weight, groups))
        edges = np.searchsorted(groups[order], np.arange(count + 1)).tolist()
        terms, weight = terms[order], weight[order]
        chosen = [self._choose(terms[a:b], weight[a:b]) for a, b in pairwise(edges)]
        forms = self._forms(rows, {t for terms in chosen for t in terms})
        return [tuple(forms[t] for t in terms) for terms in chosen]

    def _counted(self, rows: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Groups, terms, and in how many of the group's texts each stands."""
        parts = []
        base = (self.size + 1) * self.size
        for place, term, _, _ in self.at(rows):
            once = _distinct(place * base + term)
            keys, often = np.unique(group[once // base] * base + once % base, return_counts=True)
            parts.append((keys, often))
        keys, which = np.unique(np.concatenate([p[0] for p in parts]), return_inverse=True)
        often = np.bincount(which, np.concatenate([p[1] for p in parts]), len(keys))
        return keys // base, keys % base, often

    def _choose(self, terms: np.ndarray, weight: np.ndarray) -> list[int]:
        """The best terms that say something new; equal ones in order of their letters."""
        look = FIRST
        while True:
            while look < len(weight) and weight[look] == weight[look - 1]:
                look += 1
            best = terms[:look].tolist()
            ranked = sorted(zip((-weight[:look]).tolist(), map(self.title, best), best, strict=True))
            chosen: list[int] = []
            used: set[str] = set()
            for _, title, term in ranked:
                parts = title.split()
                if used.issuperset(parts) or (len(parts) > 1 and not used.isdisjoint(parts)):
                    continue
                chosen.append(term)
                used.update(parts)
                if len(chosen) == MOST_WORDS:
                    break
            if len(chosen) == MOST_WORDS or look >= len(terms):
                return chosen
            look = len(terms)

    def _forms(self, rows: np.ndarray, wanted: set[int]) -> dict[int, str]:
        """How each term is written most often: words in dictionary form, pairs as they stand."""
        words = self.reading.words
        forms: dict[int, Counter[str]] = defaultdict(Counter)
        ordered = np.array(sorted(wanted), np.int64)
        for _, term, first, second in self.at(rows):
            keep = np.isin(term, ordered)
            keys = np.stack([term[keep], first[keep], second[keep]], axis=1)
            found, often = np.unique(keys, axis=0, return_counts=True)
            for (t, a, b), times in zip(found.tolist(), often.tolist(), strict=True):
                forms[t][lemma(words[a]) if t < self.size else f"{words[a]} {words[b]}"] += times
        return {t: max(count.items(), key=lambda f: (f[1], f[0]))[0] for t, count in forms.items()}


def _distinct(keys: np.ndarray) -> np.ndarray:
    """Sorted keys without repeats."""
    keys = np.sort(keys)
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
