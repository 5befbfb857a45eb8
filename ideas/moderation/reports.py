"""Reports: a person says that an idea or a comment breaks the rules, a moderator looks and rules.

Their number hides nothing by itself: many can agree to press a button.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from ideas import audit, database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.errors import Conflict, Forbidden, Invalid, NotFound, message
from ideas.moderation import hiding

REASONS = ("insult", "personal", "spam", "offtopic", "other")
TEXT_LONGEST = 500
HOURLY_BY_PERSON = 20
HOURLY_BY_ADDRESS = 60


class Subject(msgspec.Struct):
    """What a report is about: an idea, or one comment on it."""

    idea: int
    comment: int | None
    title: str
    text: str
    author: str
    author_id: int


class Item(msgspec.Struct):
    """Something with open reports, as moderators see it."""

    idea: int
    comment: int | None
    title: str
    text: str
    author: str
    author_id: int
    hidden: bool
    reports: int
    reasons: dict[str, int]
    notes: list[str]
    since: datetime


async def subject(idea: int, comment: int | None = None) -> Subject:
    """A visible idea or comment; NotFound where there is none."""
    row = await database.fetch_one(
        """SELECT i.id AS idea, c.id AS comment, i.title, coalesce(c.text, i.text) AS text, a.name AS author,
            a.id AS author_id
        FROM idea i LEFT JOIN comment c ON c.id = $2 AND c.idea = i.id AND c.hidden IS NULL
            JOIN account a ON a.id = coalesce(c.author, i.author)
        WHERE i.id = $1 AND i.hidden IS NULL AND ($2::bigint IS NULL OR c.id IS NOT NULL)""",
        idea, comment,
    )  # fmt: skip
    if row is None:
        raise NotFound(message("There is no such idea. It may have been hidden."))
    return Subject(**row)


async def report(person: Person, idea: int, comment: int | None, reason: str, text: str) -> bool:
    """Report something; False where this person has done so already."""
    errors = {}
    if reason not in REASONS:
        errors["reason"] = message("Choose what is wrong with it")
    if len(text) > TEXT_LONGEST:
        errors["text"] = message("The note may have at most %(most)s characters", most=TEXT_LONGEST)
    elif reason == "other" and not text:
        errors["text"] = message("Say in a few words what is wrong with it")
    if errors:
        raise Invalid(errors=errors)
    about = await subject(idea, comment)
    if about.author_id == person.id:
        raise Forbidden(message("This is your own."))
    async with database.transaction() as c:
        fresh = await c.fetchval(
            """INSERT INTO report (idea, comment, account, reason, text) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING RETURNING id""",
            idea, comment, person.id, reason, text,
        )  # fmt: skip
    return fresh is not None


_OPEN = """
SELECT r.idea, r.comment, i.title, left(coalesce(c.text, i.text), 1000) AS text, a.name AS author, a.id AS author_id,
    coalesce(c.hidden, i.hidden) IS NOT NULL AS hidden, r.reports, r.since,
    (SELECT jsonb_object_agg(reason, n) FROM (SELECT reason, count(*) AS n FROM report o
        WHERE o.closed IS NULL AND o.idea = r.idea AND o.comment IS NOT DISTINCT FROM r.comment GROUP BY reason) x)
        AS reasons,
    (SELECT coalesce(jsonb_agg(x.text), '[]') FROM (SELECT o.text FROM report o WHERE o.closed IS NULL AND o.text <> ''
        AND o.idea = r.idea AND o.comment IS NOT DISTINCT FROM r.comment ORDER BY o.id LIMIT 5) x) AS notes
FROM (SELECT idea, comment, count(*) AS reports, min(created) AS since FROM report w WHERE closed IS NULL
    AND EXISTS (SELECT FROM idea i WHERE i.id = w.idea AND {mine})
    GROUP BY idea, comment ORDER BY count(*) DESC, min(created) LIMIT $1) r
JOIN idea i ON i.id = r.idea LEFT JOIN comment c ON c.id = r.comment
JOIN account a ON a.id = coalesce(c.author, i.author)
ORDER BY r.reports DESC, r.since
"""


async def waiting(moderator: int, limit: int = 50) -> list[Item]:
    """What is reported and not yet ruled on, within a moderator's limits; the most reported first."""
    rows = await database.fetch(_OPEN.replace("{mine}", scopes.of_ideas("$2")), limit, moderator)
    read = database.from_json
    return [Item(**{**row, "reasons": read(row["reasons"]), "notes": read(row["notes"])}) for row in rows]


async def settle(person: Person, idea: int, comment: int | None, outcome: str) -> int:
    """Rule on all that is reported about one thing, `hidden` or `kept`; how many reports that closed."""
    if outcome not in ("hidden", "kept"):
        raise Invalid(errors={"outcome": message("Choose what becomes of it")})
    async with database.transaction() as c:
        await scopes.require_ideas(person, [idea])
        closed = await c.fetch(
            """UPDATE report SET closed = now(), closed_by = $3, outcome = $4
            WHERE idea = $1 AND comment IS NOT DISTINCT FROM $2 AND closed IS NULL RETURNING id""",
            idea, comment, person.id, outcome,
        )  # fmt: skip
        if not closed:
            raise Conflict(message("Somebody has ruled on this already."))
        if outcome == "hidden":
            await hiding.set_hidden(person, idea, comment, True)
        # Last, as everybody does: whoever holds the log's chain must not wait for a campaign.
        campaign = await c.fetchval("SELECT campaign FROM idea WHERE id = $1", idea)
        await audit.note(
            person.id, "report", f"comment:{comment}" if comment else f"idea:{idea}", campaign,
            after=outcome, reports=len(closed),
        )  # fmt: skip
        return len(closed)


async def show_again(person: Person, idea: int, comment: int | None) -> None:
    """Take the hiding back."""
    await hiding.set_hidden(person, idea, comment, False)
