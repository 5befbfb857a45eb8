"""Voting: one person's support of an idea, cast and withdrawn.

Votes that arrive while a batch is being written wait for the next one, which takes them all in one statement
and one commit. So a busy server commits rarely, and a quiet one at once. Nobody is answered before the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from ideas import database
from ideas.account.rules import Person
from ideas.batch import Batch
from ideas.campaign.rules import closed
from ideas.errors import Conflict, DomainError, NotSignedIn, message
from ideas.idea.detail import no_such_idea


class Counted(msgspec.Struct):
    """An idea's support after the vote, and whether the person is among it."""

    votes: int
    voted: bool


class Ballot(msgspec.Struct, frozen=True):
    """One vote to write; `support` false withdraws it."""

    idea: int
    account: int
    support: bool


async def cast(person: Person, idea: int) -> Counted:
    """Support an idea; a second time changes nothing. 404, 409 (closed stage, own idea) as domain errors."""
    return await _vote(Ballot(idea, person.id, True))


async def withdraw(person: Person, idea: int) -> Counted:
    """Take one's support back; without one nothing changes."""
    return await _vote(Ballot(idea, person.id, False))


async def _vote(ballot: Ballot) -> Counted:
    if not 0 < ballot.idea < 2**63:
        raise no_such_idea()
    if database.in_transaction():
        [counted] = await write([ballot])
    else:
        counted = await _LANES[ballot.idea % len(_LANES)].put(ballot)
    if isinstance(counted, DomainError):
        raise counted
    return counted


# Ideas are locked in the order of their ids, so that servers never wait for each other in a circle; each lock sees
# the row's newest version. Counters move by the rows that were really written.
_WRITE = """
WITH ballot AS MATERIALIZED (
    SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bool[]) AS b(n, idea, account, support)),
locked AS MATERIALIZED (
    SELECT i.id, i.author, i.campaign, i.hidden, i.support FROM idea i
    WHERE i.id = ANY ($2::bigint[]) ORDER BY i.id FOR NO KEY UPDATE OF i),
judged AS MATERIALIZED (
    SELECT b.*, l.support AS votes, CASE
        WHEN l.id IS NULL OR l.hidden IS NOT NULL THEN 'missing'
        WHEN l.author = b.account AND b.support THEN 'own'
        WHEN NOT EXISTS (SELECT FROM stage s WHERE s.campaign = l.campaign AND s.vote
            AND s.opens <= now() AND now() < s.closes) THEN 'closed'
        ELSE 'fine' END AS verdict
    FROM ballot b LEFT JOIN locked l ON l.id = b.idea),
added AS (
    INSERT INTO vote (idea, account) SELECT idea, account FROM judged WHERE verdict = 'fine' AND support
    ON CONFLICT DO NOTHING RETURNING idea, account),
removed AS ({removed}),
change AS (
    SELECT idea, account, 1 AS step FROM added UNION ALL SELECT idea, account, -1 FROM removed),
counted AS (
    UPDATE idea i SET votes = i.votes + s.step
    FROM (SELECT idea, sum(step)::int AS step FROM change GROUP BY idea) s WHERE i.id = s.idea
    RETURNING i.id, i.support),
noted AS (
    INSERT INTO ledger (idea, kind, account)
    SELECT idea, CASE step WHEN 1 THEN 'vote' ELSE 'withdraw' END, account FROM change)
SELECT j.n, j.verdict, coalesce(c.support, j.votes) AS votes FROM judged j LEFT JOIN counted c ON c.id = j.idea
"""

_REMOVED = """DELETE FROM vote v USING judged j WHERE j.verdict = 'fine' AND NOT j.support
    AND v.idea = j.idea AND v.account = j.account AND v.value = 1 RETURNING v.idea, v.account"""

# A join with the votes, even one that finds nothing, is planned for the few there are when a campaign opens and
# then slows down with each vote; so it stands only where somebody withdraws.
_CAST = _WRITE.format(removed="SELECT 0::bigint AS idea, 0::bigint AS account WHERE false")
_CAST_OR_WITHDRAW = _WRITE.format(removed=_REMOVED)


async def write(ballots: Sequence[Ballot]) -> list[Counted | DomainError]:
    """Write ballots in one statement, committed when this returns; one outcome each.

    A pair of idea and person may stand among them once.
    """
    rows = await database.fetch(
        _CAST if all(b.support for b in ballots) else _CAST_OR_WITHDRAW,
        list(range(len(ballots))),
        [b.idea for b in ballots],
        [b.account for b in ballots],
        [b.support for b in ballots],
    )
    outcomes: list[Any] = [None] * len(ballots)
    for n, verdict, votes in rows:
        outcomes[n] = Counted(votes, ballots[n].support) if verdict == "fine" else _refusal(verdict)
    return outcomes


def _refusal(verdict: str) -> DomainError:
    if verdict == "missing":
        return no_such_idea()
    if verdict == "own":
        return Conflict(
            message("This idea is yours: it has your support already, so you cannot vote for it.")
        )
    return closed("vote")


async def _written(ballots: Sequence[Ballot]) -> list[Counted | DomainError]:
    """`write`, tried again where other writers of the same ideas (a re-grouping) got in its way."""
    for pause in (0.02, 0.1):
        try:
            return await write(ballots)
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            await asyncio.sleep(pause)
        except asyncpg.ForeignKeyViolationError:
            # Somebody's account has just gone: the others' votes must not fail with it.
            return [await _alone(ballot) for ballot in ballots]
    return await write(ballots)


async def _alone(ballot: Ballot) -> Counted | DomainError:
    try:
        return (await write([ballot]))[0]
    except asyncpg.ForeignKeyViolationError:
        return NotSignedIn()


# Ideas are dealt out to lanes, so that one batch is gathered while the other is being committed.
_LANES = [Batch(_written, alike=lambda ballot: (ballot.idea, ballot.account)) for _ in range(2)]
