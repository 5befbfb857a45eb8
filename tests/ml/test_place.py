"""The level at which an arrival joins a group is read off the groups, by hand-computed examples."""

from __future__ import annotations

import numpy as np

from ml.place import LEAST_COSINE, vote_level


def test_the_level_parts_members_from_strangers():
    # Two pairs that say the same at 0.8 and 0.6; two ideas alone whose nearest grouped neighbour is at 0.5 and 0.4.
    index = np.array([[1], [0], [3], [2], [0], [2]])
    score = np.array([[0.8], [0.8], [0.6], [0.6], [0.5], [0.4]])
    assert vote_level(index, score, np.array([0, 0, 1, 1, -1, -1])) == 0.6


def test_without_groups_the_least_level_holds():
    assert vote_level(np.array([[1], [0]]), np.array([[0.9], [0.9]]), np.array([-1, -1])) == LEAST_COSINE
