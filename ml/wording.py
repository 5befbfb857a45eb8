"""How a word or a pair of words is written in a name: Russian in the nominative, agreed; others as they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ml.text import first_reading, lemma, parses

NAMING = {
    "NOUN": 1.0, "ADJF": 0.7, "ADJS": 0.6, "PRTF": 0.6, "PRTS": 0.6, "INFN": 0.5, "VERB": 0.5, "GRND": 0.4,
}  # fmt: skip
"""What a word tells as a name, by its part of speech: things more than what is done, and that more than how."""
NAMING_LITTLE = 0.3
PLURAL = 0.8
"""A word that stands in the plural at least so often is named in it («деньги», «дети»)."""
GENITIVE = 0.3
"""A second noun is read as the first one's genitive when the dictionary gives that reading so much."""
SHORT = 4
"""Abbreviations are at most so long; Latin ones among Russian words one letter less."""
_UNITS = {
    "шт", "руб", "коп", "кв", "ул", "тел", "см", "мм", "км", "кг", "мин", "сек", "гг", "обл", "стр", "корп",
}  # fmt: skip
"""Abbreviations that name nothing and are not written in capitals."""
_SOFT = "аеиоуыьэюя"

Form = tuple[str, str, int]
"""First and second word as they stand (the same where it is one), and how often."""


def cyrillic(word: str) -> bool:
    """Whether a normal word is of Cyrillic letters."""
    return "а" <= word[:1] <= "я"


def naming(word: str) -> float:
    """How well a word names a thing, 0..1."""
    if not cyrillic(word):
        return 1.0
    tag = first_reading(word)[1]
    # «Один», «иной», «весь» are adjectives only in their endings.
    little = (tag and "Apro" in tag) or word in _UNITS
    return NAMING_LITTLE if little else NAMING.get(_part(word), NAMING_LITTLE)


def _part(word: str) -> str:
    """The likeliest part of speech, "" where the dictionary has none."""
    tag = first_reading(word)[1]
    return str(tag.POS) if tag else ""


def cognate(first: str, second: str) -> bool:
    """Whether two stems are forms of one word («час», «часы»; «бесплат», «бесплатн»)."""
    if first == second:
        return True
    if first[:3] != second[:3]:
        return False
    least = min(len(first), len(second))
    same = next((i for i in range(3, least) if first[i] != second[i]), least)
    left = first[same:] + second[same:]
    return len(left) <= 3 if same >= 4 else same == 3 and len(left) <= 2 and not left.strip(_SOFT)


def word(forms: Sequence[Form], among_russian: bool) -> str:
    """A word in dictionary form; forms: how it stands, the most frequent first."""
    best = forms[0][0]
    if not cyrillic(best):
        return best.upper() if among_russian and len(best) < SHORT else best
    if best not in _UNITS and "Abbr" in (first_reading(best)[1] or "") and len(best) <= SHORT:
        return best.upper()
    votes: Counter[str] = Counter()
    for form, _, times in forms:
        votes[lemma(form)] += times
    common = max(votes.items(), key=lambda v: (v[1], v[0]))[0]
    forms = [f for f in forms if lemma(f[0]) == common]
    return (_plural(forms[0][0]) if _mostly_plural(forms) else None) or common


def _mostly_plural(forms: Sequence[Form]) -> bool:
    """Whether a word stands in the plural nearly always."""
    tags = [(first_reading(f[0])[1], f[2]) for f in forms]
    many = sum(n for tag, n in tags if tag and tag.POS == "NOUN" and tag.number == "plur")
    return many >= PLURAL * sum(n for _, n in tags)


def phrase(forms: Sequence[Form], among_russian: bool) -> str | None:
    """A pair of words as a name, by its most frequent form; None where the two make no phrase.

    Russian: adjective and noun in the nominative, agreed; a noun in the nominative and one in the genitive.
    """
    first, second, _ = forms[0]
    if not cyrillic(first) and not cyrillic(second):
        return f"{first} {second}"
    if not cyrillic(second):
        return None
    if not cyrillic(first):
        noun = _part(second) == "NOUN"
        return f"{word([(first, first, 1)], among_russian)} {lemma(second)}" if noun else None
    return _russian_phrase(first, second)


@lru_cache(20_000)
def _russian_phrase(first: str, second: str) -> str | None:
    # What the likeliest readings rule out costs no further look.
    if _part(second) != "NOUN" or _part(first) not in ("NOUN", "ADJF", "PRTF"):
        return None
    nouns = [b for b in parses(second) if b.tag.POS == "NOUN"]
    read = [(a.score * b.score, a, b) for a in parses(first) for b in nouns if _belong(a.tag, b)]
    if not read:
        return None
    _, a, b = max(read, key=lambda found: found[0])
    number = b.tag.number
    if a.tag.POS == "NOUN":
        made = _nominative(a, a.tag.number), second
    else:
        made = _nominative(a, number, b.tag.gender), _nominative(b, number)
    return " ".join(made) if all(made) else None


@lru_cache(2000)
def from_dictionary(words: str) -> str | None:
    """One word, or two that each stand in dictionary form as a phrase: «банковский карта» is «банковская карта».

    None where they are more, or no adjective or noun with its noun.
    """
    first, _, second = words.partition(" ")
    if not second:
        return words
    noun = parses(second)[0]
    if " " in second or noun.tag.POS != "NOUN":
        return None
    if _part(first) in ("ADJF", "PRTF"):
        made = _nominative(parses(first)[0], noun.tag.number, noun.tag.gender)
        return f"{made} {second}" if made and made[:3] == first[:3] else None
    thing = parses(first)[0].tag
    # «Чат бот», «колл центр», «онлайн запись»: the first word is not declined and rules nothing.
    if thing.POS != "NOUN" or len(first) < SHORT + 1 or "Fixd" in thing or "anim" in thing:
        return None
    ruled = noun.inflect({"gent"})
    return f"{first} {ruled.word.replace('ё', 'е')}" if ruled else None


def _belong(tag: Any, thing: Any) -> bool:
    """Whether a word belongs to the noun after it: an adjective agreed with it, or what the noun is the genitive of."""
    if tag.POS == "NOUN":
        return thing.tag.case == "gent" and thing.score >= GENITIVE
    if tag.POS not in ("ADJF", "PRTF") or "Apro" in tag:
        return False
    same = tag.case == thing.tag.case and tag.number == thing.tag.number
    return same and (tag.number == "plur" or tag.gender == thing.tag.gender)


def _nominative(parse: Any, number: str, gender: str | None = None) -> str | None:
    asked = {"nomn", number} | ({gender} if gender and number == "sing" else set())
    made = parse if asked in parse.tag else parse.inflect(asked)
    if made and made.word[:2] != parse.word[:2]:
        # «Лучшего» inflected alone gives «наихороший»; a form that begins as the word stands is its own.
        made = next((f for f in parse.lexeme if asked in f.tag and f.word[:2] == parse.word[:2]), None)
    return made and made.word.replace("ё", "е")


@lru_cache(20_000)
def _plural(noun: str) -> str | None:
    return _nominative(parses(noun)[0], "plur")
