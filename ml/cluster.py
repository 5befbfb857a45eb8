"""Grouping: which ideas say the same (clusters), and which wider topics they make (themes)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ml import linkage
from ml import themes as topics
from ml.encode import Encoder
from ml.features import Features
from ml.intake import Intake, take_in
from ml.label import Name, Terms, names, theme_names
from ml.levels import joins_from, same_from
from ml.likeness import SAME, Evidence, block, of_pairs, of_reading
from ml.lineage import inherit
from ml.linkage import first_order
from ml.links import ContradictoryLinks, Pairs, Units, moved
from ml.neighbours import nearest, top
from ml.parallel import alone
from ml.place import LEAST_COSINE, vote_level
from ml.text import Words
from ml.thesaurus import shared

NEIGHBOURS = 15
CANDIDATES, WIDER = 40, 20
"""Pairs of an idea that are compared in full, in small and in large sets."""
PAIRS_AT_ONCE = 1_000_000
FAINT = (0.5, 0.2)
"""Cosine of vectors below which a pair is not compared at all in large sets; less is asked within the domain."""
EXACT = 4000
"""Up to so many texts the candidates are the best of all pairs, above they are neighbours among the vectors."""
FEW = 300
"""Where a cluster crosses themes, it decides its members' theme in the thesaurus' domain and among fewer ideas than
this; elsewhere the theme decides, for likeness is surer there in the large than in the small."""
LEAST_THEME = 4
"""Topics of fewer ideas are given to their neighbours."""
STAY = 0.8
"""A member leaves its old cluster when its average cosine to it falls below this share of the threshold."""
MARGIN = 0.1
"""Two old clusters join only this far above the threshold."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Grouping:
    """clusters, themes: (n,) int64; similarity: (n,) float32 0..1; threshold: the cosine for `place`."""

    clusters: np.ndarray
    themes: np.ndarray
    names: dict[int, Name]
    theme_names: dict[int, Name]
    similarity: np.ndarray
    threshold: float
    fallback: bool


