"""Writes of ideas: submitting and editing."""

from __future__ import annotations

from typing import Any

import msgspec

from ideas import database, queue
from ideas.account.rules import Person
from ideas.campaign.rules import Campaign, is_open, require_open
from ideas.errors import Conflict, Forbidden, Invalid, message
from ideas.idea import rules
from ideas.idea.detail import no_such_idea


class Draft(msgspec.Struct):
    """What a person typed, cleaned; `office` is a slug or ""."""

    title: str
    text: str
    office: str = ""


def check(campaign: Campaign, draft: Draft) -> Any:
    """The office that the draft names or None; Invalid says by field what is wrong."""
    errors = rules.check_idea(draft.title, draft.text)
    office = campaign.office(draft.office) if draft.office else None
    if draft.office and office is None:
        errors["office"] = message("There is no such centre. Pick one from the list or clear the field.")
    if errors:
        raise Invalid(errors=errors)
    return office


class Submitted(msgspec.Struct, frozen=True):
    """An idea's id; whether it is new; whether what was sent now differs from what was published with its key."""

    idea: int
    fresh: bool
    differs: bool = False


async def submit(
    person: Person, campaign: Campaign, draft: Draft, now: Any, key: str | None = None
) -> Submitted:
    """Publish an idea. Sent twice it is one: the same form (by its `key`), or the same text within minutes."""
    office = check(campaign, draft)
    require_open(campaign.stages, "submit", now)
    async with database.transaction() as c:
        # Two presses of the button wait for each other here, so that the second finds the first's idea.
        await c.execute("SELECT pg_advisory_xact_lock(1, hashint8($1))", person.id)
        row = await c.fetchrow(
            """WITH same AS (SELECT id, title <> $3 OR text <> $4 AS differs FROM idea WHERE author = $2
                AND (submission = $9::varchar OR (campaign = $1 AND title = $3 AND text = $4
                    AND created > now() - $8::interval))
                ORDER BY submission IS NOT DISTINCT FROM $9::varchar DESC, id LIMIT 1),
            fresh AS (INSERT INTO idea (campaign, author, title, text, lang, office, district, submission)
                SELECT $1, $2, $3, $4, $5, $6, $7, $9::varchar WHERE NOT EXISTS (SELECT FROM same) RETURNING id),
            noted AS (INSERT INTO ledger (idea, kind, account) SELECT id, 'submit', $2 FROM fresh)
            SELECT id, true AS fresh, false AS differs FROM fresh UNION ALL SELECT id, false, differs FROM same""",
            campaign.id, person.id, draft.title, draft.text,
            rules.language_of(f"{draft.title} {draft.text}", campaign.lang),
            office.id if office else None, office.district if office else None, rules.SAME_WITHIN, key,
        )  # fmt: skip
        if row["fresh"]:
            await _queue_placing(campaign.id)
    return Submitted(row["id"], row["fresh"], row["differs"])


async def edit(person: Person, campaign: Campaign, idea: int, draft: Draft, now: Any) -> None:
    """Change one's idea while nobody else has voted; the statement itself checks that."""
    office = check(campaign, draft)
    require_open(campaign.stages, "submit", now)
    async with database.transaction() as c:
        # Counters of the locked row, not rows of `vote`, so that a vote that commits meanwhile is seen.
        row = await c.fetchrow(
            """WITH old AS (SELECT id, author, title, text, hidden FROM idea WHERE id = $1),
            done AS (UPDATE idea i SET title = $3, text = $4, lang = $5, office = $6, district = $7, edited = now()
                WHERE i.id = $1 AND i.author = $2 AND i.hidden IS NULL AND i.votes = 0 AND i.votes_against = 0
                    AND i.imported_votes = 0 AND i.imported_against = 0 AND i.source IS NULL
                    AND i.status = 'submitted'
                RETURNING i.id),
            noted AS (INSERT INTO ledger (idea, kind, account, data)
                SELECT old.id, 'edit', $2, jsonb_build_object('title', old.title, 'text', old.text)
                FROM old JOIN done ON done.id = old.id)
            SELECT old.author, old.hidden, EXISTS (SELECT FROM done) AS done FROM old""",
            idea, person.id, draft.title, draft.text,
            rules.language_of(f"{draft.title} {draft.text}", campaign.lang),
            office.id if office else None, office.district if office else None,
        )  # fmt: skip
        if row is None or row["hidden"]:
            raise no_such_idea()
        if row["author"] != person.id:
            raise Forbidden(message("Only its author can change an idea."))
        if not row["done"]:
            raise Conflict(
                message("Somebody has voted already, so the text stays as it is. You can add to it.")
            )
        await _queue_placing(campaign.id)


async def add(person: Person, campaign: Campaign, idea: int, text: str, now: Any) -> None:
    """Add to one's idea after others have voted: what they voted for stays, the addition stands below with its date."""
    if not rules.TEXT_SHORTEST <= len(text) <= rules.ADDITION_LONGEST:
        raise Invalid(errors={"addition": message(
            "Write between %(least)s and %(most)s characters", least=rules.TEXT_SHORTEST, most=rules.ADDITION_LONGEST
        )})  # fmt: skip
    if not is_open(campaign.stages, "submit", now):
        require_open(campaign.stages, "comment", now)
    async with database.transaction() as c:
        # The idea is locked, so that two additions at once get two numbers.
        row = await c.fetchrow(
            "SELECT author FROM idea WHERE id = $1 AND hidden IS NULL FOR NO KEY UPDATE", idea
        )
        if row is None:
            raise no_such_idea()
        if row["author"] != person.id:
            raise Forbidden(message("Only its author can change an idea."))
        before = await c.fetch("SELECT text FROM addition WHERE idea = $1", idea)
        if any(r["text"] == text for r in before):
            return  # sent twice
        if len(before) >= rules.ADDITIONS:
            raise Conflict(message("An idea may be added to at most %(most)s times", most=rules.ADDITIONS))
        await c.execute(
            """WITH done AS (INSERT INTO addition (idea, number, text) VALUES ($1, $2, $3))
            INSERT INTO ledger (idea, kind, account) VALUES ($1, 'addition', $4)""",
            idea, len(before) + 1, text, person.id,
        )  # fmt: skip


async def _queue_placing(campaign: int) -> None:
    await queue.defer(
        "ideas.cluster.jobs.place",
        once=f"place:{campaign}",
        lock=f"campaign:{campaign}",
        campaign=campaign,
    )
