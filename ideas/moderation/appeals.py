"""Appeals: an author objects, once, to the decline of an idea, and a moderator who did not decide answers.

That it is another moderator is a constraint of the database.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from ideas import audit, database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster import members
from ideas.errors import Conflict, Forbidden, Invalid, NotFound, message
from ideas.moderation import actions, rules
from ideas.moderation.rulings import Ruling
from ideas.notice.actions import think_of_letters

TEXT_LONGEST = 2000
TEXT_SHORTEST = 10
HOURLY = 10
OUTCOMES = ("confirm", "accept", "forward")

# An appeal waits only while the decline that it is about stands.
_STANDS = """EXISTS (SELECT FROM ruling r JOIN decision d ON d.id = r.decision AND d.undone IS NULL
    WHERE r.idea = a.idea AND r.decision = a.decision)"""


class Subject(msgspec.Struct):
    """A declined idea as its author reads it before appealing; `appeal` is the one that was made already."""

    idea: int
    title: str
    author: int
    decision: int | None
    verdict: str | None
    reason: str
    decided: datetime | None
    appeal: Appeal | None = None


class Appeal(msgspec.Struct):
    """An appeal, its idea and what it is about. `state`: waiting, confirmed, overturned.

    stands: the decline that it is about has not been withdrawn.
    """

    id: int
    idea: int
    campaign: int
    title: str
    idea_text: str
    lang: str
    cluster: int | None
    author: str
    author_id: int
    text: str
    created: datetime
    state: str
    decided_by: int
    decided_name: str
    decline: str
    declined: datetime
    moderator: str | None
    reason: str
    answered: datetime | None
    stands: bool

    def may_answer(self, person: Person) -> bool:
        """Whether this person may answer it: a moderator who neither decided nor wrote it."""
        return (
            self.state == "waiting"
            and self.stands
            and person.moderates
            and person.id not in (self.decided_by, self.author_id)
        )


_APPEAL = f"""
SELECT a.id, a.idea, i.campaign, i.title, i.text AS idea_text, i.lang, i.cluster, w.name AS author,
    a.author AS author_id, a.text, a.created, a.state, a.decided_by, f.name AS decided_name, d.reason AS decline,
    d.created AS declined, m.name AS moderator, a.reason, a.answered, {_STANDS} AS stands
FROM appeal a JOIN idea i ON i.id = a.idea JOIN account w ON w.id = a.author JOIN account f ON f.id = a.decided_by
    JOIN decision d ON d.id = a.decision LEFT JOIN account m ON m.id = a.moderator
