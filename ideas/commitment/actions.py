"""Writes of commitments: promise, change, tell what is new. Each is in the audit log."""

from __future__ import annotations

from typing import Any

from ideas import audit, database
from ideas.account.rules import Person
from ideas.cluster.members import lock_ideas
from ideas.commitment import rules
from ideas.commitment.queries import standing
from ideas.errors import Conflict, NotFound, message
from ideas.notice.actions import tell_commitment

FIELDS = ("title", "text", "owner", "due", "budget")


async def promise(person: Person, cluster: int, typed: rules.Typed) -> int:
    """Make a commitment about an accepted group; its number. A group has one: promised again, it is the same."""
    rules.check(typed)
    async with database.transaction():
        found = await database.fetch_one(
            "SELECT campaign, state FROM cluster WHERE id = $1 AND retired IS NULL FOR SHARE", cluster
        )
        if found is None:
            raise NotFound(message("There is no such group."))
        if found["state"] != "accepted":
            raise Conflict(message("Only an accepted group can become a commitment."))
        id = await database.fetch_value(
            """INSERT INTO commitment (campaign, cluster, title, text, owner, due, budget, account)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (cluster) DO NOTHING RETURNING id""",
            found["campaign"], cluster, typed.title, typed.text, typed.owner, typed.due, typed.budget, person.id,
        )  # fmt: skip
        if id is None:
            return await database.fetch_value("SELECT id FROM commitment WHERE cluster = $1", cluster)
        await _put_steps(id, typed.steps)
        await _tell(person, id, cluster, typed.title, "planned", None)
        await audit.note(
            person.id, "promise", f"commitment:{id}", found["campaign"], cluster=cluster, owner=typed.owner,
            due=str(typed.due), what=typed.title,
        )  # fmt: skip
        return id


async def change(person: Person, id: int, typed: rules.Typed, revision: int) -> None:
    """Change a commitment's words, day and milestones. Conflict where somebody else changed it since `revision`.

    Nobody is told: what people should hear is said as an update.
    """
    rules.check(typed)
    async with database.transaction():
        before = await _locked(id)
        if before["revision"] != revision:
            raise Conflict(
                message(
                    "Somebody has changed this commitment meanwhile. What you typed is below; what stands "
                    "now is on its page."
                )
            )
        after: dict[str, Any] = {name: getattr(typed, name) for name in FIELDS}
        changed = {k: [str(before[k]), str(v)] for k, v in after.items() if before[k] != v}
        steps = await _put_steps(id, typed.steps)
        if not changed and not steps:
            return
        await database.execute(
            """UPDATE commitment SET title = $2, text = $3, owner = $4, due = $5, budget = $6,
                revision = revision + 1, changed = now() WHERE id = $1""",
            id, *after.values(),
        )  # fmt: skip
        await audit.note(
            person.id, "recommit", f"commitment:{id}", before["campaign"],
            before={k: v[0] for k, v in changed.items()}, after={k: v[1] for k, v in changed.items()},
        )  # fmt: skip


async def tell(person: Person, id: int, text: str, status: str, key: str | None) -> bool:
    """Publish an update, with a new status or none; whether it is new. The same form sent twice is one update."""
    async with database.transaction():
        before = await _locked(id)
        if key and await database.fetch_value(
            "SELECT id FROM commitment_update WHERE commitment = $1 AND key = $2", id, key
        ):
            return False
        rules.check_news(text, status, before["status"])
        if status:
            await database.execute(
                """UPDATE commitment SET status = $2, reason = $3, revision = revision + 1, changed = now()
                WHERE id = $1""",
                id, status, text if status == "dropped" else "",
            )  # fmt: skip
        group = await standing(before["cluster"])
        await _tell(person, id, group, text, status or None, key)
        if status:
            await _carry_out(person, id, group, before["status"], status, text)
            await audit.note(
                person.id, "progress", f"commitment:{id}", before["campaign"], before=before["status"],
                after=status, reason=text,
            )  # fmt: skip
        else:
            await audit.note(person.id, "progress", f"commitment:{id}", before["campaign"], reason=text)
        return True


async def _locked(id: int) -> Any:
    found = await database.fetch_one("SELECT * FROM commitment WHERE id = $1 FOR UPDATE", id)
    if found is None:
        raise NotFound(message("There is no such commitment."))
    return found


async def _put_steps(id: int, steps: list[rules.Step]) -> bool:
    """Replace the milestones; whether anything changed."""
    rows = await database.fetch(
        "SELECT title, due, done FROM milestone WHERE commitment = $1 ORDER BY position", id
    )
    wanted = [(s.title, s.due, s.done) for s in steps if s.title]
    if [tuple(row) for row in rows] == wanted:
        return False
    await database.execute("DELETE FROM milestone WHERE commitment = $1", id)
    if wanted:
        await database.execute(
            """INSERT INTO milestone (commitment, position, title, due, done)
            SELECT $1, n, t, d, e FROM unnest($2::text[], $3::date[], $4::date[]) WITH ORDINALITY x (t, d, e, n)""",
            id, [w[0] for w in wanted], [w[1] for w in wanted], [w[2] for w in wanted],
        )  # fmt: skip
    return True


async def _tell(
    person: Person, id: int, cluster: int, text: str, status: str | None, key: str | None
) -> None:
    update = await database.fetch_value(
        """INSERT INTO commitment_update (commitment, account, text, status, key)
        VALUES ($1, $2, $3, $4, $5) RETURNING id""",
        id, person.id, text, status, key,
    )  # fmt: skip
    ideas = await database.fetch(
        "SELECT id FROM idea WHERE cluster = $1 AND hidden IS NULL ORDER BY id", cluster
    )
    await tell_commitment([r["id"] for r in ideas], update, person.id, f"/commitments/{id}", text)


async def _carry_out(person: Person, id: int, cluster: int, before: str, after: str, text: str) -> None:
    """The group's ideas are carried out with their commitment, and no longer so when it is taken back."""
    if after == "done":
        old = ["accepted", "standard"]
    elif before == "done":
        old = ["done"]
    else:
        return
    rows = await database.fetch("SELECT id FROM idea WHERE cluster = $1 AND status = ANY($2)", cluster, old)
    await lock_ideas([row["id"] for row in rows])
    await database.execute(
        """WITH old AS (SELECT id, status, CASE WHEN $3::text = 'done' THEN 'done' WHEN EXISTS (
                SELECT FROM citation c JOIN standard_version v ON v.id = c.version AND v.published IS NOT NULL
                WHERE c.idea = idea.id) THEN 'standard' ELSE 'accepted' END AS next
            FROM idea WHERE id = ANY($1::bigint[]) AND status = ANY($2)),
        changed AS (UPDATE idea i SET status = old.next FROM old WHERE i.id = old.id)
        INSERT INTO ledger (idea, kind, account, data) SELECT id, 'status', $4, jsonb_build_object(
            'commitment', $5::bigint, 'before', status, 'status', next, 'reason', $6::text) FROM old ORDER BY id""",
        [row["id"] for row in rows], old, after, person.id, id, text,
    )  # fmt: skip
