"""Mending a text: pure functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas.draft import rules


@pytest.mark.parametrize(
    ("text", "lowered"),
    [
        ("ПОЧЕМУ НЕТ ВОДЫ?! В МФЦ ЖАРКО. СНИЛС ЖДУ", "Почему нет воды?! В МФЦ жарко. СНИЛС жду"),
        (
            "Добрый день! ПОСТАВЬТЕ НАВЕС НАД ВХОДОМ. Пишите Ивану.",
            "Добрый день! Поставьте навес над входом. Пишите Ивану.",
        ),
        ("Работает МФЦ и МВД", "Работает МФЦ и МВД"),
        ("PUT A BENCH BY THE DOOR, PLEASE", "Put a bench by the door, please"),
    ],
)
def test_what_is_shouted_is_lowered_and_the_rest_stays(text: str, lowered: str) -> None:
    assert rules.lower_capitals(text) == lowered
    assert not rules.shouts(lowered)
    assert rules.shouts(text) == (text != lowered)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Поставьте кулер с водой в зале, а ещё сделайте навес у входа для колясок.",
            ("Поставьте кулер с водой в зале.", "Сделайте навес у входа для колясок."),
        ),
        (
            "1. Поставить кулер в зале ожидания. 2. Сделать навес у главного входа.",
            ("Поставить кулер в зале ожидания.", "Сделать навес у главного входа."),
        ),
        (
            "Please add chairs in the hall, and also open the door on Sundays for all.",
            ("Please add chairs in the hall.", "Open the door on Sundays for all."),
        ),
        ("Нет воды, а также стаканов и салфеток для посетителей центра", None),
        ("Также нужно поставить скамейки для пожилых у входа.", None),
        ("Кулер. А ещё навес.", None),
        ("", None),
    ],
)
def test_two_ideas_in_one_text(text: str, parts: tuple[str, str] | None) -> None:
    assert rules.two_ideas(text) == parts


@given(st.text(max_size=300))
def test_no_text_is_lost_or_makes_trouble(text: str) -> None:
    letters = [c for c in text.casefold() if c.isalnum()]
    assert [c for c in rules.lower_capitals(text).casefold() if c.isalnum()] == letters
    parts = rules.two_ideas(text)
    assert parts is None or min(map(len, parts)) >= rules.SHORTEST_PART


def test_numbers_of_ideas_are_read_leniently() -> None:
    assert rules.numbers("3, 17,abc,99999999999999999999,5", 20) == [3, 17, 5]
    assert rules.numbers("1,2,3,4", 2) == [1, 2]


def test_what_is_hidden_is_named_in_the_language_of_the_text() -> None:
    assert rules.mask("Звоните 123", 8, 11, "phone", "ru") == "Звоните [телефон скрыт]"
    assert rules.mask("Call 123", 5, 8, "phone", "en") == "Call [phone hidden]"
    assert rules.mask("Дурак", 0, 5, "insult", "ru") == "…"
