"""Texts, dates and numbers of other systems' exports as plain values. Pure."""

from __future__ import annotations

import calendar
import html
import html.entities
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any

from ideas.errors import Message, message


class Unreadable(ValueError):
    """A value that means nothing here; `reason` says what is wrong with it."""

    def __init__(self, reason: Message) -> None:
        self.reason = reason
        super().__init__(reason.msgid)


# HTML

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|&#?\w{1,30};")
_PARAGRAPHS = {
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "ul",
    "ol",
    "table",
    "section",
    "pre",
}
_SILENT = {"script", "style", "object", "iframe", "head", "title"}


class _Plain(HTMLParser):
    """Collects the text of HTML: blocks become paragraphs, list items lines with a dash, links keep their address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0
        self.lists: list[tuple[bool, int]] = []
        self.link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self._item()
        elif tag == "tr":
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag in _PARAGRAPHS:
            self.parts.append("" if self.lists and tag == "p" else "\n\n")
            if tag in ("ul", "ol"):
                self.lists.append((tag == "ol", 0))
        elif tag == "a":
            self.link = dict(attrs).get("href")
            self.parts.append("\x00")

    def _item(self) -> None:
        ordered, count = self.lists.pop() if self.lists else (False, 0)
        self.lists.append((ordered, count + 1))
        # Items follow each other line by line, whatever stands between their tags.
        while count and self.parts and not self.parts[-1].strip(" \n"):
            self.parts.pop()
        self.parts.append(f"\n{count + 1}. " if ordered else "\n– ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _PARAGRAPHS:
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()
            self.parts.append("\n" if self.lists and tag == "p" else "\n\n")
        elif tag == "a" and "\x00" in self.parts:
            start = len(self.parts) - 1 - self.parts[::-1].index("\x00")
            said = "".join(self.parts[start + 1 :])
            self.parts[start] = ""
            if self.link and self.link.startswith(("http://", "https://")) and self.link not in said:
                self.parts.append(f" ({self.link})")
            self.link = None

    def handle_data(self, data: str) -> None:
        if not self.silent:
            # The source's own line breaks mean nothing in HTML.
            self.parts.append(re.sub(r"[ \t\r\n]+", " ", data))


def plain(value: Any) -> str:
    """A cell as clean text. HTML becomes paragraphs and lists; text without markup keeps its lines."""
    text = "" if value is None else str(value)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _MARKUP.search(text):
        # "R&D;" and "?a=1&p;=2": a sanitizer took what follows a bare "&" for an entity.
        text = re.sub(r"&([a-zA-Z]\w{0,30});", _entity, text)
        if re.search(r"</?[a-zA-Z][^<>]*>|<!--", text):
            parser = _Plain()
            parser.feed(text)
            parser.close()
            text = "".join(parser.parts).replace("\x00", "")
        else:
            text = html.unescape(text)
    return _tidy(_mended(text))


def _entity(found: re.Match[str]) -> str:
    return found[0] if f"{found[1]};" in html.entities.html5 else f"&{found[1]}"


def _tidy(text: str) -> str:
    text = unicodedata.normalize(
        "NFC", text.replace("\u00a0", " ").replace("\u200b", "").replace("\ufeff", "")
    )
    kept = "".join(
        c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in kept.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# UTF-8 read as Windows-1252, as in "donâ€™t": two to four such characters that are valid UTF-8 together.
_GARBLED = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u203a\u20ac\u2122]{1,3}"
)


def _mended(text: str) -> str:
    def mend(found: re.Match[str]) -> str:
        raw = b"".join(
            c.encode("latin-1") if "\x80" <= c <= "\xff" else c.encode("cp1252", "ignore") for c in found[0]
        )
        for end in range(len(raw), 1, -1):
            try:
                return raw[:end].decode("utf-8") + found[0][end:]
            except UnicodeDecodeError:
                continue
        return found[0]

    return _GARBLED.sub(mend, text)


# Titles

TITLE_LONGEST = 120


def titled(title: str, text: str) -> tuple[str, str]:
    """A title of at most 120 characters and the text, which keeps all that the title lost.

    Without a title the first line, or the beginning of the text, becomes it. A text that only repeats its title
    is empty.
    """
    title = " ".join(title.split())
    if not title:
        first, _, rest = text.partition("\n")
        if len(first) <= TITLE_LONGEST:
            return first, rest.strip()
        return shortened(text), text
    if text.startswith(title):
        rest = text[len(title) :]
        if not rest or rest[0] == "\n":
            text = rest.strip()
    if len(title) > TITLE_LONGEST:
        return shortened(title), f"{title}\n\n{text}".strip()
    return title, text


def shortened(text: str, longest: int = TITLE_LONGEST) -> str:
    """The beginning of a text on one line, cut after a word."""
    line = " ".join(text[: longest * 2].split())
    if len(line) <= longest:
        return line
    cut = line[: longest - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > longest // 3 else cut).rstrip(" ,;:.—–-") + "…"


# Numbers and dates


def count(value: Any) -> int:
    """A whole number: 15, "15", "15.0", "1 234", "1,234"; nothing is 0."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        raise Unreadable(message("“%(value)s” is not a number", value=value))
    if isinstance(value, (int, float)):
        number = float(value)
    else:
        text = re.sub(r"[\s\u00a0\u202f]", "", str(value))
        if not re.fullmatch(r"[+-]?\d{1,3}(,\d{3})*(\.0*)?|[+-]?\d{1,12}([.,]0*)?", text):
            raise Unreadable(message("“%(value)s” is not a number", value=str(value)[:40]))
        number = float(re.sub(r",(?=\d{3}\b)", "", text).rstrip(".,").replace(",", "."))
    if not abs(number) < 2**31 or number != int(number):
        raise Unreadable(message("“%(value)s” is not a number", value=str(value)[:40]))
    return int(number)


