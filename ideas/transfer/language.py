"""Which language a file's texts are in, by their alphabet and commonest words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from stop_words import get_stop_words

LATIN = ("en", "es", "de", "fr", "it", "pt", "ca", "nl")
_WORD = re.compile(r"[^\W\d_]+")


@cache
def _common() -> dict[str, frozenset[str]]:
    return {lang: frozenset(get_stop_words(lang)) for lang in LATIN}


def language_of_texts(texts: Iterable[str]) -> str:
    """ "ru", a language with Latin letters, or "mixed" where more than a tenth is written in the other alphabet."""
    cyrillic = latin = 0
    seen: Counter[str] = Counter()
    for text in texts:
        words = _WORD.findall(text[:2000].lower())
        letters = "".join(words)
        russian = sum("а" <= c <= "я" or c == "ё" for c in letters)
        if russian * 2 > len(letters):
            cyrillic += 1
        elif letters:
            latin += 1
            seen.update(words)
    total = cyrillic + latin
    if not total or cyrillic / total > 0.9:
        return "ru"
    if latin / total <= 0.9:
        return "mixed"
    scores = {
        lang: sum(n for word, n in seen.items() if word in common) for lang, common in _common().items()
    }
    return max(LATIN, key=lambda lang: scores[lang])
