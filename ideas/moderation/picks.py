"""Ideas picked out by hand, on the map or in its table: kept for a week, ruled on, merged or tagged together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from ideas import audit, database, queue
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.campaign import queries as campaigns
from ideas.cluster import actions as clusters
from ideas.cluster import members
from ideas.cluster.rules import MOST_MERGED, MOST_SPLIT
from ideas.errors import Invalid, NotFound, message
from ideas.idea.filters import Filters, conditions
from ideas.moderation.actions import LEARN_AFTER
from ideas.moderation.selections import MOST, UNANSWERED

DAYS = 7


class Joined(msgspec.Struct):
    """id: the cluster that all are in now; ideas: how many came into it."""

    id: int
    ideas: int


async def keep(person: Person, campaign: int, ideas: Sequence[int]) -> int:
    """Write a choice of visible ideas down; its number. Invalid for none and for too many."""
    wanted = sorted(set(ideas))
    if not wanted:
        raise Invalid(errors={"ids": message("Choose at least one idea")})
    if len(wanted) > MOST:
        raise Invalid(errors={"ids": message("Choose at most %(most)s ideas at once", most=MOST)})
    async with database.transaction():
        await database.execute("DELETE FROM pick WHERE created < now() - make_interval(days => $1)", DAYS)
        pick = await database.fetch_value(
            """INSERT INTO pick (campaign, account, ideas) SELECT $1, $2, array_agg(id ORDER BY id) FROM idea
            WHERE campaign = $1 AND id = ANY($3::bigint[]) AND hidden IS NULL HAVING count(*) > 0 RETURNING id""",
            campaign, person.id, wanted,
        )  # fmt: skip
    if pick is None:
        raise Invalid(errors={"ids": message("Choose at least one idea")})
    return pick


async def of(
    filters: Filters, themes: Sequence[int], groups: Sequence[int], alone: Sequence[int]
) -> list[int]:
    """Ids of the ideas that filters leave in these themes, in these groups, and in no group of these themes."""
    condition, args = conditions(filters)
    n = len(args)
    rows = await database.fetch(
        f"""SELECT i.id FROM idea i WHERE {condition} AND (i.theme = ANY(${n + 1}::bigint[])
            OR i.cluster = ANY(${n + 2}::bigint[])
            OR (i.cluster IS NULL AND i.theme = ANY(${n + 3}::bigint[]))) ORDER BY i.id LIMIT {MOST + 1}""",
        *args, list(themes), list(groups), list(alone),
    )  # fmt: skip
    return [row["id"] for row in rows]


async def ideas_of(pick: int) -> tuple[int, list[int]]:
    """Campaign and ideas of a choice; NotFound where it is not kept any more."""
    row = await database.fetch_one("SELECT campaign, ideas FROM pick WHERE id = $1", pick)
    if row is None:
        raise NotFound(message("This choice of ideas is no longer kept. Please choose again."))
    return row["campaign"], list(row["ideas"])


async def merge(person: Person, pick: int) -> Joined:
    """Make one group of the unanswered ideas of a choice: groups that are in it whole are merged, others leave theirs.

    It can be undone in the group's history, step by step.
    """
    campaign, ideas = await ideas_of(pick)
    async with database.transaction():
        await members.lock(campaign)
        rows = await database.fetch(
            f"""SELECT i.id, i.title, i.cluster, c.size, c.supporters FROM idea i
                LEFT JOIN cluster c ON c.id = i.cluster
            WHERE i.id = ANY($1::bigint[]) AND i.hidden IS NULL AND {UNANSWERED}
                AND (c.id IS NULL OR c.state = 'open') ORDER BY i.id""",
            ideas,
        )
        if len(rows) < 2:
            raise Invalid(errors={"ids": message("Choose at least two unanswered ideas")})
        if len(rows) > MOST_SPLIT:
            raise Invalid(errors={"ids": message("Choose at most %(most)s ideas at once", most=MOST_SPLIT)})
        await scopes.require_ideas(person, [row["id"] for row in rows])
        whole = _whole(rows)
        if len(whole) > MOST_MERGED:
            raise Invalid(
                errors={"ids": message("At most %(most)s groups can be merged at once", most=MOST_MERGED)}
            )
        if len(whole) > 1:
            await clusters.merge(person, whole)
            kept = await database.fetch_value(
                "SELECT id FROM cluster WHERE id = ANY($1::bigint[]) AND retired IS NULL", whole
            )
        else:
            kept = whole[0] if whole else await _founded(campaign, rows)
        rest = [row["id"] for row in rows if row["cluster"] not in whole]
        if rest:
            await clusters.move(person, rest, kept)
        return Joined(kept, len(rows))


def _whole(rows: Sequence[Any]) -> list[int]:
    """The groups all of whose members are among the rows."""
    found: dict[int, int] = {}
    sizes = {}
    for row in rows:
        if row["cluster"] is not None:
            found[row["cluster"]] = found.get(row["cluster"], 0) + 1
            sizes[row["cluster"]] = row["size"]
    return sorted(c for c, n in found.items() if n >= sizes[c])


async def _founded(campaign: int, rows: Sequence[Any]) -> int:
    """A new group, in the theme and by the name of the first of the ideas."""
    cluster = await members.new_cluster(campaign, None, rows[0]["title"], None)
    await database.execute(
        "UPDATE cluster SET theme = (SELECT theme FROM idea WHERE id = $2) WHERE id = $1",
        cluster,
        rows[0]["id"],
    )
    return cluster


async def tag(person: Person, pick: int, slugs: Sequence[str]) -> int:
    """A moderator's word on the principles of all ideas of a choice, none included; how many ideas there were."""
    campaign, ideas = await ideas_of(pick)
    where = await campaigns.campaign_by_id(campaign)
    known = {p.slug: p.id for p in where.principles}
    wanted = list(dict.fromkeys(slugs))
    if unknown := [s for s in wanted if s not in known]:
        raise Invalid(errors={"principles": message(
            "There is no principle “%(slug)s” in this project", slug=unknown[0][:60]
        )})  # fmt: skip
    async with database.transaction():
        await scopes.require_ideas(person, ideas)
        await members.lock_ideas(ideas)
        count = await database.fetch_value(_TAG, ideas, person.id, [known[s] for s in wanted], wanted)
        await audit.note(person.id, "tag", f"pick:{pick}", campaign, ideas=count, after=wanted)
        await queue.defer(
            "ideas.cluster.jobs.learn", once=f"learn:{campaign}", lock=f"learn:{campaign}", priority=-5,
            at=datetime.now(UTC) + LEARN_AFTER, campaign=campaign,
        )  # fmt: skip
    return count


