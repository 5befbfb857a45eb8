"""The best sentences of a group: taken word for word, asking before telling, whatever the order of the texts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ml.essence import essence, sentences

QUEUE = [
    "Вчера я ждала два часа в душном зале. Пусть талон электронной очереди приходит на телефон.",
    "Предлагаю присылать талон очереди на телефон по СМС. Моя бабушка устаёт.",
    "Талон очереди нужен в телефоне, чтобы не сидеть в зале. Погода была плохая, и автобус опоздал.",
    "Сделайте электронную очередь с талоном на телефоне. Спасибо сотруднице Анне за терпение.",
]
WORDS = [
    "очередь",
    "талон",
    "телефон",
    "зал",
    "нужно",
    "пусть",
    "скамейка",
    "окно",
    "the",
    "queue",
    "please",
    "\n",
    ". ",
    "! ",
]


def test_what_most_ask_for_is_quoted_and_no_story():
    best = essence(QUEUE, most=2)
    assert best[0].asks
    assert "талон" in best[0].words.lower()
    assert "телефон" in best[0].words.lower()
    assert all("бабушка" not in s.words and "автобус" not in s.words for s in best)


def test_english_is_understood():
    texts = [
        "I waited for two hours. Please send the queue ticket to my phone.",
        "The ticket of the queue should come to the phone. It rained.",
    ]
    assert {s.asks for s in essence(texts, "en", 2)} == {True}
    assert all("rained" not in s.words for s in essence(texts, "en", 2))


def test_nothing_to_quote():
    assert essence([]) == []
    assert essence(["", "Да.", "!!!", "а" * 5000]) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), max_size=8),
    st.randoms(),
    st.integers(1, 5),
)
def test_properties(texts, random, most):
    found = essence(texts, most=most)
    assert len(found) <= most
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    for s in found:
        assert s.words in sentences(texts[s.text])
        assert 0 < s.score <= 1 + 1e-9
    shuffled = texts[:]
    random.shuffle(shuffled)
    assert [s.words.casefold() for s in essence(shuffled, most=most)] == [s.words.casefold() for s in found]
    # A group said twice over has the same essence.
    assert [s.words.casefold() for s in essence(texts * 2, most=most)] == [s.words.casefold() for s in found]
