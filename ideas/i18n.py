"""Languages: gettext catalogues read from `frontend/locale`, dates and numbers through Babel.

Message ids are English; every other language has one catalogue per slice, `<language>/<slice>.po`.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from ideas.errors import Message, message

LANGUAGES = ("ru", "en")
LOCALE = Path(__file__).parent.parent / "frontend" / "locale"
CITY_TIME = ZoneInfo("Europe/Moscow")


@cache
def translations(lang: str) -> NullTranslations:
    """The merged catalogues of one language; English is the language of the message ids."""
    merged: NullTranslations = NullTranslations()
    for path in sorted((LOCALE / lang).glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=lang)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        loaded = Translations(compiled)
        if isinstance(merged, Translations):
            merged.merge(loaded)
        else:
            merged = loaded
    return merged


@cache
def translator(lang: str) -> Callable[[Message | str], str]:
    """A function that says a message in one language."""
    catalogue = translations(lang)

    def say(text: Message | str) -> str:
        if isinstance(text, str):
            return catalogue.ugettext(text)
        if text.plural is not None:
            return catalogue.ungettext(text.msgid, text.plural, text.n) % text.params
        said = catalogue.ugettext(text.msgid)
        return (
            said % {k: say(v) if isinstance(v, Message) else v for k, v in text.params.items()}
            if text.params
            else said
        )

    return say


def localised(texts: Any, lang: str) -> str:
    """The text of `{"ru": …, "en": …}` in one language, else in Russian, else in whichever there is."""
    if not isinstance(texts, dict):
        return texts or ""
    return texts.get(lang) or texts.get("ru") or next(iter(texts.values()), "")


def local_date(value: date, lang: str, form: str = "long") -> str:
    """«22 ноября 2026 г.» / "22 November 2026", in the city's time."""
    if isinstance(value, datetime):
        value = value.astimezone(CITY_TIME).date()
    return _date(value, lang, form)


@lru_cache(maxsize=5000)
def _date(value: date, lang: str, form: str) -> str:
    return format_date(value, form, locale="en_GB" if lang == "en" else lang)


def local_datetime(value: datetime, lang: str) -> str:
    """Date and time to the minute, in the city's time."""
    locale = "en_GB" if lang == "en" else lang
    form = "d MMMM y, HH:mm"
    return format_datetime(value.astimezone(CITY_TIME), form, locale=locale)


def local_clock(value: datetime) -> str:
    """The time of day to the minute, in the city's time."""
    return value.astimezone(CITY_TIME).strftime("%H:%M")


def ago(value: datetime, lang: str) -> str:
    """«3 дня назад» / "3 days ago"; within ten seconds «только что» / "just now", as clocks differ so much."""
    seconds = int((value - datetime.now(UTC)).total_seconds())
    if abs(seconds) < 10:
        return translator(lang)(message("just now"))
    # Nobody reads seconds in days; coarse steps are formatted once.
    step = 1 if abs(seconds) < 60 else 60 if abs(seconds) < 3600 else 600 if abs(seconds) < 86400 else 21600
    return _ago(int(seconds / step) * step, lang)


@lru_cache(maxsize=5000)
def _ago(seconds: int, lang: str) -> str:
    return format_timedelta(timedelta(seconds=seconds), add_direction=True, locale=lang)


@lru_cache(maxsize=20_000)
def number(value: float, lang: str) -> str:
    """A number with the language's separators."""
    return format_decimal(value, locale=lang)


def percent(value: float, lang: str) -> str:
    """A share of 1 as percents."""
    return format_percent(value, locale=lang)
