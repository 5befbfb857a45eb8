"""Themes as a picture: every rectangle as large as its number, none over another, no word out of its box."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ideas.front.treemap import HEIGHT, WIDTH, picture, squarified

areas = st.lists(st.integers(1, 5000), min_size=1, max_size=12).map(lambda n: sorted(n, reverse=True))


@given(areas)
def test_rectangles_fill_the_picture_by_their_areas(given_areas):
    made = squarified(given_areas, WIDTH, HEIGHT)
    for area, box in zip(given_areas, made, strict=True):
        assert abs(box.width * box.height / (WIDTH * HEIGHT) - area / sum(given_areas)) < 1e-6
        assert box.x >= -1e-6
        assert box.y >= -1e-6
        assert box.x + box.width <= WIDTH + 1e-6
        assert box.y + box.height <= HEIGHT + 1e-6
    for a, b in itertools.combinations(made, 2):
        over = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
        across = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
        assert min(over, across) < 1e-6


def test_equal_areas_are_nearly_squares():
    for box in squarified([1] * 12, 720, 420):
        assert 0.5 < box.width / box.height < 2


@given(areas, st.text("абвгд ", min_size=1, max_size=60))
def test_words_stay_in_their_boxes(numbers, name):
    for tile in picture([(name, n) for n in numbers]):
        for y, line in tile.lines:
            assert tile.y < y < tile.y + tile.height
            assert len(line) * tile.size * 0.55 <= tile.width
        assert tile.note is None or tile.note < tile.y + tile.height


def test_no_themes_make_no_picture():
    assert picture([]) == []
    assert [b.width for b in squarified([0, 0], 10, 10)] == [0, 0]
