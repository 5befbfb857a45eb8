"""A picture of vectors: every row a place in the plane, the alike near each other.

t-SNE (van der Maaten, Hinton 2008) on the graph of nearest neighbours, its repulsion interpolated on a grid and
convolved by FFT (Linderman, Rachh, Hoskins, Steinerberger, Kluger 2019), so that time grows with the number of rows.
It begins from the graph's own slowest waves, or from the places of the picture before, which it then resembles.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from ml.forces import Pull, Push, affinities
from ml.neighbours import nearest
from ml.parallel import alone

NEIGHBOURS = 45
EXAGGERATED, EARLY, ROUNDS = 12.0, 120, 280
"""The pull is so much stronger in the first rounds, which settle what stands where; then so many rounds of detail."""
PULL = 1.5
"""Above 1 what belongs together draws closer than in plain t-SNE, and the gaps between themes are wider."""
AGAIN = 60
"""Rounds from a picture that was there before."""
KEEP = 0.6
"""With fewer rows than this share at their old places the picture is made from nothing."""
HOME = 0.05
"""How much of the way back to its old place a row goes in each of these."""
ROOM = 0.5
"""Rows keep so much of the mean distance between neighbours apart, so that those who say the same can be told apart."""
DIFFUSION = 60

Report = Callable[[str, float], None]


def project(
    vectors: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    start: np.ndarray | None = None,
    random_state: int = 0,
    progress: Report | None = None,
) -> np.ndarray:
    """(n, d) unit rows as (n, 2) float32 places, in about the unit square's size around 0 for 1,000 rows.

    groups: (n,) labels of rows that belong together, -1 for none. start: (n, 2) places in an earlier picture of some
    of the rows, NaN for the others; what comes out is turned and moved onto it. Deterministic on one machine.
    progress: called with ("map", 0..1); what it raises ends the work.
    """
    n = len(vectors)
    tell = progress or (lambda stage, fraction: None)
    if n < 4:
        return _few(n, start)
    with alone():
        index, score = nearest(vectors, min(NEIGHBOURS, n - 1), random_state)
        tell("map", 0.1)
        links = affinities(index, score, groups)
        known = np.isfinite(start).all(axis=1) if start is not None else np.zeros(n, bool)
        if start is not None and known.mean() >= KEEP:
            begin = fill(index, score, start)
            places = apart(_settle(links, begin, [(PULL, AGAIN)], tell, start))
            return onto(places, start).astype(np.float32)
        begin = _waves(links, vectors, random_state)
        stages = [(float(np.clip(n / 10, PULL, EXAGGERATED)), EARLY), (PULL, ROUNDS)]
        places = apart(_settle(links, begin, stages, tell))
        return (onto(places, start) if known.sum() > 2 else _upright(places)).astype(np.float32)


def beside(scores: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(2,) place of a new row: the mean of its neighbours' (k, 2) `places`, the alike counting more."""
    weights = np.maximum(scores, 1e-3) ** 4
    near = places[np.argsort(-weights, kind="stable")[:5]]
    weight = np.sort(weights)[::-1][:5]
    return (weight @ near / weight.sum()).astype(np.float32)


def _waves(links: sp.csr_matrix, vectors: np.ndarray, random_state: int) -> np.ndarray:
    """(n, 2) places to begin from: the graph's slowest waves (its second and third eigenvector, nearly), found by
    letting the first two principal components spread along its edges."""
    rng = np.random.default_rng(random_state)
    mean = vectors.mean(axis=0)
    sample = vectors[rng.choice(len(vectors), min(len(vectors), 4000), replace=False)] - mean
    _, _, axes = np.linalg.svd(sample.T @ sample)
    wave = (vectors - mean) @ axes[:4].T
    degree = np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1e-12)
    step = sp.diags(1 / degree) @ links
    for _ in range(DIFFUSION):
        wave = 0.5 * (wave + step @ wave)
        wave = wave - (degree @ wave) / degree.sum()
        wave, _ = np.linalg.qr(wave)
    wave = wave[:, :2]
    # Parts of the graph that hang together loosely run far out; ranks bring them back, a grain of chance parts equals.
    ranks = np.argsort(np.argsort(wave, axis=0, kind="stable"), axis=0, kind="stable") / len(wave) - 0.5
    return 1e-2 * ranks + 1e-5 * rng.standard_normal(wave.shape)


