"""The audit log: what moderators, planners and organisers did, each row chained to the one before by its hash.

A trigger of the database makes the chain, one for each campaign and one for the rest, so no row gets in beside
it. Votes are not deeds: they write nothing here. The ledger, which they write to, is sealed in stretches by a job.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ideas import database

STRETCH = 50_000
"""Ledger rows under one seal, at most."""
SHOWN = 20


async def note(account: int | None, kind: str, subject: str, campaign: int | None = None, **data: Any) -> int:
    """Write down a deed, in the caller's transaction; the answer is its number. `account` None: the command line.

    `subject` is a table's name and a row's number ("cluster:7"). Nothing that names a citizen belongs into `data`.
    """
    return await database.fetch_value(
        """INSERT INTO audit (chain, account, kind, subject, data) VALUES ($1, $2, $3, $4, $5::jsonb) RETURNING id""",
        campaign or 0, account, kind, subject, database.to_json(data),
    )  # fmt: skip


def text_of(row: Any) -> str:
    """A row's canonical text: chain, number, account or 0, kind, subject, data, moment in UTC, a line for each."""
    moment = row["created"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = (row["chain"], row["id"], row["account"] or 0, row["kind"], row["subject"], row["data"], moment)
    return "\n".join(str(field) for field in fields)


def hash_of(previous: bytes, row: Any) -> bytes:
    """What a row's hash must be after the one before."""
    return hashlib.sha256(previous + text_of(row).encode()).digest()


class Verified(msgspec.Struct):
    """rows, sealed: deeds and ledger rows that were hashed afresh; broken: what does not fit, in words."""

    rows: int = 0
    sealed: int = 0
    broken: list[str] = []


async def verify() -> Verified:
    """Hash every deed and every sealed stretch of the ledger from scratch."""
    done = Verified()
    await _verify_chains(done)
    await _verify_seals(done)
    return done


async def _verify_chains(done: Verified) -> None:
    before: dict[int, bytes] = {}
    last = 0
    while rows := await database.fetch(
        "SELECT chain, id, account, kind, subject, data, created, previous, hash FROM audit WHERE id > $1 "
        "ORDER BY id LIMIT 5000",
        last,
    ):
        for row in rows:
            previous = before.get(row["chain"], b"")
            if row["previous"] != previous:
                _say(
                    done,
                    f"deed {row['id']}: a row before it is missing or not the one that it was chained to",
                )
            if row["hash"] != hash_of(row["previous"], row):
                _say(done, f"deed {row['id']}: its content is not what was written")
            before[row["chain"]] = row["hash"]
        last = rows[-1]["id"]
        done.rows += len(rows)


def _say(done: Verified, what: str) -> None:
    if len(done.broken) < SHOWN:
        done.broken.append(what)


# The ledger


_STRETCH = """
SELECT count(*)::int AS rows, sha256($3::bytea || convert_to($2::bigint::text, 'UTF8') || coalesce(string_agg(
    sha256(convert_to(concat_ws(E'\\n', l.id, l.idea, l.kind, coalesce(l.account, 0), l.data,
        to_char(l.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')), 'UTF8')),
    ''::bytea ORDER BY l.id), '')) AS hash
FROM ledger l WHERE l.id > $1 AND l.id <= $2
"""


async def seal(patience: timedelta = timedelta(seconds=30)) -> int:
    """Seal the ledger up to where it stood at the last call; the answer is the number of rows under new seals.

    A stretch is read only when every transaction that ran while its end was noted is over, so that no row comes late.
    """
    async with database.transaction():
        # Two workers: the second does nothing.
        if not await database.fetch_value("SELECT pg_try_advisory_xact_lock(7303, 0)"):
            return 0
        sealed = await _seal_pending(patience)
        await database.execute(
            """INSERT INTO seal (upto, horizon)
            SELECT s.last_value, pg_current_xact_id()::text::bigint FROM ledger_id_seq s
            WHERE s.is_called AND s.last_value > coalesce((SELECT max(upto) FROM seal), 0)
                AND NOT EXISTS (SELECT FROM seal WHERE hash IS NULL)"""
        )
        return sealed


async def _seal_pending(patience: timedelta) -> int:
    row = await database.fetch_one(
        """SELECT s.id, s.upto, coalesce(b.upto, 0) AS start, coalesce(b.hash, '') AS previous FROM seal s
            LEFT JOIN LATERAL (SELECT upto, hash FROM seal WHERE hash IS NOT NULL
                ORDER BY upto DESC LIMIT 1) b ON true
        WHERE s.hash IS NULL AND s.created <= $1
            AND s.horizon < pg_snapshot_xmin(pg_current_snapshot())::text::bigint""",
        datetime.now(UTC) - patience,
    )
    if row is None:
        return 0
    start, previous, sealed = row["start"], row["previous"], 0
    # A long stretch becomes several seals, so that each is hashed in little memory.
    while row["upto"] - start > STRETCH:
        part = await database.fetch_one(_STRETCH, start, start + STRETCH, previous)
        assert part is not None
        await database.execute(
            "INSERT INTO seal (upto, horizon, rows, hash) SELECT $1, horizon, $2, $3 FROM seal WHERE id = $4",
            start + STRETCH, part["rows"], part["hash"], row["id"],
        )  # fmt: skip
        start, previous, sealed = start + STRETCH, part["hash"], sealed + part["rows"]
    part = await database.fetch_one(_STRETCH, start, row["upto"], previous)
    assert part is not None
    await database.execute(
        "UPDATE seal SET rows = $2, hash = $3 WHERE id = $1", row["id"], part["rows"], part["hash"]
    )
    return sealed + part["rows"]


async def _verify_seals(done: Verified) -> None:
    start, previous = 0, b""
    for row in await database.fetch("SELECT upto, rows, hash FROM seal WHERE hash IS NOT NULL ORDER BY upto"):
        found = await database.fetch_one(_STRETCH, start, row["upto"], previous)
        assert found is not None
        if found["hash"] != row["hash"]:
            _say(
                done,
                f"ledger {start + 1} to {row['upto']}: {found['rows']} rows, not the {row['rows']} sealed",
            )
        start, previous = row["upto"], row["hash"]
        done.sealed += found["rows"]