_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
_LOCAL = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?:,?[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?)?"
)
_UNIX = re.compile(r"(?:[A-Z][a-z]{2},? )?([A-Z][a-z]{2}) +(\d{1,2}) (\d{1,2}):(\d{2}):(\d{2}) \S+ (\d{4})")
_MONTHS = {m: n for n, m in enumerate(calendar.month_abbr)}


def month_first(values: list[Any]) -> bool:
    """Whether dates like 02/13/2024 put the month first; day first unless some value cannot be read so."""
    found = [m for v in values if isinstance(v, str) and (m := _LOCAL.match(v.strip()))]
    return any(int(m[2]) > 12 for m in found) and not any(int(m[1]) > 12 for m in found)


def moment(value: Any, *, us: bool = False, now: datetime) -> datetime | None:
    """A date in any of the usual forms, in UTC where it names no zone; None where there is nothing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        found = _moment(value, us)
    except (ValueError, OverflowError, OSError):
        found = None
    if found is None:
        raise Unreadable(message("the date “%(value)s” is not understood", value=str(value)[:40]))
    if found > now + timedelta(days=1):
        raise Unreadable(message("the date “%(value)s” lies in the future", value=str(value)[:40]))
    if found.year < 1970:
        raise Unreadable(message("the date “%(value)s” is too long ago", value=str(value)[:40]))
    return found


def _moment(value: Any, us: bool) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    text = str(value).strip()
    if re.fullmatch(r"\d{9,10}(\.\d+)?|\d{12,13}(\.0)?", text):
        seconds = float(text)
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    if m := _ISO.fullmatch(text):
        zone = m[7]
        offset = timedelta(0)
        if zone and zone[0] in "+-":
            offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
        parts = [int(m[n] or 0) for n in (1, 2, 3, 4, 5, 6)]
        return datetime(*parts, tzinfo=timezone(offset)).astimezone(UTC)  # type: ignore[arg-type]
    if m := _LOCAL.fullmatch(text):
        first, second, year = int(m[1]), int(m[2]), int(m[3])
        month, day = (first, second) if us else (second, first)
        hour = int(m[4] or 0)
        if m[7]:
            hour = hour % 12 + (12 if m[7].lower() == "pm" else 0)
        year += 2000 if year < 100 else 0
        return datetime(year, month, day, hour, int(m[5] or 0), int(m[6] or 0), tzinfo=UTC)
    if m := _UNIX.fullmatch(text):
        return datetime(int(m[6]), _MONTHS[m[1]], int(m[2]), int(m[3]), int(m[4]), int(m[5]), tzinfo=UTC)
    return None
