"""One decision over a selection of ideas: "all 312 unanswered ones in this theme".

The selection is written down row by row when it is made, and a job then rules on it in steps of one transaction each:
whatever kills it, a step is done or not, and the next worker goes on. It is one decision, so undoing it is one undo.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from ideas import audit, database, queue
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster import claims, members
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.idea.filters import Asked, conditions, resolve
from ideas.moderation import rules, rulings
from ideas.moderation.rulings import Ruling
from ideas.notice.actions import tell_others, think_of_letters

MOST = 20_000
STEP = 250
PATIENCE = timedelta(minutes=1)
"""Letters wait so long: more of one person's ideas may be in a later step."""
UNANSWERED = """i.status = 'submitted' AND NOT EXISTS (SELECT FROM ruling r JOIN decision d ON d.id = r.decision
    AND d.undone IS NULL WHERE r.idea = i.id)"""


class Preview(msgspec.Struct):
    """What a decision over a selection would do.

    whole, part: groups that it answers whole, or some ideas of; alone: ideas in no group; held: ideas of groups that
    somebody else has in hand, which are left out.
    """

    ideas: int
    authors: int
    whole: int
    part: int
    alone: int
    held: int
    sample: list[dict[str, Any]]


class Started(msgspec.Struct):
    """id: of the selection, to ask how far it is; decision: to undo it."""

    id: int
    decision: int
    ideas: int


async def chosen(
    person: Person, asked: Asked, *, alone: bool = False, pick: int = 0
) -> tuple[int, str, list[Any]]:
    """The campaign, and the SQL condition on `idea i` with its arguments, for the unanswered ideas asked for.

    Those outside of what this moderator is limited to are left out. pick: number of a choice by hand (`picks`).
    """
    where, filters = await resolve(msgspec.structs.replace(asked, status="", sort=""))
    condition, args = conditions(msgspec.structs.replace(filters, campaign=where.id))
    if pick:
        args.append(pick)
        condition += f" AND i.id = ANY((SELECT p.ideas FROM pick p WHERE p.id = ${len(args)})::bigint[])"
    args = [*args, person.id]
    mine = scopes.of_ideas(f"${len(args)}")
    return (
        where.id,
        f"{condition} AND {UNANSWERED} AND {mine}{' AND i.cluster IS NULL' if alone else ''}",
        args,
    )


async def preview(person: Person, asked: Asked, *, alone: bool = False, pick: int = 0) -> Preview:
    """What would happen to how many."""
    _, condition, args = await chosen(person, asked, alone=alone, pick=pick)
    row = await database.fetch_one(
        f"""WITH chosen AS MATERIALIZED (
            SELECT i.id, i.author, i.cluster, i.support, i.title FROM idea i WHERE {condition}),
        groups AS (SELECT c.cluster, count(*) AS n, (SELECT count(*) FROM idea i WHERE i.cluster = c.cluster
                AND i.hidden IS NULL AND {UNANSWERED}) AS waiting, g.state,
            EXISTS (SELECT FROM claim k WHERE k.cluster = c.cluster AND k.until > now()
                AND k.account <> ${len(args) + 1}) AS held
            FROM chosen c JOIN cluster g ON g.id = c.cluster GROUP BY c.cluster, g.state)
        SELECT (SELECT count(*) FROM chosen) AS ideas, (SELECT count(DISTINCT author) FROM chosen) AS authors,
            (SELECT count(*) FROM groups WHERE n = waiting AND state = 'open' AND NOT held) AS whole,
            (SELECT count(*) FROM groups WHERE (n < waiting OR state <> 'open') AND NOT held) AS part,
            (SELECT count(*) FROM chosen WHERE cluster IS NULL) AS alone,
            (SELECT coalesce(sum(n), 0) FROM groups WHERE held)::int AS held,
            (SELECT coalesce(jsonb_agg(s), '[]') FROM (SELECT id, title, support AS votes FROM chosen
                ORDER BY support DESC, id LIMIT 12) s) AS sample""",
        *args, person.id,
    )  # fmt: skip
    assert row is not None
    return Preview(**{**row, "sample": database.from_json(row["sample"])})


