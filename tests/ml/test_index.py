"""Neighbours: the fast ways find what comparing everything finds."""

from __future__ import annotations

import numpy as np
import pytest

from ml import index, neighbours, parallel
from ml.index import Index
from ml.neighbours import nearest, top


def groups(count: int, size: int) -> np.ndarray:
    """Unit rows in groups of `size` that lie close together."""
    rng = np.random.default_rng(0)
    rows = (
        np.repeat(rng.standard_normal((count, 64)), size, axis=0)
        + rng.standard_normal((count * size, 64)) / 3
    )
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("width", [1, 3, 50, 700, 5000])
def test_top_is_the_sorted_beginning(width: int) -> None:
    # Few different values, so that ties abound.
    scores = np.random.default_rng(1).integers(0, 40, (30, width)).astype(np.float32)
    at, values = top(scores, 7)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :7]
    assert at.tolist() == order.tolist()
    assert values.tolist() == np.take_along_axis(scores, order, axis=1).tolist()


def test_cells_find_nearly_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = groups(500, 8)
    exact, _ = nearest(rows, 7)
    monkeypatch.setattr(neighbours, "EXACT", 100)
    found, score = nearest(rows, 7)
    shared = np.mean([len(set(a) & set(b)) for a, b in zip(exact.tolist(), found.tolist(), strict=True)]) / 7
    assert shared > 0.97
    assert (found != np.arange(len(rows))[:, None]).all()
    assert np.allclose(score, np.einsum("nd,nkd->nk", rows, rows[found]), atol=1e-5)
    assert (np.diff(score, axis=1) <= 0).all()


def test_cells_do_not_depend_on_the_number_of_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = groups(200, 8)
    monkeypatch.setattr(neighbours, "EXACT", 100)
    made = []
    for count in (1, 3):
        monkeypatch.setattr(parallel, "processors", lambda count=count: count)
        made.append(nearest(rows, 5))
    assert (made[0][0] == made[1][0]).all()
    assert (made[0][1] == made[1][1]).all()


@pytest.mark.parametrize("exact", [10_000, 100])
def test_an_index_finds_old_and_new_rows(monkeypatch: pytest.MonkeyPatch, exact: int) -> None:
    monkeypatch.setattr(index, "EXACT", exact)
    rows = groups(300, 8)
    made = Index(rows[:2000])
    assert [made.add(row) for row in rows[2000:]] == list(range(2000, 2400))
    hit = 0
    for i in range(0, 2400, 7):
        numbers, cosines = made.nearest(rows[i], 8)
        assert numbers[0] == i
        assert cosines[0] == pytest.approx(1, abs=1e-5)
        hit += len({n // 8 for n in numbers.tolist()} & {i // 8}) * (numbers // 8 == i // 8).sum()
    assert hit / (8 * len(range(0, 2400, 7))) > 0.97


def test_an_empty_index_knows_nothing() -> None:
    made = Index(np.zeros((0, 64), np.float32))
    assert len(made.nearest(np.ones(64, np.float32), 3)[0]) == 0
    assert made.add(np.ones(64, np.float32)) == 0
    assert made.nearest(np.ones(64, np.float32), 3)[0].tolist() == [0]
