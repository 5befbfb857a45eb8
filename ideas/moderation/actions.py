"""Decisions on many ideas at once, their undoing, and a moderator's word on principles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ideas import audit, database, queue
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.campaign import queries as campaigns
from ideas.cluster import claims, members, queries
from ideas.cluster.actions import locked
from ideas.cluster.rules import require_live
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.moderation import lessons, opinions, rules, rulings
from ideas.moderation.rulings import Ruling
from ideas.notice.actions import tell_others, think_of_letters


class Decided(msgspec.Struct):
    """The decision's number and the ideas that it ruled on."""

    decision: int
    ideas: list[int]


async def decide(person: Person, cluster: int, ruling: Ruling) -> Decided:
    """Rule on a whole cluster: statuses, letters and ledger rows in one transaction. The first of two wins.

    Conflict, with the name, where somebody else has decided or has the cluster in hand.
    """
    rules.check(ruling.verdict, ruling.reason, ruling.letter)
    async with database.transaction():
        found = await locked(cluster)
        require_live(found)
        await _require_undecided(cluster)
        await claims.require_free(person, [cluster])
        ideas = await rulings.locked("i.cluster = $1", cluster)
        rules.check_exceptions(ruling.exceptions, [row["id"] for row in ideas])
        answered = await rulings.answered([row["id"] for row in ideas])
        chosen = [row for row in ideas if row["id"] not in {*answered, *ruling.exceptions}]
        if not chosen:
            raise Invalid(errors={"except": message("No idea is left to decide on")})
        decision = await _write(person, found.campaign, cluster, found.state, ruling, chosen)
        await database.execute(
            "UPDATE cluster SET state = $2 WHERE id = $1", cluster, rules.STATE[ruling.verdict]
        )
        await members.record(
            cluster, "decide", person.id,
            decision=decision, verdict=ruling.verdict, ideas=len(chosen), exceptions=list(ruling.exceptions),
        )  # fmt: skip
        await claims.done([cluster])
        await audit.note(
            person.id, "decide", f"cluster:{cluster}", found.campaign, decision=decision, before=found.state,
            after=rules.STATE[ruling.verdict], reason=ruling.reason, ideas=len(chosen),
            exceptions=list(ruling.exceptions),
        )  # fmt: skip
        return Decided(decision, [row["id"] for row in chosen])


async def decide_idea(person: Person, idea: int, ruling: Ruling) -> Decided:
    """Rule on one idea that no standing decision covers."""
    rules.check(ruling.verdict, ruling.reason, ruling.letter)
    async with database.transaction():
        row = await database.fetch_one("SELECT campaign FROM idea WHERE id = $1 AND hidden IS NULL", idea)
        if row is None:
            raise NotFound(message("There is no such idea."))
        await members.lock(row["campaign"])
        await scopes.require_ideas(person, [idea])
        rows = await rulings.locked("i.id = $1", idea)
        if not rows:
            raise NotFound(message("There is no such idea."))
        for _, who in (await rulings.answered([idea])).values():
            raise _decided(who)
        if rows[0]["cluster"] is not None:
            await claims.require_unheld(person, [rows[0]["cluster"]])
        decision = await _write(person, row["campaign"], None, "open", ruling, rows)
        await audit.note(
            person.id, "decide", f"idea:{idea}", row["campaign"], decision=decision, before=rows[0]["status"],
            after=rules.STATUS[ruling.verdict], reason=ruling.reason,
        )  # fmt: skip
        return Decided(decision, [idea])


async def _require_undecided(cluster: int) -> None:
    found = await queries.standing_decision(cluster)
    if found is not None:
        raise _decided(found.moderator)


def _decided(name: str) -> Conflict:
    return Conflict(message("%(name)s has decided on this already.", name=name))


async def _write(
    person: Person, campaign: int, cluster: int | None, state: str, ruling: Ruling, ideas: Sequence[Any]
) -> int:
    """The rows of a decision: itself, what it rules on, and the jobs that tell everybody else."""
    decision = await rulings.begin(person.id, campaign, cluster, state, ruling)
    await rulings.rule(person.id, decision, ruling, ideas, cluster)
    await opinions.draw(decision, campaign)
    await think_of_letters()
    await tell_others(
        "decision", f"decision:{decision}", by=person.id, decision=decision,
        data={"decision": decision, "cluster": cluster, "verdict": ruling.verdict, "reason": ruling.reason},
    )  # fmt: skip
    return decision


