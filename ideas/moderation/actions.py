"""Decisions on many ideas at once, their undoing, and a moderator's word on principles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ideas import database, queue
from ideas.account.rules import Person
from ideas.campaign import queries as campaigns
from ideas.cluster import members
from ideas.cluster.actions import locked
from ideas.cluster.rules import require_live
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.moderation import rules
from ideas.notice.actions import tell_others, think_of_letters


class Decided(msgspec.Struct):
    """The decision's number and the ideas that it ruled on."""

    decision: int
    ideas: list[int]


class Ruling(msgspec.Struct):
    """What a moderator says. `exceptions` stay in the cluster without an answer."""

    verdict: str
    reason: str
    exceptions: Sequence[int] = ()
    letter: str = ""


async def decide(person: Person, cluster: int, ruling: Ruling) -> Decided:
    """Rule on a whole cluster: statuses, letters and ledger rows in one transaction. The first of two wins."""
    rules.check(ruling.verdict, ruling.reason, ruling.letter)
    async with database.transaction():
        found = await locked(cluster)
        require_live(found)
        await _require_undecided(cluster)
        ideas = await database.fetch(
            """SELECT i.id, i.status, i.title, i.author, a.name FROM idea i JOIN account a ON a.id = i.author
            WHERE i.cluster = $1 AND i.hidden IS NULL ORDER BY i.id FOR NO KEY UPDATE OF i""",
            cluster,
        )
        rules.check_exceptions(ruling.exceptions, [row["id"] for row in ideas])
        answered = await _answered(cluster)
        chosen = [row for row in ideas if row["id"] not in answered.union(ruling.exceptions)]
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
        return Decided(decision, [row["id"] for row in chosen])


async def decide_idea(person: Person, idea: int, ruling: Ruling) -> Decided:
    """Rule on one idea that no standing decision covers."""
    rules.check(ruling.verdict, ruling.reason, ruling.letter)
    async with database.transaction():
        row = await database.fetch_one("SELECT campaign FROM idea WHERE id = $1 AND hidden IS NULL", idea)
        if row is None:
            raise NotFound(message("There is no such idea."))
        await members.lock(row["campaign"])
        rows = await database.fetch(
            """SELECT i.id, i.status, i.title, i.author, a.name FROM idea i JOIN account a ON a.id = i.author
            WHERE i.id = $1 FOR NO KEY UPDATE OF i""",
            idea,
        )
        who = await database.fetch_value(
            """SELECT a.name FROM ruling r JOIN decision d ON d.id = r.decision JOIN account a ON a.id = d.moderator
            WHERE r.idea = $1 AND d.undone IS NULL LIMIT 1""",
            idea,
        )
        if who is not None:
            raise Conflict(message("%(name)s has decided on this already.", name=who))
        return Decided(await _write(person, row["campaign"], None, "open", ruling, rows), [idea])


async def _require_undecided(cluster: int) -> None:
    row = await database.fetch_one(
        """SELECT a.name FROM decision d JOIN account a ON a.id = d.moderator
        WHERE d.cluster = $1 AND d.undone IS NULL""",
        cluster,
    )
    if row is not None:
        raise Conflict(message("%(name)s has decided on this already.", name=row["name"]))


async def _answered(cluster: int) -> set[int]:
    """Members that a decision of their own stands on: one idea never has two."""
    rows = await database.fetch(
        """SELECT r.idea FROM ruling r JOIN decision d ON d.id = r.decision AND d.undone IS NULL
            JOIN idea i ON i.id = r.idea WHERE i.cluster = $1""",
        cluster,
    )
    return {row["idea"] for row in rows}


