"""Statistics of the dashboards against published numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas.dashboard import rules

# Efron and Morris, Stein's paradox in statistics, Scientific American 236 (1977): hits in the first 45 at bats of 18
# players of 1970, and the estimates printed beside them: mean .265, shrinking factor .212.
HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
PRINTED = (
    [0.294, 0.289, 0.284, 0.280, 0.275, 0.275, 0.270, 0.265, 0.261, 0.261]
    + [0.256] * 5
    + [0.252, 0.247, 0.242]
)


def test_the_batters_of_efron_and_morris():
    found = rules.shrink([(hits, 45) for hits in HITS])
    assert [f.shrunk for f in found] == pytest.approx(PRINTED, abs=0.0011)
    assert found[0].kept == pytest.approx(0.212, abs=0.01)
    assert found[0].raw == pytest.approx(0.4)


def test_few_shares_are_left_as_they_are():
    assert [f.shrunk for f in rules.shrink([(1, 2), (0, 5), (3, 3)])] == pytest.approx([0.5, 0.0, 1.0])
    assert rules.shrink([]) == []


def test_what_rests_on_little_is_drawn_further():
    found = rules.shrink([(30, 100), (10, 100), (3, 10), (60, 100), (0, 0), (45, 100)])
    assert found[2].kept < found[0].kept
    assert found[4].kept == 0
    mean = found[4].shrunk
    assert abs(found[2].shrunk - mean) < abs(found[2].raw - mean)


shares = st.lists(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=4, max_size=30
)


@given(shares, st.randoms())
def test_a_share_stays_between_itself_and_the_mean_and_order_does_not_matter(counts, random):
    found = rules.shrink(counts)
    low, high = min(f.raw for f in found), max(f.raw for f in found)
    for one in found:
        assert 0 <= one.kept <= 1
        assert low - 1e-9 <= one.shrunk <= high + 1e-9
    order = list(range(len(counts)))
    random.shuffle(order)
    mixed = rules.shrink([counts[n] for n in order])
    assert [m.shrunk for m in mixed] == pytest.approx([found[n].shrunk for n in order], abs=1e-9)


def test_who_is_missing():
    # 10 of 200 participants from where a fifth of the city lives.
    found = rules.missing(10, 200, 20_000, 100_000)
    assert found is not None
    assert (found.part, found.residents, found.index, found.state) == (0.05, 0.2, 0.25, "missing")
    few = rules.missing(1, 6, 20_000, 100_000)
    assert few is not None
    assert few.state == ""
    more = rules.missing(100, 200, 20_000, 100_000)
    assert more is not None
    assert more.state == "more"
    assert rules.missing(0, 0, 1, 1) is None


def test_growth():
    assert rules.growth(15, 10) == 0.5
    assert rules.growth(3, 0) is None
