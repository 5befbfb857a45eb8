"""Copies of texts are found, whatever surrounds them; what merely resembles is left alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.waves import SHORTEST, waves


def text(seed: int, words: int = 40) -> str:
    chance = random.Random(seed)
    return " ".join("".join(chance.choices("абвгдежзиклмнопрст", k=6)) for _ in range(words))


def test_what_a_copy_may_change():
    plain = text(1)
    words = plain.split()
    changed = [
        plain.upper().replace(" ", ",  ") + "!!!",
        "Здравствуйте! " + plain,
        plain + " Спасибо, Анна",
        " ".join([*words[:20], "опечатка", *words[21:]]),
    ]
    found = waves([text(2), plain, *changed, text(3)])
    assert found.tolist() == [-1, 1, 1, 1, 1, 1, -1]


def test_short_texts_are_copies_only_when_the_same():
    assert waves(["Больше стульев", "больше стульев.", "больше стульев в зале", "…", "!"]).tolist() == [
        0,
        0,
        -1,
        -1,
        -1,
    ]
    a = text(4, SHORTEST - 1)
    assert waves([a, a + " да"]).tolist() == [-1, -1]


def test_halves_are_not_copies():
    one, other = text(5).split(), text(6).split()
    assert waves([" ".join(one), " ".join(one[:20] + other[20:])]).tolist() == [-1, -1]


def test_many_copies_among_many_texts():
    """500 copies, each with a greeting of its own and a word changed, are all found; nothing else is."""
    texts = [text(n) for n in range(2000)]
    for n in range(500):
        words = texts[n % 50].split()
        words[n % 40] = "иначе"
        texts.append(f"добрый день {n} " + " ".join(words))
    found = waves(texts)
    assert found[:50].tolist() == list(range(50))
    assert (found[50:2000] == -1).all()
    assert found[2000:].tolist() == [n % 50 for n in range(500)]


def test_nothing_and_nonsense():
    assert waves([]).tolist() == []
    with pytest.raises(ValueError, match="alike"):
        waves(["a"], alike=0)


pieces = st.lists(st.sampled_from([text(n) for n in range(6)] + ["кулер", "Кулер!", ""]), max_size=12)


@given(pieces, st.randoms())
def test_waves_do_not_depend_on_the_order(texts, chance):
    def together(listed: list[str]) -> set[frozenset[str]]:
        found = waves(listed).tolist()
        return {
            frozenset(t for t, w in zip(listed, found, strict=True) if w == wave)
            for wave in set(found) - {-1}
        }

    mixed = list(texts)
    chance.shuffle(mixed)
    assert together(texts) == together(mixed)
    found = waves(texts).tolist()
    for n, wave in enumerate(found):
        # A wave has the number of its earliest member, and everybody has company.
        assert wave == -1 or (found[wave] == wave <= n and found.count(wave) > 1)