"""


async def subject(person: Person, idea: int) -> Subject:
    """What this author may appeal against; Forbidden for anybody else."""
    row: Any = await database.fetch_one(
        """SELECT i.id AS idea, i.title, i.author, d.id AS decision, d.verdict, coalesce(d.reason, '') AS reason,
            d.created AS decided
        FROM idea i LEFT JOIN LATERAL (SELECT d.* FROM ruling r JOIN decision d ON d.id = r.decision
            AND d.undone IS NULL WHERE r.idea = i.id ORDER BY d.id DESC LIMIT 1) d ON true
        WHERE i.id = $1 AND i.hidden IS NULL""",
        idea,
    )
    if row is None:
        raise NotFound(message("There is no such idea."))
    if row["author"] != person.id:
        raise Forbidden(message("Only its author can appeal."))
    found = Subject(**row)
    last = await database.fetch_one(f"{_APPEAL} WHERE a.idea = $1 ORDER BY a.id DESC LIMIT 1", idea)
    found.appeal = Appeal(**last) if last else None
    return found


async def submit(person: Person, idea: int, text: str) -> int:
    """Appeal against the decline of one's idea, once for a decision; the appeal's id."""
    if len(text) < TEXT_SHORTEST:
        raise Invalid(
            errors={
                "text": message(
                    "Say in at least %(least)s characters what was overlooked", least=TEXT_SHORTEST
                )
            }
        )
    if len(text) > TEXT_LONGEST:
        raise Invalid(
            errors={"text": message("The appeal may have at most %(most)s characters", most=TEXT_LONGEST)}
        )
    async with database.transaction():
        about = await subject(person, idea)
        # So that nobody withdraws the decision meanwhile.
        stands = await database.fetch_value(
            "SELECT id FROM decision WHERE id = $1 AND verdict = 'decline' AND undone IS NULL FOR SHARE",
            about.decision,
        )
        if stands is None:
            raise Conflict(message("This idea is not declined, so there is nothing to appeal against."))
        try:
            async with database.transaction():
                id = await database.fetch_value(
                    "INSERT INTO appeal (idea, decision, author, text) VALUES ($1, $2, $3, $4) RETURNING id",
                    idea, stands, person.id, text,
                )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise Conflict(message("You have appealed against this decision already.")) from error
        await database.execute(
            "INSERT INTO ledger (idea, kind, account, data) VALUES ($1, 'appeal', $2, $3)",
            idea, person.id, database.to_json({"appeal": id, "decision": stands}),
        )  # fmt: skip
        return id


async def appeals(campaign: int, limit: int = 100) -> list[Appeal]:
    """Appeals of a campaign: those that wait first, the oldest on top, then the latest answered."""
    rows = await database.fetch(
        f"""{_APPEAL} WHERE i.campaign = $1 ORDER BY (a.state = 'waiting' AND {_STANDS}) DESC,
            CASE WHEN a.state = 'waiting' THEN a.id ELSE -a.id END LIMIT $2""",
        campaign, limit,
    )  # fmt: skip
    return database.structs(Appeal, rows)


async def appeal(id: int) -> Appeal:
    """One appeal; NotFound where there is none."""
    row = await database.fetch_one(f"{_APPEAL} WHERE a.id = $1", id)
    if row is None:
        raise NotFound(message("There is no such appeal."))
    return Appeal(**row)


COUNT = f"""(SELECT count(*) FROM appeal a JOIN idea i ON i.id = a.idea
    WHERE i.campaign = $1 AND a.state = 'waiting' AND {_STANDS})"""
"""SQL: the unanswered appeals of the campaign `$1`."""


async def answer(person: Person, id: int, outcome: str, reason: str) -> Appeal:
    """Confirm the decline, or overturn it: the idea leaves the decision and gets a new one, all with one reason.

    The author is told, and so is everybody who was told of the decline.
    """
    rules.check("decline" if outcome == "confirm" else outcome, reason, "")
    async with database.transaction():
        found = await appeal(id)
        await members.lock(found.campaign)
        await database.execute("SELECT FROM appeal WHERE id = $1 FOR UPDATE", id)
        found = await appeal(id)
        if person.id in (found.decided_by, found.author_id):
            raise Forbidden(message("An appeal is answered by somebody who neither decided nor wrote it."))
        await scopes.require_ideas(person, [found.idea])
        if found.state != "waiting":
            raise Conflict(message("Somebody has answered this appeal already."))
        if not found.stands:
            raise Conflict(message("The decision that it is about has been withdrawn meanwhile."))
        result = None
        if outcome != "confirm":
            await _release(person, found)
            result = (await actions.decide_idea(person, found.idea, Ruling(outcome, reason))).decision
        state = "overturned" if result else "confirmed"
        await database.execute(
            """UPDATE appeal SET state = $2, moderator = $3, reason = $4, result = $5, answered = now()
            WHERE id = $1""",
            id, state, person.id, reason, result,
        )  # fmt: skip
        await _tell(person, found, state, reason)
        await audit.note(
            person.id, "appeal", f"idea:{found.idea}", found.campaign, appeal=id, after=state,
            decision=result, reason=reason,
        )  # fmt: skip
        return await appeal(id)


async def _release(person: Person, found: Appeal) -> None:
    """Take one idea out of its decision, as undoing would; a decision on nothing else is undone whole."""
    row: Any = await database.fetch_one(
        """SELECT decision, (SELECT count(*) FROM ruling o WHERE o.decision = a.decision) AS n FROM appeal a
        WHERE id = $1""",
        found.id,
    )
    if row["n"] == 1:
        await actions.undo(person, row["decision"])
        # The notice about the appeal says it already.
        await database.execute(
            "DELETE FROM notice WHERE event = $1 AND account = $2",
            f"undone:{row['decision']}", found.author_id,
        )  # fmt: skip
        return
    await members.lock_ideas([found.idea])
    await database.execute(
        """WITH part AS (DELETE FROM ruling WHERE decision = $1 AND idea = $2 RETURNING status),
        changed AS (UPDATE idea i SET status = part.status FROM part WHERE i.id = $2 AND i.status = 'declined')
        INSERT INTO ledger (idea, kind, account, data) SELECT $2, 'undo', $3, jsonb_build_object(
            'decision', $1::bigint, 'before', 'declined', 'status', status) FROM part""",
        row["decision"], found.idea, person.id,
    )  # fmt: skip


async def _tell(person: Person, found: Appeal, state: str, reason: str) -> None:
    """Write the answer into the idea's ledger, and tell its author, in the page and by letter."""
    await database.execute(
        "INSERT INTO ledger (idea, kind, account, data) VALUES ($1, 'appealed', $2, $3)",
        found.idea, person.id, database.to_json({"appeal": found.id, "outcome": state, "reason": reason}),
    )  # fmt: skip
    await database.execute(
        """INSERT INTO notice (account, idea, kind, event, data) VALUES ($1, $2, 'appeal', $3, $4)
        ON CONFLICT DO NOTHING""",
        found.author_id, found.idea, f"appeal:{found.id}",
        database.to_json({"why": "mine", "status": state, "reason": reason}),
    )  # fmt: skip
    await think_of_letters()
