"""Putting an earlier version of the tagger back, and letting it learn again. A job tags the ideas anew after either."""

from __future__ import annotations

from typing import Any

from ideas import audit, database, queue
from ideas.account.rules import Person
from ideas.cluster import members
from ideas.errors import Conflict, NotFound, message


async def put_back(person: Person, version: int) -> int:
    """Make a version the one in use and hold it there, whatever is learned; the campaign's id."""
    async with database.transaction():
        row = await _locked(version)
        if row["active"]:
            raise Conflict(message("This version is in use already."))
        before = await _switch(row["campaign"], version, person.id)
        await audit.note(
            person.id, "pin_model", f"model:{version}", row["campaign"], before=before, after=row["version"]
        )
        await _tag_again(row["campaign"])
        return row["campaign"]


async def learn_again(person: Person, campaign: int) -> None:
    """Put the newest version into use and hold it no longer: what moderators say is learned again."""
    async with database.transaction():
        await members.lock(campaign)
        held = await database.fetch_value(
            "SELECT version FROM model WHERE campaign = $1 AND kind = 'tagger' AND pinned IS NOT NULL",
            campaign,
        )
        if held is None:
            raise Conflict(message("No version is held, so there is nothing to let go."))
        newest: Any = await database.fetch_one(
            "SELECT id, version FROM model WHERE campaign = $1 AND kind = 'tagger' ORDER BY id DESC LIMIT 1",
            campaign,
        )
        await _switch(campaign, newest["id"], None)
        await audit.note(
            person.id, "unpin_model", f"model:{newest['id']}", campaign, before=held, after=newest["version"]
        )
        await _tag_again(campaign)


async def _locked(version: int) -> Any:
    """A version of a tagger, under its campaign's lock."""
    campaign = await database.fetch_value(
        "SELECT campaign FROM model WHERE id = $1 AND kind = 'tagger'", version
    )
    if campaign is None:
        raise NotFound(message("There is no such version."))
    await members.lock(campaign)
    return await database.fetch_one("SELECT campaign, version, active FROM model WHERE id = $1", version)


async def _switch(campaign: int, version: int, holder: int | None) -> str:
    """Put another version into use, held by a person or free; the answer is the one before."""
    before = await database.fetch_value(
        "SELECT version FROM model WHERE campaign = $1 AND kind = 'tagger' AND active", campaign
    )
    await database.execute(
        """UPDATE model SET active = false, pinned = NULL, pinned_by = NULL
        WHERE campaign = $1 AND kind = 'tagger' AND active""",
        campaign,
    )
    await database.execute(
        """UPDATE model SET active = true, pinned = CASE WHEN $2::bigint IS NOT NULL THEN now() END, pinned_by = $2,
            report = report || '{"applied": false}' WHERE id = $1""",
        version, holder,
    )  # fmt: skip
    return before


async def _tag_again(campaign: int) -> None:
    await queue.defer(
        "ideas.cluster.jobs.learn", once=f"learn:{campaign}", lock=f"learn:{campaign}", campaign=campaign
    )
