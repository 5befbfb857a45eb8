"""The rows of a decision on ideas: rulings, statuses, the ledger, one notice to each author.

All of it in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from ideas import database
from ideas.moderation import rules


class Ruling(msgspec.Struct):
    """What a moderator says. `exceptions` stay in the cluster without an answer."""

    verdict: str
    reason: str
    exceptions: Sequence[int] = ()
    letter: str = ""


_INSERT = """INSERT INTO decision (campaign, cluster, verdict, reason, letter, moderator, cluster_state)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id"""
_RULE = """
WITH part AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])
    AS p (idea, author, status, letter)),
ruled AS (INSERT INTO ruling (decision, idea, status) SELECT $5, idea, status FROM part),
changed AS (UPDATE idea i SET status = $6 FROM part WHERE i.id = part.idea),
noted AS (INSERT INTO ledger (idea, kind, account, data) SELECT idea, 'decide', $7, jsonb_build_object(
    'decision', $5::bigint, 'verdict', $8::text, 'reason', $9::text, 'before', status, 'status', $6::text)
    FROM part)
INSERT INTO notice (account, idea, kind, event, due, data) SELECT DISTINCT ON (author) author, idea, 'decision',
    'decision:' || $5::bigint, now() + $11::interval, jsonb_build_object('why', 'mine', 'decision', $5::bigint,
    'cluster', $10::bigint, 'verdict', $8::text, 'reason', $9::text, 'letter', letter,
    'ideas', count(*) OVER (PARTITION BY author))
FROM part WHERE author <> $7 ORDER BY author, idea
ON CONFLICT (event, account) WHERE event IS NOT NULL DO UPDATE SET data = notice.data || jsonb_build_object(
    'ideas', (notice.data->>'ideas')::int + (excluded.data->>'ideas')::int)
"""


async def locked(condition: str, *args: Any) -> list[Any]:
    """Visible ideas with what a decision needs of them, locked in the order of their ids; `condition` on `idea i`."""
    return await database.fetch(
        f"""SELECT i.id, i.status, i.title, i.author, i.cluster, a.name FROM idea i JOIN account a ON a.id = i.author
        WHERE {condition} AND i.hidden IS NULL ORDER BY i.id FOR NO KEY UPDATE OF i""",
        *args,
    )


async def begin(person: int, campaign: int, cluster: int | None, state: str, ruling: Ruling) -> int:
    """A decision that rules on nothing yet."""
    return await database.fetch_value(
        _INSERT, campaign, cluster, ruling.verdict, ruling.reason, ruling.letter, person, state
    )


async def rule(
    person: int,
    decision: int,
    ruling: Ruling,
    ideas: Sequence[Any],
    cluster: int | None = None,
    patience: timedelta = timedelta(0),
) -> None:
    """Let a decision rule on ideas (rows of `locked`). A notice that its author has of it already counts further.

    `patience`: letters about it wait so long, where more ideas of the same people are still to come.
    """
    await database.execute(
        _RULE,
        [row["id"] for row in ideas], [row["author"] for row in ideas], [row["status"] for row in ideas],
        [rules.fill(ruling.letter, row["name"], row["title"]) for row in ideas],
        decision, rules.STATUS[ruling.verdict], person, ruling.verdict, ruling.reason, cluster, patience,
    )  # fmt: skip


async def answered(ideas: Collection[int]) -> dict[int, tuple[int, str]]:
    """Those of the ideas that a decision stands on, with its moderator: one idea never has two."""
    rows = await database.fetch(
        """SELECT r.idea, a.id, a.name FROM ruling r JOIN decision d ON d.id = r.decision AND d.undone IS NULL
            JOIN account a ON a.id = d.moderator WHERE r.idea = ANY($1::bigint[])""",
        list(ideas),
    )
    return {row["idea"]: (row["id"], row["name"]) for row in rows}