async def undo(person: Person, decision: int) -> Decided:
    """Take a decision back, also one over a selection: statuses and clusters' states return, the authors are told."""
    async with database.transaction():
        row = await database.fetch_one("SELECT campaign FROM decision WHERE id = $1", decision)
        if row is None:
            raise NotFound(message("There is no such decision."))
        await members.lock(row["campaign"])
        row = await database.fetch_one("SELECT * FROM decision WHERE id = $1 FOR UPDATE", decision)
        assert row is not None
        if row["undone"] is not None:
            raise Conflict(message("This decision has been undone already."))
        rules.require_fresh(row["created"], datetime.now(UTC))
        await database.execute(
            "UPDATE decision SET undone = now(), undone_by = $2 WHERE id = $1", decision, person.id
        )
        ideas = await database.fetch("SELECT idea FROM ruling WHERE decision = $1 ORDER BY idea", decision)
        listed = [r["idea"] for r in ideas]
        await scopes.require_ideas(person, listed)
        await members.lock_ideas(listed)
        await database.execute(_UNDO, decision, rules.STATUS[row["verdict"]], person.id, row["cluster"])
        await think_of_letters()
        await tell_others(
            "undone", f"undone:{decision}", by=person.id, decision=decision,
            data={"decision": decision, "cluster": row["cluster"]},
        )  # fmt: skip
        if row["cluster"] is not None:
            await database.execute(
                "UPDATE cluster SET state = $2 WHERE id = $1", row["cluster"], row["cluster_state"]
            )
            await members.record(row["cluster"], "undo", person.id, decision=decision)
        else:
            await database.execute(_REOPEN, decision, person.id)
        await audit.note(
            person.id, "undo", f"decision:{decision}", row["campaign"], ideas=len(listed),
            before=row["verdict"], cluster=row["cluster"],
        )  # fmt: skip
        return Decided(decision, listed)


# An idea that has gone on since (into the standard, carried out) keeps its later status.
_UNDO = """
WITH part AS (SELECT r.idea, r.status, i.author, i.status AS now FROM ruling r
    JOIN idea i ON i.id = r.idea WHERE r.decision = $1),
changed AS (UPDATE idea i SET status = part.status FROM part WHERE i.id = part.idea AND part.now = $2),
noted AS (INSERT INTO ledger (idea, kind, account, data) SELECT idea, 'undo', $3, jsonb_build_object(
    'decision', $1::bigint, 'before', now, 'status', CASE WHEN now = $2 THEN status ELSE now END)
    FROM part)
INSERT INTO notice (account, idea, kind, event, data) SELECT DISTINCT ON (author) author, idea, 'undone',
    'undone:' || $1::bigint, jsonb_build_object('why', 'mine', 'decision', $1::bigint,
    'cluster', $4::bigint, 'ideas', count(*) OVER (PARTITION BY author))
    FROM part WHERE author <> $3 ORDER BY author, idea
"""
_REOPEN = """
WITH closed AS (UPDATE closing SET undone = now() WHERE decision = $1 AND undone IS NULL RETURNING cluster, state),
opened AS (UPDATE cluster c SET state = closed.state, changed = now() FROM closed WHERE c.id = closed.cluster)
INSERT INTO cluster_event (cluster, kind, account, data)
SELECT cluster, 'undo', $2, jsonb_build_object('decision', $1::bigint) FROM closed ORDER BY cluster
"""


LEARN_AFTER = timedelta(seconds=30)


async def set_tags(person: Person, idea: int, slugs: Sequence[str]) -> list[str]:
    """A moderator's word on an idea's principles, none included: no model overwrites it, and the next one learns it."""
    async with database.transaction():
        row = await database.fetch_one(
            "SELECT campaign, tagged, unsure FROM idea WHERE id = $1 AND hidden IS NULL FOR NO KEY UPDATE",
            idea,
        )
        if row is None:
            raise NotFound(message("There is no such idea."))
        await scopes.require_ideas(person, [idea])
        campaign = await campaigns.campaign_by_id(row["campaign"])
        wanted = list(dict.fromkeys(slugs))
        known = {p.slug: p.id for p in campaign.principles}
        if unknown := [s for s in wanted if s not in known]:
            raise Invalid(
                errors={
                    "principles": message(
                        "There is no principle “%(slug)s” in this project", slug=unknown[0][:60]
                    )
                }
            )
        before = await database.fetch(
            """WITH gone AS (DELETE FROM tag WHERE idea = $1 RETURNING principle, version)
            SELECT p.slug, gone.version FROM gone JOIN principle p ON p.id = gone.principle ORDER BY p.id""",
            idea,
        )
        await database.execute(
            """WITH done AS (UPDATE idea SET tagged = 'moderator', unsure = false WHERE id = $1)
            INSERT INTO tag (idea, principle, source, account)
            SELECT $1, p, 'moderator', $2 FROM unnest($3::bigint[]) p""",
            idea, person.id, [known[s] for s in wanted],
        )  # fmt: skip
        await database.execute(
            "INSERT INTO ledger (idea, kind, account, data) VALUES ($1, 'tag', $2, $3)",
            idea, person.id, database.to_json({"before": [r["slug"] for r in before], "principles": wanted}),
        )  # fmt: skip
        if row["tagged"] == "model":
            await lessons.note(person, campaign.id, idea, before, wanted, unsure=row["unsure"])
        await audit.note(
            person.id, "tag", f"idea:{idea}", campaign.id, before=[r["slug"] for r in before], after=wanted
        )
        # A moderator corrects several in a row: one lesson for all of them.
        await queue.defer(
            "ideas.cluster.jobs.learn", once=f"learn:{campaign.id}", lock=f"learn:{campaign.id}", priority=-5,
            at=datetime.now(UTC) + LEARN_AFTER, campaign=campaign.id,
        )  # fmt: skip
        return wanted
