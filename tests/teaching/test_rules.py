"""Live figures and the geometry of charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas.teaching import rules
from ideas.teaching.rules import Live, chart

SHARES = st.one_of(st.none(), st.floats(0, 1))


def test_confirmed_and_corrected_are_counted_apart():
    live = Live(confirmed=6, corrected=2, abstained=4, hits=9, suggested=10, given=12)
    assert (live.words, live.agreement, live.precision, live.recall) == (12, 0.75, 0.9, 0.75)
    assert (Live().agreement, Live().precision) == (None, None)


def test_what_is_needed_is_what_the_tagger_needs():
    from ml.tag import LEAST_LABELS

    assert rules.NEEDED == LEAST_LABELS


def test_one_point_is_no_line():
    assert chart(["1"], [("F1", [0.5])]) is None


@given(st.lists(SHARES, min_size=2, max_size=40))
def test_a_line_stays_in_its_chart(values):
    made = chart([str(n) for n in range(len(values))], [("F1", values)])
    assert made is not None
    line = made.lines[0]
    assert len(line.dots) == sum(v is not None for v in values)
    for x, y in line.dots:
        assert made.left <= x <= made.right
        assert 0 <= y <= made.bottom
    starts = sum(v is not None and (n == 0 or values[n - 1] is None) for n, v in enumerate(values))
    assert line.path.count("M") == starts, "a gap where there is no value"
    assert made.ticks[-1][1] == str(len(values) - 1), "the latest is always named"


def test_higher_is_better_and_upwards():
    made = chart(["a", "b"], [("F1", [0.2, 0.8])])
    assert made is not None
    assert made.lines[0].dots[0][1] > made.lines[0].dots[1][1]


@pytest.mark.parametrize("count", [2, 8, 9, 40])
def test_labels_have_room(count):
    made = chart([str(n) for n in range(count)], [("F1", [0.5] * count)])
    assert made is not None
    gaps = [b[0] - a[0] for a, b in zip(made.ticks, made.ticks[1:], strict=False)]
    assert all(gap >= 60 for gap in gaps)
