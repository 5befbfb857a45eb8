# ruff: noqa: E501
"""What a moderator should see before others do: personal data, insults, spam, noise. Rules only, each explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from ml.text import MAX_CHARS

Kind = Literal[
    "phone",
    "email",
    "passport",
    "snils",
    "card",
    "address",
    "name",
    "insult",
    "spam",
    "shouting",
    "gibberish",
]


@dataclass(frozen=True)
class Flag:
    """text[start:end] is of this kind; why is an English message id for the interface."""

    kind: Kind
    start: int
    end: int
    why: str


_EMAIL = re.compile(r"[\w.+%-]{1,64}\s?@\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_EMAIL_WORDS = re.compile(
    r"\b[\w.+-]{2,40}\s*(?:\(|\[)?(?:собака|at)(?:\)|\])?\s*[\w-]{2,40}\s*(?:\(|\[)?(?:точка|dot|\.)(?:\)|\])?\s*"
    r"(?:ру|ком|ru|com|org|net|рф)\b",
    re.I,
)
_DIGITS = re.compile(r"(?<![\w№/.,-])(?:\+\s?)?(?:\(\d{3,5}\)|\d)(?:[\s()\-–—.]{0,3}\d){5,22}(?![\d\w])")
_PHONE_WORD = re.compile(r"(?:тел(?:\.|ефон\w*)?|звоните|позвоните|моб(?:\.|ильн\w*)|сот(?:\.|ов\w*)|whats?app|ватсап\w*|вацап\w*|"
                         r"phone|call|mobile|tel\.?)\W{0,4}(?:\w+\W{1,3}){0,3}$", re.I)  # fmt: skip
# A number is no telephone's where it is said to be another thing's.
_NUMBER_WORD = re.compile(r"(?<!кадастровый )(?<!серийный )(?<!инвентарный )\bномер\w*"
                          r"(?:\s+(?:телефон\w*|моб\w*|сот\w*|мой|наш|для связи))?\W{0,4}$", re.I)  # fmt: skip
_PASSPORT = re.compile(r"(?:паспорт\w*|passport|серия|серии)(?:[^.!?\d]|\bno?\.){0,40}?(?<!\d)"
                       r"(\d{2}\s?\d{2}\W{0,4}(?:(?:номер|№|no|n)\.?\W{0,3})?\d{3}\s?\d{3})(?!\d)", re.I)  # fmt: skip
_PASSPORT_BARE = re.compile(r"(?<![\d-])\d{2}\s\d{2}\s(?:№\s?)?\d{6}(?![\d-])")
_SNILS = re.compile(r"(?<!\d)\d{3}[-\s]?\d{3}[-\s]?\d{3}[-\s]?\d{2}(?!\d)")
_SNILS_WORD = re.compile(r"(?:снилс\w*|snils)\W{0,6}(?:\w+\W{1,3}){0,3}$", re.I)
_CARD = re.compile(r"(?<![\d-])\d(?:[\s-]?\d){14,18}(?![\d-])")
_CARD_WORD = re.compile(r"\b(?:карт(?:а|ы|у|е|ой)|card)\b[^.!?\d]{0,20}$", re.I)
_MIR = re.compile(r"220[0-4]([\s-])\d{4}\1\d{4}\1\d{4}")
_ADDRESS = re.compile(
    r"\b(?:(?:ул|улица|улице|улицы|пр|просп|проспект\w*|пер|переул\w+|бульв\w*|шоссе|наб|набережн\w+|проезд\w*|площад\w+)\b\.?\s*"
    r"(?:\d+-?(?:я|й|ая|ый)\s+)?[А-ЯЁ][\w-]+(?:\s[А-ЯЁ]?[\w-]+){0,2}|[А-ЯЁ][\w-]+(?:ая|ский|ой|ий)\s+(?:улица|ул|пер|проспект|проезд|шоссе)\b\.?)"
    r",?\s*(?:д(?:\.|ом)?\s*№?\s*)?\d{1,3}\s?[а-яА-Я]?(?:\s*[/к]\s?\d+)?"
    r"[,\s]{1,3}(?:(?:корп|к|стр)(?:\.|\w{0,4})\s*\d+[,\s]*)?(?:кв(?:\.|артира\w*)?|комн\w*)\s*№?\s*\d{1,4}",
)  # fmt: skip
_ADDRESS_EN = re.compile(r"\b\d{1,5}\s+(?:[A-Z][a-z]+\s){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr)\b\.?,?\s*"
                         r"(?:apt|apartment|flat|unit|#)\.?\s*\d+", re.I)  # fmt: skip
_NAME_FULL = re.compile(r"\b[А-ЯЁ][а-яё]{1,24}(?:-[А-ЯЁ][а-яё]+)?\s+[А-ЯЁ][а-яё]{1,20}\s+[А-ЯЁ][а-яё]{2,20}"
                        r"(?:вич|вича|вичу|вичем|виче|вна|вны|вне|вну|вной|ьич|ьича|ична|ичны|ичне)\b")  # fmt: skip
_NAME_PART = re.compile(r"\b[А-ЯЁ][а-яё]{1,20}\s+[А-ЯЁ][а-яё]{2,20}"
                        r"(?:ович|евич|ич|овича|евича|овичу|евичу|овичем|евичем|овна|евна|овны|евны|овне|евне|овной|евной|ична)\b")  # fmt: skip
_NAME_INITIALS = re.compile(
    r"\b[А-ЯЁ][а-яё]{2,24}\s[А-ЯЁ]\.\s?[А-ЯЁ]\.|(?<!\w)[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?[А-ЯЁ][а-яё]{2,24}\b"
)
_LINK = re.compile(r"(?:https?://|www\.|t\.me/|vk\.cc/|bit\.ly/)\S+", re.I)
_SPAM = re.compile(
    r"заработ\w+ (?:от|до|в интернете|без|на дому)|быстры\w+ (?:займ|кредит)\w*|займ\w* (?:без|онлайн|под)|казино|букмекер\w*|"
    r"промокод\w*|подпи(?:шитесь|сывайтесь) на (?:канал|наш|мой)|купи(?:те)? (?:диплом|справку|права)|скидк\w+ (?:до )?\d+ ?%|"
    r"переходи(?:те)? по ссылке|пишите в (?:личк\w+|лс|директ|whatsapp|ватсап|телеграм\w*)|кредит без справок|"
    r"\bcasino\b|buy (?:viagra|followers|cheap)|earn \$?\d+|free money|click here|work from home and earn|crypto giveaway",
    re.I,
)
_REPEATED = re.compile(r"(\S)\1{7,}|\b(\w{3,})(?:\W+\2\b){4,}", re.I)


@cache
def _insults() -> re.Pattern[str]:
    roots = (files("ml") / "data" / "insults.txt").read_text(encoding="utf-8").split("\n")
    return re.compile(r"\b(?:" + "|".join(r for r in roots if r and not r.startswith("#")) + r")\b", re.I)


def screen(texts: Sequence[str], lang: str = "ru") -> list[list[Flag]]:
    """Per text its flags in order of place. Only the first 20,000 characters of a text are read."""
    return [_screen(text[:MAX_CHARS]) for text in texts]


def _screen(text: str) -> list[Flag]:
    flags: list[Flag] = []
    taken: list[tuple[int, int]] = []

    def mark(kind: Kind, start: int, end: int, why: str) -> None:
        if all(end <= a or start >= b for a, b in taken):
            taken.append((start, end))
            flags.append(Flag(kind, start, end, why))

    _personal(text, mark)
    for found in _insults().finditer(text):
        mark("insult", *found.span(), "insulting word")
    _noise(text, mark)
    return sorted(flags, key=lambda f: (f.start, f.end))


Mark = Callable[[Kind, int, int, str], None]


def _personal(text: str, mark: Mark) -> None:
    for pattern in (_EMAIL, _EMAIL_WORDS):
        for found in pattern.finditer(text):
            mark("email", *found.span(), "e-mail address")
    for found in _CARD.finditer(text):
        digits = _only_digits(found[0])
        named = _CARD_WORD.search(text[max(0, found.start() - 40) : found.start()])
        if 16 <= len(digits) <= 19 and digits[0] in "23456" and luhn(digits):
            mark("card", *found.span(), "bank card number: its check digit is right")
        elif len(digits) == 16 and digits[0] in "23456" and (named or _MIR.fullmatch(found[0])):
            mark("card", *found.span(), "bank card number, perhaps with a slip")
    for found in _PASSPORT.finditer(text):
        mark("passport", *found.span(1), "passport series and number")
    for found in _PASSPORT_BARE.finditer(text):
        mark("passport", *found.span(), "ten digits written as a passport")
    for found in _SNILS.finditer(text):
        named = _SNILS_WORD.search(text[max(0, found.start() - 40) : found.start()])
        if named or (snils(_only_digits(found[0])) and not found[0].isdigit()):
            mark("snils", *found.span(), "СНИЛС number")
    for found in _DIGITS.finditer(text):
        if _is_phone(found[0], text[max(0, found.start() - 40) : found.start()]):
            mark("phone", *found.span(), "phone number")
    for pattern in (_ADDRESS, _ADDRESS_EN):
        for found in pattern.finditer(text):
            mark("address", *found.span(), "home address with a flat")
    for pattern in (_NAME_FULL, _NAME_PART, _NAME_INITIALS):
        for found in pattern.finditer(text):
            mark("name", *found.span(), "a person's name")


def _noise(text: str, mark: Mark) -> None:
    spam = [m.span() for m in _SPAM.finditer(text)]
    links = [m.span() for m in _LINK.finditer(text)]
    for span in spam:
        mark("spam", *span, "words of advertising")
    if len(links) >= 3:
        for span in links:
            mark("spam", *span, "many links")
    letters = [c for c in text if c.isalpha()]
    upper = sum(c.isupper() for c in letters)
    if len(letters) >= 20 and upper > 0.7 * len(letters):
        mark("shouting", 0, len(text), "nearly all in capitals")
    for found in _REPEATED.finditer(text):
        mark("gibberish", *found.span(), "the same over and over")
    for found in re.finditer(r"[^\W\d_]{6,}", text):
        if _unpronounceable(found[0].lower()):
            mark("gibberish", *found.span(), "letters that make no word")


def _unpronounceable(word: str) -> bool:
    longest = max((len(r) for r in re.findall(r"[^аеёиоуыэюяaeiouyьъäöüáéíóú]+", word)), default=0)
    keyboard = re.search(r"йцуке|фывап|ячсми|qwert|asdfg|zxcvb|лорпа|выфа", word)
    return longest >= 7 or bool(keyboard)


def _only_digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def luhn(digits: str) -> bool:
    """The check digit of bank cards (ISO/IEC 7812-1)."""
    total = 0
    for i, c in enumerate(reversed(digits)):
        d = int(c) * (2 if i % 2 else 1)
        total += d - 9 if d > 9 else d
    return total % 10 == 0 and len(set(digits)) > 1


def snils(digits: str) -> bool:
    """The check number of a СНИЛС: nine digits weighed 9…1, modulo 101."""
    if len(digits) != 11 or digits[:9] == "000000000":
        return False
    return sum(int(d) * (9 - i) for i, d in enumerate(digits[:9])) % 101 % 100 == int(digits[9:])


def _is_phone(text: str, before: str) -> bool:
    digits = _only_digits(text)
    named = bool(_PHONE_WORD.search(before) or _NUMBER_WORD.search(before))
    plus = text.startswith("+")
    if len(digits) == 11 and digits[0] in "78":
        # Short free numbers of institutions are no personal data.
        if digits[1:4] in ("800", "804"):
            return False
        return plus or digits[1] in "3489" or named
    if plus and 10 <= len(digits) <= 15:
        return True
    split = not text.isdigit()
    if len(digits) == 10:
        return (
            named
            or (digits[0] == "9" and (split or not _ends_money(text)))
            or (digits[0] in "48" and "(" in text)
        )
    return named and 6 <= len(digits) <= 12 and not _is_date(text)


def _ends_money(text: str) -> bool:
    return text.endswith("00000")


def _is_date(text: str) -> bool:
    return bool(re.fullmatch(r"\s*\d{1,2}[.\s-]\d{1,2}[.\s-]\d{2,4}\s*", text))
