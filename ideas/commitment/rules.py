"""What a commitment may say, and when it is overdue."""

from __future__ import annotations

from datetime import date

import msgspec

from ideas.errors import Invalid, Message, message

STATUSES = ("planned", "underway", "done", "dropped")
TITLE_LONGEST = 200
TEXT_LONGEST = 4000
OWNER_LONGEST = 160
BUDGET_LONGEST = 200
NEWS_LONGEST = 2000
MOST_MILESTONES = 20
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Step(msgspec.Struct):
    """A milestone as typed: its title, until when, and when it was reached."""

    title: str = ""
    due: date | None = None
    done: date | None = None


class Typed(msgspec.Struct):
    """A commitment as typed; `due` None: no date could be read. `wrong` names dates that could not be read."""

    title: str = ""
    text: str = ""
    owner: str = ""
    due: date | None = None
    budget: str = ""
    steps: list[Step] = []
    wrong: list[str] = []


def day(text: str) -> date | None:
    """A date as a browser's date field (2026-12-31) or a person (31.12.2026) writes it."""
    parts = text.strip().split(".")
    try:
        found = (
            date(int(parts[2]), int(parts[1]), int(parts[0]))
            if len(parts) == 3
            else date.fromisoformat(text.strip())
        )
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def check(typed: Typed) -> None:
    """Invalid, by field, unless this can be promised."""
    errors: dict[str, Message] = {}
    for field, value, most, needed in (
        ("title", typed.title, TITLE_LONGEST, message("Say in one line what is promised")),
        ("text", typed.text, TEXT_LONGEST, message("Say what will be done")),
        ("owner", typed.owner, OWNER_LONGEST, message("Name the person or the unit that answers for it")),
        ("budget", typed.budget, BUDGET_LONGEST, None),
    ):
        if needed and not value:
            errors[field] = needed
        elif len(value) > most:
            errors[field] = message("At most %(most)s characters, please", most=most)
    if typed.due is None:
        errors["due"] = message("Enter a date, for example 31.12.2027")
    for n, step in enumerate(typed.steps):
        if len(step.title) > TITLE_LONGEST:
            errors[f"step{n}"] = message("At most %(most)s characters, please", most=TITLE_LONGEST)
    for field in typed.wrong:
        errors.setdefault(field, message("Enter a date, for example 31.12.2027"))
    if len(typed.steps) > MOST_MILESTONES:
        errors["steps"] = message("At most %(most)s milestones, please", most=MOST_MILESTONES)
    if errors:
        raise Invalid(errors=errors)


def check_news(text: str, status: str, before: str) -> None:
    """Invalid unless this can be told: always in words, and the status is another one or none."""
    errors: dict[str, Message] = {}
    if not text:
        errors["news"] = (
            message("Give the reason: the authors will read it")
            if status == "dropped"
            else message("Say what is new: authors and supporters get it as news")
        )
    elif len(text) > NEWS_LONGEST:
        errors["news"] = message("At most %(most)s characters, please", most=NEWS_LONGEST)
    if status and status not in STATUSES:
        errors["status"] = message("Choose how far it is")
    elif status and status == before:
        errors["status"] = message("It is that far already")
    if errors:
        raise Invalid(errors=errors)


def overdue(status: str, due: date, today: date) -> bool:
    """Whether the day has passed and it is neither done nor dropped."""
    return status in ("planned", "underway") and due < today
