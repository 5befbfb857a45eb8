"""What moderators have said: "these two belong together", "these two do not". Closed over, checked, kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

Pairs = Iterable[tuple[int, int]]


class ContradictoryLinks(ValueError):
    """Two ideas are asked to be together and apart. `pairs` are the cannot-links (index, index) at fault."""

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        self.pairs = list(pairs)
        shown = ", ".join(f"{i} and {j}" for i, j in self.pairs[:5])
        more = f" and {len(self.pairs) - 5} more" if len(self.pairs) > 5 else ""
        super().__init__(f"ideas {shown}{more} must be apart, but other links hold them together")


class Units:
    """Ideas that are inseparable (linked, or the same text) as one. `of` is (n,) the unit of each idea, numbered
    by first member; `cannot` the pairs of units that must stay apart; `tied` the units that a link made."""

    def __init__(self, same: np.ndarray, must: Pairs, cannot: Pairs) -> None:
        n = len(same)
        must, cannot = list(must), list(cannot)
        if not must and not cannot:
            self.of = np.asarray(same, np.int64)
            self.count = int(self.of.max(initial=-1)) + 1
            self.cannot = np.zeros((0, 2), np.int64)
            self.tied: set[int] = set()
            return
        self._parent = list(range(n))
        for i, j in must:
            self._join(i, j)
        broken = [(i, j) for i, j in cannot if self._root(i) == self._root(j)]
        if broken:
            raise ContradictoryLinks(broken)
        apart: dict[int, set[int]] = {}
        for i, j in cannot:
            apart.setdefault(self._root(i), set()).add(self._root(j))
            apart.setdefault(self._root(j), set()).add(self._root(i))
        self._join_same(same, apart)
        roots = [self._root(i) for i in range(n)]
        number = {r: k for k, r in enumerate(dict.fromkeys(roots))}
        self.of = np.array([number[r] for r in roots], np.int64)
        self.cannot = np.array(sorted({_pair(self.of[i], self.of[j]) for i, j in cannot}), np.int64).reshape(
            -1, 2
        )
        self.count = len(number)
        self.tied = {int(self.of[i]) for i, _ in must}

    def _join_same(self, same: np.ndarray, apart: dict[int, set[int]]) -> None:
        """Equal texts join unless a moderator has parted them."""
        heads: dict[int, list[int]] = {}
        for i, text in enumerate(same.tolist()):
            for head in heads.setdefault(text, []):
                a, b = self._root(head), self._root(i)
                if a == b:
                    break
                if b not in apart.get(a, ()):
                    root = self._join(a, b)
                    gone = b if root == a else a
                    for other in apart.pop(gone, set()):
                        apart[other].discard(gone)
                        apart[other].add(root)
                        apart.setdefault(root, set()).add(other)
                    break
            else:
                heads[text].append(i)

    def _root(self, i: int) -> int:
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def _join(self, i: int, j: int) -> int:
        a, b = sorted((self._root(i), self._root(j)))
        self._parent[b] = a
        return a


def _pair(i: int, j: int) -> tuple[int, int]:
    return (int(min(i, j)), int(max(i, j)))


def moved(pairs: Pairs, where: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of given indices as pairs of places (where: (n,)). Raises ValueError for an index that is not there."""
    out = [(int(i), int(j)) for i, j in pairs]
    bad = [p for p in out if not (0 <= p[0] < len(where) and 0 <= p[1] < len(where))]
    if bad:
        raise ValueError(f"link {bad[0]} names an idea that is not among the {len(where)} given")
    return [(int(where[i]), int(where[j])) for i, j in out]
