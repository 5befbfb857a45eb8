"""Which pairs of ideas to show to a moderator: "the same, or not?". Their answers become must- and cannot-links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.cluster import Grouping
from ml.encode import Encoder
from ml.likeness import SAME, block, evidence
from ml.links import Pairs

MOST_IDEAS = 5000
"""Of more ideas, those of the largest clusters are compared."""
SIZE = 0.25
"""Power of the number of pairs an answer decides: large clusters first, but not only."""


@dataclass(frozen=True)
class Question:
    """first and second: indices of two ideas of different groups (or alone). likeness: 0..1."""

    first: int
    second: int
    likeness: float


def ask(
    texts: Sequence[str], made: Grouping, lang: str = "ru", answered: Pairs = (), most: int = 10,
    *, encoder: Encoder | None = None,
) -> list[Question]:  # fmt: skip
    """The `most` pairs whose answer would change the groups most, none twice.

    Candidates are the likest ideas of different groups: the likelier "the same" and the more it joins, the sooner.
    answered: (i, j) pairs already known; their groups are not put to each other again.
    """
    own = np.where(
        made.clusters >= 0, made.clusters, made.clusters.max(initial=-1) + 1 + np.arange(len(texts))
    )
    _, own, sizes = np.unique(own, return_inverse=True, return_counts=True)
    chosen = np.sort(np.argsort(-sizes[own], kind="stable")[:MOST_IDEAS])
    if len(chosen) < 2:
        return []
    encoder = encoder or Encoder.fit(texts, lang)
    said = [texts[i] for i in chosen.tolist()]
    rows = evidence(encoder, said)
    likeness = np.tanh(np.maximum(block(rows, rows, SAME), 0))
    group = own[chosen]
    worth = np.triu(likeness**2 * np.multiply.outer(sizes[group], sizes[group]) ** SIZE, 1)
    worth[group[:, None] == group[None]] = 0
    asked = {tuple(sorted((int(own[i]), int(own[j])))) for i, j in answered}
    out: list[Question] = []
    used: set[int] = set()
    for flat in np.argsort(-worth, axis=None, kind="stable")[: 500 * most].tolist():
        a, b = divmod(flat, len(chosen))
        if worth[a, b] <= 0 or len(out) == most:
            break
        pair = int(group[a]), int(group[b])
        # One question a group and round: the answer may change what else is worth asking.
        if used.isdisjoint(pair) and tuple(sorted(pair)) not in asked:
            used.update(pair)
            out.append(Question(int(chosen[a]), int(chosen[b]), float(likeness[a, b])))
    return out
