"""Reads about webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ideas import database
from ideas.errors import NotFound, message

PAGE = 50


class Webhook(msgspec.Struct):
    """An address; its secret is read by nobody but the sender."""

    id: int
    campaign: int
    address: str
    events: list[str]
    active: bool
    created: datetime
    name: str
    sent: int
    failed: int
    waiting: int


class Delivery(msgspec.Struct):
    """A message and how its sending went."""

    id: int
    event: str
    kind: str
    body: str
    state: str
    tries: int
    status: int | None
    error: str
    created: datetime
    tried: datetime | None


_WEBHOOK = """SELECT w.id, w.campaign, w.address, w.events, w.active, w.created, a.name,
    count(d.id) FILTER (WHERE d.state = 'sent') AS sent, count(d.id) FILTER (WHERE d.state = 'failed') AS failed,
    count(d.id) FILTER (WHERE d.state = 'waiting') AS waiting
FROM webhook w JOIN account a ON a.id = w.account LEFT JOIN delivery d ON d.webhook = w.id
WHERE {} GROUP BY w.id, a.name ORDER BY w.id"""


def _read(row: Any) -> Webhook:
    return Webhook(**{**row, "events": database.from_json(row["events"])})


async def of_campaign(campaign: int) -> list[Webhook]:
    """A campaign's webhooks."""
    return [_read(row) for row in await database.fetch(_WEBHOOK.format("w.campaign = $1"), campaign)]


async def one(webhook: int) -> Webhook:
    """One webhook; NotFound where there is none."""
    row = await database.fetch_one(_WEBHOOK.format("w.id = $1"), webhook)
    if row is None:
        raise NotFound(message("There is no such webhook."))
    return _read(row)


async def deliveries(webhook: int, before: int | None = None, limit: int = PAGE) -> list[Delivery]:
    """Messages to an address, the latest first, older than the one numbered `before`."""
    rows = await database.fetch(
        """SELECT id, event, kind, body, state, tries, status, error, created, tried FROM delivery
        WHERE webhook = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3""",
        webhook, before, limit,
    )  # fmt: skip
    return database.structs(Delivery, rows)
