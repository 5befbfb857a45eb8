"""From which likeness on ideas say the same."""

from __future__ import annotations

import numpy as np

from ml.likeness import Evidence

HOME = 0.385
"""Average likeness (0..1) from which ideas of the thesaurus' domain say the same (chosen on the demo's training
groups)."""
JOINS, SLACK = 0.6, 0.1
"""An idea that would stand alone within that domain joins a cluster that it is nearly so many times as like as its
members are to each other: wrongly alone or wrongly joined it costs a moderator the same, rightly joined nothing (chosen
on the demo's training groups: less of that work and no less F1)."""
ELSEWHERE = 0.66
"""The same outside of that domain (chosen on the public answers)."""


def same_from(parts: Evidence, detail: float = 1.0) -> float:
    """The average likeness (0..1) from which ideas say the same."""
    return min((parts.at_home * HOME + (1 - parts.at_home) * ELSEWHERE) * detail**0.3, 0.98)


def joins_from(parts: Evidence, detail: float, cohesion: np.ndarray) -> np.ndarray:
    """The average likeness (0..1) to each cluster from which an idea that stands alone joins it."""
    home = JOINS * (cohesion + SLACK)
    return np.minimum((parts.at_home * home + (1 - parts.at_home) * ELSEWHERE) * detail**0.3, 0.98)
