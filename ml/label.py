"""Readable names for groups: the words that mark them, in dictionary form, and the idea that says it best."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml import wording
from ml.linkage import gather
from ml.reading import Reading
from ml.text import Words

MOST_MEMBERS = 100
"""Names of larger groups are read off this many members nearest to the middle."""
MOST_WORDS = 5
PAIR = 1.3
"""What a pair of words counts more than a word."""
SHARED = 0.2
"""A term of a smaller share of the members only fills up a name of fewer than LEAST_WORDS."""
LEAST_WORDS = 3
FAINT = 0.2
"""After LEAST_WORDS, words of less than this share of the first one's weight say nothing more."""
FOREIGN = 0.25
"""A word of the other alphabet is taken from this share of the texts on: «QR» in Russian ones, say."""
FIRST = 30
"""So many of a group's best terms are looked at."""
BY_PLACE = (1.0, 0.7, 0.5, 0.3, 0.2)
"""What a keyword of a cluster counts in the name of its theme, by its place."""
COVERED = 0.25
"""A theme is named by its clusters when these hold so much of it, or by its own words."""
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
    stands in the group's texts, times the logarithm of how much more often than in all texts. The typical one is in the
    language of most.
    """
    held = np.flatnonzero(labels >= 0)
    if not len(held):
        return {}
    ids, group = np.unique(labels[held], return_inverse=True)
    fit = np.round(_closeness(vectors, rows[held], group, len(ids)), 6)
    russian = said.in_russian(rows[held])
    most = 2 * np.bincount(group, russian, len(ids)) >= np.bincount(group, minlength=len(ids))
    order = np.lexsort((-fit, russian != most[group], group))
    starts = np.searchsorted(group[order], np.arange(len(ids)))
    rank = np.arange(len(order)) - starts[group[order]]
    typical = held[order[starts]]
    chosen = order[rank < MOST_MEMBERS]
    keywords = said.keywords(rows[held[chosen]], group[chosen], len(ids))
    return {
        label: Name(words, best)
        for label, words, best in zip(ids.tolist(), keywords, typical.tolist(), strict=True)
    }


def theme_names(
    named: dict[int, Name], clusters: np.ndarray, themes: np.ndarray, plain: dict[int, Name]
) -> dict[int, Name]:
    """Names of themes from those of the clusters (n,) that lie in them: the words by the ideas that they cover, less
    those that cover as much elsewhere. plain: names from the themes' own words, for what has few clusters."""
    held = np.flatnonzero(clusters >= 0)
    sizes = np.bincount(clusters[held]) if len(held) else np.zeros(1, np.int64)
    home = np.zeros(len(sizes), np.int64)
    home[clusters[held]] = themes[held]
    worth: dict[int, dict[str, float]] = {}
    everywhere: dict[str, float] = {}
    for cluster, name in named.items():
        for place, word in zip(BY_PLACE, name.keywords, strict=False):
            mine = worth.setdefault(int(home[cluster]), {})
            mine[word] = mine.get(word, 0.0) + place * sizes[cluster]
            everywhere[word] = everywhere.get(word, 0.0) + place * sizes[cluster]
    whole = np.bincount(themes)
    inside = np.bincount(themes[held], minlength=len(whole))
    out = {}
    for theme, name in plain.items():
        mine = worth.get(theme, {})
        if inside[theme] < COVERED * whole[theme] or len(mine) < LEAST_WORDS:
            out[theme] = name
            continue
        russian = any(wording.cyrillic(w[:1].lower()) for w in name.keywords)
        ranked = sorted(mine, key=lambda w: (-(mine[w] ** 2) / everywhere[w], w))
        out[theme] = Name(_new(ranked, russian), name.typical)
    return out


