"""Copy-and-paste waves: texts that are near-identical, found among all pairs without comparing each.

Texts that are the same once case, «ё», punctuation and spaces are taken away belong together, however short. Longer
ones also where their sets of word triples are much alike by Jaccard (Broder: On the resemblance and containment of
documents, SEQUENCES 1997): a greeting before the same text, a changed name, a typo. Candidates come from MinHash
signatures cut into bands (Broder, Charikar, Frieze, Mitzenmacher: Min-wise independent permutations, STOC 1998;
banding: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, chapter 3); each is then measured exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.text import normal, tokens

ALIKE = 0.7
"""Jaccard of word triples from which on two texts are copies of one."""
SHORTEST = 12
"""Texts of fewer words are copies only when they are the same, because people say short things in the same words."""
_WIDTH = 3
# 20 bands of 4 rows: a pair at 0.7 is a candidate with probability 0.9962, one at 0.3 with 0.15.
_BANDS, _ROWS = 20, 4
_BLOCK = 2000
# Odd numbers that spread neighbouring word numbers over 64 bits.
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


def waves(texts: Sequence[str], alike: float = ALIKE) -> np.ndarray:
    """The wave of each text, (n,) int64: the index of its earliest member, -1 for texts without a copy.

    Args:
        texts: n texts, the earliest first.
        alike: Jaccard of word triples from which on texts are copies, above 0 up to 1.

    Belonging together is passed on: where A copies B and B copies C, all three are one wave.
    """
    if not 0 < alike <= 1:
        raise ValueError("alike must be above 0 and at most 1")
    words = [tokens(normal(text)) for text in texts]
    above = list(range(len(words)))
    same: dict[tuple[str, ...], int] = {}
    firsts = []
    for n, one in enumerate(words):
        key = tuple(one)
        # Texts without any word say nothing that could be copied.
        first = same.setdefault(key, n) if key else n
        if first != n:
            above[n] = first
        elif len(one) >= SHORTEST:
            firsts.append(n)
    shingles = _shingles([words[n] for n in firsts])
    kept = _shared(shingles, alike)
    firsts, shingles = [firsts[n] for n in kept], [shingles[n] for n in kept]
    for a, b in _candidates(shingles):
        if _jaccard(shingles[a], shingles[b]) >= alike:
            _join(above, firsts[a], firsts[b])
    roots = np.array([_root(above, n) for n in range(len(words))], dtype=np.int64)
    sizes = np.bincount(roots, minlength=len(words)) if len(words) else roots
    return np.where(sizes[roots] > 1, roots, -1) if len(words) else roots


def _shingles(texts: list[list[str]]) -> list[np.ndarray]:
    """The hashes of each text's word triples, sorted, each once; (k,) uint64. Every text has three words or more."""
    if not texts:
        return []
    numbers: dict[str, int] = {}
    flat = np.array([numbers.setdefault(w, len(numbers)) for text in texts for w in text], dtype=np.uint64)
    flat += np.uint64(1)
    mixed = (flat[:-2] * _MIX[0]) ^ (flat[1:-1] * _MIX[1]) ^ (flat[2:] * _MIX[2])
    ends = np.cumsum([len(text) for text in texts]).tolist()
    starts = [0, *ends[:-1]]
    return [np.unique(mixed[start : end - _WIDTH + 1]) for start, end in zip(starts, ends, strict=True)]


def _shared(shingles: list[np.ndarray], alike: float) -> list[int]:
    """Which sets have enough in common with the others taken together: the rest cannot be a copy of any one of them."""
    if not shingles:
        return []
    _, where, times = np.unique(np.concatenate(shingles), return_inverse=True, return_counts=True)
    elsewhere = np.concatenate([[0], np.cumsum(times[where] > 1)])
    ends = np.cumsum([len(one) for one in shingles])
    starts = np.concatenate([[0], ends[:-1]])
    common = elsewhere[ends] - elsewhere[starts]
    return np.flatnonzero(common >= alike * (ends - starts)).tolist()


def _jaccard(a: np.ndarray, b: np.ndarray) -> float:
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)


def _candidates(shingles: list[np.ndarray]) -> set[tuple[int, int]]:
    """Pairs (i < j) that share a band of their signatures. In a crowded one each with its first and the one before."""
    if not shingles:
        return set()
    random = np.random.default_rng(20140605)
    # Odd factors: multiplication by them, modulo 2^64, loses nothing (multiply-shift hashing, Dietzfelbinger 1997).
    factors = random.integers(0, 1 << 63, _BANDS * _ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    signatures = np.concatenate([
        _signatures(shingles[start : start + _BLOCK], factors) for start in range(0, len(shingles), _BLOCK)
    ])  # fmt: skip
    pairs: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        part = np.ascontiguousarray(signatures[:, band * _ROWS : (band + 1) * _ROWS])
        _, bucket = np.unique(part.view(f"V{4 * _ROWS}").ravel(), return_inverse=True)
        order = np.argsort(bucket, kind="stable")
        fresh = np.concatenate([[True], np.diff(bucket[order]) != 0])
        first = order[np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
        later = np.flatnonzero(~fresh)
        # Copies of one text may each have changed something else: they are more like it than like each other.
        pairs.update(zip(first[later].tolist(), order[later].tolist(), strict=True))
        pairs.update(zip(order[later - 1].tolist(), order[later].tolist(), strict=True))
    return pairs


def _signatures(block: list[np.ndarray], factors: np.ndarray) -> np.ndarray:
    """MinHash signatures, (texts, permutations) uint32: of each permutation the least over a text's hashes."""
    every = np.concatenate(block)
    starts = np.cumsum([0, *(len(one) for one in block[:-1])])
    signatures = np.empty((len(block), len(factors)), dtype=np.uint32)
    for n, factor in enumerate(factors):
        signatures[:, n] = np.minimum.reduceat((every * factor) >> np.uint64(32), starts)
    return signatures


def _root(above: list[int], n: int) -> int:
    while above[n] != n:
        above[n] = above[above[n]]
        n = above[n]
    return n


def _join(above: list[int], a: int, b: int) -> None:
    """Put two waves together under their earliest member."""
    a, b = _root(above, a), _root(above, b)
    above[max(a, b)] = min(a, b)
