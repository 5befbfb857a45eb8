"""Reads about people and their sessions."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import datetime

import msgspec

from ideas import database
from ideas.account.rules import Person
from ideas.batch import Batch


class SessionRow(msgspec.Struct):
    """A session as its owner sees it."""

    id: int
    kind: str
    name: str
    created: datetime
    expires: datetime


class AccountRow(msgspec.Struct):
    """An account as the organiser sees it."""

    id: int
    name: str
    email: str | None
    role: str
    created: datetime
    blocked: datetime | None
    ideas: int


def secret_hash(secret: str) -> bytes:
    """What is stored of a session's secret: it is random, so a plain digest suffices."""
    return hashlib.sha256(secret.encode()).digest()


# A process may remember who holds a session for this long (seconds); ending one clears the memory at once.
_REMEMBERED = 5.0
_LIMIT = 50_000
SECRET_LONGEST = 100
_people: dict[tuple[str, str], tuple[float, Person | None]] = {}


def forget_sessions() -> None:
    """Drop the remembered sessions, after any of them has ended or a person has changed."""
    global _people
    _people = {}


async def person_of(secret: str, kind: str) -> Person | None:
    """Whose session it is: None where it is unknown, expired, or its account blocked."""
    if len(secret) > SECRET_LONGEST:
        return None
    asked = (secret, kind)
    now = time.monotonic()
    known = _people.get(asked)
    if known is not None and known[0] > now:
        return known[1]
    # What is forgotten while the database answers stays forgotten.
    people = _people
    if database.in_transaction():
        [person] = await _people_of([asked])
    else:
        person = await _asked.put(asked)
    if len(people) > _LIMIT:
        people.clear()
    people[asked] = (now + _REMEMBERED, person)
    return person


async def _people_of(asked: Sequence[tuple[str, str]]) -> list[Person | None]:
    """The holders of sessions given by secret and kind, in their order."""
    rows = await database.fetch(
        """SELECT q.n, a.id, a.name, a.role, a.email, a.language, s.id AS session,
            (SELECT count(*) FROM notice n WHERE n.account = a.id AND n.read IS NULL) AS unread
        FROM unnest($1::int[], $2::bytea[], $3::text[]) AS q(n, hash, kind)
        JOIN session s ON s.hash = q.hash AND s.kind = q.kind AND s.expires > now()
        JOIN account a ON a.id = s.account AND a.blocked IS NULL""",
        list(range(len(asked))),
        [secret_hash(secret) for secret, _ in asked],
        [kind for _, kind in asked],
    )
    found: list[Person | None] = [None] * len(asked)
    for n, *fields in rows:
        found[n] = Person(*fields)
    return found


_asked = Batch(_people_of)


class Credential(msgspec.Struct):
    """What a sign-in is checked against."""

    id: int
    password: str
    confirmed: bool


async def credential(email: str) -> Credential | None:
    """The account that may sign in with an address."""
    row = await database.fetch_one(
        """SELECT id, password, confirmed IS NOT NULL AS confirmed FROM account
        WHERE email = $1 AND password IS NOT NULL AND blocked IS NULL""",
        email,
    )
    return Credential(**row) if row else None


async def password_hash_of(account: int) -> str | None:
    """The password hash of an account."""
    return await database.fetch_value("SELECT password FROM account WHERE id = $1", account)


async def sessions(account: int, limit: int = 100) -> list[SessionRow]:
    """A person's live sessions, newest first."""
    rows = await database.fetch(
        """SELECT id, kind, name, created, expires FROM session
        WHERE account = $1 AND expires > now() ORDER BY id DESC LIMIT $2""",
        account,
        limit,
    )
    return database.structs(SessionRow, rows)


async def people(search: str = "", after: int = 0, limit: int = 50) -> list[AccountRow]:
    """Accounts that can sign in, by id, with how many ideas they have; `search` is in name or address."""
    pattern = "%" + search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = await database.fetch(
        """SELECT a.id, a.name, a.email, a.role, a.created, a.blocked,
            (SELECT count(*) FROM idea i WHERE i.author = a.id) AS ideas
        FROM account a WHERE a.id > $1 AND a.email IS NOT NULL AND (lower(a.name) LIKE $2 OR a.email LIKE $2)
        ORDER BY a.id LIMIT $3""",
        after,
        pattern,
        limit,
    )
    return database.structs(AccountRow, rows)
