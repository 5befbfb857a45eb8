"""Orders agree with published examples, and hold what they promise for any numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas.ranking import rules


# Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I,
# method 3 (Wilson 1927).
@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_newcombes_table(successes, trials, low, high):
    found = rules.wilson(successes, trials)
    assert round(found[0], 4) == low
    assert round(found[1], 4) == high


def test_hand_computed_numbers():
    # 3 votes after 12 looks: p = .25; (.25 + z²/24 ± z √(.25·.75/12 + z²/576)) / (1 + z²/12).
    part, low, high = rules.exposure(3, 12.0) or (0, 0, 0)
    assert part == 0.25
    assert (round(low, 4), round(high, 4)) == (0.0889, 0.5323)
    # More votes than looks: each vote is a look.
    assert (rules.exposure(5, 2.0) or (0,))[0] == 1.0
    assert rules.exposure(0, 0.0) is None
    even = rules.split(50, 50) or (0, 0, 0)
    assert even[0] == even[2] == 1.0
    assert rules.split(10, 0) == (0.0, 0.0, pytest.approx(2 * rules.wilson(0, 10)[1]))
    assert rules.share(2.0, 0.0, 10) is None


def test_equals_share_their_places():
    assert rules.places([5, 7, 5, None, 1, 5, None]) == [
        (2, 4),
        (1, 1),
        (2, 4),
        (6, 7),
        (5, 5),
        (2, 4),
        (6, 7),
    ]
    assert rules.places([]) == []


def test_the_least_that_is_enough():
    assert rules.least(lambda n: n >= 37) == 37
    assert rules.least(lambda n: n >= 1) == 1
    assert rules.least(lambda n: False, 1000) is None


counts = st.integers(0, 5000)


@given(counts, st.integers(0, 5000), st.integers(1, 500))
def test_an_interval_holds_its_share_and_narrows(k, rest, times):
    n = k + rest
    low, high = rules.wilson(k, n)
    assert 0 <= low <= (k / n if n else 0.5) <= high <= 1
    if n:
        wider = high - low
        low, high = rules.wilson(k * (times + 1), n * (times + 1))
        assert high - low < wider


@given(counts, st.floats(0, 5000), st.integers(1, 50))
def test_more_votes_never_lower_an_idea(votes, eyes, more):
    before, after = rules.exposure(votes, eyes), rules.exposure(votes + more, eyes)
    assert after is not None
    if before is not None:
        assert after[1] >= before[1] - 1e-12


@given(st.floats(0, 100), st.floats(0, 50), st.floats(1, 1000))
def test_more_weight_never_lowers_a_share(weighted, more, effective):
    before, after = rules.share(weighted, 200, effective), rules.share(weighted + more, 200, effective)
    assert before is not None
    assert after is not None
    assert after[1] >= before[1] - 1e-12


@given(counts, counts)
def test_for_and_against_may_be_exchanged(favour, against):
    one, other = rules.split(favour, against), rules.split(against, favour)
    assert one == pytest.approx(other) if one else other is None
    if one:
        assert 0 <= one[1] <= one[0] + 1e-12
        assert one[0] <= one[2] + 1e-12


@given(st.integers(1, 200), st.integers(1, 20))
def test_the_same_division_by_more_people_stands_higher(voices, times):
    one, many = rules.split(voices, voices), rules.split(voices * (times + 1), voices * (times + 1))
    assert one is not None
    assert many is not None
    assert many[1] > one[1]


@given(st.lists(st.one_of(st.none(), st.integers(0, 6)), max_size=40), st.randoms())
def test_places_do_not_depend_on_the_order_of_items(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    mixed = rules.places([values[n] for n in order])
    straight = rules.places(values)
    assert [straight[n] for n in order] == mixed
    for (first, last), value in zip(straight, values, strict=True):
        if value is not None:
            assert first == 1 + sum(v is not None and v > value for v in values)
            assert last == sum(v is not None and v >= value for v in values)
