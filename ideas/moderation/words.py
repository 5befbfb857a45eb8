"""Organisers' changes of a campaign's list of blocked words."""

from __future__ import annotations

import re

from ideas import audit, database
from ideas.account.rules import Person
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.idea import blocked

TYPED_LONGEST = 20_000


def read(typed: str) -> list[str]:
    """Words from a field with one in each line (commas and semicolons part them, too), each once."""
    parts = [blocked.normal(part) for part in re.split(r"[\n,;]", typed)]
    return list(dict.fromkeys(part for part in parts if part))


async def add(person: Person, campaign: int, typed: str, note: str) -> int:
    """Put words on the list; how many are new on it."""
    words = read(typed[:TYPED_LONGEST])
    errors = {}
    wrong = [w for w in words if not blocked.SHORTEST <= len(w.rstrip("*")) <= blocked.LONGEST - 1]
    if not words:
        errors["words"] = message("Enter a word or a phrase")
    elif wrong:
        errors["words"] = message(
            "“%(word)s” is too short or too long: 2 to 79 characters are allowed", word=wrong[0][:100]
        )
    if len(note) > blocked.NOTE_LONGEST:
        errors["note"] = message("The note may have at most %(most)s characters", most=blocked.NOTE_LONGEST)
    if errors:
        raise Invalid(errors=errors)
    async with database.transaction():
        # Two organisers at once must not pass the limit together.
        await database.execute("SELECT FROM campaign WHERE id = $1 FOR UPDATE", campaign)
        rows = await database.fetch(
            """INSERT INTO blocked_word (campaign, words, note, account)
            SELECT $1, w, $3, $4 FROM unnest($2::text[]) w ON CONFLICT (campaign, lower(words)) DO NOTHING
            RETURNING words""",
            campaign, words, note, person.id,
        )  # fmt: skip
        count = await database.fetch_value("SELECT count(*) FROM blocked_word WHERE campaign = $1", campaign)
        if count > blocked.MOST:
            raise Conflict(message("The list may have at most %(most)s entries", most=blocked.MOST))
        if rows:
            await audit.note(
                person.id, "words", f"campaign:{campaign}", campaign,
                after=[r["words"] for r in rows], reason=note,
            )  # fmt: skip
        return len(rows)


async def remove(person: Person, campaign: int, word: int) -> str:
    """Take a word off the list; the answer is the word."""
    async with database.transaction():
        found = await database.fetch_value(
            "DELETE FROM blocked_word WHERE id = $1 AND campaign = $2 RETURNING words", word, campaign
        )
        if found is None:
            raise NotFound(message("This word is not on the list."))
        await audit.note(person.id, "words", f"campaign:{campaign}", campaign, before=[found])
        return found