async def start(
    person: Person,
    asked: Asked,
    ruling: Ruling,
    *,
    alone: bool = False,
    pick: int = 0,
    expected: int | None = None,
) -> Started:
    """Write a selection and its decision down, and queue the job that rules on it.

    `expected`: how many ideas the preview showed; where it is another number by now, Invalid says so.
    """
    rules.check(ruling.verdict, ruling.reason, ruling.letter)
    campaign, condition, args = await chosen(person, asked, alone=alone, pick=pick)
    given = {
        k: v for k, v in msgspec.to_builtins(asked).items() if v and k not in ("campaign", "status", "sort")
    }
    given |= {k: v for k, v in (("alone", "1" if alone else ""), ("pick", str(pick or ""))) if v}
    async with database.transaction():
        decision = await rulings.begin(person.id, campaign, None, "open", ruling)
        bulk = await database.fetch_value(
            "INSERT INTO bulk (decision, campaign, filters) VALUES ($1, $2, $3) RETURNING id",
            decision, campaign, database.to_json(given),
        )  # fmt: skip
        count = await database.fetch_value(
            f"""WITH done AS (INSERT INTO bulk_row (bulk, idea) SELECT ${len(args) + 1}, i.id FROM idea i
                WHERE {condition} ORDER BY i.id LIMIT {MOST + 1} RETURNING idea)
            SELECT count(*) FROM done""",
            *args, bulk,
        )  # fmt: skip
        _check_count(count, expected)
        await audit.note(
            person.id, "decide", f"decision:{decision}", campaign, selection=bulk, filters=given, ideas=count,
            after=rules.STATUS[ruling.verdict], reason=ruling.reason,
        )  # fmt: skip
        await _queue(bulk)
    return Started(bulk, decision, count)


def _check_count(count: int, expected: int | None) -> None:
    if not count:
        raise Invalid(errors={"ideas": message("No unanswered idea is left here")})
    if count > MOST:
        raise Invalid(errors={"ideas": message("Choose at most %(most)s ideas at once", most=MOST)})
    if expected is not None and count != expected:
        raise Invalid(errors={"ideas": message(
            "It is %(n)s idea by now. Please look again.", "It is %(n)s ideas by now. Please look again.", count
        )})  # fmt: skip


async def _queue(bulk: int) -> None:
    await queue.defer(
        "ideas.moderation.jobs.decide_selection",
        once=f"selection:{bulk}", lock=f"selection:{bulk}", priority=5, bulk=bulk,
    )  # fmt: skip


async def work(bulk: int) -> None:
    """The body of the job: steps until nothing waits. Can be killed at any moment and run again."""
    while await step(bulk):
        pass


async def step(bulk: int, size: int = STEP) -> int:
    """Rule on the next ideas of a selection, all or none; how many it looked at, 0 at the end or once undone."""
    async with database.transaction():
        campaign = await database.fetch_value("SELECT campaign FROM bulk WHERE id = $1", bulk)
        if campaign is None:
            return 0
        await members.lock(campaign)
        row = await database.fetch_one(
            """SELECT d.*, b.finished FROM decision d JOIN bulk b ON b.decision = d.id
            WHERE b.id = $1 FOR UPDATE OF d""",
            bulk,
        )
        assert row is not None
        if row["undone"] is not None or row["finished"] is not None:
            return 0
        waiting = await database.fetch(
            """SELECT r.idea FROM bulk_row r JOIN idea i ON i.id = r.idea
            WHERE r.bulk = $1 AND r.state = 'waiting' ORDER BY i.cluster NULLS LAST, i.id LIMIT $2""",
            bulk, size,
        )  # fmt: skip
        if not waiting:
            await _finish(bulk, row)
            return 0
        ids = [r["idea"] for r in waiting]
        ruling = Ruling(row["verdict"], row["reason"], (), row["letter"])
        ideas = await rulings.locked("i.id = ANY($1::bigint[])", ids)
        failed = await _refused(row["moderator"], ids, ideas)
        fine = [i for i in ideas if i["id"] not in failed]
        await rulings.rule(row["moderator"], row["id"], ruling, fine, patience=PATIENCE)
        touched = sorted({i["cluster"] for i in fine if i["cluster"] is not None})
        await _close(row, touched)
        await database.execute(
            """UPDATE bulk_row r SET state = CASE n.why WHEN '' THEN 'done' ELSE 'failed' END, why = n.why,
                who = nullif(n.who, 0)
            FROM unnest($2::bigint[], $3::text[], $4::bigint[]) n (idea, why, who)
            WHERE r.bulk = $1 AND r.idea = n.idea""",
            bulk, ids, [failed.get(i, ("", 0))[0] for i in ids], [failed.get(i, ("", 0))[1] for i in ids],
        )  # fmt: skip
        return len(ids)


