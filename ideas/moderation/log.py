"""The audit log to read: filtered, the latest first, and whole as CSV that anybody can hash again."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from ideas import audit, database
from ideas.i18n import CITY_TIME

BATCH = 1000
KINDS = (
    "decide", "selection", "retry", "undo", "merge", "split", "move", "rename", "tag", "accept", "keep", "hide", "show",
    "report", "status", "block", "unblock", "role", "export",
    "disclosure", "webhook",
    "promise", "recommit", "progress", "standard", "clause", "remove", "restore", "evidence", "sign",
    "publish", "code", "pledge", "withdraw",
    "limit", "same", "reasons", "campaign",
    "opinion", "settle", "share", "appeal", "words", "pin_model", "unpin_model",
)  # fmt: skip
COLUMNS = ("chain", "id", "account", "name", "kind", "subject", "data", "created", "previous", "hash")


class Asked(msgspec.Struct):
    """What of the log is asked for; everything empty is all of it. Days are whole, in the city's time."""

    campaign: int | None = None
    kind: str = ""
    account: int | None = None
    subject: str = ""
    first: date | None = None
    last: date | None = None


class Deed(msgspec.Struct):
    """One row; `name` None is the command line."""

    id: int
    kind: str
    subject: str
    account: int | None
    name: str | None
    data: dict[str, Any]
    created: datetime
    hash: str


def asked_of(given: Mapping[str, str], campaign: int | None) -> Asked:
    """Filters as typed; what cannot be read is as if it had been left empty."""
    account = given.get("account", "")
    return Asked(
        campaign,
        given["kind"] if given.get("kind") in KINDS else "",
        int(account) if account.isascii() and account.isdecimal() and len(account) <= 18 else None,
        given.get("subject", ""),
        _day(given.get("first", "")),
        _day(given.get("last", "")),
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def conditions(asked: Asked, letter: str = "d", start: int = 1) -> tuple[str, list[Any]]:
    """SQL on `audit` under a letter, and its arguments, `$start` being the first."""
    parts, args = ["true"], []

    def add(sql: str, value: Any) -> None:
        args.append(value)
        parts.append(f"{letter}.{sql}".format(f"${start + len(args) - 1}"))

    if asked.campaign is not None:
        add("chain IN (0, {})", asked.campaign)
    if asked.kind:
        add("kind = {}", asked.kind)
    if asked.account is not None:
        add("account = {}", asked.account)
    if asked.subject:
        add("subject = {}", asked.subject)
    if asked.first:
        add("created >= {}", datetime.combine(asked.first, datetime.min.time(), CITY_TIME))
    if asked.last:
        add("created < {}", datetime.combine(asked.last, datetime.min.time(), CITY_TIME) + timedelta(days=1))
    return " AND ".join(parts), args


async def deeds(asked: Asked, before: int | None = None, limit: int = 50) -> list[Deed]:
    """Deeds older than the one numbered `before`, the latest first."""
    where, args = conditions(asked)
    rows = await database.fetch(
        f"""SELECT d.id, d.kind, d.subject, d.account, a.name, d.data, d.created, encode(d.hash, 'hex') AS hash
        FROM audit d LEFT JOIN account a ON a.id = d.account
        WHERE {where} AND (${len(args) + 1}::bigint IS NULL OR d.id < ${len(args) + 1}::bigint)
        ORDER BY d.id DESC LIMIT ${len(args) + 2}""",
        *args, before, limit,
    )  # fmt: skip
    return [Deed(**{**row, "data": database.from_json(row["data"])}) for row in rows]


async def people() -> list[tuple[int, str]]:
    """Whoever has done something."""
    rows = await database.fetch(
        "SELECT id, name FROM account WHERE id IN (SELECT account FROM audit) ORDER BY name, id LIMIT 500"
    )
    return [(row["id"], row["name"]) for row in rows]


async def csv_lines(asked: Asked) -> AsyncIterator[bytes]:
    """The log from its beginning: everything that is hashed, as it is hashed, in steps of constant memory."""
    where, args = conditions(asked)
    last = 0
    yield _lines([COLUMNS])
    while rows := await database.fetch(
        f"""SELECT d.*, a.name FROM audit d LEFT JOIN account a ON a.id = d.account
        WHERE {where} AND d.id > ${len(args) + 1} ORDER BY d.id LIMIT {BATCH}""",
        *args, last,
    ):  # fmt: skip
        yield _lines([
            (r["chain"], r["id"], r["account"] or 0, _inert(r["name"] or ""), r["kind"], r["subject"], r["data"],
             audit.text_of(r).rpartition("\n")[2], r["previous"].hex(), r["hash"].hex()) for r in rows
        ])  # fmt: skip
        last = rows[-1]["id"]


def _lines(rows: list[Any]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def _inert(name: str) -> str:
    """A name that no spreadsheet runs as a formula; nothing else in the log is of a person's choosing at its start."""
    return "'" + name if name.lstrip()[:1] in tuple("=+-@＝＋－＠") else name
