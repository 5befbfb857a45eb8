"""The campaign's list of reasons: a moderator chooses one, adds words of their own, and authors read both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ideas import audit, database
from ideas.account.rules import Person
from ideas.campaign.rules import Campaign
from ideas.errors import Invalid, message
from ideas.i18n import translator

MOST = 40
LONGEST = 500
VERDICTS = ("", "accept", "decline", "forward")

STARTING = (
    ("decline", message("This is done already: please tell us if it does not work where you are.")),
    ("decline", message("The law does not allow this.")),
    ("decline", message("This is not up to the public service centres.")),
    ("decline", message("It costs more than it would help.")),
    ("forward", message("Experts will look at it; we shall tell you what they say.")),
    ("accept", message("We agree and shall do it. We shall tell you when it is done.")),
)
"""What a campaign without a list of its own has, in the campaign's language: it is the authors who read it."""

ROWS = """(SELECT coalesce(
    jsonb_agg(jsonb_build_object('text', r.text, 'verdict', r.verdict) ORDER BY r.position), '[]')
    FROM reason r WHERE r.campaign = {0})"""
"""SQL: the list of a campaign, by its id, as JSON."""


class Reason(msgspec.Struct):
    """text: what authors read; verdict: what it is a reason for, "" for any."""

    text: str
    verdict: str = ""


def of(campaign: Campaign, rows: Sequence[Reason]) -> list[Reason]:
    """The list to choose from: the campaign's own, else the one to start with."""
    say = translator("en" if campaign.lang == "en" else "ru")
    return list(rows) or [Reason(say(text), verdict) for verdict, text in STARTING]


async def listed(campaign: Campaign) -> list[Reason]:
    """The list to choose from."""
    return of(campaign, msgspec.convert(await _rows(campaign.id), list[Reason]))


async def _rows(campaign: int) -> Any:
    return database.from_json(await database.fetch_value(f"SELECT {ROWS.format('$1')}", campaign))


async def replace(admin: Person, campaign: int, reasons: Sequence[Reason]) -> None:
    """Give a campaign another list; an empty one brings the one to start with back."""
    if len(reasons) > MOST:
        raise Invalid(errors={"reasons": message("At most %(most)s reasons", most=MOST)})
    if any(len(r.text) > LONGEST or not r.text or r.verdict not in VERDICTS for r in reasons):
        raise Invalid(
            errors={"reasons": message("A reason may have at most %(most)s characters", most=LONGEST)}
        )
    async with database.transaction():
        before = len(await _rows(campaign))
        await database.execute("DELETE FROM reason WHERE campaign = $1", campaign)
        await database.execute(
            """INSERT INTO reason (campaign, position, text, verdict)
            SELECT $1, n, r.text, r.verdict FROM unnest($2::text[], $3::text[]) WITH ORDINALITY r (text, verdict, n)""",
            campaign, [r.text for r in reasons], [r.verdict for r in reasons],
        )  # fmt: skip
        await audit.note(
            admin.id, "reasons", f"campaign:{campaign}", campaign, before=before, after=len(reasons)
        )