async def _refused(moderator: int, ids: list[int], ideas: list[Any]) -> dict[int, tuple[str, int]]:
    """The ideas that cannot be ruled on now, each with why and whose doing it is (0: nobody's)."""
    failed: dict[int, tuple[str, int]] = dict.fromkeys(set(ids) - {row["id"] for row in ideas}, ("hidden", 0))
    held = await claims.held(sorted({i["cluster"] for i in ideas if i["cluster"] is not None}))
    for idea in ideas:
        claim = held.get(idea["cluster"])
        if claim is not None and claim.account != moderator:
            failed[idea["id"]] = ("claimed", claim.account)
    failed |= {i: ("answered", who) for i, (who, _) in (await rulings.answered(ids)).items()}
    return failed


async def _close(decision: Any, clusters: list[int]) -> None:
    """Close the open clusters of which no visible idea is unanswered any more, and write that into their history."""
    rows = await database.fetch(
        f"""WITH closed AS (UPDATE cluster c SET state = $3, changed = now()
            WHERE c.id = ANY($1::bigint[]) AND c.state = 'open' AND c.retired IS NULL AND NOT EXISTS (
                SELECT FROM idea i WHERE i.cluster = c.id AND i.hidden IS NULL AND {UNANSWERED})
            RETURNING c.id),
        kept AS (INSERT INTO closing (decision, cluster, state) SELECT $2, id, 'open' FROM closed
            ON CONFLICT (decision, cluster) DO UPDATE SET undone = NULL),
        told AS (INSERT INTO cluster_event (cluster, kind, account, data) SELECT c.id, 'decide', $4, jsonb_build_object(
            'decision', $2::bigint, 'verdict', $5::text, 'ideas', (SELECT count(*) FROM ruling r JOIN idea i
                ON i.id = r.idea WHERE r.decision = $2 AND i.cluster = c.id)) FROM closed c)
        SELECT id FROM closed""",
        clusters, decision["id"], rules.STATE[decision["verdict"]], decision["moderator"], decision["verdict"],
    )  # fmt: skip
    await claims.done([row["id"] for row in rows])


async def _finish(bulk: int, decision: Any) -> None:
    await database.execute("UPDATE bulk SET finished = now() WHERE id = $1", bulk)
    counts = await database.fetch(
        "SELECT state, count(*) AS n FROM bulk_row WHERE bulk = $1 GROUP BY state", bulk
    )
    await think_of_letters()
    await tell_others(
        "decision", f"decision:{decision['id']}", by=decision["moderator"], decision=decision["id"],
        data={"decision": decision["id"], "verdict": decision["verdict"], "reason": decision["reason"]},
    )  # fmt: skip
    await audit.note(
        decision["moderator"], "selection", f"decision:{decision['id']}", decision["campaign"], selection=bulk,
        **{row["state"]: row["n"] for row in counts},
    )  # fmt: skip


async def retry(person: Person, bulk: int) -> int:
    """Try the ideas again that could not be ruled on; how many there are."""
    async with database.transaction():
        row = await database.fetch_one(
            """SELECT d.undone, b.campaign FROM bulk b JOIN decision d ON d.id = b.decision
            WHERE b.id = $1 FOR UPDATE OF b""",
            bulk,
        )
        if row is None:
            raise NotFound(message("There is no such selection."))
        if row["undone"] is not None:
            raise Conflict(message("This decision has been undone already."))
        rows = await database.fetch("SELECT idea FROM bulk_row WHERE bulk = $1 AND state = 'failed'", bulk)
        await scopes.require_ideas(person, [r["idea"] for r in rows])
        count = await database.fetch_value(
            """WITH again AS (UPDATE bulk_row SET state = 'waiting', why = '', who = NULL
                WHERE bulk = $1 AND state = 'failed' RETURNING idea)
            SELECT count(*) FROM again""",
            bulk,
        )
        await database.execute("UPDATE bulk SET finished = NULL WHERE id = $1", bulk)
        await audit.note(person.id, "retry", f"bulk:{bulk}", row["campaign"], ideas=count)
        await _queue(bulk)
        return count
