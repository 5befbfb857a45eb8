"""Polis' table of participants × statements: each cell is a real vote for or against a statement imported before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from ideas import database
from ideas.errors import BadRequest, message
from ideas.transfer.files import Row
from ideas.transfer.place import Place, add_people, message_name, source_of
from ideas.transfer.report import ImportReport, Report

BATCH = 200
_VALUES = {"1": 1, "1.0": 1, "-1": -1, "-1.0": -1, "0": 0, "0.0": 0}


NOT_YET = message("The campaign has no statements of this conversation: import its comments file first.")


class Ballot(msgspec.Struct):
    """One participant: the statements for and against; passes are counted only."""

    line: int
    participant: str
    votes: dict[str, int]
    passes: int


async def import_votes(
    batches: Iterator[list[Row]],
    place: Place,
    done: ImportReport,
    share: Callable[[], float],
    report: Report,
) -> None:
    """Write each participant's votes as rows of a person; the statements' counted votes give way to them."""
    statements = {
        r["key"]: r["id"]
        for r in await database.fetch(
            "SELECT substr(source, 7) AS key, id FROM idea WHERE campaign = $1 AND source LIKE 'polis:%'",
            place.id,
        )
    }
    if not statements:
        raise BadRequest(NOT_YET)
    seen: dict[str, int] = {}
    for batch in batches:
        ballots = []
        for row in batch:
            done.rows += 1
            read = row.problem or _ballot(row, seen)
            if isinstance(read, Ballot):
                ballots.append(read)
            else:
                done.refuse(row.line, read)
        await _write(ballots, statements, place, done)
        report("votes", share())
    if done.unplaced:
        done.notes.append(
            message(
                "%(count)s votes are for statements that the campaign does not have.", count=done.unplaced
            )
        )


def _ballot(row: Row, seen: dict[str, int]) -> Ballot | Any:
    participant = str(row.cells.get("participant", "")).strip()
    if not participant or len(participant) > 100:
        return message("the participant has no number")
    if participant in seen:
        return message("the same id stands in line %(line)s", line=seen[participant])
    votes, passes = {}, 0
    for name, cell in row.cells.items():
        if not name.isdecimal() or cell in ("", None):
            continue
        value = _VALUES.get(str(cell).strip())
        if value is None:
            return message("“%(value)s” in column %(column)s is no vote", value=str(cell)[:20], column=name)
        if value:
            votes[name] = value
        else:
            passes += 1
    seen[participant] = row.line
    return Ballot(row.line, participant, votes, passes)


# Ideas are locked in the order of their ids, like every writer of votes does.
_LOCK = "SELECT FROM idea WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"
_WRITE = """
WITH fresh AS (INSERT INTO vote (idea, account, value)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[])
    ON CONFLICT DO NOTHING RETURNING idea, account, value),
noted AS (INSERT INTO ledger (idea, kind, account, data)
    SELECT idea, 'vote', account, CASE value WHEN 1 THEN '{"imported": true}'::jsonb
        ELSE '{"imported": true, "value": -1}'::jsonb END FROM fresh),
counted AS (UPDATE idea i SET votes = i.votes + s.pro, votes_against = i.votes_against + s.con,
        imported_votes = 0, imported_against = 0
    FROM (SELECT idea, count(*) FILTER (WHERE value = 1) AS pro, count(*) FILTER (WHERE value = -1) AS con
        FROM fresh GROUP BY idea) s WHERE i.id = s.idea)
SELECT count(*) FILTER (WHERE value = 1) AS pro, count(*) FILTER (WHERE value = -1) AS con,
    count(DISTINCT account) AS people FROM fresh
"""
_THERE = """SELECT v.idea, v.account FROM vote v JOIN unnest($1::bigint[], $2::bigint[]) AS t (idea, account)
    ON v.idea = t.idea AND v.account = t.account"""


async def _write(ballots: list[Ballot], statements: dict[str, int], place: Place, done: ImportReport) -> None:
    cast = [
        (statements[key], ballot.participant, value)
        for ballot in ballots
        for key, value in ballot.votes.items()
        if key in statements
    ]
    done.passes += sum(b.passes for b in ballots)
    done.unplaced += sum(len(b.votes) for b in ballots) - len(cast)
    voted = {participant for _, participant, _ in cast}
    done.idle += len(ballots) - len(voted)
    ballots = [b for b in ballots if b.participant in voted]
    rows = {b.participant: (source_of(place, b.participant), message_name(b.participant)) for b in ballots}
    if done.dry_run:
        known = await _known(cast, rows)
        new = [vote for vote in cast if vote[:2] not in known]
        done.votes_for += sum(value == 1 for *_, value in new)
        done.votes_against += sum(value == -1 for *_, value in new)
        standing = len(known)
        fresh = len({participant for _, participant, _ in new})
    else:
        async with database.transaction():
            people = await add_people(rows, done)
            ideas = [idea for idea, *_ in cast]
            await database.execute(_LOCK, sorted(set(ideas)))
            row = await database.fetch_one(
                _WRITE, ideas, [people[p] for _, p, _ in cast], [v for *_, v in cast]
            )
        assert row is not None
        standing = len(cast) - row["pro"] - row["con"]
        done.votes_for += row["pro"]
        done.votes_against += row["con"]
        fresh = row["people"]
    done.votes_known += standing
    done.added += fresh
    done.known += len(ballots) - fresh


async def _known(cast: list[tuple[int, str, int]], rows: dict[str, tuple[str, str]]) -> set[tuple[int, str]]:
    """The votes, as (idea, participant), that stand already."""
    sources = {source: participant for participant, (source, _) in rows.items()}
    found = await database.fetch(
        "SELECT source, id FROM account WHERE source = ANY ($1::text[])", list(sources)
    )
    ids = {sources[r["source"]]: r["id"] for r in found}
    mine = [(idea, ids[p]) for idea, p, _ in cast if p in ids]
    who = {id: p for p, id in ids.items()}
    standing = await database.fetch(_THERE, [i for i, _ in mine], [a for _, a in mine])
    return {(r["idea"], who[r["account"]]) for r in standing}
