"""What makes an account valid, and who may do what."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from ideas.errors import Message, message

ROLES = ("citizen", "moderator", "planner", "admin")
NAME_LIMIT = 80
EMAIL_LIMIT = 254
PASSWORD_SHORTEST = 8
PASSWORD_LONGEST = 200
BROWSER_DAYS = 30
TOKEN_DAYS = 90

_EMAIL = re.compile(r"[^@\s,;<>\"'()]{1,64}@[^@\s,;<>\"'()]{1,189}\.[^@\s.,;<>\"'()]{2,63}")


class Person(msgspec.Struct, frozen=True):
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
