"""What a decision may say, what it makes of ideas, and how its letter is filled in."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from ideas.errors import Conflict, Invalid, Message, message

STATUS = {"accept": "accepted", "decline": "declined", "forward": "study"}
"""Verdict to status of the ideas."""
STATE = {"accept": "accepted", "decline": "declined", "forward": "forwarded"}
"""Verdict to state of the cluster."""
REASON_LONGEST = 2000
LETTER_LONGEST = 4000
MOST_EXCEPTIONS = 5000
MOST_TAGS = 20
UNDO_WITHIN = timedelta(days=365)
"""So long a decision can be taken back, and what that needs is kept."""

_FIELD = re.compile(r"\{(\w+)\}")
FIELDS = ("name", "title")


def require_fresh(created: datetime, now: datetime) -> None:
    """Conflict once a decision is too old to be taken back."""
    if now - created > UNDO_WITHIN:
        days = UNDO_WITHIN.days
        raise Conflict(message("A decision can be undone within %(days)s days.", days=days))


def check(verdict: str, reason: str, letter: str) -> None:
    """Invalid, by field, unless this can be said to authors."""
    errors: dict[str, Message] = {}
    if verdict not in STATUS:
        errors["verdict"] = message("Choose what becomes of the ideas")
    if not reason:
        errors["reason"] = message("Give the reason: the authors will read it")
    elif len(reason) > REASON_LONGEST:
        errors["reason"] = message("The reason may have at most %(most)s characters", most=REASON_LONGEST)
    if len(letter) > LETTER_LONGEST:
        errors["letter"] = message("The letter may have at most %(most)s characters", most=LETTER_LONGEST)
    elif unknown := sorted(set(_FIELD.findall(letter)) - set(FIELDS)):
        errors["letter"] = message(
            "The letter knows the fields {name} and {title}, not {%(field)s}", field=unknown[0][:40]
        )
    if errors:
        raise Invalid(errors=errors)


def check_exceptions(exceptions: Collection[int], members: Collection[int]) -> None:
    """Invalid unless every exception is a member and somebody is left to decide on."""
    if foreign := sorted(set(exceptions) - set(members)):
        raise Invalid(errors={"except": message("Idea %(id)s is not in this group", id=foreign[0])})
    if len(set(exceptions)) >= len(set(members)):
        raise Invalid(errors={"except": message("No idea is left to decide on")})


def joined(listed: str, own: str) -> str:
    """A reason of the list with a moderator's own words after it; either may be empty."""
    return "\n\n".join(part for part in (listed, own) if part)


def fill(letter: str, name: str, title: str) -> str:
    """The letter to one author. Only the two fields are replaced, once: what a name or title says stays text."""
    values = {"name": name, "title": title}
    return _FIELD.sub(lambda found: values.get(found[1], found[0]), letter)
