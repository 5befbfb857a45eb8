"""A moderator's word on who belongs together: merge, unmerge, split, rename. Votes stay where they were cast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ideas import database
from ideas.account.rules import Person
from ideas.cluster import members, rules
from ideas.cluster.rules import Standing
from ideas.errors import Conflict, Invalid, NotFound, message


class Merged(msgspec.Struct):
    """id: the cluster that keeps its number; merged: those that went into it."""

    id: int
    merged: list[int]
    size: int
    supporters: int


class Split(msgspec.Struct):
    """id: the cluster that was split; new: the one that holds the ideas taken out (none for a single idea)."""

    id: int
    new: int | None
    ideas: list[int]


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
    """Make one cluster of several: a pin that no run breaks, and that `unmerge` takes back.

    `into` keeps its number, by default the best supported one.
    """
    if len(ids) > rules.MOST_MERGED:
        most = rules.MOST_MERGED
        raise Invalid(errors={"ids": message("At most %(most)s groups can be merged at once", most=most)})
    async with database.transaction():
        found = await _locked(ids)
        rules.check_merge(ids, found)
        kept = next((c for c in found if c.id == into), None) or rules.survivor(found)
        others = [c for c in found if c.id != kept.id]
        parts = {c.id: await _members(c.id) for c in found}
        all_ideas = sorted(i for part in parts.values() for i in part)
        await members.lock_ideas(all_ideas)
        removed = await _remove_links(all_ideas, "cannot")
        hub = kept.typical if kept.typical in parts[kept.id] else next(iter(parts[kept.id]), None)
        rest = [i for i in all_ideas if i != hub]
        added = await _add_links(person, kept.campaign, "must", rules.fan(hub, rest) if hub else [])
        gone = [c.id for c in others]
        await database.execute(
            "UPDATE idea SET cluster = $1, theme = (SELECT theme FROM cluster WHERE id = $1) "
            "WHERE cluster = ANY($2::bigint[])",
            kept.id, gone,
        )  # fmt: skip
        await database.execute(
            "UPDATE cluster SET retired = now(), merged_into = $1, changed = now() WHERE id = ANY($2::bigint[])",
            kept.id, gone,
        )  # fmt: skip
        source = [{"id": c.id, "ideas": parts[c.id], "theme": await _theme(c.id)} for c in others]
        await members.record(
            kept.id, "merge", person.id, source=source, added=added, removed=removed, typical=kept.typical
        )
        for other in others:
            await members.record(other.id, "joined", person.id, into=kept.id)
        await members.settle([kept.id])
        await members.recount(gone)
        return await _merged(kept.id, gone)


async def _theme(cluster: int) -> int | None:
    return await database.fetch_value("SELECT theme FROM cluster WHERE id = $1", cluster)


async def _merged(kept: int, gone: list[int]) -> Merged:
    row = await database.fetch_one("SELECT size, supporters FROM cluster WHERE id = $1", kept)
    assert row is not None
    return Merged(kept, gone, row["size"], row["supporters"])


async def unmerge(person: Person, cluster: int) -> Merged:
    """Take the latest merge of a cluster back: everybody returns to where they were, and so does every count."""
    async with database.transaction():
        kept = await locked(cluster)
        rules.require_open(kept)
        event = await database.fetch_one(
            """SELECT e.id, e.data FROM cluster_event e WHERE e.cluster = $1 AND e.kind = 'merge'
                AND NOT EXISTS (SELECT FROM cluster_event u WHERE u.cluster = e.cluster AND u.kind = 'undo'
                    AND (u.data->>'merge')::bigint = e.id)
            ORDER BY e.id DESC LIMIT 1""",
            cluster,
        )
        if event is None:
            raise Conflict(message("There is no merge of this group to undo."))
        data = database.from_json(event["data"])
        back = [part["id"] for part in data["source"]]
        for part in data["source"]:
            await members.lock_ideas(part["ideas"])
            await database.execute(
                "UPDATE cluster SET retired = NULL, merged_into = NULL, changed = now() WHERE id = $1",
                part["id"],
            )
            # Who has been split off in the meantime stays where the later word put them.
            await database.execute(
                "UPDATE idea SET cluster = $1, theme = $4 WHERE id = ANY($2::bigint[]) AND cluster = $3",
                part["id"], part["ideas"], cluster, part["theme"],
            )  # fmt: skip
        await _drop_links(data["added"])
        await _restore_links(kept.campaign, data["removed"])
        await members.record(cluster, "undo", person.id, merge=event["id"], back=back)
        for one in back:
            await members.record(one, "undo", person.id, parted=cluster)
        await members.settle([cluster, *back])
        return await _merged(cluster, back)


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
        all_ideas = await _members(cluster)
        rules.check_split(chosen, all_ideas)
        if whole.state != "open":
            await _require_unruled(cluster, chosen)
        await members.lock_ideas(all_ideas)
        rest = sorted(set(all_ideas) - set(chosen))
        removed = await _remove_links_between(chosen, rest)
        must = await _add_links(person, whole.campaign, "must", rules.star(chosen))
        cannot = await _add_links(person, whole.campaign, "cannot", rules.fan(chosen[0], rest))
        new = None
        if len(chosen) > 1:
            title = await database.fetch_value(
                "SELECT title FROM idea WHERE id = ANY($1::bigint[]) ORDER BY similarity DESC NULLS LAST, id LIMIT 1",
                chosen,
            )
            new = await members.new_cluster(whole.campaign, cluster, title, None)
        await database.execute(
            "UPDATE idea SET cluster = $2, similarity = CASE WHEN $2::bigint IS NOT NULL THEN similarity END "
            "WHERE id = ANY($1::bigint[])",
            chosen, new,
        )  # fmt: skip
        await members.record(
            cluster, "split", person.id, new=new, ideas=chosen, added=must + cannot, removed=removed
        )
        if new:
            await members.record(new, "new", person.id, source=cluster, ideas=chosen)
        await members.settle([cluster, *([new] if new else [])])
        return Split(cluster, new, chosen)


async def _require_unruled(cluster: int, ideas: list[int]) -> None:
    ruled = await database.fetch_value(
        """SELECT r.idea FROM ruling r JOIN decision d ON d.id = r.decision AND d.undone IS NULL
        WHERE d.cluster = $1 AND r.idea = ANY($2::bigint[]) LIMIT 1""",
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
        await database.execute("UPDATE cluster SET name = $2, pinned = true WHERE id = $1", cluster, name)
        await members.record(cluster, "rename", person.id, before=found.name, name=name)


# Links


async def _add_links(
    person: Person, campaign: int, kind: str, pairs: list[tuple[int, int]]
) -> list[list[int]]:
    """Insert links; the answer holds those that were not there yet. An opposite word of before is replaced."""
    if not pairs:
        return []
    rows = await database.fetch(
        """INSERT INTO link (campaign, first, second, kind, account)
        SELECT $1, p.first, p.second, $2, $3 FROM unnest($4::bigint[], $5::bigint[]) p (first, second)
        ON CONFLICT (first, second) DO UPDATE SET kind = excluded.kind, account = excluded.account
            WHERE link.kind <> excluded.kind
        RETURNING first, second""",
        campaign, kind, person.id, [a for a, _ in pairs], [b for _, b in pairs],
    )  # fmt: skip
    return [[row["first"], row["second"]] for row in rows]


_LINK = "first, second, kind, account, to_json(created)#>>'{}' AS created"


async def _remove_links(ideas: list[int], kind: str) -> list[dict[str, Any]]:
    """Remove the links of one kind among these ideas; the answer restores them."""
    rows = await database.fetch(
        f"DELETE FROM link WHERE first = ANY($1::bigint[]) AND second = ANY($1::bigint[]) AND kind = $2 "
        f"RETURNING {_LINK}",
        ideas, kind,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def _remove_links_between(some: list[int], others: list[int]) -> list[dict[str, Any]]:
    rows = await database.fetch(
        f"""DELETE FROM link WHERE (first = ANY($1::bigint[]) AND second = ANY($2::bigint[]))
            OR (first = ANY($2::bigint[]) AND second = ANY($1::bigint[])) RETURNING {_LINK}""",
        some, others,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def _drop_links(pairs: list[list[int]]) -> None:
    await database.execute(
        "DELETE FROM link WHERE (first, second) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[])) "
        "AND kind = 'must'",
        [a for a, _ in pairs], [b for _, b in pairs],
    )  # fmt: skip


async def _restore_links(campaign: int, links: list[dict[str, Any]]) -> None:
    """Put removed links back, where what they say still holds."""
    await database.execute(
        """INSERT INTO link (campaign, first, second, kind, account, created)
        SELECT $1, p.first, p.second, p.kind, p.account, p.created
        FROM jsonb_to_recordset($2::jsonb)
            AS p (first bigint, second bigint, kind text, account bigint, created timestamptz)
        JOIN idea a ON a.id = p.first JOIN idea b ON b.id = p.second
        WHERE (p.kind = 'must') = (a.cluster IS NOT NULL AND a.cluster IS NOT DISTINCT FROM b.cluster)
        ON CONFLICT (first, second) DO NOTHING""",
        campaign, database.to_json(links),
    )  # fmt: skip