def _settle(
    links: sp.csr_matrix,
    places: np.ndarray,
    stages: list[tuple[float, int]],
    tell: Report,
    home: np.ndarray | None = None,
) -> np.ndarray:
    """Gradient descent with momentum and a gain for each coordinate; stages: (how strong the pull, rounds).

    home: (n, 2) places that rows are drawn back to, NaN for none.
    """
    n = len(places)
    y = np.ascontiguousarray(places, np.float64)
    push, draw = Push(), Pull(links)
    stay = np.isfinite(home).all(axis=1) if home is not None else None
    rounds, done = sum(r for _, r in stages), 0
    for number, (pull, count) in enumerate(stages):
        move, gains = np.zeros_like(y), np.ones_like(y)
        rate = n / max(pull, 4.0)
        momentum = 0.5 if len(stages) > 1 and not number else 0.8
        for turn in range(count):
            gradient = 4 * (pull * draw(y) - push(y))
            same = (gradient > 0) == (move > 0)
            gains = np.maximum(np.where(same, gains * 0.8, gains + 0.2), 0.01)
            move = momentum * move - rate * gains * gradient
            length = np.sqrt((move * move).sum(axis=1, keepdims=True))
            move *= np.minimum(1, 5 / np.maximum(length, 1e-12))
            y = y + move
            if home is not None:
                y[stay] += HOME * (home[stay] - y[stay])
            else:
                y -= y.mean(axis=0)
            if turn % 10 == 0:
                tell("map", 0.1 + 0.9 * (done + turn) / rounds)
        done += count
    return y


def fill(index: np.ndarray, score: np.ndarray, start: np.ndarray) -> np.ndarray:
    """`start` with the missing places at the mean of neighbours that have one; what has none stands at the edge."""
    y = np.array(start, np.float64)
    for _ in range(3):
        missing = np.flatnonzero(~np.isfinite(y).all(axis=1))
        if not len(missing):
            return y
        near = index[missing]
        seen = (near >= 0) & np.isfinite(y[near]).all(axis=2)
        weights = np.where(seen, np.maximum(score[missing], 1e-3) ** 4, 0)
        total = weights.sum(axis=1)
        places = (weights[:, :, None] * np.nan_to_num(y[near])).sum(axis=1) / np.maximum(total, 1e-12)[
            :, None
        ]
        found = total > 0
        y[missing[found]] = places[found]
    missing = ~np.isfinite(y).all(axis=1)
    middle = np.nanmean(y, axis=0)
    reach = np.nanmax(np.hypot(*(y - middle).T))
    turn = np.arange(missing.sum()) * 2.399963
    y[missing] = middle + reach * np.column_stack([np.cos(turn), np.sin(turn)])
    return y


def apart(places: np.ndarray) -> np.ndarray:
    """Places of which no two are much nearer than a part of the mean distance: crowds of the same swell a little."""
    y = places.copy()
    n = len(y)
    middle = y - np.median(y, axis=0)
    # The area that most rows stand on; a few far away do not count.
    area = np.pi * float(np.quantile((middle * middle).sum(axis=1), 0.9)) / 0.9
    room = ROOM * (area / n) ** 0.5
    rng = np.random.default_rng(0)
    for _ in range(20):
        pairs = cKDTree(y).query_pairs(room, output_type="ndarray")
        if not len(pairs):
            break
        gap = y[pairs[:, 0]] - y[pairs[:, 1]]
        far = np.sqrt((gap * gap).sum(axis=1))
        same = far < 1e-6 * room
        gap[same], far[same] = 1e-6 * room * rng.standard_normal((int(same.sum()), 2)), 1e-6 * room
        push = 0.4 * gap * ((room - far) / far)[:, None]
        count = np.maximum(np.bincount(pairs.ravel(), minlength=n), 1) ** 0.5
        for axis in (0, 1):
            y[:, axis] += np.bincount(pairs[:, 0], push[:, axis], n) / count
            y[:, axis] -= np.bincount(pairs[:, 1], push[:, axis], n) / count
    return y


def onto(places: np.ndarray, before: np.ndarray) -> np.ndarray:
    """`places` turned, mirrored and moved, without scaling, as near to those of `before` that are known as can be."""
    known = np.isfinite(before).all(axis=1)
    a, b = places[known], before[known].astype(np.float64)
    left, _, right = np.linalg.svd((a - a.mean(axis=0)).T @ (b - b.mean(axis=0)))
    return (places - a.mean(axis=0)) @ (left @ right) + b.mean(axis=0)


def _upright(places: np.ndarray) -> np.ndarray:
    """The longer side lies flat, as screens do."""
    middle = places.mean(axis=0)
    _, _, axes = np.linalg.svd((places - middle).T @ (places - middle))
    return (places - middle) @ axes.T


def _few(n: int, start: np.ndarray | None) -> np.ndarray:
    """Too few rows for a graph: on a circle, where they do not stand already."""
    turn = 2 * np.pi * np.arange(n) / max(n, 1)
    circle = np.column_stack([np.cos(turn), np.sin(turn)]).astype(np.float32)
    if start is None:
        return circle
    return np.where(np.isfinite(start).all(axis=1, keepdims=True), start, circle).astype(np.float32)
