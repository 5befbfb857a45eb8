"""A moderator's answer to "same or not?": a link that no run breaks, and what can be done at once is done."""

from __future__ import annotations

from typing import Any

import msgspec

from ideas import audit, database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster import actions, changes, claims, gather, members, pins, questions
from ideas.cluster.questions import Question
from ideas.errors import Conflict, Invalid, NotFound, message

KINDS = {"same": "must", "different": "cannot"}


class Answered(msgspec.Struct):
    """cluster: the group that holds both since (none: they wait for the next run, or are two).

    groups: the two groups that the answer says are one; merging them is offered.
    """

    question: int
    state: str
    cluster: int | None = None
    groups: list[int] = []


async def _locked(person: Person, question: int) -> Question:
    row = await database.fetch_one("SELECT campaign, first, second FROM question WHERE id = $1", question)
    if row is None:
        raise NotFound(message("There is no such question."))
    await members.lock(row["campaign"])
    await scopes.require_ideas(person, [row["first"], row["second"]])
    found = await questions.waiting(person, row["campaign"], only=question)
    if found is None:
        raise Conflict(message("This question has been answered meanwhile, or its ideas have."))
    return found


async def answer(person: Person, question: int, state: str) -> Answered:
    """Answer `same` or `different`. A lone idea joins at once; two groups become one only when they are merged."""
    if state not in KINDS:
        raise Invalid(errors={"answer": message("Choose: the same, or different")})
    async with database.transaction():
        asked = await _locked(person, question)
        sides = [asked.first, asked.second]
        groups = sorted({s.cluster for s in sides if s.cluster is not None})
        await claims.require_free(person, groups)
        ideas = sorted(s.id for s in sides)
        made = Answered(question, state, groups[0] if asked.together else None)
        done: dict[str, Any] = {"added": [], "removed": []}
        if state == "same" and len(groups) < 2 and not asked.together:
            made.cluster = done["cluster"] = await _joined(person, asked)
            done["change"] = change.id if (change := await changes.latest(made.cluster)) else None
        else:
            opposite = "cannot" if state == "same" else "must"
            done["removed"] = await pins.remove(ideas, opposite)
            done["added"] = await pins.add(person, asked.campaign, KINDS[state], [(ideas[0], ideas[1])])
        if state == "same" and len(groups) == 2:
            made.groups = groups
        await database.execute(
            "UPDATE question SET state = $2, account = $3, answered = now(), done = $4 WHERE id = $1",
            question, state, person.id, database.to_json(done),
        )  # fmt: skip
        await audit.note(
            person.id, "same", f"idea:{ideas[0]}", asked.campaign, after=state, other=ideas[1], groups=groups
        )
        return made


async def _joined(person: Person, asked: Question) -> int:
    """One group of a group and a lone idea, or of two lone ideas."""
    lone = [s.id for s in (asked.first, asked.second) if s.cluster is None]
    cluster = asked.first.cluster or asked.second.cluster
    if cluster is not None:
        return (await gather.gather(person, cluster, [], lone)).id
    return (await gather.found(person, lone[0], lone[1:])).id


async def merge(person: Person, question: int) -> changes.Merged:
    """Merge the two groups of a question that was answered `same`; undoing the answer undoes this, too."""
    async with database.transaction():
        row = await _mine(person, "q.id = $2 AND q.state = 'same'", question)
        groups = await database.fetch(
            "SELECT DISTINCT cluster FROM idea WHERE id IN ($1, $2) AND cluster IS NOT NULL",
            row["first"], row["second"],
        )  # fmt: skip
        merged = await actions.merge(person, [g["cluster"] for g in groups])
        change = await changes.latest(merged.id)
        done = database.from_json(row["done"]) | {
            "cluster": merged.id,
            "change": change.id if change else None,
        }
        await database.execute(
            "UPDATE question SET done = $2 WHERE id = $1", row["id"], database.to_json(done)
        )
        return merged


async def offer(person: Person, question: int) -> list[dict[str, Any]] | None:
    """The two groups that one's answer says are one, while they are two; None where there is nothing to merge."""
    rows = await database.fetch(
        """SELECT DISTINCT c.id, c.name, c.size, c.supporters FROM question q JOIN idea i ON i.id IN (q.first, q.second)
            JOIN cluster c ON c.id = i.cluster AND c.state = 'open'
        WHERE q.id = $1 AND q.account = $2 AND q.state = 'same' ORDER BY c.supporters DESC, c.id""",
        question, person.id,
    )  # fmt: skip
    return [{**row, "question": question} for row in rows] if len(rows) == 2 else None


async def undo(person: Person, campaign: int) -> int:
    """Take one's latest answer back, with what it did; the number of the question, which waits again."""
    async with database.transaction():
        await members.lock(campaign)
        row = await _mine(person, "q.campaign = $2 AND q.state <> 'waiting'", campaign)
        done = database.from_json(row["done"])
        if done.get("change") is not None:
            change = await changes.latest(done["cluster"])
            if change is None or change.id != done["change"]:
                raise Conflict(message("Later changes build on this one. Undo them first."))
            await changes.undo(person, done["cluster"])
        await pins.drop(done.get("added", []))
        await pins.restore(campaign, done.get("removed", []))
        await database.execute(
            "UPDATE question SET state = 'waiting', account = NULL, answered = NULL, done = '{}' WHERE id = $1",
            row["id"],
        )
        await audit.note(
            person.id,
            "undo",
            f"idea:{row['first']}",
            campaign,
            what="same",
            before=row["state"],
            other=row["second"],
        )
        return row["id"]


async def _mine(person: Person, condition: str, value: int) -> Any:
    """One's latest answer that fits, locked."""
    row = await database.fetch_one(
        f"""SELECT q.* FROM question q WHERE q.account = $1 AND {condition}
        ORDER BY q.answered DESC, q.id DESC LIMIT 1 FOR UPDATE""",
        person.id, value,
    )  # fmt: skip
    if row is None:
        raise Conflict(message("You have no answer to undo."))
    await scopes.require_ideas(person, [row["first"], row["second"]])
    return row
