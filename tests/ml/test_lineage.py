"""Lineage is an exact account: each cluster of either run is in exactly one change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml import match

labels = st.lists(st.integers(-1, 5), min_size=0, max_size=40)


@settings(max_examples=200, deadline=None)
@given(labels, st.data())
def test_partitions_are_exact(before: list[int], data: st.DataObject) -> None:
    after = data.draw(st.lists(st.integers(-1, 5), min_size=len(before), max_size=len(before) + 5))
    changes = match(before, after)
    olds = [c for change in changes for c in change.before]
    news = [c for change in changes for c in change.after]
    assert sorted(olds) == sorted(set(before) - {-1})
    assert sorted(news) == sorted(set(after) - {-1})
    for change in changes:
        sizes = (len(change.before), len(change.after))
        assert (change.kind == "new") == (sizes[0] == 0)
        assert (change.kind == "gone") == (sizes[1] == 0)
        assert (change.kind in ("kept", "grew", "shrank")) == (sizes == (1, 1))


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ([0, 0, 1], [5, 5, 6], ["kept", "kept"]),
        ([0, 0], [0, 0, 0], ["grew"]),
        ([0, 0, 0], [0, 0, -1], ["shrank"]),
        ([0, 0, 0, 0], [1, 1, 2, 2], ["split"]),
        ([0, 0, 1, 1], [3, 3, 3, 3], ["joined"]),
        ([0, 0], [-1, -1], ["gone"]),
        ([-1, -1], [0, 0], ["new"]),
        ([], [], []),
    ],
)
def test_kinds(before: list[int], after: list[int], kinds: list[str]) -> None:
    assert [c.kind for c in match(before, after)] == kinds


def test_a_few_strays_make_no_split() -> None:
    before, after = [0] * 10 + [1] * 10, [0] * 9 + [1] * 11
    assert [c.kind for c in match(before, after)] == ["shrank", "grew"]


def test_decided_clusters_are_marked() -> None:
    changes = match([0, 0, 1, 1], [0, 0, 0, 0], decided=[1])
    assert changes[0].decided
    assert not match([0, 0], [0, 0, 0], decided=[7])[0].decided


def test_a_shorter_run_is_refused() -> None:
    with pytest.raises(ValueError, match="new ones last"):
        match([0, 0], [0])
