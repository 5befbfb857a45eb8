"""Which system an export comes from, and its rows as ideas. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from ideas.errors import BadRequest, Message, message
from ideas.planning.cells import inert
from ideas.transfer import text as texts
from ideas.transfer.text import Unreadable

TEXT_LONGEST = 20_000

# Names of a column in any of the systems, the likeliest first; as `name_of` writes them.
COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "idea id", "proposal id", "comment id", "номер", "код", "uuid", "reference"),
    "title": (
        "title", "idea title", "название", "заголовок", "тема", "título", "titulo", "titel", "titre", "name", "subject",
    ),
    "text": (
        "text", "idea", "description", "body", "idea text", "idea description", "comment body", "текст", "описание",
        "предложение", "идея", "текст идеи", "descripción", "descripcion", "summary", "content", "message",
        "beschreibung", "texte", "proposal",
    ),
    "author": ("author", "author name", "author/name", "автор", "autor", "auteur", "user name", "username"),
    "author_id": ("author id", "author/id", "user id"),
    "created": (
        "created", "created at", "timestamp", "published at", "date", "дата", "создано", "fecha", "datum", "datetime",
        "creation date", "submitted", "date created", "created on",
    ),
    "for": (
        "votes for", "cached votes up", "agrees", "up votes", "upvotes", "supports", "голоса за", "за", "likes",
        "endorsements/total count", "support",
    ),
    "against": ("votes against", "cached votes down", "disagrees", "down votes", "downvotes", "голоса против",
        "против", "dislikes"),
    "votes": ("votes", "голоса", "votes count", "total votes", "votos", "stimmen"),
    "hidden": ("retired at", "hidden at", "withdrawn at"),
    "moderated": ("moderated",),
    "state": ("state", "published state"),
    "lang": ("lang", "language", "locale", "язык"),
    "district": ("district", "geozone", "geozone name", "scope/name", "район", "distrito"),
    "office": ("office", "центр", "центр госуслуг"),
    "imported_for": ("imported votes",),
    "imported_against": ("imported against",),
}  # fmt: skip


class Item(msgspec.Struct):
    """An idea as a file has it. `key` is its `source`, unique in a campaign; times in UTC."""

    line: int
    key: str
    title: str
    text: str
    author: str
    author_key: str
    created: datetime
    votes: int
    against: int
    hidden: datetime | None
    lang: str
    district: str
    office: str


class Format(msgspec.Struct):
    """`kind`: ideascale, consul, decidim, polis, polis-votes, own, generic. `columns`: our field → the file's."""

    kind: str
    columns: dict[str, str]
    langs: dict[str, str] = {}
    us_dates: bool = False
    quoted: bool = False
    """Whether texts that look like formulas have an apostrophe before them, as in our own CSV."""


def recognise(header: list[str], kind: str) -> Format:
    """The format of a header; BadRequest where nothing in it could be an idea's title or text."""
    names = set(header)
    if {"participant", "n votes"} <= names:
        return Format("polis-votes", {})
    columns = {}
    for field, aliases in COLUMNS.items():
        found = next((a for a in aliases if a in names), None)
        if found and found not in columns.values():
            columns[field] = found
    langs = {}
    for field, outer in (("title", "title"), ("text", "body")):
        # Decidim writes a column for each language: title/es, body/es.
        local = [n for n in header if re.fullmatch(outer + r"/[a-z]{2}([ _-]\w+)?", n)]
        if local:
            columns[field] = local[0]
            langs[field] = ",".join(local)
    if "title" not in columns and "text" not in columns:
        raise BadRequest(
            message(
                "No column of the file could be an idea's title or text. Its columns are: %(columns)s",
                columns=", ".join(header[:12]) or "—",
            )
        )
    system = _system(names, langs)
    return Format(system, columns, langs, quoted=system == "own" and kind in ("csv", "tsv"))


def _system(names: set[str], langs: dict[str, str]) -> str:
    if {"comment id", "comment body", "agrees"} <= names:
        return "polis"
    if {"cached votes up", "description"} <= names:
        return "consul"
    if {"imported votes", "campaign", "status"} <= names:
        return "own"
    if {"idea", "votes for", "link"} <= names or {"idea title", "idea id"} <= names:
        return "ideascale"
    if langs or {"component/id", "title", "body"} <= names or {"category/id", "title", "body"} <= names:
        return "decidim"
    return "generic"