# The rows that go and those that come are different ones by their numbers, so one statement can do both.
_TAG = """
WITH idea_now AS (SELECT id FROM idea WHERE id = ANY($1::bigint[]) AND hidden IS NULL),
before AS (SELECT n.id, coalesce(array_agg(p.slug ORDER BY p.id) FILTER (WHERE p.id IS NOT NULL), '{}') AS slugs
    FROM idea_now n LEFT JOIN tag t ON t.idea = n.id LEFT JOIN principle p ON p.id = t.principle GROUP BY n.id),
gone AS (DELETE FROM tag t USING idea_now n WHERE t.idea = n.id AND NOT t.principle = ANY($3::bigint[])),
came AS (INSERT INTO tag (idea, principle, source, account) SELECT n.id, p, 'moderator', $2
    FROM idea_now n, unnest($3::bigint[]) p
    ON CONFLICT (idea, principle) DO UPDATE SET source = 'moderator', account = $2, probability = 1, because = '[]',
        version = '', created = now()),
said AS (UPDATE idea i SET tagged = 'moderator', unsure = false FROM idea_now n WHERE i.id = n.id),
noted AS (INSERT INTO ledger (idea, kind, account, data) SELECT id, 'tag', $2, jsonb_build_object(
    'before', to_jsonb(slugs), 'principles', to_jsonb($4::text[])) FROM before ORDER BY id)
SELECT count(*) FROM idea_now
"""
