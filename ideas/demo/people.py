"""Made-up public names: a common first name and an initial, nobody in particular."""

from __future__ import annotations

import numpy as np

_FIRST = (
    "Александр Александра Алексей Алина Алла Анастасия Анатолий Ангелина Андрей Анна Антон Антонина Арина Артём "
    "Борис Вадим Валентина Валерий Варвара Василий Вера Вероника Виктор Виктория Виталий Владимир Владислав "
    "Вячеслав Галина Георгий Григорий Дарья Денис Дмитрий Евгений Евгения Егор Екатерина Елена Елизавета Жанна "
    "Зинаида Зоя Иван Игорь Илья Инна Ирина Кирилл Клавдия Константин Кристина Ксения Лариса Лев Леонид Лидия "
    "Любовь Людмила Майя Максим Маргарита Марина Мария Матвей Михаил Надежда Наталья Никита Николай Нина Оксана "
    "Олег Ольга Павел Пётр Полина Раиса Римма Роман Светлана Семён Сергей София Станислав Степан Таисия Тамара "
    "Татьяна Тимофей Ульяна Фёдор Эдуард Эльвира Юлия Юрий Яна Ярослав Айгуль Рустам Тимур Гульнара Ашот Карина"
)
_OTHER = "Alice Ben Chloe Daniel Emma Grace Hannah Jack Kate Liam Mia Noah Oscar Priya Sam Zoe"
_INITIALS = "АБВГДЕЗИКЛМНОПРСТУФХЧШЯ"
_LATIN = "ABCDEFGHJKLMNPRSTW"


def names(count: int, chance: np.random.Generator) -> list[tuple[str, str]]:
    """`count` pairs of a public name and its language; about one in twelve writes English."""
    russian, other = _FIRST.split(), _OTHER.split()
    made = []
    for english in chance.random(count) < 1 / 12:
        first, initials = (other, _LATIN) if english else (russian, _INITIALS)
        name = first[int(chance.integers(len(first)))]
        # Some give their first name alone, as people do.
        if chance.random() < 0.93:
            name += f" {initials[int(chance.integers(len(initials)))]}."
        made.append((name, "en" if english else "ru"))
    return made
