"""What a person's change of membership was, written down so that undoing it is its exact inverse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ideas import audit, database
from ideas.account.rules import Person
from ideas.cluster import claims, members, pins, rules
from ideas.errors import Conflict, NotFound, message

SHOWN = 50
"""So many ideas are named in what people read; what undoing needs holds all."""


class Merged(msgspec.Struct):
    """id: the cluster that keeps its number; merged: those that went into it, or came back out of it."""

    id: int
    merged: list[int]
    size: int
    supporters: int


class Place(msgspec.Struct):
    """Where an idea stood: its cluster and theme, its similarity to the typical idea."""

    idea: int
    cluster: int | None
    theme: int | None
    similarity: float | None
    campaign: int
    state: str | None = None


class Links(msgspec.Struct):
    """added: [first, second, kind]; removed: whole rows."""

    added: list[list[Any]]
    removed: list[dict[str, Any]]


class Change(msgspec.Struct):
    """A change that can be undone: a cluster's event with what it needs for that."""

    id: int
    cluster: int
    kind: str
    data: dict[str, Any]


async def places(condition: str, ids: Sequence[int]) -> list[Place]:
    """Where ideas stand now; `condition` is on `idea i`, with `$1` for the ids."""
    rows = await database.fetch(
        f"""SELECT i.id AS idea, i.cluster, i.theme, i.similarity, i.campaign, c.state
        FROM idea i LEFT JOIN cluster c ON c.id = i.cluster WHERE {condition} ORDER BY i.id""",
        list(ids),
    )
    return database.structs(Place, rows)


async def place(ideas: Sequence[int], cluster: int | None) -> None:
    """Put ideas into a cluster and its theme, or let them stand alone."""
    await database.execute(
        """UPDATE idea SET cluster = $2, theme = coalesce((SELECT theme FROM cluster WHERE id = $2), theme),
            similarity = CASE WHEN $2::bigint IS NOT NULL THEN similarity END WHERE id = ANY($1::bigint[])""",
        list(ideas), cluster,
    )  # fmt: skip


async def record(
    kind: str,
    cluster: int,
    person: Person,
    before: Sequence[Place],
    links: Links,
    typical: dict[int, int | None],
    **data: Any,
) -> int:
    """Write a change down as an event of a cluster; the answer is its number."""
    return await members.record(
        cluster, kind, person.id, **data,
        before=[[p.idea, p.cluster, p.theme, p.similarity] for p in before],
        added=links.added, removed=links.removed, typical=list(typical.items()),
    )  # fmt: skip


async def merged(kept: int, gone: list[int]) -> Merged:
    row = await database.fetch_one("SELECT size, supporters FROM cluster WHERE id = $1", kept)
    assert row is not None
    return Merged(kept, gone, row["size"], row["supporters"])


_STANDS = """e.kind IN ('merge', 'split', 'move') AND e.data ? 'before' AND NOT EXISTS (
    SELECT FROM cluster_event u
    WHERE u.cluster = e.cluster AND u.kind = 'undo' AND (u.data->>'change')::bigint = e.id)"""


async def latest(cluster: int, kind: str = "") -> Change | None:
    """The latest change of a cluster by a person that has not been undone."""
    row = await database.fetch_one(
        f"""SELECT e.id, e.cluster, e.kind, e.data FROM cluster_event e
        WHERE e.cluster = $1 AND ($2 = '' OR e.kind = $2) AND {_STANDS} ORDER BY e.id DESC LIMIT 1""",
        cluster, kind,
    )  # fmt: skip
    return Change(row["id"], row["cluster"], row["kind"], database.from_json(row["data"])) if row else None


