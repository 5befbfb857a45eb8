"""Bringing together what says the same: groups and lone ideas into one group, by one act of a moderator."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ideas import database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster import actions, members, rules
from ideas.errors import Conflict, Invalid, NotFound, message


class Gathered(msgspec.Struct):
    """id: the cluster that holds all of it; merged: clusters, ideas: lone ideas that came in."""

    id: int
    merged: list[int]
    ideas: list[int]


async def gather(person: Person, cluster: int, groups: Sequence[int], ideas: Sequence[int]) -> Gathered:
    """Merge groups into an open one and take lone ideas in, all or nothing; each of the two can be undone."""
    if not groups and not ideas:
        raise Invalid(errors={"ids": message("Tick what says the same")})
    async with database.transaction():
        if groups:
            await actions.merge(person, [cluster, *groups], into=cluster)
        if ideas:
            await actions.move(person, ideas, cluster)
    return Gathered(cluster, sorted(set(groups)), sorted(set(ideas)))


async def found(person: Person, idea: int, ideas: Sequence[int], groups: Sequence[int] = ()) -> Gathered:
    """Make a group of an idea that stands alone and others that do, or take it into the first of `groups`."""
    chosen = sorted({idea, *ideas})
    if len(chosen) < 2 and not groups:
        raise Invalid(errors={"ids": message("Tick what says the same")})
    async with database.transaction():
        if groups:
            return await gather(person, groups[0], groups[1:], chosen)
        row = await database.fetch_one(
            "SELECT campaign, theme, title FROM idea WHERE id = $1 AND hidden IS NULL", idea
        )
        if row is None:
            raise NotFound(message("There is no such idea."))
        await members.lock(row["campaign"])
        await scopes.require_ideas(person, chosen)
        await _require_alone(chosen)
        new = await members.new_cluster(row["campaign"], None, row["title"][: rules.NAME_LONGEST], idea)
        await database.execute("UPDATE cluster SET theme = $2 WHERE id = $1", new, row["theme"])
        await members.record(new, "new", person.id, came=len(chosen), left=0, ideas=chosen[:50])
        await actions.move(person, chosen, new)
        return Gathered(new, [], chosen)


async def _require_alone(ideas: Sequence[int]) -> None:
    taken = await database.fetch_value(
        """SELECT i.id FROM idea i JOIN cluster c ON c.id = i.cluster AND c.state = 'open'
        WHERE i.id = ANY($1::bigint[]) LIMIT 1""",
        list(ideas),
    )
    if taken is not None:
        raise Conflict(message("Idea %(id)s is in a group by now. Please look again.", id=taken))
