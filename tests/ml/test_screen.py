"""Screening finds personal data and leaves ordinary numbers alone."""

from __future__ import annotations

import pytest

from ml import screen
from ml.evaluate_screen import cases, kinds, screened


def test_a_hundred_of_each() -> None:
    positives, near_misses = cases()
    assert len(positives) == 100
    assert len(near_misses) >= 100


def test_personal_data_f1() -> None:
    found = screened()
    assert found.f1 >= 0.95, (found.missed, found.false)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("address", "Живу: ул. Садовая, д. 5, кв. 12"),
        ("name", "Меня обслуживала Иванова Мария Петровна"),
        ("name", "Сотрудник Сидоров А. Б. помог"),
        ("insult", "Там работают идиоты"),
        ("spam", "Заработок от 5000 в день без вложений, переходите по ссылке"),
        ("shouting", "СДЕЛАЙТЕ УЖЕ НАКОНЕЦ НОРМАЛЬНУЮ ОЧЕРЕДЬ"),
        ("gibberish", "фывапролд"),
        ("gibberish", "ааааааааааааа"),
    ],
)
def test_other_kinds(kind: str, text: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🙂",
        "Прошу открыть центр на улице Садовой",
        "Сделайте МФЦ и СНИЛС онлайн",
        "Спасибо Марии из окна 5",
        "Мандарин, оскорблять нельзя",
    ],
)
def test_ordinary_texts_pass(text: str) -> None:
    assert screen([text]) == [[]]


def test_flags_point_at_their_text() -> None:
    text = "Пишите: a@b.ru или +7 916 123-45-67"
    flags = screen([text])[0]
    assert [text[f.start : f.end] for f in flags] == ["a@b.ru", "+7 916 123-45-67"]
    assert all(f.why for f in flags)


def test_a_huge_text_is_bounded() -> None:
    assert screen(["1" * 300_000])[0] is not None
    assert screen(["слово " * 100_000])[0] is not None
