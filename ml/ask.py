"""Which pairs of ideas to show to a moderator: "the same, or not?". Their answers become must- and cannot-links.

Two kinds of questions: whether two groups are one, and whether a group is two (then "not" parts it at its weakest
seam). Asked is what is expected to set most pairs of ideas right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ml.cluster import Grouping
from ml.encode import Encoder
from ml.levels import same_from
from ml.likeness import SAME, block, evidence
from ml.links import Pairs

MOST_IDEAS = 5000
"""Of more ideas, those of the largest clusters are compared."""
MOST_SEAM = 300
"""So many members of a group are looked at for its seam."""
SURE, STEEP = 0.06, 25.0
"""How far above the threshold of groups "same" and "not" are as likely, and how fast that changes with likeness (chosen
with simulated answers on the demo's training groups)."""


@dataclass(frozen=True)
class Question:
    """first and second: indices of two ideas, of two groups or (when the group may be two) of one. likeness: 0..1."""

    first: int
    second: int
    likeness: float


def ask(
    texts: Sequence[str], made: Grouping, lang: str = "ru", answered: Pairs = (), most: int = 10,
    *, encoder: Encoder | None = None,
) -> list[Question]:  # fmt: skip
    """The `most` pairs whose answer is expected to set most pairs of ideas right, no group twice.

    answered: (i, j) pairs already known; what they decide is not asked again.
    """
    own = np.where(
        made.clusters >= 0, made.clusters, made.clusters.max(initial=-1) + 1 + np.arange(len(texts))
    )
    _, own, sizes = np.unique(own, return_inverse=True, return_counts=True)
    chosen = np.sort(np.argsort(-sizes[own], kind="stable")[:MOST_IDEAS])
    if len(chosen) < 2:
        return []
    encoder = encoder or Encoder.fit(texts, lang)
    rows = evidence(encoder, [texts[i] for i in chosen.tolist()])
    likeness = np.tanh(np.maximum(block(rows, rows, SAME), 0))
    known = {(min(p), max(p)) for p in answered}
    place = {idea: at for at, idea in enumerate(chosen.tolist())}
    pairs = [(place[i], place[j]) for i, j in known if i in place and j in place]
    group = own[chosen]
    middle = same_from(rows) + SURE
    found = [*_joins(likeness, group, pairs, middle), *_seams(likeness, group, pairs, middle)]
    found.sort(key=lambda f: (-f[0], f[1], f[2]))
    out: list[Question] = []
    used: set[int] = set()
    for worth, a, b in found:
        if worth <= 0 or len(out) == most:
            break
        # One question a group and round: the answer may change what else is worth asking.
        both = {int(group[a]), int(group[b])}
        if used.isdisjoint(both):
            used |= both
            out.append(Question(int(chosen[a]), int(chosen[b]), float(likeness[a, b])))
    return out


def _same(likeness: np.ndarray, middle: float) -> np.ndarray:
    return 1 / (1 + np.exp(-STEEP * (likeness - middle)))


def _joins(
    likeness: np.ndarray, group: np.ndarray, known: list[tuple[int, int]], middle: float
) -> Iterator[tuple[float, int, int]]:
    """(pairs of ideas joined, as expected, one of each group): two groups by their average likeness."""
    _, at = np.unique(group, return_inverse=True)
    onto = sp.csr_matrix((np.ones(len(at)), (at, np.arange(len(at)))))
    size = np.bincount(at)
    average = onto @ (onto @ likeness).T / np.multiply.outer(size, size)
    worth = np.triu(_same(average, middle) * np.multiply.outer(size, size), 1)
    for i, j in known:
        worth[at[i], at[j]] = worth[at[j], at[i]] = 0
    members = [np.nonzero(at == g)[0] for g in range(len(size))]
    for flat in np.argsort(-worth, axis=None, kind="stable")[:2000].tolist():
        a, b = divmod(flat, len(size))
        if worth[a, b] > 0:
            yield float(worth[a, b]), *_spokesmen(likeness, members[a], members[b])


def _seams(
    likeness: np.ndarray, group: np.ndarray, known: list[tuple[int, int]], middle: float
) -> Iterator[tuple[float, int, int]]:
    """(pairs of ideas parted, as expected, one of each side): a group at its weakest seam."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    for g in np.unique(group):
        members = np.nonzero(group == g)[0][:MOST_SEAM]
        if len(members) < 3:
            continue
        within = 1 - likeness[np.ix_(members, members)].astype(np.float64)
        np.fill_diagonal(within, 0)
        side = fcluster(linkage(squareform(within, checks=False), "average"), 2, "maxclust")
        left, right = members[side == 1], members[side == 2]
        sides = [set(left.tolist()), set(right.tolist())]
        across = any((i in sides[0] and j in sides[1]) or (i in sides[1] and j in sides[0]) for i, j in known)
        if len(right) and not across:
            average = likeness[np.ix_(left, right)].mean()
            yield (
                float((1 - _same(average, middle)) * len(left) * len(right)),
                *_spokesmen(likeness, left, right),
            )


def _spokesmen(likeness: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[int, int]:
    """The member of each side that is likest to its own and to the other side."""
    between = likeness[np.ix_(left, right)]
    a = likeness[np.ix_(left, left)].mean(axis=1) + between.mean(axis=1)
    b = likeness[np.ix_(right, right)].mean(axis=1) + between.mean(axis=0)
    return int(left[np.argmax(np.round(a, 6))]), int(right[np.argmax(np.round(b, 6))])
