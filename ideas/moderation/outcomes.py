"""What came of an accepted decision: its ideas go into the standard, or are carried out, and everybody is told."""

from __future__ import annotations

from typing import Any

import msgspec

from ideas import audit, database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster import members
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.notice.actions import tell_status

STATUSES = ("accepted", "standard", "done")
NOTE_LONGEST = 1000


class Accepted(msgspec.Struct):
    """An accepted decision that stands, and how far its ideas are."""

    id: int
    name: str
    reason: str
    statuses: dict[str, int]


async def accepted(decision: int) -> Accepted:
    """A decision whose ideas can go on; NotFound for any other."""
    row = await database.fetch_one(
        """SELECT d.id, coalesce(c.name, min(i.title)) AS name, d.reason FROM decision d
            JOIN ruling r ON r.decision = d.id JOIN idea i ON i.id = r.idea LEFT JOIN cluster c ON c.id = d.cluster
        WHERE d.id = $1 AND d.verdict = 'accept' AND d.undone IS NULL GROUP BY d.id, c.name""",
        decision,
    )
    if row is None:
        raise NotFound(message("There is no such decision."))
    rows = await database.fetch(
        """SELECT i.status, count(*) AS n FROM ruling r JOIN idea i ON i.id = r.idea WHERE r.decision = $1
        GROUP BY i.status""",
        decision,
    )
    return Accepted(**row, statuses={r["status"]: r["n"] for r in rows})


async def carry_on(person: Person, decision: int, status: str, note: str) -> int:
    """Say how far the ideas of a decision are; how many changed. Authors, supporters and followers are told once.

    Back to `accepted` mends a mistake and tells nobody.
    """
    errors = {}
    if status not in STATUSES:
        errors["status"] = message("Choose how far it is")
    if len(note) > NOTE_LONGEST:
        errors["note"] = message("The note may have at most %(most)s characters", most=NOTE_LONGEST)
    elif not note and status in ("standard", "done"):
        errors["note"] = message("Say what was done and where: everybody reads it")
    if errors:
        raise Invalid(errors=errors)
    async with database.transaction():
        found: Any = await database.fetch_one(
            "SELECT id, campaign FROM decision WHERE id = $1 AND verdict = 'accept' AND undone IS NULL FOR SHARE",
            decision,
        )
        if found is None:
            raise NotFound(message("There is no such decision."))
        rows = await database.fetch("SELECT idea FROM ruling WHERE decision = $1", decision)
        await scopes.require_ideas(person, [r["idea"] for r in rows])
        await members.lock_ideas([r["idea"] for r in rows])
        changed = await database.fetch(
            """WITH old AS (SELECT id, status FROM idea WHERE id = ANY($1::bigint[]) AND status <> $2
                AND status IN ('accepted', 'standard', 'done')),
            done AS (UPDATE idea i SET status = $2 FROM old WHERE i.id = old.id),
            noted AS (INSERT INTO ledger (idea, kind, account, data) SELECT id, 'status', $3, jsonb_build_object(
                'decision', $4::bigint, 'before', status, 'status', $2::text, 'reason', $5::text) FROM old)
            SELECT id, status FROM old ORDER BY id""",
            [r["idea"] for r in rows], status, person.id, decision, note,
        )  # fmt: skip
        if not changed:
            raise Conflict(message("These ideas are that far already."))
        if status != "accepted":
            await tell_status(
                [r["id"] for r in changed], status, f"status:{decision}:{status}", person.id, note
            )
        await audit.note(
            person.id, "status", f"decision:{decision}", found["campaign"], ideas=len(changed),
            before=sorted({r["status"] for r in changed}), after=status, reason=note,
        )  # fmt: skip
        return len(changed)
