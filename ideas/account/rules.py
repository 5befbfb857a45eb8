"""What makes an account valid, and who may do what."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

import msgspec

from ideas.errors import Message, message

ROLES = ("citizen", "moderator", "planner", "admin")
NAME_LIMIT = 80
EMAIL_LIMIT = 254
PASSWORD_SHORTEST = 8
PASSWORD_LONGEST = 200
BROWSER_DAYS = 30
TOKEN_DAYS = 90
CONFIRM_WITHIN = timedelta(days=3)
# A form that comes back sooner was not filled in by a person.
FASTEST = timedelta(seconds=2)

_EMAIL = re.compile(r"[^@\s,;<>\"'()]{1,64}@[^@\s,;<>\"'()]{1,189}\.[^@\s.,;<>\"'()]{2,63}")


class Person(msgspec.Struct, frozen=True, gc=False):
    """The one who asks: an account as the rest of the product sees it."""

    id: int
    name: str
    role: str
    email: str | None = None
    language: str | None = None
    session: int = 0
    unread: int = 0

    @property
    def moderates(self) -> bool:
        return self.role in ("moderator", "admin")

    @property
    def plans(self) -> bool:
        return self.role in ("planner", "admin")


def normal_email(email: str) -> str:
    """An address as it is stored and compared."""
    return email.strip().lower()


def check_registration(email: str, password: str, name: str) -> dict[str, Message]:
    """What is wrong with a registration, by field."""
    errors = {}
    if not name:
        errors["name"] = message("Enter the name that others will see")
    elif len(name) > NAME_LIMIT:
        errors["name"] = message("The name may have at most %(most)s characters", most=NAME_LIMIT)
    if len(email) > EMAIL_LIMIT or not _EMAIL.fullmatch(email):
        errors["email"] = message("Enter an e-mail address like name@example.ru")
    if problem := check_password(password):
        errors["password"] = problem
    return errors


def check_password(password: str) -> Message | None:
    """What is wrong with a new password (length only, as NIST SP 800-63B advises)."""
    if len(password) < PASSWORD_SHORTEST:
        return message("The password must have at least %(least)s characters", least=PASSWORD_SHORTEST)
    if len(password) > PASSWORD_LONGEST:
        return message("The password may have at most %(most)s characters", most=PASSWORD_LONGEST)
    return None


def seconds_until(moment: datetime, now: datetime | None = None) -> int:
    """Whole seconds to wait, at least one."""
    return max(1, int((moment - (now or datetime.now(UTC))).total_seconds() + 0.999))


def _seal(secret: str, purpose: str, text: str) -> str:
    digest = hmac.digest(secret.encode(), f"{purpose}\n{text}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:18]).decode()


def confirm_token(secret: str, account: int, password: str, now: datetime) -> str:
    """What the letter to a new address holds. It ends after some days, and with the stored password's change."""
    until = int((now + CONFIRM_WITHIN).timestamp())
    return f"{until}-{_seal(secret, 'confirm', f'{account} {until} {password}')}"


def confirms(secret: str, account: int, password: str, token: str, now: datetime) -> bool:
    """Whether a token is one that was sent to this account, and in time."""
    until, _, given = token.partition("-")
    if not (until.isascii() and until.isdecimal() and len(until) < 12) or int(until) < now.timestamp():
        return False
    right = _seal(secret, "confirm", f"{account} {int(until)} {password}")
    return hmac.compare_digest(right.encode(), given.encode())


def started_token(secret: str, now: datetime) -> str:
    """What a form holds to tell when it was shown."""
    return f"{int(now.timestamp() * 1000)}-{_seal(secret, 'started', str(int(now.timestamp() * 1000)))}"


def typed_in(secret: str, token: str, now: datetime) -> bool:
    """Whether a form with this token was shown by us, and long enough ago for a person to fill it in."""
    shown, _, given = token.partition("-")
    if not (shown.isascii() and shown.isdecimal() and len(shown) < 16):
        return False
    if not hmac.compare_digest(_seal(secret, "started", shown).encode(), given.encode()):
        return False
    return now - datetime.fromtimestamp(int(shown) / 1000, UTC) >= FASTEST