async def _write(
    person: Person, campaign: int, cluster: int | None, state: str, ruling: Ruling, ideas: Sequence[Any]
) -> int:
    """The rows of a decision: itself, its rulings, new statuses, the ledger, one notice to each author."""
    decision = await database.fetch_value(
        """INSERT INTO decision (campaign, cluster, verdict, reason, letter, moderator, cluster_state)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id""",
        campaign, cluster, ruling.verdict, ruling.reason, ruling.letter, person.id, state,
    )  # fmt: skip
    status = rules.STATUS[ruling.verdict]
    await database.execute(
        """WITH part AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])
            AS p (idea, author, status, letter)),
        ruled AS (INSERT INTO ruling (decision, idea, status) SELECT $5, idea, status FROM part),
        changed AS (UPDATE idea i SET status = $6 FROM part WHERE i.id = part.idea),
        noted AS (INSERT INTO ledger (idea, kind, account, data) SELECT idea, 'decide', $7, jsonb_build_object(
            'decision', $5::bigint, 'verdict', $8::text, 'reason', $9::text, 'before', status, 'status', $6::text)
            FROM part)
        INSERT INTO notice (account, idea, kind, event, data) SELECT DISTINCT ON (author) author, idea, 'decision',
            'decision:' || $5::bigint, jsonb_build_object('why', 'mine', 'decision', $5::bigint, 'cluster', $10::bigint,
            'verdict', $8::text, 'reason', $9::text, 'letter', letter, 'ideas', count(*) OVER (PARTITION BY author))
            FROM part WHERE author <> $7 ORDER BY author, idea""",
        [row["id"] for row in ideas], [row["author"] for row in ideas], [row["status"] for row in ideas],
        [rules.fill(ruling.letter, row["name"], row["title"]) for row in ideas],
        decision, status, person.id, ruling.verdict, ruling.reason, cluster,
    )  # fmt: skip
    await think_of_letters()
    await tell_others(
        "decision", f"decision:{decision}", by=person.id, decision=decision,
        data={"decision": decision, "cluster": cluster, "verdict": ruling.verdict, "reason": ruling.reason},
    )  # fmt: skip
    return decision


async def undo(person: Person, decision: int) -> Decided:
    """Take a decision back: statuses and the cluster's state return, the authors are told."""
    async with database.transaction():
        row = await database.fetch_one("SELECT campaign FROM decision WHERE id = $1", decision)
        if row is None:
            raise NotFound(message("There is no such decision."))
        await members.lock(row["campaign"])
        row = await database.fetch_one("SELECT * FROM decision WHERE id = $1 FOR UPDATE", decision)
        assert row is not None
        if row["undone"] is not None:
            raise Conflict(message("This decision has been undone already."))
        await database.execute(
            "UPDATE decision SET undone = now(), undone_by = $2 WHERE id = $1", decision, person.id
        )
        ideas = await database.fetch("SELECT idea FROM ruling WHERE decision = $1 ORDER BY idea", decision)
        listed = [r["idea"] for r in ideas]
        await members.lock_ideas(listed)
        # An idea that has gone on since (into the standard, carried out) keeps its later status.
        await database.execute(
            """WITH part AS (SELECT r.idea, r.status, i.author, i.status AS now FROM ruling r
                JOIN idea i ON i.id = r.idea WHERE r.decision = $1),
            changed AS (UPDATE idea i SET status = part.status FROM part WHERE i.id = part.idea AND part.now = $2),
            noted AS (INSERT INTO ledger (idea, kind, account, data) SELECT idea, 'undo', $3, jsonb_build_object(
                'decision', $1::bigint, 'before', now, 'status', CASE WHEN now = $2 THEN status ELSE now END)
                FROM part)
            INSERT INTO notice (account, idea, kind, event, data) SELECT DISTINCT ON (author) author, idea, 'undone',
                'undone:' || $1::bigint, jsonb_build_object('why', 'mine', 'decision', $1::bigint,
                'cluster', $4::bigint, 'ideas', count(*) OVER (PARTITION BY author))
                FROM part WHERE author <> $3 ORDER BY author, idea""",
            decision, rules.STATUS[row["verdict"]], person.id, row["cluster"],
        )  # fmt: skip
        await tell_others(
            "undone", f"undone:{decision}", by=person.id, decision=decision,
            data={"decision": decision, "cluster": row["cluster"]},
        )  # fmt: skip
        if row["cluster"] is not None:
            await database.execute(
                "UPDATE cluster SET state = $2 WHERE id = $1", row["cluster"], row["cluster_state"]
            )
            await members.record(row["cluster"], "undo", person.id, decision=decision)
        return Decided(decision, listed)


LEARN_AFTER = timedelta(seconds=30)


async def set_tags(person: Person, idea: int, slugs: Sequence[str]) -> list[str]:
    """A moderator's word on an idea's principles, none included: no model overwrites it, and the next one learns it."""
    async with database.transaction():
        row = await database.fetch_one(
            "SELECT campaign FROM idea WHERE id = $1 AND hidden IS NULL FOR NO KEY UPDATE", idea
        )
        if row is None:
            raise NotFound(message("There is no such idea."))
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
            """WITH gone AS (DELETE FROM tag WHERE idea = $1 RETURNING principle)
            SELECT p.slug FROM gone JOIN principle p ON p.id = gone.principle ORDER BY p.id""",
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
        # A moderator corrects several in a row: one lesson for all of them.
        await queue.defer(
            "ideas.cluster.jobs.learn", once=f"learn:{campaign.id}", lock=f"learn:{campaign.id}", priority=-5,
            at=datetime.now(UTC) + LEARN_AFTER, campaign=campaign.id,
        )  # fmt: skip
        return wanted
