"""Second opinions: a share of decisions is silently ruled on by another moderator too, who does not see the first.

What comes of it changes no idea: it measures how much a decision depends on who makes it.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from ideas import audit, database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster.members import SUPPORTERS
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.moderation import kappa, rules
from ideas.settings import Settings

SHOWN = 100
"""So many ideas of a group are shown, the most typical first."""
NOTE_LONGEST = 1000


class Waiting(msgspec.Struct):
    """A decision that waits for somebody's second opinion."""

    id: int
    name: str
    ideas: int
    supporters: int
    created: datetime


class Shown(msgspec.Struct):
    """An idea as the second moderator reads it."""

    id: int
    title: str
    text: str
    lang: str
    author: str
    created: datetime


class Verdict(msgspec.Struct):
    """What one moderator said."""

    moderator: str
    verdict: str
    reason: str
    created: datetime


class Opinion(msgspec.Struct):
    """One decision to be ruled on again; `first` and `second` only once both are in."""

    id: int
    decision: int
    campaign: int
    name: str
    supporters: int
    count: int
    ideas: list[Shown]
    first: Verdict | None = None
    second: Verdict | None = None
    settled: Verdict | None = None
    may_settle: bool = False
    undone: bool = False

    @property
    def agree(self) -> bool:
        return bool(self.first and self.second and self.first.verdict == self.second.verdict)


@cache
def _secret() -> str:
    """The server's secret, which the processes of an installation share."""
    return Settings.from_environment().secret


_DRAW = f"""
INSERT INTO opinion (decision, campaign, first, name, ideas, supporters)
SELECT d.id, d.campaign, d.moderator, coalesce(c.name, (SELECT i.title FROM ruling r JOIN idea i ON i.id = r.idea
        WHERE r.decision = d.id ORDER BY i.id LIMIT 1)),
    (SELECT jsonb_agg(i.id ORDER BY i.id = c.typical DESC NULLS LAST, i.similarity DESC NULLS LAST, i.id) FROM idea i
        WHERE i.hidden IS NULL AND CASE WHEN c.id IS NULL
            THEN i.id IN (SELECT idea FROM ruling WHERE decision = d.id) ELSE i.cluster = c.id END),
    coalesce(CASE WHEN c.id IS NOT NULL THEN {SUPPORTERS.format("c.id")} END, 0)
FROM decision d LEFT JOIN cluster c ON c.id = d.cluster WHERE d.id = $1
"""


async def draw(decision: int, campaign: int) -> bool:
    """Perhaps ask for a second opinion on a fresh decision, in its transaction; nobody is told."""
    percent = await database.fetch_value("SELECT second_opinions FROM campaign WHERE id = $1", campaign)
    if not kappa.drawn(_secret(), decision, percent):
        return False
    await database.execute(_DRAW, decision)
    return True


async def waiting(person: Person, campaign: int, limit: int = 50) -> list[Waiting]:
    """What waits for this moderator's opinion, within their limits, the oldest first: never one's own decisions."""
    rows = await database.fetch(
        f"""SELECT o.id, o.name, jsonb_array_length(o.ideas) AS ideas, o.supporters, o.created
        FROM opinion o JOIN decision d ON d.id = o.decision AND d.undone IS NULL
        WHERE o.campaign = $1 AND o.verdict IS NULL AND o.first <> $2 AND NOT EXISTS (
            SELECT FROM jsonb_array_elements_text(o.ideas) e JOIN idea i ON i.id = e::bigint
            WHERE NOT {scopes.of_ideas("$2")}) ORDER BY o.id LIMIT $3""",
        campaign, person.id, limit,
    )  # fmt: skip
    return database.structs(Waiting, rows)


_ONE = """
SELECT o.*, d.verdict AS first_verdict, d.reason AS first_reason, d.created AS first_created,
    d.undone IS NOT NULL AS undone, f.name AS first_name, s.name AS second_name, t.name AS third_name
FROM opinion o JOIN decision d ON d.id = o.decision JOIN account f ON f.id = o.first
    LEFT JOIN account s ON s.id = o.account LEFT JOIN account t ON t.id = o.settled_by
WHERE o.id = $1
"""


async def opinion(person: Person, id: int) -> Opinion:
    """One of them as this person may see it.

    NotFound for whoever decided first, as long as the second has said nothing: they are not to know of it.
    """
    row: Any = await database.fetch_one(_ONE, id)
    unknown = NotFound(message("There is no such second opinion."))
    if row is None:
        raise unknown
    if row["verdict"] is None and (row["first"] == person.id or not person.moderates or row["undone"]):
        raise unknown
    listed = database.from_json(row["ideas"]) or []
    ideas = await database.fetch(
        """SELECT i.id, i.title, i.text, i.lang, a.name AS author, i.created
        FROM unnest($1::bigint[]) WITH ORDINALITY n (id, place) JOIN idea i ON i.id = n.id AND i.hidden IS NULL
            JOIN account a ON a.id = i.author ORDER BY n.place""",
        listed[:SHOWN],
    )
    found = Opinion(
        row["id"], row["decision"], row["campaign"], row["name"], row["supporters"], len(listed),
        database.structs(Shown, ideas), undone=row["undone"],
    )  # fmt: skip
    if row["verdict"] is not None:
        found.first = Verdict(
            row["first_name"], row["first_verdict"], row["first_reason"], row["first_created"]
        )
        found.second = Verdict(row["second_name"], row["verdict"], row["reason"], row["answered"])
    if row["settled"] is not None:
        found.settled = Verdict(row["third_name"], row["settled"], row["note"], row["settled_at"])
    elif row["verdict"] not in (None, row["first_verdict"]):
        found.may_settle = person.role != "citizen" and person.id not in (row["first"], row["account"])
    return found


