"""Questions to moderators: what is asked, and what is not asked again."""

from __future__ import annotations

import numpy as np

import ml

STRANGERS = [
    "Добавьте стульев в зал ожидания",
    "Мало стульев в зале, негде сидеть",
    "Стульев не хватает, люди стоят",
    "Телефон не отвечает, короткие гудки",
    "Не дозвониться: гудки, трубку никто не берёт",
    "Гудки в телефоне, дозвониться нельзя",
]


def grouped(clusters: list[int]) -> ml.Grouping:
    made = ml.group(STRANGERS, "ru")
    labels = np.array(clusters)
    return ml.Grouping(
        labels, labels, {}, {}, made.similarity, made.threshold, made.fallback
    )  # the groups under test are given, not found


def test_a_group_of_two_wishes_is_asked_about_at_its_seam() -> None:
    [question] = ml.ask(STRANGERS, grouped([0] * 6), "ru", most=1)
    sides = {question.first < 3, question.second < 3}
    assert sides == {True, False}


def test_two_groups_of_one_wish_are_asked_about() -> None:
    questions = ml.ask(STRANGERS, grouped([0, 0, 1, 2, 2, 2]), "ru", most=5)
    asked = [{q.first, q.second} for q in questions]
    assert any(2 in pair and pair & {0, 1} for pair in asked)


def test_what_was_answered_is_not_asked_again() -> None:
    made = grouped([0] * 6)
    [question] = ml.ask(STRANGERS, made, "ru", most=1)
    again = ml.ask(STRANGERS, made, "ru", answered=[(question.second, question.first)], most=5)
    assert all({q.first, q.second} != {question.first, question.second} for q in again)


def test_few_ideas_raise_no_question() -> None:
    made = ml.group(STRANGERS[:1], "ru")
    assert ml.ask(STRANGERS[:1], made, "ru") == []