def group(
    texts: Sequence[str],
    lang: str = "ru",
    must_link: Pairs = (),
    cannot_link: Pairs = (),
    previous: Sequence[int] | np.ndarray | None = None,
    detail: float = 1.0,
    random_state: int = 0,
    *,
    previous_themes: Sequence[int] | np.ndarray | None = None,
    vectors: np.ndarray | None = None,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> Grouping:
    """Groups n texts.

    must_link, cannot_link: pairs of indices, always obeyed (ContradictoryLinks when they cannot be).
    previous, previous_themes: (n,) labels of the last run, −1 = new or alone: their ids and members are kept where the
    texts still allow it. detail: 0.25..4, above 1 finer, below 1 coarser. encoder: one fitted on the campaign (else one
    is fitted on the texts); vectors: (n, 256) its rows, when they are stored.
    progress: called with a stage's name and the fraction done of the whole. Raises ValueError on lengths that differ.
    """
    tell = progress or (lambda stage, fraction: None)
    n = len(texts)
    _check(n, detail, previous, previous_themes, vectors)
    if n == 0:
        none = np.zeros(0, np.int64)
        return Grouping(none, none, {}, {}, np.zeros(0, np.float32), LEAST_COSINE, Words(lang).fallback)
    with alone():
        return _group(
            texts, lang, (must_link, cannot_link), previous, previous_themes, detail, random_state, vectors,
            encoder, tell,
        )  # fmt: skip


def _group(
    texts, lang, links, previous, previous_themes, detail, random_state, vectors, encoder, tell
) -> Grouping:
    words = shared(lang).words
    tell("reading", 0.0)
    taken = take_in(texts, previous)
    order, where = taken.order, taken.where
    try:
        units = Units(taken.same, *(moved(pairs, where) for pairs in links))
    except ContradictoryLinks as error:
        raise ContradictoryLinks([(int(order[i]), int(order[j])) for i, j in error.pairs]) from None
    tell("encoding", 0.05)
    seen = _read(taken, lang, vectors, encoder, units.count > EXACT)
    sizes = np.bincount(units.of, minlength=units.count)
    parts = seen.gathered(units.of, units.count, taken.same)
    tell("neighbours", 0.4)
    index, score = nearest(parts.dense, NEIGHBOURS if units.count <= EXACT else WIDER, random_state)
    tell("clusters", 0.6)
    alike = _links(parts, sizes, index, score)
    before = _of_units(previous, order, units)
    clusters = _clusters(alike, sizes, same_from(parts, detail), units, before)
    levels = joins_from(parts, detail, linkage.cohesion(alike, sizes, clusters))
    clusters = linkage.take_in(alike, sizes, clusters, levels, units.cannot)
    del alike  # Half a gigabyte for a million texts.
    tell("themes", 0.8)
    old_theme = _of_units(previous_themes, order, units)
    near = index[:, :NEIGHBOURS], score[:, :NEIGHBOURS]
    theme = _themes(*near, parts.dense, clusters, detail, random_state, old_theme)
    held, free = np.full(units.count, True), np.full(units.count, False)
    if parts.at_home < 0.5 and units.count >= FEW:
        held = _held(before, units)
        free = _loners(before, old_theme, units)
    clusters, theme = _within(clusters, theme, held, free)
    tell("names", 0.9)
    labels = _number(_alone(clusters[units.of], units), previous, where)
    of_units = np.empty(units.count, np.int64)
    of_units[units.of] = labels
    theme_labels = _number(theme[units.of], previous_themes, where)
    said = Terms(taken.reading, words)
    named = names(said, labels, seen.dense, taken.same)
    close = _closeness(seen, labels, named, taken.same)
    plain = names(said, theme_labels, seen.dense, taken.same)
    theme_named = theme_names(named, labels, theme_labels, plain)
    tell("done", 1.0)
    return Grouping(
        labels[where], theme_labels[where], _back(named, order), _back(theme_named, order),
        close[where], vote_level(index, score, of_units), words.fallback,
    )  # fmt: skip


def _check(n: int, detail: float, previous, previous_themes, vectors) -> None:
    for name, given in (("previous", previous), ("previous_themes", previous_themes), ("vectors", vectors)):
        if given is not None and len(given) != n:
            raise ValueError(f"{name} has {len(given)} rows for {n} texts")
    if not 0.25 <= detail <= 4:
        raise ValueError(f"detail is {detail}; it goes from 0.25 (coarse) to 4 (fine)")


def _read(
    taken: Intake, lang: str, vectors: np.ndarray | None, encoder: Encoder | None, lean: bool
) -> Evidence:
    """What is compared of the distinct texts."""
    if vectors is None:
        encoder = encoder or Encoder.fit(taken.reading, lang)
    else:
        vectors = np.asarray(vectors, np.float32)[taken.first()]
    features = encoder.features if encoder else Features(lang).fit(taken.reading)
    return of_reading(features, taken.reading, encoder, vectors, lean=lean)


def _links(parts: Evidence, sizes: np.ndarray, index: np.ndarray, score: np.ndarray) -> sp.csr_matrix:
    """(units, units) symmetric: likeness 0..1 of candidate pairs times their sizes."""
    n = len(sizes)
    if n <= EXACT:
        rows, columns, data = [], [], []
        for start in range(0, n, 512):
            who = np.arange(start, min(start + 512, n))
            values = block(parts.some(who), parts, SAME)
            values[np.arange(len(who)), who] = -9
            at, best = top(values, min(CANDIDATES, n))
            rows.append(np.repeat(who, at.shape[1]))
            columns.append(at.ravel())
            data.append(best.ravel())
        first, second, values = np.concatenate(rows), np.concatenate(columns), np.concatenate(data)
    else:
        first = np.repeat(np.arange(n), index.shape[1])
        second = index.ravel()
        # Each pair once, and none that the vectors already rule out.
        mutual = _mutual(index, first, second)
        keep = (
            (second >= 0)
            & (score.ravel() >= FAINT[0] - FAINT[1] * parts.at_home)
            & ((first < second) | ~mutual)
        )
        first, second = first[keep], second[keep]
        values = of_pairs(parts, first, second, SAME)
    values = np.tanh(np.maximum(values, 0)).astype(np.float64)
    keep = values > 0
    one_way = sp.csr_matrix((values[keep], (first[keep], second[keep])), shape=(n, n))
    both = one_way.maximum(one_way.T).tocoo()
    return sp.csr_matrix((both.data * sizes[both.row] * sizes[both.col], (both.row, both.col)), shape=(n, n))


def _mutual(index: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(n · k,) whether the second of a pair has the first among its own neighbours; piece by piece, for the memory."""
    out = np.zeros(len(second), bool)
    for start in range(0, len(second), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        there = second[part] >= 0
        out[part][there] = (index[second[part][there]] == first[part][there, None]).any(axis=1)
    return out


def _clusters(links: sp.csr_matrix, sizes: np.ndarray, threshold: float, units: Units, before) -> np.ndarray:
    start = None if before is None else _still(links, sizes, before, threshold, units.cannot)
    return linkage.agglomerate(links, sizes, threshold, units.cannot, start, MARGIN)


def _still(links, sizes: np.ndarray, before: np.ndarray, threshold: float, cannot: np.ndarray) -> np.ndarray:
    """Old labels of the units that still belong: near enough to the others, and not parted by a moderator."""
    out = before.copy()
    held = np.nonzero(before >= 0)[0]
    if not len(held):
        return out
    ids, number = np.unique(before[held], return_inverse=True)
    onto = sp.csr_matrix((np.ones(len(held)), (held, number)), shape=(len(before), len(ids)))
    to_own = np.asarray((links @ onto)[held, number]).ravel()
    others = np.bincount(number, sizes[held])[number] - sizes[held]
    near = to_own / np.maximum(others * sizes[held], 1e-9)
    out[held[(others > 0) & (near < STAY * threshold)]] = -1
    for a, b in cannot:
        if out[a] >= 0 and out[a] == out[b]:
            out[b] = -1
    return out


def _closeness(seen: Evidence, labels: np.ndarray, named: dict[int, Name], same: np.ndarray) -> np.ndarray:
    """(n,) likeness 0..1 of each idea to its cluster's typical one; 1 for that one and for those alone."""
    out = np.ones(len(labels), np.float32)
    held = np.nonzero(labels >= 0)[0]
    typical = np.array([named[c].typical for c in labels[held].tolist()], np.int64)
    if len(held):
        out[held] = np.tanh(np.maximum(of_pairs(seen, same[held], same[typical], SAME), 0))
        out[held[held == typical]] = 1
    return out


def _of_units(previous, order: np.ndarray, units: Units) -> np.ndarray | None:
    """(units,) the old label that most members had, −1 where none."""
    if previous is None:
        return None
    old = np.asarray(previous, np.int64)[order]
    out = np.full(units.count, -1, np.int64)
    held = np.nonzero(old >= 0)[0]
    pairs, counts = np.unique(np.stack([units.of[held], old[held]], axis=1), axis=0, return_counts=True)
    for (unit, label), _ in sorted(
        zip(pairs.tolist(), counts.tolist(), strict=True), key=lambda p: (p[1], -p[0][1])
    ):
        out[unit] = label
    return out


def _themes(index, score, rows, clusters, detail: float, random_state: int, before) -> np.ndarray:
    found = None if before is None else topics.carry_on(before, rows)
    if found is None:
        found = topics.communities(topics.graph(index, score), detail, random_state)
        found = topics.settle(topics.adopt(found, rows, LEAST_THEME), rows)
    return found


def _held(before: np.ndarray | None, units: Units) -> np.ndarray:
    """(units,) bool: of a cluster of the last run, or tied by a link."""
    out = np.zeros(units.count, bool) if before is None else before >= 0
    out[list(units.tied)] = True
    return out


def _loners(before: np.ndarray | None, old_theme: np.ndarray | None, units: Units) -> np.ndarray:
    """(units,) bool: stood alone in a theme in the last run, and no link ties them: their theme is theirs to keep."""
    if before is None or old_theme is None:
        return np.full(units.count, False)
    return (before < 0) & (old_theme >= 0) & ~_held(None, units)


def _within(
    clusters: np.ndarray, theme: np.ndarray, held: np.ndarray, free: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(clusters, themes) made to agree: a cluster lies in the theme of most of its members, the others leave it.

    Clusters that moderators have ruled on (held) stay whole but for members that are free to leave, and their theme is
    that of most members.
    """
    pairs, counts = np.unique(np.stack([clusters, theme], axis=1), axis=0, return_counts=True)
    best = pairs[np.lexsort((-pairs[:, 1], counts))]
    of_cluster = np.zeros(clusters.max() + 1, np.int64)
    of_cluster[best[:, 0]] = best[:, 1]
    whole = np.isin(clusters, clusters[held]) & ~free
    theme = np.where(whole, of_cluster[clusters], theme)
    return first_order(clusters * (int(theme.max()) + 1) + theme), first_order(theme)


def _alone(labels: np.ndarray, units: Units) -> np.ndarray:
    return np.where(np.bincount(labels)[labels] > 1, labels, -1)


def _number(labels: np.ndarray, previous, where: np.ndarray) -> np.ndarray:
    """Ids: those of the last run where they live on, else by falling size."""
    if previous is not None:
        old = np.full(len(labels), -1, np.int64)
        old[where] = np.asarray(previous, np.int64)
        return inherit(old, labels)
    out = np.full(len(labels), -1, np.int64)
    held = labels >= 0
    if held.any():
        first = first_order(labels[held])
        rank = np.empty(first.max() + 1, np.int64)
        rank[np.argsort(-np.bincount(first), kind="stable")] = np.arange(first.max() + 1)
        out[held] = rank[first]
    return out


def _back(named: dict[int, Name], order: np.ndarray) -> dict[int, Name]:
    return {label: Name(name.keywords, int(order[name.typical])) for label, name in named.items()}
