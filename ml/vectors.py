"""Word vectors that come with the `natasha` wheel (navec, Russian news, 300 numbers a word), read straight from it."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

WIDTH = 300


@cache
def _navec():
    """The vectors, or None where the wheel is not installed: Russian then does without."""
    spec = find_spec("natasha")
    if spec is None or not spec.origin:
        return None
    found = sorted((Path(spec.origin).parent / "data" / "emb").glob("navec_*.tar"))
    if not found:
        return None
    from navec import Navec

    return Navec.load(str(found[0]))


@cache
def _rows() -> tuple[dict[str, int], np.ndarray, np.ndarray] | None:
    navec = _navec()
    if navec is None:
        return None
    # The table writes «ё» where it stands; texts here do not.
    ids = {w.replace("ё", "е"): i for w, i in navec.vocab.word_ids.items() if not w.startswith("<")}
    return ids, navec.pq.indexes, navec.pq.codes


def available() -> bool:
    """Whether word vectors are installed."""
    return _rows() is not None


def word_vectors(words: list[str]) -> np.ndarray:
    """(n, 300) float32, zero rows for unknown words."""
    out = np.zeros((len(words), WIDTH), np.float32)
    rows = _rows()
    if rows is None:
        return out
    ids, indexes, codes = rows
    known = [(i, ids[w]) for i, w in enumerate(words) if w in ids]
    if known:
        at = np.array(known)
        quanta = np.arange(codes.shape[0])
        out[at[:, 0]] = codes[quanta[None, :], indexes[at[:, 1]]].reshape(len(at), -1)
    return out
