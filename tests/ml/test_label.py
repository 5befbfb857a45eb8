"""Names of groups: readable words of the members' own language, each said once, and what most members say."""

from __future__ import annotations

import numpy as np
import pytest

from ml import wording
from ml.label import Name, Terms, names, theme_names
from ml.reading import read
from ml.text import Words


def named(*groups: list[str], lang: str = "mixed") -> list[tuple[str, ...]]:
    """Keywords of each group of texts."""
    texts = [text for group in groups for text in group]
    labels = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    reading = read(texts)
    vectors = np.ones((len(texts), 1), np.float32)
    found = names(Terms(reading, Words(lang)), labels, vectors, np.arange(len(texts)))
    return [found[n].keywords for n in range(len(groups))]


OTHERS = ["Пандус у входа крутой", "Пандус не для колясок", "Нужен пологий пандус"]
CHAIRS = ["More chairs in the hall", "Chairs for the old, please", "Too few chairs"]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("образцами", "заполнения", "образцы заполнения"),
        ("экспертом", "ведомства", "эксперт ведомства"),
        ("бордюрного", "камня", "бордюрный камень"),
        ("проезжей", "частью", "проезжая часть"),
        ("детском", "уголке", "детский уголок"),
        ("лежачих", "полицейских", "лежачие полицейские"),
        ("ограничивающий", "парковку", None),
        ("оборудовать", "съезд", None),
        ("сразу", "переключает", None),
        ("этой", "очереди", None),
        ("крупный", "парковку", None),
        ("qr", "кода", "QR код"),
        ("larger", "print", "larger print"),
    ],
)
def test_a_phrase_is_in_the_nominative_and_agreed_or_none(first, second, said):
    assert wording.phrase([(first, second, 3)], True) == said


@pytest.mark.parametrize(
    ("forms", "said"),
    [
        (["экспертом", "эксперту"], "эксперт"),
        (["стульев"], "стулья"),
        (["деньгами", "денег"], "деньги"),
        (["документов", "документа", "документу"], "документ"),
        (["смс"], "СМС"),
        (["шт"], "шт"),
        (["закрыли"], "закрыть"),
    ],
)
def test_a_word_is_in_dictionary_form(forms, said):
    assert wording.word([(form, form, 1) for form in forms], True) == said


def test_capitals_only_for_latin_abbreviations_among_russian_words():
    assert wording.word([("qr", "qr", 1)], True) == "QR"
    assert wording.word([("qr", "qr", 1)], False) == "qr"
    assert wording.word([("email", "email", 1)], True) == "email"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("час", "часы", True),
        ("бесплат", "бесплатн", True),
        ("оценк", "оцен", True),
        ("парк", "парковк", True),
        ("час", "част", False),
        ("очеред", "окно", False),
        ("стен", "стенограмм", False),
    ],
)
def test_forms_of_one_word_are_known(first, second, same):
    assert wording.cognate(first, second) is same
    assert wording.cognate(second, first) is same


def test_a_word_is_named_once():
    found = named(
        ["Копия бесплатно, час работы", "Бесплатная копия, часы работы", "Копии бесплатны, один час"], OTHERS
    )[0]
    assert len([w for w in found if w.startswith("час")]) == 1
    assert len([w for w in found if w.startswith("бесплатн")]) <= 1


def test_phrases_of_texts_come_out_agreed():
    asked = ["Не хватает детского уголка", "В детском уголке пусто", "Займитесь детским уголком"]
    assert "детский уголок" in named(asked, OTHERS)[0]


def test_a_russian_group_has_no_english_words():
    chairs = ["Поставьте стулья в зал", "Стульев мало", "Нужны стулья"]
    found = named([*chairs, "More chairs in the hall", "Chairs please, more chairs"], OTHERS)[0]
    assert found[0] == "стулья"
    assert all(wording.cyrillic(w) for w in found)


def test_an_english_group_has_no_russian_words():
    found = named([*CHAIRS, "Стулья в зал, стулья", "Стулья поставьте"], OTHERS, lang="en")[0]
    assert found[0] == "chairs"
    assert not any(wording.cyrillic(w) for w in found)


def test_a_latin_word_that_russian_texts_use_stays():
    asked = ["Оплата по QR у окна", "Сделайте QR в квитанции", "Квитанция без QR"]
    assert "QR" in named(asked, OTHERS, CHAIRS)[0]
    rare = [f"{text} срочно" for text in ["Квитанция, оплата"] * 8] + [
        "Квитанция и QR",
        "Оплата, квитанция, QR",
    ]
    assert "QR" not in named(rare, OTHERS, CHAIRS)[0]


def test_what_most_members_say_comes_first():
    asked = ["Термос, рояль, рояль, рояль", "Термос у окна", "Термос, пожалуйста", "Большой термос"]
    assert named(asked, OTHERS)[0][0] == "термос"


def test_a_thing_names_better_than_what_is_done_with_it():
    found = named(["Вымыть скамейку", "Вымойте скамейки", "Скамейку вымыть"], OTHERS)[0]
    assert found[:2] == ("скамейка", "вымыть")


def test_words_of_one_member_only_fill_up_a_short_name():
    found = named(["Скамейка у липы", "Скамейка, урна, фонарь, газон", "Скамейка и беседка"], OTHERS)[0]
    assert found[0] == "скамейка"
    assert len(found) <= 3


def test_the_order_of_texts_changes_nothing():
    texts = [[*OTHERS, *CHAIRS], ["Открыть в субботу", "Суббота рабочая", "Работа в субботу до обеда"]]
    assert named(*texts) == named(*[group[::-1] for group in texts])


@pytest.mark.parametrize("texts", [[""], ["🙂"], ["123"], ["и в на"], ["да"], ["а" * 5000]])
def test_odd_texts_get_a_name_or_none(texts):
    assert len(named(texts)[0]) <= 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("очередь", "очередь"),
        ("банковский карта", "банковская карта"),
        ("водительский удостоверение", "водительское удостоверение"),
        ("время ожидание", "время ожидания"),
        ("колл центр", None),
        ("не работать сайт", None),
    ],
)
def test_dictionary_forms_make_a_phrase(words, said):
    assert wording.from_dictionary(words) == said


def test_the_typical_idea_is_in_the_language_of_most():
    texts = ["More chairs please", "Стулья в зал", "Нужны стулья"]
    vectors = np.array([[1.0, 0.0], [0.8, 0.6], [0.8, -0.6]], np.float32)
    found = names(Terms(read(texts), Words("mixed")), np.zeros(3, int), vectors, np.arange(3))
    assert found[0].typical != 0


def test_a_theme_is_named_by_what_its_clusters_cover():
    clusters = np.array([0] * 6 + [1] * 3 + [2] * 3 + [-1] * 8)
    themes = np.array([0] * 9 + [1] * 3 + [0] * 2 + [2] * 6)
    named = {
        0: Name(("пандус", "вход", "Door"), 0),
        1: Name(("стулья", "стул", "вход"), 6),
        2: Name(("вход", "дверь"), 9),
    }
    plain = {n: Name(("минута", "час", "номер"), 0) for n in range(3)}
    found = theme_names(named, clusters, themes, plain)
    assert found[0].keywords == ("пандус", "вход", "стулья")
    assert found[1] == found[2] == plain[1]
    assert theme_names({}, np.full(3, -1), np.zeros(3, int), {0: plain[0]}) == {0: plain[0]}
