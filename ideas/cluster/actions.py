"""A moderator's word on who belongs together: merge, split, move, rename. Votes stay where they were cast."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ideas import audit, database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster import changes, claims, members, pins, rules
from ideas.cluster.changes import Links, Merged
from ideas.cluster.rules import Standing
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.notice.actions import tell_others


class Split(msgspec.Struct):
    """id: the cluster that was split; new: the one that holds the ideas taken out (none for a single idea)."""

    id: int
    new: int | None
    ideas: list[int]


class Moved(msgspec.Struct):
    """id: the cluster that the ideas have joined; source: those that they have left."""

    id: int
    ideas: list[int]
    source: list[int]


_STANDING = """SELECT id, campaign, name, state, size, supporters, typical, retired IS NOT NULL AS retired, merged_into
FROM cluster WHERE id = ANY($1::bigint[]) ORDER BY id"""


async def _locked(ids: Sequence[int]) -> list[Standing]:
    """Clusters under their campaigns' locks, read again once nobody else can change them."""
    campaigns = await database.fetch(
        "SELECT DISTINCT campaign FROM cluster WHERE id = ANY($1::bigint[]) ORDER BY campaign", list(ids)
    )
    for row in campaigns:
        await members.lock(row["campaign"])
    found = await database.fetch(_STANDING + " FOR UPDATE", list(ids))
    return database.structs(Standing, found)


async def locked(cluster: int) -> Standing:
    """One cluster under its campaign's lock; NotFound where there is none."""
    found = await _locked([cluster])
    if not found:
        raise NotFound(message("There is no such group."))
    return found[0]


async def _members(cluster: int) -> list[int]:
    rows = await database.fetch("SELECT id FROM idea WHERE cluster = $1 ORDER BY id", cluster)
    return [row["id"] for row in rows]


async def merge(person: Person, ids: Sequence[int], into: int | None = None) -> Merged:
    """Make one cluster of several: a pin that no run breaks, and that can be undone.

    `into` keeps its number, by default the best supported one.
    """
    if len(ids) > rules.MOST_MERGED:
        most = rules.MOST_MERGED
        raise Invalid(errors={"ids": message("At most %(most)s groups can be merged at once", most=most)})
    async with database.transaction():
        found = await _locked(ids)
        rules.check_merge(ids, found)
        await claims.require_free(person, [c.id for c in found])
        kept = next((c for c in found if c.id == into), None) or rules.survivor(found)
        gone = [c.id for c in found if c.id != kept.id]
        before = await changes.places("i.cluster = ANY($1::bigint[])", [kept.id, *gone])
        all_ideas = [place.idea for place in before]
        own = [place.idea for place in before if place.cluster == kept.id]
        await members.lock_ideas(all_ideas)
        removed = await pins.remove(all_ideas, "cannot")
        hub = kept.typical if kept.typical in own else next(iter(own), None)
        rest = [i for i in all_ideas if i != hub]
        added = await pins.add(person, kept.campaign, "must", rules.fan(hub, rest) if hub else [])
        moved = [place for place in before if place.cluster != kept.id]
        typical = {c.id: c.typical for c in found}
        await changes.place([place.idea for place in moved], kept.id)
        await database.execute(
            "UPDATE cluster SET retired = now(), merged_into = $1, changed = now() WHERE id = ANY($2::bigint[])",
            kept.id, gone,
        )  # fmt: skip
        change = await changes.record(
            "merge", kept.id, person, moved, Links(added, removed), typical, retired=gone,
            source=[{"id": c, "ideas": [p.idea for p in moved if p.cluster == c][: changes.SHOWN]} for c in gone],
        )  # fmt: skip
        for other in gone:
            await members.record(other, "joined", person.id, into=kept.id, change=change)
        await claims.done(gone)
        await members.settle([kept.id])
        await members.recount(gone)
        # Votes do not move, but whom they count for does: whoever cast them is told, and can say no.
        await tell_others(
            "clustered", f"merged:{change}", by=person.id, data={"cluster": kept.id}, to=("vote",),
            ideas=[place.idea for place in moved],
        )  # fmt: skip
        await audit.note(
            person.id,
            "merge",
            f"cluster:{kept.id}",
            kept.campaign,
            change=change,
            groups=gone,
            ideas=len(moved),
        )
        return await changes.merged(kept.id, gone)


async def split(person: Person, cluster: int, ideas: Sequence[int]) -> Split:
    """Take ideas out of a cluster into one of their own (a single idea then stands alone): a pin, too.

    Of a decided cluster only ideas that the decision left out can be taken.
    """
    chosen = sorted(set(ideas))
    if len(chosen) > rules.MOST_SPLIT:
        most = rules.MOST_SPLIT
        raise Invalid(errors={"ideas": message("At most %(most)s ideas can be split off at once", most=most)})
    async with database.transaction():
        whole = await locked(cluster)
        rules.require_live(whole)
        await claims.require_free(person, [cluster])
        all_ideas = await _members(cluster)
        rules.check_split(chosen, all_ideas)
        if whole.state != "open":
            await _require_unruled(cluster, chosen)
        await members.lock_ideas(all_ideas)
        before = await changes.places("i.id = ANY($1::bigint[])", chosen)
        links = await _part(person, whole.campaign, chosen, sorted(set(all_ideas) - set(chosen)))
        new = await _founded(whole, chosen) if len(chosen) > 1 else None
        await changes.place(chosen, new)
        typical = {cluster: whole.typical}
        change = await changes.record(
            "split", cluster, person, before, links, typical, new=new, ideas=chosen[: changes.SHOWN]
        )
        if new:
            await members.record(new, "new", person.id, source=cluster, ideas=chosen[: changes.SHOWN])
        await members.settle([cluster, *([new] if new else [])])
        await audit.note(
            person.id, "split", f"cluster:{cluster}", whole.campaign,
            change=change, new=new, ideas=chosen[: changes.SHOWN], moved=len(chosen),
        )  # fmt: skip
        return Split(cluster, new, chosen)