def _new(ranked: list[str], russian: bool) -> tuple[str, ...]:
    """The first keywords in the language asked for that say something new."""
    chosen: list[str] = []
    for word in ranked:
        if len(chosen) == MOST_WORDS:
            break
        told = [part for name in chosen for part in name.lower().split()]
        alike = any(wording.cognate(part, other) for part in word.lower().split() for other in told)
        if wording.cyrillic(word[:1].lower()) == russian and not alike:
            chosen.append(word)
    return tuple(chosen)


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
        self.place = np.empty(self.size, np.int64)
        self.place[sorted(range(len(self.names)), key=self.names.__getitem__) or [0]] = np.arange(self.size)
        self.cyrillic = np.array([wording.cyrillic(w) for w in reading.words] or [False])
        # Of a stem: whether its words are Cyrillic (those of one stem are of one alphabet).
        self.russian = np.zeros(self.size, bool)
        self.russian[self.stem[self.stem >= 0]] = self.cyrillic[self.stem >= 0]

    def parts(self, term: int) -> list[str]:
        """A term's stem or two."""
        first, second = divmod(term, self.size)
        return [self.names[second]] if not first else [self.names[first - 1], self.names[second]]

    def letters(self, terms: np.ndarray) -> np.ndarray:
        """Numbers that put terms in the order of their letters."""
        first, second = np.divmod(terms, self.size)
        return np.where(first > 0, self.place[first - 1] + 1, 0) * self.size + self.place[second]

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
        """The words that mark each of `count` groups; rows: (m,) their texts, group: (m,) which group's.

        Only texts in the alphabet of most of a group's texts name it: a name does not mix languages.
        """
        own = self.in_russian(rows)
        russian = 2 * np.bincount(group, own, count) >= np.bincount(group, minlength=count)
        speak = own == russian[group]
        rows, group = rows[speak], group[speak]
        groups, terms, often = self._counted(rows, group)
        found, which = np.unique(terms, return_inverse=True)
        # Rare or common among texts of the same language, not among all.
        spread = np.zeros((2, len(found)))
        np.add.at(spread, (russian[groups].astype(int), which), often)
        texts = np.bincount(russian[group].astype(int), minlength=2)
        size = np.bincount(group, minlength=count)[groups]
        side = russian[groups].astype(int)
        share = often / size
        weight = share * np.log(share * texts[side] / spread[side, which])
        weight *= np.where(terms >= self.size, PAIR, 1.0)
        shared = often >= np.maximum(2, SHARED * size)
        worth = self._of_language(terms, russian[groups]) | ((often > 1) & (share >= FOREIGN))
        worth &= shared | (terms < self.size) | (size < 3)
        groups, terms, weight, shared = groups[worth], terms[worth], weight[worth], shared[worth]
        order = np.lexsort((-weight, ~shared, groups))
        rank = np.arange(len(order)) - np.searchsorted(groups[order], groups[order])
        order = order[rank < FIRST]
        edges = np.searchsorted(groups[order], np.arange(count + 1)).tolist()
        groups, terms = groups[order], terms[order]
        written = Written(self, rows, np.unique(terms))
        keys = [(~shared[order]).tolist(), (-weight[order]).tolist(), self.letters(terms).tolist()]
        ranked = [(*key, "", term) for *key, term in zip(*keys, terms.tolist(), strict=True)]
        return [
            self._choose(ranked[edges[g] : edges[g + 1]], written, bool(russian[g])) for g in range(count)
        ]

    def in_russian(self, rows: np.ndarray) -> np.ndarray:
        """(m,) whether at least half of a text's words are Cyrillic."""
        signs = np.concatenate([[0], np.cumsum(np.where(self.cyrillic[self.reading.ids], 1, -1))])
        return (signs[self.reading.starts[1:]] - signs[self.reading.starts[:-1]])[rows] >= 0

    def _of_language(self, terms: np.ndarray, russian: np.ndarray) -> np.ndarray:
        """Whether all words of the terms are of the alphabet asked for."""
        first, second = np.divmod(terms, self.size)
        fits = self.russian[second] == russian
        return fits & ((first == 0) | (self.russian[first - 1] == russian))

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

    def _choose(self, heap: list[tuple[bool, float, int, str, int]], written: Written, russian: bool):
        """The best terms that say something new; heap: (not shared, −weight, letters, "", term).

        A term's weight bounds what it is worth as a name from above, so that only those which come to the top are
        looked up in the dictionary; they come back with their name and what they are worth.
        """
        heapq.heapify(heap)
        chosen: list[str] = []
        used: list[str] = []
        best = 0.0
        while heap and len(chosen) < MOST_WORDS:
            filler, weight, letters, said, term = heapq.heappop(heap)
            if len(chosen) >= LEAST_WORDS and (filler or weight > FAINT * best):
                break
            parts = self.parts(term)
            if any(wording.cognate(a, b) for a in parts for b in used):
                continue
            if said:
                best = min(best, weight)
                chosen.append(said)
                used += parts
            elif found := written.name(term, len(parts) > 1, russian):
                heapq.heappush(heap, (filler, weight * found[1], letters, found[0], term))
        return tuple(chosen)


class Written:
    """How terms stand in texts."""

    def __init__(self, said: Terms, rows: np.ndarray, terms: np.ndarray) -> None:
        self.words = said.reading.words
        self.terms = terms
        width = len(self.words) or 1
        keys, often = np.zeros(0, np.int64), np.zeros(0)
        for _, term, first, second in said.at(rows):
            at = np.minimum(np.searchsorted(terms, term), len(terms) - 1)
            here = terms[at] == term if len(terms) else np.zeros(len(term), bool)
            found, times = np.unique(first[here].astype(np.int64) * width + second[here], return_counts=True)
            keys, which = np.unique(np.concatenate([keys, found]), return_inverse=True)
            often = np.bincount(which, np.concatenate([often, times]), len(keys))
        first, second = np.divmod(keys, width)
        one, two = said.stem[first], said.stem[second]
        term = np.where(first == second, one, (one + 1) * said.size + two)
        order = np.lexsort((keys, -often, term))
        self.forms = np.stack([first, second, often.astype(np.int64)], axis=1)[order]
        self.edges = np.searchsorted(term[order], np.append(terms, np.iinfo(np.int64).max))
        self._names: dict[tuple[int, bool], tuple[str, float] | None] = {}

    def name(self, term: int, pair: bool, russian: bool) -> tuple[str, float] | None:
        """How a term is named, and how well that names something (0..1); None where it makes no name."""
        key = term, russian
        if key not in self._names:
            at = int(np.searchsorted(self.terms, term))
            rows = self.forms[self.edges[at] : self.edges[at + 1]].tolist()
            forms = [(self.words[a], self.words[b], times) for a, b, times in rows]
            if pair:
                made = wording.phrase(forms, russian)
                self._names[key] = (made, 1.0) if made else None
            else:
                self._names[key] = wording.word(forms, russian), wording.naming(forms[0][0])
        return self._names[key]


def _distinct(keys: np.ndarray) -> np.ndarray:
    """Sorted keys without repeats."""
    keys = np.sort(keys)
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
