"""Webhooks: registered, told of what happens, tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ideas import audit, database, queue
from ideas.account.rules import Person
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.settings import Settings
from ideas.webhook import rules, sending


async def register(
    person: Person, campaign: int, address: str, events: Sequence[str], *, private: bool
) -> tuple[int, str]:
    """Make a webhook: its number, and its secret, which is shown this once."""
    errors = {}
    if problem := rules.check_address(address, private=private):
        errors["address"] = problem
    if not events or any(e not in rules.KINDS for e in events):
        errors["events"] = message("Choose what it is told of")
    if errors:
        raise Invalid(errors=errors)
    secret = rules.new_secret()
    async with database.transaction():
        await database.fetch_value("SELECT id FROM campaign WHERE id = $1 FOR NO KEY UPDATE", campaign)
        count = await database.fetch_value("SELECT count(*) FROM webhook WHERE campaign = $1", campaign)
        if count >= rules.MOST:
            raise Conflict(message("A project has at most %(most)s webhooks.", most=rules.MOST))
        id = await database.fetch_value(
            """INSERT INTO webhook (campaign, account, address, secret, events)
            VALUES ($1, $2, $3, $4, $5) RETURNING id""",
            campaign, person.id, address, secret, database.to_json(list(events)),
        )  # fmt: skip
        await audit.note(person.id, "webhook", f"webhook:{id}", campaign, change="new", after=address)
    return id, secret


async def switch(person: Person, webhook: int, active: bool) -> None:
    """Switch a webhook on or off; while it is off, nothing is noted for it."""
    async with database.transaction():
        row = await database.fetch_one(
            "UPDATE webhook SET active = $2 WHERE id = $1 RETURNING campaign, address", webhook, active
        )
        if row is None:
            raise NotFound(message("There is no such webhook."))
        await audit.note(
            person.id, "webhook", f"webhook:{webhook}", row["campaign"],
            change="on" if active else "off", after=row["address"],
        )  # fmt: skip


async def remove(person: Person, webhook: int) -> int:
    """Delete a webhook with its messages; the campaign that it was of."""
    async with database.transaction():
        row = await database.fetch_one(
            "DELETE FROM webhook WHERE id = $1 RETURNING campaign, address", webhook
        )
        if row is None:
            raise NotFound(message("There is no such webhook."))
        await audit.note(
            person.id, "webhook", f"webhook:{webhook}", row["campaign"], change="gone", before=row["address"]
        )
        return row["campaign"]


async def again(delivery: int) -> int:
    """Send a message once more, in the same words and under the same number; the webhook that it is of."""
    async with database.transaction():
        webhook = await database.fetch_value(
            """UPDATE delivery SET state = 'waiting', tries = 0, error = '' WHERE id = $1 AND state <> 'waiting'
            RETURNING webhook""",
            delivery,
        )
        if webhook is None:
            found = await database.fetch_value("SELECT webhook FROM delivery WHERE id = $1", delivery)
            if found is None:
                raise NotFound(message("There is no such message."))
            return found
        await _send_later(delivery)
        return webhook


async def _send_later(delivery: int, at: datetime | None = None) -> None:
    await queue.defer(
        "ideas.webhook.jobs.send",
        once=f"delivery:{delivery}",
        lock=f"delivery:{delivery}",
        at=at,
        delivery=delivery,
    )


_MOST_IDEAS = 1000
_DECISION = """
SELECT d.campaign, d.id, d.verdict, d.reason, d.cluster, c.name AS cluster_name, d.created, d.undone
FROM decision d LEFT JOIN cluster c ON c.id = d.cluster WHERE d.id = $1
"""
_IDEAS = """
SELECT i.campaign, i.id, i.title, i.status FROM idea i WHERE i.hidden IS NULL AND (i.id = ANY($1::bigint[])
    OR i.id IN (SELECT idea FROM ruling WHERE decision = $2)) ORDER BY i.id LIMIT $3
"""


async def announce(
    event: str, kind: str, data: dict[str, Any], decision: int | None, ideas: Sequence[int], address: str
) -> int:
    """Note a message for each webhook of the campaign that wants this kind; told again, nobody gets a second one."""
    decided = await database.fetch_one(_DECISION, decision) if decision else None
    found = await database.fetch(_IDEAS, list(ideas)[:_MOST_IDEAS], decision, _MOST_IDEAS)
    campaign = decided["campaign"] if decided else found[0]["campaign"] if found else None
    if campaign is None:
        return 0
    made = {
        "type": kind,
        "event": event,
        "campaign": await database.fetch_value("SELECT slug FROM campaign WHERE id = $1", campaign),
        "time": _moment(datetime.now(UTC)),
        "decision": {
            **{k: decided[k] for k in ("id", "verdict", "reason", "cluster", "cluster_name")},
            "created": _moment(decided["created"]), "undone": _moment(decided["undone"]),
        } if decided else None,
        "status": data.get("status"),
        "note": data.get("reason") if kind == "status" else None,
        "ideas": [
            {"id": i["id"], "title": i["title"], "status": i["status"], "url": f"{address}/ideas/{i['id']}"}
            for i in found
        ],
    }  # fmt: skip
    async with database.transaction():
        rows = await database.fetch(
            """INSERT INTO delivery (webhook, event, kind, body) SELECT id, $2, $3::text, $4 FROM webhook
            WHERE campaign = $1 AND active AND events ? $3::text
            ON CONFLICT (webhook, event) DO NOTHING RETURNING id""",
            campaign, event[:80], kind, database.to_json(made),
        )  # fmt: skip
        for one in rows:
            await _send_later(one["id"])
    return len(rows)


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="seconds") if value else None


async def send(settings: Settings, delivery: int) -> None:
    """Send a message that waits; where it fails, a later job tries again."""
    row = await database.fetch_one(
        """SELECT d.id, d.body, d.tries, w.address, w.secret, w.active
        FROM delivery d JOIN webhook w ON w.id = d.webhook WHERE d.id = $1 AND d.state = 'waiting'""",
        delivery,
    )
    if row is None:
        return
    body, now = row["body"].encode(), datetime.now(UTC)
    id, stamp = f"msg_{row['id']}", int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "ideas-webhook/1",
        "webhook-id": id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": rules.signature(row["secret"], id, stamp, body),
    }
    if row["active"]:
        answer = await sending.post(row["address"], body, headers, private=settings.webhooks_private)
    else:
        answer = sending.Answer(None, "switched off")
    tries = row["tries"] + 1
    state = "sent" if answer.ok else "failed" if tries >= rules.TRIES or not row["active"] else "waiting"
    async with database.transaction():
        await database.execute(
            "UPDATE delivery SET state = $2, tries = $3, status = $4, error = $5, tried = $6 WHERE id = $1",
            delivery, state, tries, answer.status, answer.error[:300], now,
        )  # fmt: skip
        if state == "waiting":
            await _send_later(delivery, now + rules.wait(tries))


async def forget() -> None:
    """Old messages go."""
    await database.execute(
        "DELETE FROM delivery WHERE created < now() - make_interval(days => $1)", rules.KEPT_DAYS
    )
