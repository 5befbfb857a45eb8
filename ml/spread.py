"""What ideas that say nearly the same tell of each other: shares of principles, and labels, lent to the likest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from ml.features import Features
from ml.likeness import SEARCH, Evidence, block, of_reading
from ml.neighbours import top
from ml.reading import read

FROM, WEIGHT, FELLOWS = 0.4, 4.0, 5
"""A fellow counts by the square of its likeness above the first, times the second, against the idea's own 1; so many
are asked (chosen, as the next, on the demo's training groups)."""
LABEL = 0.25
"""What a label that is lent counts beside a share: fellows may want another thing."""
AT_ONCE = 2000
"""So many ideas lend to each other; more go part by part."""


def seen(features: Features, texts: Sequence[str]) -> Evidence:
    """Rows to be compared, without vectors."""
    reading = read(texts)
    return of_reading(features, reading, None, np.zeros((len(reading), 1), np.float32))


def links(rows: Evidence, others: Evidence, own: np.ndarray | None = None) -> sp.csr_matrix:
    """(n, m) what each of m others lends to each of n rows. own: (n,) the column that is the row itself, -1 = none."""
    n, m = rows.lexical.shape[0], others.lexical.shape[0]
    parts = []
    for start in range(0, n, 512):
        who = np.arange(start, min(start + 512, n))
        values = block(rows.some(who), others, SEARCH)
        if own is not None:
            here = own[who] >= 0
            values[np.flatnonzero(here), own[who][here]] = -9
        at, best = top(values, min(FELLOWS, m))
        weight = WEIGHT * np.maximum(best - FROM, 0) ** 2
        line = np.repeat(np.arange(len(who)), at.shape[1])
        parts.append(sp.csr_matrix((weight.ravel(), (line, at.ravel())), (len(who), m)))
    out = sp.vstack(parts, format="csr") if parts else sp.csr_matrix((n, m))
    out.eliminate_zeros()
    return out


def told(tags: np.ndarray) -> np.ndarray:
    """(n, p + 1) tags as shares are: what has one proposes something."""
    return np.column_stack([tags, tags.any(axis=1)]).astype(float)


def spread(shares: np.ndarray, lent: sp.csr_matrix, lenders: np.ndarray) -> np.ndarray:
    """(n, p + 1) shares with what fellows lend: (n, m) links to (m, p + 1) shares of lenders."""
    total = np.asarray(lent.sum(axis=1)).reshape(-1, 1)
    return (shares + lent @ lenders) / (1 + total)
