"""Reads about letters: how a person wants them, and the mailbox that stands in for a mail server."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ideas import database


class Preference(msgspec.Struct):
    """How often letters come (`now`, `daily`, `weekly`, `never`), and the kinds that none tells."""

    often: str = "now"
    without: list[str] = []


class LetterRow(msgspec.Struct):
    """A letter in the mailbox."""

    id: int
    address: str
    subject: str
    created: datetime
    state: str


class Letter(msgspec.Struct):
    """A letter opened: both its parts."""

    id: int
    address: str
    lang: str
    subject: str
    text: str
    html: str
    created: datetime
    state: str


async def preference(account: int) -> Preference:
    """How a person wants letters."""
    row = await database.fetch_one("SELECT often, without FROM preference WHERE account = $1", account)
    return Preference(row["often"], database.from_json(row["without"])) if row else Preference()


async def mailbox(account: int, limit: int = 100) -> list[LetterRow]:
    """A person's own letters, newest first."""
    rows = await database.fetch(
        """SELECT id, address, subject, created, state FROM letter WHERE account = $1
        ORDER BY id DESC LIMIT $2""",
        account, limit,
    )  # fmt: skip
    return database.structs(LetterRow, rows)


async def letter(account: int, letter: int) -> Letter | None:
    """One of a person's own letters."""
    row = await database.fetch_one(
        """SELECT id, address, lang, subject, text, html, created, state FROM letter
        WHERE account = $1 AND id = $2""",
        account, letter,
    )  # fmt: skip
    return Letter(**row) if row else None