async def answer(person: Person, id: int, verdict: str, reason: str) -> bool:
    """Give the second opinion, once; whether both say the same. Both can read each other from now on."""
    rules.check(verdict, reason, "")
    async with database.transaction():
        found = await opinion(person, id)
        await scopes.require_ideas(person, [i.id for i in found.ideas])
        row = await database.fetch_one(
            """UPDATE opinion o SET account = $2, verdict = $3, reason = $4, answered = now() FROM decision d
            WHERE o.id = $1 AND d.id = o.decision AND o.verdict IS NULL AND o.first <> $2
            RETURNING o.campaign, o.decision, d.verdict""",
            id, person.id, verdict, reason,
        )  # fmt: skip
        if row is None:
            raise Conflict(message("Somebody else has given this second opinion meanwhile."))
        await audit.note(
            person.id, "opinion", f"decision:{row['decision']}", row["campaign"],
            first=row["verdict"], second=verdict, reason=reason,
        )  # fmt: skip
        return row["verdict"] == verdict


class Disagreement(msgspec.Struct):
    """Two moderators who said different things; `settled` is what a third held right."""

    id: int
    name: str
    first: str
    first_verdict: str
    second: str
    second_verdict: str
    answered: datetime
    settled: str | None = None
    settled_by: str | None = None
    mine: bool = False


async def disagreements(person: Person, campaign: int, limit: int = 50) -> list[Disagreement]:
    """Where verdicts differ: those that nobody has settled first, then the latest."""
    rows = await database.fetch(
        """SELECT o.id, o.name, f.name AS first, d.verdict AS first_verdict, s.name AS second,
            o.verdict AS second_verdict, o.answered, o.settled, t.name AS settled_by, $2 IN (o.first, o.account) AS mine
        FROM opinion o JOIN decision d ON d.id = o.decision JOIN account f ON f.id = o.first
            JOIN account s ON s.id = o.account LEFT JOIN account t ON t.id = o.settled_by
        WHERE o.campaign = $1 AND o.verdict <> d.verdict ORDER BY o.settled IS NOT NULL, o.answered DESC LIMIT $3""",
        campaign, person.id, limit,
    )  # fmt: skip
    return database.structs(Disagreement, rows)


async def settle(person: Person, id: int, verdict: str, note: str) -> None:
    """A third person's word on a disagreement. No idea changes by it: a decision held wrong is undone as any other."""
    errors = {}
    if verdict not in rules.STATUS:
        errors["verdict"] = message("Choose which verdict is right")
    if not note:
        errors["note"] = message("Say why: both moderators will read it")
    elif len(note) > NOTE_LONGEST:
        errors["note"] = message("The note may have at most %(most)s characters", most=NOTE_LONGEST)
    if errors:
        raise Invalid(errors=errors)
    async with database.transaction():
        found = await opinion(person, id)
        if not found.may_settle:
            raise Conflict(message("This is settled already, or it is not yours to settle."))
        row = await database.fetch_one(
            """UPDATE opinion SET settled = $2, settled_by = $3, settled_at = now(), note = $4
            WHERE id = $1 AND settled IS NULL RETURNING campaign, decision""",
            id, verdict, person.id, note,
        )  # fmt: skip
        if row is None:
            raise Conflict(message("This is settled already, or it is not yours to settle."))
        await audit.note(
            person.id, "settle", f"decision:{row['decision']}", row["campaign"], after=verdict, reason=note
        )


async def set_share(person: Person, campaign: int, percent: str) -> int:
    """How many of a hundred decisions get a second opinion from now on."""
    if not (percent.isascii() and percent.isdecimal() and len(percent) <= 3 and int(percent) <= 100):
        raise Invalid(errors={"percent": message("Enter a whole number from 0 to 100")})
    async with database.transaction():
        before = await database.fetch_value(
            "SELECT second_opinions FROM campaign WHERE id = $1 FOR UPDATE", campaign
        )
        await database.execute(
            "UPDATE campaign SET second_opinions = $2 WHERE id = $1", campaign, int(percent)
        )
        await audit.note(
            person.id, "share", f"campaign:{campaign}", campaign, before=before, after=int(percent)
        )
    return int(percent)
