"""Reads for moderators: what was decided lately, ideas that stand alone, how the day goes."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from ideas import database
from ideas.account import scopes
from ideas.cluster.near import FREE
from ideas.idea.blocked import BLOCKED, Word
from ideas.moderation.appeals import COUNT as APPEALS
from ideas.moderation.reasons import ROWS, Reason


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
    answers: int = 0
    """Answers to "same or not?" that one has given today."""
    appeals: int = 0
    """Authors' appeals that nobody has answered yet, in the whole campaign."""


class Alone(msgspec.Struct):
    """An idea that says what no other says, and has no answer yet; `left_out` of the decision on its group. `idle`: the
    tagger is sure that it serves no principle."""

    id: int
    title: str
    text: str
    author: str
    created: datetime
    votes: int
    left_out: int | None = None
    idle: bool = False


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


_TALLY = f"""SELECT count(*) FILTER (WHERE state = 'open') AS open,
    count(*) FILTER (WHERE state <> 'open') AS decided,
    (SELECT count(*) FROM decision d WHERE d.campaign = $1 AND d.moderator = $2 AND d.undone IS NULL
        AND d.created >= date_trunc('day', now(), 'Europe/Moscow')) AS today,
    (SELECT count(*) FROM question q WHERE q.campaign = $1 AND q.account = $2
        AND q.answered >= date_trunc('day', now(), 'Europe/Moscow')) AS answers,
    {APPEALS} AS appeals
FROM cluster c WHERE campaign = $1 AND retired IS NULL AND size > 0 AND {scopes.of_clusters("$2")}"""


async def tally(campaign: int, moderator: int) -> Tally:
    """Counts for the head of the queue, within what a moderator is limited to."""
    row = await database.fetch_one(_TALLY, campaign, moderator)
    assert row is not None
    return Tally(**row)


class Facts(msgspec.Struct):
    """What stands around a cluster: the tally, people behind it by day, reasons to give, words to be marked."""

    tally: Tally
    growth: list[tuple[date, int]]
    reasons: list[Reason]
    blocked: list[Word] = []


async def facts(campaign: int, moderator: int, cluster: int) -> Facts:
    """One statement for all. People whose support has no moment (imported counts) are not in it."""
    row = await database.fetch_one(
        f"""SELECT to_jsonb(t) AS tally, {ROWS.format('$1')} AS reasons, {BLOCKED.format('$1')} AS blocked,
            (SELECT coalesce(jsonb_agg(jsonb_build_array(day, people) ORDER BY day), '[]')
            FROM (SELECT day, sum(count(*)) OVER (ORDER BY day)::int AS people FROM (
                SELECT (min(at) AT TIME ZONE 'Europe/Moscow')::date AS day FROM (
                    SELECT i.author AS person, i.created AS at, i.id FROM idea i
                        WHERE i.cluster = $3 AND i.hidden IS NULL
                    UNION ALL SELECT v.account, v.created, i.id FROM idea i JOIN vote v ON v.idea = i.id
                        AND v.value = 1 WHERE i.cluster = $3 AND i.hidden IS NULL) one
                WHERE NOT EXISTS (SELECT FROM apart x WHERE x.cluster = $3 AND x.idea = one.id
                    AND x.account = one.person) GROUP BY person) first GROUP BY day) days) AS growth
        FROM ({_TALLY}) t""",
        campaign, moderator, cluster,
    )  # fmt: skip
    assert row is not None
    return msgspec.convert({k: database.from_json(v) for k, v in row.items()}, Facts)


async def alone(
    campaign: int, moderator: int, after: tuple[int, int] | None = None, limit: int = 20
) -> list[Alone]:
    """Unanswered ideas in no cluster or left out of a decision, within a moderator's limits; the best supported first.

    `after` is the (votes, id) of the page before.
    """
    votes, id = after or (None, None)
    rows = await database.fetch(
        f"""SELECT i.id, i.title, i.text, a.name AS author, i.created, i.support AS votes, i.cluster AS left_out,
            i.tagged = 'model' AND NOT i.unsure AND NOT EXISTS (SELECT FROM tag t WHERE t.idea = i.id) AS idle
        FROM idea i JOIN account a ON a.id = i.author
        WHERE i.campaign = $1 AND {FREE} AND {scopes.of_ideas("$5")}
            AND ($2::int IS NULL OR (i.support, i.id) < ($2::int, $3::bigint))
        ORDER BY i.support DESC, i.id DESC LIMIT $4""",
        campaign, votes, id, limit, moderator,
    )  # fmt: skip
    return database.structs(Alone, rows)
