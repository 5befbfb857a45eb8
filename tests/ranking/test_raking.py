"""Raking reproduces margins, agrees with a published table, and says what is impossible."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ideas.ranking.raking import Impossible, pooled, rake

# Women by age and marital status, England and Wales 1957 fitted to the margins of 1958: Bishop, Fienberg, Holland,
# Discrete Multivariate Analysis (1975), as computed in SAS/IML User's Guide, example "Iterative Proportional Fitting".
TABLE = [
    (1306, 83, 0), (619, 765, 3), (263, 1194, 9), (173, 1372, 28), (171, 1393, 51), (159, 1372, 81), (208, 1350, 108),
    (1116, 4100, 2329),
]  # fmt: skip
ROWS = [1412, 1402, 1450, 1541, 1681, 1532, 1662, 7644]
COLUMNS = [3988, 11702, 2634]
FITTED = [
    (1325.27, 86.73, 0.00), (615.56, 783.39, 3.05), (253.94, 1187.18, 8.88), (165.13, 1348.55, 27.32),
    (173.41, 1454.71, 52.87), (147.21, 1308.12, 76.67), (202.33, 1352.28, 107.40), (1105.16, 4181.04, 2357.81),
]  # fmt: skip


def test_a_published_table():
    cells = {(r, c): n for r, row in enumerate(TABLE) for c, n in enumerate(row)}
    margins = [("age", dict(enumerate(ROWS))), ("status", dict(enumerate(COLUMNS)))]
    done = rake(cells, margins, bounds=None)
    scale = sum(ROWS) / done.people
    for r, row in enumerate(FITTED):
        for c, wanted in enumerate(row):
            if wanted:
                assert done.weights[r, c] * TABLE[r][c] * scale == pytest.approx(wanted, abs=0.02), (r, c)


def test_one_margin_by_hand():
    """30 of district a and 10 of b, who are 100 and 300 residents: weights 1/3 and 3."""
    done = rake({("a",): 30, ("b",): 10}, [("district", {"a": 100, "b": 300})])
    assert done.weights == pytest.approx({("a",): 1 / 3, ("b",): 3.0})
    # Kish: (Σw)² / Σw² = 1600 / (30/9 + 90); n / that.
    assert done.effective == pytest.approx(1600 / (30 / 9 + 90))
    assert done.design == pytest.approx(40 / done.effective)
    assert done.off == 0


@pytest.mark.parametrize(
    ("cells", "margins", "margin", "category"),
    [
        ({("a",): 3}, [("district", {"a": 1, "b": 2})], "district", "b"),
        ({("a",): 3, ("b",): 1}, [("district", {"a": 1})], "district", "b"),
        ({("a",): 3, ("b",): 1}, [("district", {"a": 1, "b": 0})], "district", "b"),
        ({("a",): 3}, [("district", {"a": -1})], "district", "a"),
        ({("a",): 3}, [("district", {"a": 0})], "district", None),
        ({}, [("district", {"a": 1})], "district", None),
        (
            {("a", "x"): 3, ("a", "y"): 1},
            [("district", {"a": 1}), ("age", {"x": 1, "y": 1, "z": 1})],
            "age",
            "z",
        ),
    ],
)
def test_what_is_impossible_is_refused_by_name(cells, margins, margin, category):
    with pytest.raises(Impossible) as refused:
        rake(cells, margins)
    assert (refused.value.margin, refused.value.category) == (margin, category)
    assert margin in str(refused.value)


def test_margins_that_contradict_empty_cells():
    """All of a are x and all of b are y, but a is a third of the people and x a half."""
    cells = {("a", "x"): 5, ("b", "y"): 5}
    margins = [("district", {"a": 1, "b": 2}), ("age", {"x": 1, "y": 1})]
    with pytest.raises(Impossible, match="no weights fit"):
        rake(cells, margins, bounds=None)


def test_bounds_hold_and_what_they_cost_is_said():
    done = rake({("a",): 99, ("b",): 1}, [("district", {"a": 1, "b": 1})], bounds=(0.2, 5.0))
    assert done.weights["b",] == 5.0
    assert done.trimmed == 1
    assert done.off == pytest.approx(0.45)
    assert (done.margin, done.category) in {("district", "a"), ("district", "b")}
    assert done.weights["a",] * 99 + done.weights["b",] == pytest.approx(100)


tables = st.lists(st.lists(st.integers(1, 60), min_size=3, max_size=3), min_size=2, max_size=5)
population = st.lists(st.integers(1000, 9000), min_size=5, max_size=5)


@given(tables, population, population)
def test_margins_are_reproduced(table, rows, columns):
    cells = {(r, c): n for r, row in enumerate(table) for c, n in enumerate(row)}
    wanted = [dict(enumerate(rows[: len(table)])), dict(enumerate(columns[:3]))]
    done = rake(cells, [("district", wanted[0]), ("age", wanted[1])], bounds=None)
    assert sum(n * done.weights[c] for c, n in cells.items()) == pytest.approx(done.people)
    for n, target in enumerate(wanted):
        for category, residents in target.items():
            part = sum(k * done.weights[c] for c, k in cells.items() if c[n] == category) / done.people
            assert part == pytest.approx(residents / sum(target.values()), abs=1e-6)
    assert 0 < done.effective <= done.people * (1 + 1e-9)


@given(tables, population, population, st.permutations(range(5)))
def test_names_of_categories_do_not_matter(table, rows, columns, names):
    assume(len(table) <= 5)
    cells = {(r, c): n for r, row in enumerate(table) for c, n in enumerate(row)}
    wanted = [dict(enumerate(rows[: len(table)])), dict(enumerate(columns[:3]))]
    one = rake(cells, [("district", wanted[0]), ("age", wanted[1])])
    other = rake(
        {(f"d{names[r]}", c): n for (r, c), n in reversed(cells.items())},
        [("district", {f"d{names[r]}": n for r, n in wanted[0].items()}), ("age", wanted[1])],
    )
    for (r, c), weight in one.weights.items():
        assert other.weights[f"d{names[r]}", c] == pytest.approx(weight, rel=1e-6)


def test_small_districts_are_put_together():
    counts = {"a1": 9, "a2": 3, "a3": 4, "b1": 2, "b2": 20, "c1": 8}
    wider = {c: c[0].upper() for c in counts}
    assert pooled(counts, wider, 5) == {
        "a1": "a1", "a2": "A", "a3": "A", "b1": "B", "b2": "B", "c1": "c1",
    }  # fmt: skip
