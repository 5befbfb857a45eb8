"""Reads for moderators: what was decided lately, ideas that stand alone, how the day goes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ideas import database
from ideas.campaign import queries as campaigns


class Decision(msgspec.Struct):
    """A decision in the list of the latest; `name` is the group's or the only idea's."""

    id: int
    cluster: int | None
    idea: int | None
    name: str
    verdict: str
    reason: str
    moderator: str
    created: datetime
    undone: datetime | None
    undone_by: str | None
    ideas: int
    selection: int | None = None


class Tally(msgspec.Struct):
    """How much is waiting, and what one has done today."""

    open: int
    decided: int
    today: int


class Alone(msgspec.Struct):
    """An idea that says what no other says, and has no answer yet."""

    id: int
    title: str
    text: str
    author: str
    created: datetime
    votes: int


async def decisions(campaign: int, before: int | None = None, limit: int = 30) -> list[Decision]:
    """The latest decisions of a campaign, older than the decision `before`."""
    rows = await database.fetch(
        """SELECT d.id, d.cluster, r.idea, coalesce(c.name, i.title, '') AS name, d.verdict, d.reason,
            a.name AS moderator, d.created, d.undone, u.name AS undone_by, r.ideas, b.id AS selection
        FROM decision d JOIN account a ON a.id = d.moderator
            LEFT JOIN account u ON u.id = d.undone_by LEFT JOIN cluster c ON c.id = d.cluster
            CROSS JOIN LATERAL (SELECT min(idea) AS idea, count(*) AS ideas FROM ruling WHERE decision = d.id) r
            LEFT JOIN idea i ON i.id = r.idea LEFT JOIN bulk b ON b.decision = d.id
        WHERE d.campaign = $1 AND ($2::bigint IS NULL OR d.id < $2) ORDER BY d.id DESC LIMIT $3""",
        campaign, before, limit,
    )  # fmt: skip
    return database.structs(Decision, rows)


async def tally(campaign: int, moderator: int) -> Tally:
    """Counts for the head of the queue."""
    row = await database.fetch_one(
        """SELECT count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE state <> 'open') AS decided,
            (SELECT count(*) FROM decision d WHERE d.campaign = $1 AND d.moderator = $2 AND d.undone IS NULL
                AND d.created >= date_trunc('day', now(), 'Europe/Moscow')) AS today
        FROM cluster WHERE campaign = $1 AND retired IS NULL AND size > 0""",
        campaign, moderator,
    )  # fmt: skip
    assert row is not None
    return Tally(**row)


async def tally_of(campaign: str, moderator: int) -> Tally:
    """As `tally`, by the campaign's slug."""
    return await tally((await campaigns.campaign(campaign)).id, moderator)


async def alone(campaign: int, after: tuple[int, int] | None = None, limit: int = 20) -> list[Alone]:
    """Unanswered ideas in no cluster, the best supported first; `after` is the (votes, id) of the page before."""
    votes, id = after or (None, None)
    rows = await database.fetch(
        """SELECT i.id, i.title, i.text, a.name AS author, i.created, i.support AS votes
        FROM idea i JOIN account a ON a.id = i.author
        WHERE i.campaign = $1 AND i.hidden IS NULL AND i.cluster IS NULL AND i.status = 'submitted'
            AND ($2::int IS NULL OR (i.support, i.id) < ($2::int, $3::bigint))
        ORDER BY i.support DESC, i.id DESC LIMIT $4""",
        campaign, votes, id, limit,
    )  # fmt: skip
    return database.structs(Alone, rows)
