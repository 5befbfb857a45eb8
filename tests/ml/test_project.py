"""The map: what is alike lies together, what was there stays, and nothing depends on luck."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from ml.forces import Push, affinities
from ml.neighbours import nearest
from ml.project import apart, beside, fill, onto, project


def crowds(
    count: int = 8, size: int = 25, spread: float = 0.35, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows around some middles, and which middle each is of."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(count), size)
    middles = rng.standard_normal((count, 32))
    rows = middles[labels] + spread * rng.standard_normal((len(labels), 32))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels


def same_beside(places: np.ndarray, labels: np.ndarray, k: int = 8) -> float:
    far = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(far, np.inf)
    return float((labels[np.argsort(far, axis=1)[:, :k]] == labels[:, None]).mean())


def test_the_alike_lie_together():
    rows, labels = crowds()
    places = project(rows)
    assert places.shape == (len(rows), 2)
    assert places.dtype == np.float32
    assert np.isfinite(places).all()
    assert same_beside(places, labels) > 0.97
    assert trustworthiness(rows, places, n_neighbors=10, metric="cosine") > 0.93


def test_twice_the_same_picture():
    rows, _ = crowds(6, 20)
    assert np.array_equal(project(rows), project(rows))


def test_what_people_put_together_comes_together():
    """Two halves of different crowds, pinned into one group, stand nearer than without."""
    rows, _ = crowds(6, 20)
    pinned = np.full(len(rows), -1)
    pinned[[0, 1, 2, 20, 21, 22]] = 7

    def gap(places: np.ndarray) -> float:
        size = np.sqrt(places.var(axis=0).sum())
        return float(np.linalg.norm(places[0:3].mean(axis=0) - places[20:23].mean(axis=0)) / size)

    assert gap(project(rows, groups=pinned)) < 0.7 * gap(project(rows))


def test_new_rows_do_not_turn_the_picture_over():
    rows, labels = crowds()
    order = np.random.default_rng(1).permutation(len(rows))
    rows, labels = rows[order], labels[order]
    old = len(rows) * 9 // 10
    before = project(rows[:old])
    start = np.full((len(rows), 2), np.nan)
    start[:old] = before
    after = project(rows, start=start)
    size = np.sqrt(before.var(axis=0).sum())
    moved = np.linalg.norm(after[:old] - before, axis=1) / size
    assert np.median(moved) < 0.06
    assert same_beside(after, labels) > 0.97


def test_a_picture_of_mostly_new_rows_is_made_afresh_and_turned_onto_the_old():
    rows, labels = crowds()
    start = np.full((len(rows), 2), np.nan)
    start[::10] = np.random.default_rng(0).standard_normal((len(rows) // 10, 2))
    after = project(rows, start=start)
    assert same_beside(after, labels) > 0.97


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 9])
def test_few_rows(count):
    rows, _ = crowds(3, 3)
    places = project(rows[:count])
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == count


def test_equal_rows_stand_apart():
    rows = np.tile(np.eye(8, dtype=np.float32)[:1], (50, 1))
    rows = np.vstack([rows, crowds(4, 10)[0][:, :8]])
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    places = project(rows.astype(np.float32))
    assert np.isfinite(places).all()
    assert len(np.unique(places.round(3), axis=0)) == len(rows)


def test_the_grid_pushes_as_all_pairs_do():
    """The interpolated repulsion against the sum over all pairs."""
    y = np.random.default_rng(3).standard_normal((300, 2)) * 12
    gap = y[:, None] - y[None]
    near = 1 / (1 + (gap**2).sum(axis=2))
    whole = near.sum() - len(y)
    exact = (gap * (near**2)[:, :, None]).sum(axis=1) / whole
    found = Push()(y)
    assert np.abs(found - exact).max() < 0.1 * np.abs(exact).max()
    assert np.abs(found - exact).mean() < 0.05 * np.abs(exact).mean()


def test_pulls_add_up_and_are_mutual():
    rows, labels = crowds(4, 15)
    links = affinities(*nearest(rows, 10), groups=labels)
    assert links.sum() == pytest.approx(1)
    assert abs(links - links.T).max() < 1e-12


def test_a_new_row_stands_among_its_neighbours():
    places = np.array([[0, 0], [1, 0], [0, 1], [50, 50]], float)
    x, y = beside(np.array([0.9, 0.9, 0.9, 0.2]), places)
    assert 0 < x < 1
    assert 0 < y < 1


def test_missing_places_are_filled_from_neighbours_or_the_edge():
    index = np.array([[1, 2], [0, 2], [0, 1], [0, 1], [-1, -1]])
    start = np.array([[0, 0], [2, 0], [1, 1], [np.nan, np.nan], [np.nan, np.nan]])
    filled = fill(index, np.full((5, 2), 0.5), start)
    assert np.allclose(filled[3], [1, 0])
    assert np.isfinite(filled).all()


def test_onto_undoes_a_turn_and_a_mirror():
    y = np.random.default_rng(0).standard_normal((40, 2))
    turned = y @ np.array([[0, 1], [1, 0]]) + 7
    before = y.copy()
    before[30:] = np.nan
    assert np.allclose(onto(turned, before), y)


def test_apart_leaves_what_has_room():
    y = np.stack(np.meshgrid(np.arange(10.0), np.arange(10.0)), axis=-1).reshape(-1, 2)
    assert np.allclose(apart(y), y)
