# ruff: noqa: E501
"""Words of a text: normal form, tokens, stems, stop words, clauses, and which language they are in.

A word is stemmed by its script: Cyrillic as Russian, Latin as the campaign's own language, so that a mixed
campaign needs no guess per text. Where no stemmer exists, `Words.fallback` says so and words stay as they are.
"""

from __future__ import annotations

import contextlib
import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

MAX_CHARS = 20_000
"""Longer texts are cut here: ten thousand words carry no more of a wish than their first three thousand."""

LATIN = {
    "en": "english", "de": "german", "es": "spanish", "fr": "french", "it": "italian", "pt": "portuguese",
    "nl": "dutch", "sv": "swedish", "no": "norwegian", "da": "danish", "fi": "finnish", "ro": "romanian",
    "hu": "hungarian", "ca": "catalan", "pl": "polish", "tr": "turkish",
}  # fmt: skip
"""Languages of Latin script that have a stemmer."""

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CLAUSE = re.compile(r"[.!?…;\n]+|(?<=\w)\s*[,:—–]\s+(?:но|а|чтобы|поэтому|and|but|so)\b|\s[—–-]\s", re.I)
_CYRILLIC = re.compile(r"[а-я]")
_LETTER = re.compile(r"[^\W\d_]")


def normal(text: str) -> str:
    """NFKC, lower case, «ё» as «е», single spaces, at most MAX_CHARS characters."""
    cut = unicodedata.normalize("NFKC", text[:MAX_CHARS]).lower().replace("ё", "е")
    return " ".join(cut.split())


def tokens(text: str) -> list[str]:
    """Words and numbers of a normal text, in order."""
    return _WORD.findall(text)


def clauses(text: str) -> list[str]:
    """Sentences and long clauses of a raw text, each at least three words; the whole text when there is none."""
    parts = [p.strip() for p in _CLAUSE.split(text[:MAX_CHARS]) if p and len(p.split()) >= 3]
    return parts or [text]


def head(text: str) -> str:
    """The first line of a raw text, or its first sentence: where people put the gist."""
    first = text[:MAX_CHARS].lstrip().split("\n", 1)[0]
    return re.split(r"(?<=[.!?…])\s", first, maxsplit=1)[0]


def cyrillic(text: str) -> bool:
    """Whether most letters of the text are Cyrillic."""
    low = text.lower()
    return 2 * len(_CYRILLIC.findall(low)) > len(_LETTER.findall(low))


@cache
def _russian():
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


_of_thread = threading.local()


def _stemmer(name: str):
    """A stemmer of this thread's own: it keeps the word that it works on in itself."""
    import snowballstemmer

    stemmers = _of_thread.__dict__
    if name not in stemmers:
        stemmers[name] = snowballstemmer.stemmer(name)
    return stemmers[name]


_GLUE = {
    "ru": "а без бы был была были было быть в вам вас весь во вот все всего всех всю вы где да даже для до его ее если есть "
    "еще ж же за здравствуйте и из или им их к как какая какие какой когда которая которого которой которые который "
    "которых кто ли либо лишь меня мне мной много мой моя мы на над надо нам нами нас наш наша не него нее ней нет ни "
    "них но ну о об однако он она они оно от очень по под пожалуйста после потому почему при про прошу просьба просим "
    "с свое своей свои свой себе себя со та так также такая такие такой там те тем то того тоже той только том тот ту "
    "тут ты у уже хотелось хочется хотя чего чем через что чтобы чья эта эти этих это этой этом этот эту я добрый день "
    "будет будут можно нужно",
    "en": "a about after all also am an and any are as at be because been being but by can could did do does doing don for "
    "from get got had has have having he hello her here him his how i if in into is it its just let like ll m make me more "
    "most my no not of on or our out over please re really s she should so some t than that the their them then there "
    "these they this those to too up us ve very want was we were what when where which who why will with would you your",
}