class Reader:
    """Turns rows into items; remembers keys, so that a file without ids gets the same keys every time."""

    def __init__(self, format: Format, campaign: str, now: datetime) -> None:
        self.format = format
        self.campaign = campaign
        self.now = now
        self.seen: dict[str, int] = {}
        self.twins: Counter[str] = Counter()

    def item(self, line: int, cells: dict[str, Any]) -> Item | Message:
        """The row's idea, or why it is refused."""
        try:
            made = self._item(line, cells)
        except Unreadable as error:
            return error.reason
        if made.key in self.seen:
            return message("the same id stands in line %(line)s", line=self.seen[made.key])
        self.seen[made.key] = line
        return made

    def _cell(self, cells: dict[str, Any], field: str) -> Any:
        name = self.format.columns.get(field)
        value = cells.get(name) if name else None
        if self.format.quoted and isinstance(value, str) and value[:1] == "'" and inert(value[1:]) == value:
            return value[1:]
        return "" if value is None else value

    def _local(self, cells: dict[str, Any], field: str) -> tuple[str, str]:
        """The first language's text that is there, and that language."""
        for name in (self.format.langs.get(field) or "").split(","):
            value = texts.plain(cells.get(name)) if name else ""
            if value:
                return value, name.split("/")[1][:2]
        return texts.plain(self._cell(cells, field)), ""

    def _item(self, line: int, cells: dict[str, Any]) -> Item:
        title, lang = self._local(cells, "title")
        text, _ = self._local(cells, "text")
        if not any(c.isalnum() for c in title + text):
            raise Unreadable(message("there is neither a title nor a text"))
        title, text = texts.titled(title, text)
        if len(text) > TEXT_LONGEST:
            raise Unreadable(
                message(
                    "the text has %(length)s characters, more than %(most)s",
                    length=len(text),
                    most=TEXT_LONGEST,
                )
            )
        created = texts.moment(self._cell(cells, "created"), us=self.format.us_dates, now=self.now)
        votes, against = self._votes(cells)
        author = " ".join(texts.plain(self._cell(cells, "author")).split())[:80]
        author_id = str(self._cell(cells, "author_id")).strip()[:80]
        return Item(
            line, self._key(cells, title, text), title, text, author, author_id or author.casefold(),
            created or self.now, votes, against, self._hidden(cells, created),
            lang or _language(self._cell(cells, "lang")),
            str(self._cell(cells, "district")).strip()[:120], str(self._cell(cells, "office")).strip()[:120],
        )  # fmt: skip

    def _key(self, cells: dict[str, Any], title: str, text: str) -> str:
        id = self._cell(cells, "id")
        id = str(int(id) if isinstance(id, float) and id == int(id) else id).strip()
        kind = self.format.kind
        if kind == "own":
            return f"own:{str(cells.get('campaign', ''))[:60]}:{id}"
        if id:
            return f"{kind}:{id[:150]}"
        # Twins in a file are different people who say the same; each keeps a key of its own.
        hashed = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()[:32]
        self.twins[hashed] += 1
        return f"{kind}:#{hashed}:{self.twins[hashed]}"

    def _votes(self, cells: dict[str, Any]) -> tuple[int, int]:
        count = texts.count
        if "for" in self.format.columns or "against" in self.format.columns:
            votes, against = count(self._cell(cells, "for")), count(self._cell(cells, "against"))
        else:
            # A balance alone says no more than which side won.
            balance = count(self._cell(cells, "votes"))
            votes, against = max(0, balance), max(0, -balance)
        if self.format.kind == "own":
            votes = count(self._cell(cells, "votes")) + count(self._cell(cells, "imported_for"))
            against = count(self._cell(cells, "against")) + count(self._cell(cells, "imported_against"))
        if votes < 0 or against < 0:
            raise Unreadable(message("a number of votes is negative"))
        return votes, against

    def _hidden(self, cells: dict[str, Any], created: datetime | None) -> datetime | None:
        """When its author withdrew it, or the other system's moderators took it out."""
        gone = texts.moment(self._cell(cells, "hidden"), us=self.format.us_dates, now=self.now)
        out = str(self._cell(cells, "moderated")).strip() in ("-1", "-1.0")
        out = out or str(self._cell(cells, "state")).strip().lower() in ("withdrawn", "hidden", "retired")
        return gone or ((created or self.now) if out else None)


def _language(value: Any) -> str:
    found = re.match(r"[a-zA-Z]{2}\b", str(value).strip().replace("_", "-"))
    return found[0].lower() if found else ""
