"""Centres, found by the name in their address."""

from __future__ import annotations

from datetime import UTC, datetime

from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign, Office, is_open
from ideas.errors import NotFound, message


async def office(slug: str, campaign: str = "") -> tuple[Campaign, Office]:
    """A centre and its campaign: the named one, else the newest that takes ideas now, else the newest.

    A poster hangs for years, so the same address leads to each next campaign. NotFound where none has the centre.
    """
    now = datetime.now(UTC)
    known = [
        (c, found)
        for c in await campaigns.campaigns()
        if (found := c.office(slug)) and campaign in ("", c.slug)
    ]
    if not known:
        raise NotFound(message("There is no such centre."))
    return max(known, key=lambda pair: (is_open(pair[0].stages, "submit", now), pair[0].id))
