"""When a letter goes, what it is about, and the tokens that stop it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, time, timedelta

from ideas.i18n import CITY_TIME

KINDS = ("decision", "status", "clustered", "comment", "clause", "commitment")
"""What a person can choose about letters; `undone` and `appeal` go with `decision`."""
OFTEN = ("now", "daily", "weekly", "never")
MORNING = time(9)
"""Digests go out at this time of the city, weekly ones on Mondays."""
MOST = 30
"""A letter tells so many notices; it counts the rest."""
TRIES = 8
KEPT_DAYS = 30
"""Letters are erased after so many days: they repeat what stands in the notices."""


def kind_of(notice: str) -> str:
    """The kind that a person's choice about letters is made by."""
    return "decision" if notice in ("undone", "appeal") else notice


def due(often: str, created: datetime) -> datetime | None:
    """When the letter about a notice goes: at once, at the next digest, or (None) never."""
    if often == "never":
        return None
    if often == "now":
        return created
    local = created.astimezone(CITY_TIME)
    day = local.date() + timedelta(days=local.timetz().replace(tzinfo=None) >= MORNING)
    if often == "weekly":
        day += timedelta(days=-day.weekday() % 7)
    return datetime.combine(day, MORNING, CITY_TIME)


def wait(tries: int) -> timedelta:
    """How long to wait after so many failed tries: one minute, then two, four …, at most six hours."""
    return min(timedelta(minutes=2 ** max(0, tries - 1)), timedelta(hours=6))


def stop_token(secret: str, account: int, kind: str) -> str:
    """What stands in a letter's link that ends letters of a kind (or `all`) to an account; it does not expire."""
    return f"{account}-{kind}-{_signature(secret, account, kind)}"


def read_stop_token(secret: str, token: str) -> tuple[int, str] | None:
    """(account, kind) of a token that we signed, else None."""
    account, _, rest = token.partition("-")
    kind, _, given = rest.partition("-")
    if not (account.isascii() and account.isdecimal() and len(account) < 19):
        return None
    if kind not in (*KINDS, "all") or not hmac.compare_digest(
        _signature(secret, int(account), kind).encode(), given.encode()
    ):
        return None
    return int(account), kind


def _signature(secret: str, account: int, kind: str) -> str:
    digest = hmac.digest(secret.encode(), f"stop letters\n{account}\n{kind}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:18]).decode()