async def _part(person: Person, campaign: int, chosen: list[int], rest: list[int]) -> Links:
    """Say that the chosen belong together and none of them to the rest."""
    removed = await pins.remove_between(chosen, rest, "must") + await pins.remove(chosen, "cannot")
    must = await pins.add(person, campaign, "must", rules.star(chosen))
    cannot = await pins.add(person, campaign, "cannot", rules.fan(chosen[0], rest))
    return Links(must + cannot, removed)


async def _founded(whole: Standing, chosen: list[int]) -> int:
    """A new cluster for ideas of another one, named by the most typical of them."""
    title = await database.fetch_value(
        "SELECT title FROM idea WHERE id = ANY($1::bigint[]) ORDER BY similarity DESC NULLS LAST, id LIMIT 1",
        chosen,
    )
    return await members.new_cluster(whole.campaign, whole.id, title, None)


async def move(person: Person, ideas: Sequence[int], to: int) -> Moved:
    """Put ideas of other clusters, or that stand alone, into an open cluster: a pin, too."""
    chosen = sorted(set(ideas))
    if not 0 < len(chosen) <= rules.MOST_SPLIT:
        raise Invalid(errors={"ideas": message("Choose the ideas to move")})
    async with database.transaction():
        target = await locked(to)
        rules.require_open(target)
        before = await changes.places("i.id = ANY($1::bigint[])", chosen)
        await _check_move(target, chosen, before)
        await scopes.require_ideas(person, chosen)
        left = sorted({p.cluster for p in before if p.cluster is not None})
        await claims.require_free(person, [to, *left])
        there = await _members(to)
        parts = {c: await _members(c) for c in left}
        await members.lock_ideas(sorted({*chosen, *there, *(i for part in parts.values() for i in part)}))
        removed = await pins.remove_between(chosen, there, "cannot") + await pins.remove(chosen, "cannot")
        added = []
        for cluster, part in parts.items():
            gone = [p.idea for p in before if p.cluster == cluster]
            rest = sorted(set(part) - set(gone))
            removed += await pins.remove_between(gone, rest, "must")
            added += await pins.add(person, target.campaign, "cannot", rules.fan(gone[0], rest))
        hub = target.typical if target.typical in there else next(iter(there), chosen[0])
        pairs = rules.fan(hub, [i for i in chosen if i != hub])
        added += await pins.add(person, target.campaign, "must", pairs)
        emptied = [c for c in left if set(parts[c]) <= set(chosen)]
        typical = {c.id: c.typical for c in await _locked([to, *left])}
        await changes.place(chosen, to)
        await database.execute(
            "UPDATE cluster SET retired = now(), merged_into = $1, changed = now() WHERE id = ANY($2::bigint[])",
            to, emptied,
        )  # fmt: skip
        change = await changes.record(
            "move", to, person, before, Links(added, removed), typical, retired=emptied,
            source=left, ideas=chosen[: changes.SHOWN],
        )  # fmt: skip
        for cluster in left:
            gone = [p.idea for p in before if p.cluster == cluster]
            await members.record(
                cluster, "moved", person.id, into=to, change=change, ideas=gone[: changes.SHOWN]
            )
        await claims.done(emptied)
        await members.settle([to, *left])
        await audit.note(
            person.id, "move", f"cluster:{to}", target.campaign,
            change=change, source=left, ideas=chosen[: changes.SHOWN], moved=len(chosen),
        )  # fmt: skip
        return Moved(to, chosen, left)


async def _check_move(target: Standing, chosen: list[int], before: Sequence[changes.Place]) -> None:
    known = {p.idea: p for p in before}
    for idea in chosen:
        if idea not in known or known[idea].campaign != target.campaign:
            raise Invalid(errors={"ideas": message("There is no idea %(id)s in this project", id=idea)})
        if known[idea].cluster == target.id:
            raise Invalid(errors={"ideas": message("Idea %(id)s is in this group already", id=idea)})
    for cluster in {p.cluster for p in before if p.cluster is not None and p.state != "open"}:
        await _require_unruled(cluster, chosen)


async def _require_unruled(cluster: int, ideas: list[int]) -> None:
    ruled = await database.fetch_value(
        """SELECT r.idea FROM ruling r JOIN decision d ON d.id = r.decision AND d.undone IS NULL
        WHERE r.idea = ANY($2::bigint[]) AND (d.cluster = $1
            OR EXISTS (SELECT FROM closing c WHERE c.decision = d.id AND c.cluster = $1)) LIMIT 1""",
        cluster, ideas,
    )  # fmt: skip
    if ruled is not None:
        raise Conflict(
            message("Idea %(id)s is decided on with its group. Undo the decision first.", id=ruled)
        )


async def rename(person: Person, cluster: int, name: str) -> None:
    """Name a cluster; no run renames it then."""
    if not 1 <= len(name) <= rules.NAME_LONGEST:
        raise Invalid(
            errors={"name": message("Enter a name of at most %(most)s characters", most=rules.NAME_LONGEST)}
        )
    async with database.transaction():
        found = await locked(cluster)
        rules.require_live(found)
        await claims.require_free(person, [cluster])
        await database.execute("UPDATE cluster SET name = $2, pinned = true WHERE id = $1", cluster, name)
        await members.record(cluster, "rename", person.id, before=found.name, name=name)
        await audit.note(
            person.id, "rename", f"cluster:{cluster}", found.campaign, before=found.name, after=name
        )
