"""Reads of drafts."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ideas import database


class Draft(msgspec.Struct, frozen=True):
    """What a person has typed so far; `rest` is the second of two ideas written as one, `office` a slug or ""."""

    key: str
    title: str
    text: str
    rest: str
    office: str
    saved: datetime


async def draft_of(account: int, campaign: int) -> Draft | None:
    """A person's draft in a campaign."""
    row = await database.fetch_one(
        "SELECT key, title, text, rest, office, saved FROM draft WHERE account = $1 AND campaign = $2",
        account,
        campaign,
    )
    return Draft(**row) if row else None
