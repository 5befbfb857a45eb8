"""Mending a text before it is published: hiding what is private, lowering capitals, parting two ideas."""

from __future__ import annotations

import re
from collections.abc import Iterable

TITLE_KEPT = 1000
TEXT_KEPT = 20_000
"""A draft keeps more than may be published, so that a text that is too long is not cut."""
SHORTEST_PART = 25
"""Of two ideas in one text each says something in at least so many characters."""

SHOUT_LETTERS = 12
"""Fewer capitals may be a name."""

# What stands in place of something private, by kind, in the language of the text.
_HIDDEN = {
    "ru": {
        "phone": "[телефон скрыт]", "email": "[почта скрыта]", "passport": "[паспорт скрыт]", "snils": "[СНИЛС скрыт]",
        "card": "[карта скрыта]", "address": "[адрес скрыт]", "name": "[имя скрыто]",
    },
    "en": {
        "phone": "[phone hidden]", "email": "[e-mail hidden]", "passport": "[passport hidden]",
        "snils": "[number hidden]", "card": "[card hidden]", "address": "[address hidden]", "name": "[name hidden]",
    },
}  # fmt: skip
# Names of papers, offices and things that are written in capitals by everybody.
_CAPITALS = re.compile(
    "МФЦ|ЕМИАС|СНИЛС|ИНН|ЕГРН|ЗАГС|ЖКХ|ЕИРЦ|ПТС|СТС|ОМС|ДМС|ГИБДД|МВД|ФНС|ПФР|СФР|ЭЦП|УКЭП|СМС|ПДФ|РФ|ТВ|ОГРН|ВНЖ|РВП|"
    "ЕГЭ|БТИ|ТСЖ|МЦД|МКАД|QR|PDF|ID|IT|SMS|ATM|USB|TV"
)
# Sentences with what stands between them.
_PARTS = re.compile(r"((?<=[.!?…])\s+|\n+)")
_SENTENCE = re.compile(r"(^|[.!?…]\s+|\n\s*)(\w)")


def mask(text: str, start: int, end: int, kind: str, lang: str) -> str:
    """The text with one spot hidden: named by its kind, or as dots where it is an insult or noise."""
    words = _HIDDEN["en" if lang == "en" else "ru"]
    return text[:start] + words.get(kind, "…") + text[end:]


def shouts(text: str) -> bool:
    """Whether the text, or a sentence of it, is nearly all in capitals."""
    return any(_shouted(part) for part in [text, *_PARTS.split(text)])


def lower_capitals(text: str) -> str:
    """What is SHOUTED as ordinary sentences; names of papers and offices keep their capitals."""
    if _shouted(text):
        return _SENTENCE.sub(lambda m: m[1] + m[2].upper(), _lowered(text))
    return "".join(_capital(_lowered(part)) if _shouted(part) else part for part in _PARTS.split(text))


def _shouted(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= SHOUT_LETTERS and sum(c.isupper() for c in letters) > 0.7 * len(letters)


def _lowered(text: str) -> str:
    def word(found: re.Match[str]) -> str:
        return found[0] if _CAPITALS.fullmatch(found[0]) else found[0].lower()

    return re.sub(r"\w+", word, text)


# A second wish begins so; "а также" mostly goes on with a list of things and is left out.
_NEXT_SENTENCE = re.compile(
    r"(?<=[.!?…;\n])\s*(?=(?:а\s+ещ[её]|и\s+ещ[её]|"
    r"ещ[её]\s+(?:одно|хочу|хотелось|прошу|нужно|надо|было бы|бы|предлагаю)|"
    r"также|кроме\s+того|помимо\s+этого|во-вторых|второе|and\s+also|also|besides|in\s+addition|"
    r"secondly|another\s+thing)\b)",
    re.I,
)
_NEXT_CLAUSE = re.compile(r",\s+(?=(?:а\s+ещ[её]|и\s+ещ[её]|and\s+also)\b)", re.I)
_NEXT_ITEM = re.compile(r"(?:^|(?<=[\n.;:!?]))\s*(?=2\s?[.)]\s+\w)")
_LEAD = re.compile(
    r"^(?:(?:а|и)\s+ещ[её]|также|кроме\s+того|помимо\s+этого|во-вторых|второе|and\s+also|also|besides|in\s+addition|"
    r"secondly|another\s+thing|2\s?[.)])[\s,:—–-]*",
    re.I,
)
_FIRST_ITEM = re.compile(r"^(?:1\s?[.)]|во-первых|первое|firstly|first)[\s,:—–-]*", re.I)


def two_ideas(text: str) -> tuple[str, str] | None:
    """A text that reads like two ideas, in two; None where it reads like one. A plain rule: only ever an offer."""
    for pattern in (_NEXT_ITEM, _NEXT_SENTENCE, _NEXT_CLAUSE):
        for found in pattern.finditer(text):
            first, second = text[: found.start()].rstrip(" ,;\n"), text[found.end() :].strip()
            first, second = _capital(_FIRST_ITEM.sub("", first)), _capital(_LEAD.sub("", second))
            if min(len(first), len(second)) >= SHORTEST_PART:
                return first if first[-1] in ".!?…" else first + ".", second
    return None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def numbers(text: str, most: int) -> list[int]:
    """Numbers of ideas from a form's field "3,17,20"; whatever is no such number is left out."""
    found: Iterable[str] = re.findall(r"\b\d{1,18}\b", text[:400])
    return [int(n) for n in found][:most]
