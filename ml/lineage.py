"""What became of each group between two runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["kept", "grew", "shrank", "split", "joined", "new", "gone"]
SHARE = 0.34
"""A passage of this share of either group ties the two; less is a few ideas moving."""


@dataclass(frozen=True)
class Change:
    """One change. `before` and `after` are cluster ids; `decided` says that a moderator has ruled on one of the
    former, so that this is a proposal and nothing else. Every cluster of either run is in exactly one change."""

    kind: Kind
    before: tuple[int, ...]
    after: tuple[int, ...]
    moved: int
    decided: bool


def match(before: Sequence[int], after: Sequence[int], decided: Collection[int] = ()) -> list[Change]:
    """Changes between two label arrays over the same ideas (−1 = alone).

    `after` may be longer: the ideas past the end of `before` are new. Raises ValueError if it is shorter.
    """
    old, new = np.asarray(before, np.int64), np.asarray(after, np.int64)
    if len(new) < len(old):
        raise ValueError(f"after has {len(new)} ideas, before {len(old)}: give the same ideas, new ones last")
    old = np.concatenate([old, np.full(len(new) - len(old), -1)])
    size_old, size_new = _sizes(old), _sizes(new)
    shared = _shared(old, new)
    groups = _components(size_old, size_new, shared)
    held = set(decided)
    changes = []
    for olds, news in groups:
        stayed = sum(shared.get((a, b), 0) for a in olds for b in news)
        total = sum(size_old[a] for a in olds) + sum(size_new[b] for b in news)
        kind = _kind(
            olds, news, total - 2 * stayed, sum(size_new[b] for b in news) - sum(size_old[a] for a in olds)
        )
        changes.append(Change(kind, olds, news, total - 2 * stayed, not held.isdisjoint(olds)))
    return changes


def _sizes(labels: np.ndarray) -> dict[int, int]:
    ids, counts = np.unique(labels[labels >= 0], return_counts=True)
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def _shared(old: np.ndarray, new: np.ndarray) -> dict[tuple[int, int], int]:
    both = (old >= 0) & (new >= 0)
    if not both.any():
        return {}
    pairs, counts = np.unique(np.stack([old[both], new[both]], axis=1), axis=0, return_counts=True)
    return {(a, b): c for (a, b), c in zip(pairs.tolist(), counts.tolist(), strict=True)}


def _components(size_old, size_new, shared) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Groups of old and new clusters tied by their best or by large passages; each cluster in exactly one."""
    best_new: dict[int, tuple[int, int]] = {}
    best_old: dict[int, tuple[int, int]] = {}
    for (a, b), c in sorted(shared.items()):
        if c > best_new.get(a, (0, 0))[0]:
            best_new[a] = (c, b)
        if c > best_old.get(b, (0, 0))[0]:
            best_old[b] = (c, a)
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(x: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(x, x)
        while parent[x] != x:
            x = parent[x]
        return x

    for (a, b), c in shared.items():
        mutual = best_new[a][1] == b and best_old[b][1] == a
        if mutual or c >= SHARE * size_old[a] or c >= SHARE * size_new[b]:
            parent[root(("old", a))] = root(("new", b))
    found: dict[tuple[str, int], tuple[list[int], list[int]]] = {}
    for a in sorted(size_old):
        found.setdefault(root(("old", a)), ([], []))[0].append(a)
    for b in sorted(size_new):
        found.setdefault(root(("new", b)), ([], []))[1].append(b)
    return [(tuple(olds), tuple(news)) for olds, news in found.values()]


def _kind(olds: tuple[int, ...], news: tuple[int, ...], moved: int, growth: int) -> Kind:
    if not olds:
        return "new"
    if not news:
        return "gone"
    if len(olds) == len(news) == 1:
        return "kept" if moved == 0 or growth == 0 else ("grew" if growth > 0 else "shrank")
    return "split" if len(news) >= len(olds) else "joined"


def inherit(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """`after` renumbered so that a cluster carries the id of the old one that gave it most members; others get new
    ids past all old ones. −1 stays."""
    out = np.full(len(after), -1, np.int64)
    fresh = int(before.max(initial=-1)) + 1
    shared = _shared(before, after[: len(before)])
    taken: dict[int, int] = {}
    used: set[int] = set()
    for (a, b), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if b not in taken and a not in used:
            taken[b] = a
            used.add(a)
    held = after >= 0
    ids, first, inverse = np.unique(after[held], return_index=True, return_inverse=True)
    named = np.empty(len(ids), np.int64)
    for place in np.argsort(first, kind="stable").tolist():
        b = int(ids[place])
        if b not in taken:
            taken[b] = fresh
            fresh += 1
        named[place] = taken[b]
    out[held] = named[inverse.ravel()]
    return out