async def undo(person: Person, cluster: int, kind: str = "") -> Merged:
    """Take the latest change of a cluster back: everybody returns to where they were, and so does every count.

    Conflict where later changes build on it: those have to be undone first.
    """
    async with database.transaction():
        row = await database.fetch_one("SELECT campaign FROM cluster WHERE id = $1", cluster)
        if row is None:
            raise NotFound(message("There is no such group."))
        campaign = row["campaign"]
        await members.lock(campaign)
        change = await latest(cluster, kind)
        if change is None:
            raise Conflict(message("There is no change of this group to undo."))
        data = change.data
        before = [Place(i, c, theme, s, campaign) for i, c, theme, s in data["before"]]
        went_to = data.get("new") if change.kind == "split" else cluster
        retired, origins = (
            data.get("retired", []),
            sorted({p.cluster for p in before if p.cluster is not None}),
        )
        await _check(person, change, {cluster, *origins, *([went_to] if went_to else [])} - set(retired))
        ideas = [p.idea for p in before]
        await members.lock_ideas(ideas)
        now = await places("i.id = ANY($1::bigint[])", ideas)
        if any(p.cluster != went_to for p in now):
            raise Conflict(message("Later changes build on this one. Undo them first."))
        await _put_back(before, retired)
        await pins.drop(data["added"])
        await pins.restore(campaign, data["removed"])
        emptied = await _retire(went_to, cluster) if change.kind == "split" and went_to else []
        if change.kind == "move":
            # One that was founded by hand is no more once its founders have left.
            await _retire(cluster, None)
        await members.record(cluster, "undo", person.id, change=change.id, what=change.kind, back=origins)
        for other in sorted({*origins, *retired} - {cluster}):
            await members.record(other, "undo", person.id, parted=cluster)
        for other in emptied:
            await members.record(other, "joined", person.id, into=cluster)
        touched = {cluster, *origins, *([went_to] if went_to else [])}
        await _restore_typical(data.get("typical", []))
        await members.settle(touched)
        await members.recount(emptied)
        await audit.note(
            person.id, "undo", f"cluster:{cluster}", campaign, change=change.id, what=change.kind
        )
        return await merged(cluster, sorted(retired))


async def _check(person: Person, change: Change, clusters: set[int]) -> None:
    """Conflict unless all clusters of a change can still change. A split may have been one of a decided cluster."""
    rows = await database.fetch(
        """SELECT id, campaign, name, state, size, supporters, typical, retired IS NOT NULL AS retired, merged_into
        FROM cluster WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE""",
        sorted(clusters),
    )
    for found in database.structs(rules.Standing, rows):
        changed = change.data.get("new") if change.kind == "split" else change.cluster
        if change.kind == "merge" or found.id == changed:
            rules.require_open(found)
        else:
            rules.require_live(found)
    await claims.require_free(person, sorted(clusters))


async def _put_back(before: Sequence[Place], retired: Sequence[int]) -> None:
    await database.execute(
        "UPDATE cluster SET retired = NULL, merged_into = NULL, changed = now() WHERE id = ANY($1::bigint[])",
        list(retired),
    )
    await database.execute(
        """UPDATE idea i SET cluster = b.cluster, theme = b.theme, similarity = b.similarity
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::real[]) b (id, cluster, theme, similarity)
        WHERE i.id = b.id""",
        [p.idea for p in before], [p.cluster for p in before], [p.theme for p in before],
        [p.similarity for p in before],
    )  # fmt: skip


async def _retire(cluster: int, into: int | None) -> list[int]:
    """Retire a cluster that undoing has emptied."""
    row = await database.fetch_one(
        """UPDATE cluster c SET retired = now(), merged_into = $2, changed = now() WHERE c.id = $1
            AND NOT EXISTS (SELECT FROM idea i WHERE i.cluster = c.id) RETURNING id""",
        cluster, into,
    )  # fmt: skip
    await claims.done([cluster] if row else [])
    return [cluster] if row else []


async def _restore_typical(typical: Sequence[Sequence[int | None]]) -> None:
    await database.execute(
        """UPDATE cluster c SET typical = t.typical FROM unnest($1::bigint[], $2::bigint[]) t (id, typical)
        WHERE c.id = t.id AND EXISTS (SELECT FROM idea i WHERE i.id = t.typical AND i.cluster = c.id)""",
        [t[0] for t in typical], [t[1] for t in typical],
    )  # fmt: skip