@cache
def stop_words(lang: str) -> frozenset[str]:
    """Words that carry no topic: the Russian ones always, and those of the campaign's Latin language.

    Lists made for search engines hold subjects too («время», "work"), so the two main languages have their own.
    """
    from stop_words import StopWordError, get_stop_words

    words = set(_GLUE["ru"].split()) | set(_GLUE["en"].split())
    if lang in LATIN and lang != "en":
        with contextlib.suppress(StopWordError):
            words.update(normal(w) for w in get_stop_words(lang))
    return frozenset(words)


class Words:
    """Stems words of one campaign, with a memory.

    `fallback` is true when the language asked for has no stemmer: then Latin words stay whole and characters
    carry the likeness.
    """

    def __init__(self, lang: str = "ru") -> None:
        self.lang = lang
        self.fallback = lang not in LATIN and lang not in ("ru", "mixed")
        self._latin = LATIN.get(lang, "" if self.fallback else "english")
        self._stop = stop_words(lang)
        self._known: dict[str, str] = {}

    def stem(self, word: str) -> str:
        """The key under which all forms of a normal word meet; "" for a stop word or a single letter."""
        return "" if word in self._stop or len(word) < 2 else self.key(word)

    def stop(self, word: str) -> bool:
        """Whether a normal word carries no topic."""
        return word in self._stop

    def key(self, word: str) -> str:
        """As `stem`, but stop words keep a key too (phrases need them)."""
        known = self._known.get(word)
        if known is None:
            if _CYRILLIC.match(word):
                known = root(lemma(word))
            elif self._latin and word.isalpha():
                known = _stemmer(self._latin).stemWord(word)
            else:
                known = word
            if len(self._known) > 500_000:
                self._known.clear()
            self._known[word] = known
        return known

    def stems(self, text: str) -> list[str]:
        """Stems of a raw text in order, without stop words."""
        return [s for w in tokens(normal(text)) if (s := self.stem(w))]


_LEMMAS: dict[str, tuple[str, Any]] = {}


def lemma(word: str) -> str:
    """Dictionary form of a Russian word (the word itself in other scripts), «ё» as «е»."""
    return first_reading(word)[0]


def first_reading(word: str) -> tuple[str, Any]:
    """The dictionary form of `lemma` and the grammar (pymorphy3's tag) of the likeliest reading, None where it has none."""
    found = _LEMMAS.get(word)
    if found is None:
        found = word, None
        if _CYRILLIC.match(word) and len(word) > 2:
            likeliest = _russian().parse(word)[0]
            found = likeliest.normal_form.replace("ё", "е"), likeliest.tag
        if len(_LEMMAS) > 500_000:
            _LEMMAS.clear()
        _LEMMAS[word] = found
    return found


@lru_cache(20_000)
def parses(word: str) -> tuple:
    """All readings of a Russian word by pymorphy3, the likeliest first."""
    return tuple(_russian().parse(word))


_ENDING = re.compile(
    r"(?:ированный|ировать|ирование|овать|ование|евать|ывать|ивать|ывание|ивание|ание|яние|ение|ация|яция|иция|ция|"
    r"ать|ять|еть|ить|уть|оть|ти|ность|ость|ский|енный|анный|ованный|ный|ой|ый|ий|ие|ия|ье|ья|а|я|о|е|ь|й|и|ы|у|ю)$"
)
_LAST = re.compile(r"[аяоеьйиыую]$")


def root(word: str) -> str:
    """A Russian dictionary form without the ending that makes it a verb, its noun or an adjective."""
    bare = word[:-2] if word.endswith(("ться", "тись", "чься")) else word
    for found in (_ENDING.search(bare), _LAST.search(bare)):
        if found and found.start() >= 4:
            return bare[: found.start()]
    return bare


def known_russian(word: str) -> bool:
    """Whether the dictionary has this Russian word: others may be slips of the pen."""
    return _russian().word_is_known(word)


def unique(items: Iterable[str]) -> list[str]:
    """Items without repeats, in first order."""
    return list(dict.fromkeys(items))
