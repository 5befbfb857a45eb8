"""Cohen's kappa against published figures and by its properties; the draw of second opinions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas.moderation import kappa
from ideas.moderation.kappa import agreement, drawn, of_kind

VERDICTS = ("accept", "decline", "forward")
PAIRS = st.lists(st.tuples(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS)), min_size=1, max_size=60)


def pairs_of(table: list[list[int]]) -> list[tuple[int, int]]:
    return [(a, b) for a, row in enumerate(table) for b, n in enumerate(row) for _ in range(n)]


@pytest.mark.parametrize(
    ("table", "value", "error", "low", "high"),
    [
        # SAS/STAT User's Guide, PROC FREQ, "Agreement Study": two dermatologists on a skin condition.
        ([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]], 0.3449, 0.0724, 0.2030, 0.4868),
        # Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions, 3rd ed., table 18.1.
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.676, 0.088, None, None),
    ],
)
def test_published_examples(table, value, error, low, high):
    found = agreement(pairs_of(table))
    assert found is not None
    assert found.kappa == pytest.approx(value, abs=5e-4)
    assert found.error == pytest.approx(error, abs=5e-4)
    if low is not None:
        assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(PAIRS)
def test_never_above_one_and_one_when_all_agree(pairs):
    found = agreement(pairs)
    assert found is not None
    assert -1 - 1e-9 <= found.kappa <= 1 + 1e-12
    assert (found.kappa == 1) == all(a == b for a, b in pairs)
    assert found.error >= 0
    if found.low is not None and found.high is not None:
        assert -1 <= found.low <= found.kappa <= found.high <= 1


@given(PAIRS, st.permutations(VERDICTS))
def test_names_of_the_verdicts_do_not_matter(pairs, other):
    name = dict(zip(VERDICTS, other, strict=True))
    one, two = agreement(pairs), agreement([(name[a], name[b]) for a, b in pairs])
    assert one is not None
    assert two is not None
    assert two.kappa == pytest.approx(one.kappa)
    assert two.error == pytest.approx(one.error, abs=1e-6)


@given(PAIRS)
def test_who_was_first_does_not_matter(pairs):
    one, two = agreement(pairs), agreement([(b, a) for a, b in pairs])
    assert one is not None
    assert two is not None
    assert two.kappa == pytest.approx(one.kappa)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_of_two_verdicts_each_has_the_kappa_of_both(pairs):
    whole, one = agreement(pairs), of_kind(pairs, True)
    assert whole is not None
    assert one is not None
    assert one.kappa == pytest.approx(whole.kappa)


def test_few_and_none():
    assert agreement([]) is None
    small = agreement([("accept", "accept"), ("accept", "decline")])
    assert small is not None
    assert small.few
    assert small.kappa == pytest.approx(0)
    alike = agreement([("accept", "accept")] * 50)
    assert alike is not None
    assert (alike.kappa, alike.low, alike.few) == (1, None, False), "no interval without width"


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval(given_):
    same, n = given_
    low, high = kappa.share_interval(same, n)
    assert 0 <= low <= same / n + 1e-12
    assert same / n - 1e-12 <= high <= 1
    assert low < high


def test_wilsons_interval():
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, score method without correction.
    assert kappa.share_interval(81, 263) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))


def test_by_groups():
    found = kappa.by([("a", (1, 1)), ("b", (1, 2)), ("a", (2, 2))])
    assert list(found) == ["a", "b"]
    assert found["a"].kappa == 1


@given(st.text(min_size=16), st.integers(1, 2**62), st.integers(0, 99))
def test_the_draw_is_the_same_again_and_grows_with_the_share(secret, decision, percent):
    assert drawn(secret, decision, percent) == drawn(secret, decision, percent)
    assert drawn(secret, decision, percent) <= drawn(secret, decision, percent + 1)
    assert drawn(secret, decision, 100)
    assert not drawn(secret, decision, 0)


def test_the_draw_takes_its_share_and_needs_the_secret():
    ids = range(1, 20_001)
    one = [drawn("one secret of many", n, 5) for n in ids]
    other = [drawn("another secret here", n, 5) for n in ids]
    assert 0.045 < sum(one) / len(one) < 0.055
    both = sum(a and b for a, b in zip(one, other, strict=True))
    assert both < 0.2 * sum(one), "who knows another secret knows nothing"
