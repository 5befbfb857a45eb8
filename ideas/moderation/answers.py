"""A person's answers to what runs propose about decided groups: the same answer for them too, or keep what is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ideas import audit, database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster import changes, claims, members, pins, proposals, queries
from ideas.cluster.changes import Links
from ideas.cluster.proposals import Proposal
from ideas.cluster.rules import pair
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.moderation import rulings
from ideas.moderation.rulings import Ruling
from ideas.notice.actions import tell_others, think_of_letters


async def _question(proposal: int) -> tuple[int, Proposal]:
    """A question that still waits, under its campaign's lock."""
    row = await database.fetch_one("SELECT campaign FROM proposal WHERE id = $1", proposal)
    if row is None:
        raise NotFound(message("There is no such proposal."))
    await members.lock(row["campaign"])
    found = await proposals.waiting(row["campaign"], 1, proposal)
    if not found:
        raise Conflict(message("This question has been answered meanwhile."))
    return row["campaign"], found[0]


async def _answer(person: Person, proposal: int, state: str) -> None:
    await database.execute(
        "UPDATE proposal SET state = $2, account = $3, answered = now() WHERE id = $1",
        proposal,
        state,
        person.id,
    )


async def accept(person: Person, proposal: int) -> int:
    """Put the ideas into the decided group, and let its decision rule on them; how many got their answer so.

    They are part of that decision then: undoing it takes all of it back.
    """
    async with database.transaction():
        campaign, asked = await _question(proposal)
        source = [asked.cluster] if asked.cluster is not None else []
        await claims.require_free(person, source)
        await scopes.require_ideas(person, [asked.idea])
        await scopes.require_clusters(person, [asked.decided])
        standing = await queries.standing_decision(asked.decided)
        assert standing is not None
        decision: Any = await database.fetch_one("SELECT * FROM decision WHERE id = $1", standing.id)
        if source:
            before = await changes.places("i.cluster = ANY($1::bigint[])", source)
        else:
            before = await changes.places("i.id = ANY($1::bigint[])", [asked.idea])
        moved = [p.idea for p in before]
        await members.lock_ideas(moved)
        links = await _joined(person, campaign, asked.decided, moved)
        await changes.place(moved, asked.decided)
        await database.execute(
            "UPDATE cluster SET retired = now(), merged_into = $1, changed = now() WHERE id = ANY($2::bigint[])",
            asked.decided, source,
        )  # fmt: skip
        change = await changes.record(
            "move", asked.decided, person, before, links, {}, retired=source, source=source,
            ideas=moved[: changes.SHOWN],
        )  # fmt: skip
        for other in source:
            await members.record(other, "joined", person.id, into=asked.decided, change=change)
        await claims.done(source)
        ruling = Ruling(decision["verdict"], decision["reason"], (), decision["letter"])
        ideas = await rulings.locked("i.id = ANY($1::bigint[])", moved)
        answered = await rulings.answered(moved)
        fresh = [i for i in ideas if i["id"] not in answered]
        await rulings.rule(person.id, standing.id, ruling, fresh, asked.decided)
        await members.settle([asked.decided, *{p.cluster for p in before if p.cluster is not None}])
        await _answer(person, proposal, "accepted")
        await think_of_letters()
        await tell_others(
            "decision", f"decision:{standing.id}", by=person.id, decision=standing.id,
            data={"decision": standing.id, "cluster": asked.decided, "verdict": ruling.verdict,
                "reason": ruling.reason},
        )  # fmt: skip
        await audit.note(
            person.id, "accept", f"cluster:{asked.decided}", campaign, proposal=proposal, change=change,
            decision=standing.id, groups=source, ideas=len(fresh),
        )  # fmt: skip
        return len(fresh)


async def _joined(person: Person, campaign: int, cluster: int, moved: list[int]) -> Links:
    """Pins that hold the ideas in the cluster."""
    there = [p.idea for p in await changes.places("i.cluster = ANY($1::bigint[])", [cluster])]
    await members.lock_ideas(there)
    removed = await pins.remove_between(moved, there, "cannot") + await pins.remove(moved, "cannot")
    typical = await database.fetch_value("SELECT typical FROM cluster WHERE id = $1", cluster)
    hub = typical if typical in there else there[0]
    return Links(await pins.add(person, campaign, "must", [pair(hub, i) for i in moved]), removed)


async def keep(person: Person, proposal: int) -> None:
    """Say that these are two things: a pin, so that no run asks again."""
    async with database.transaction():
        campaign, asked = await _question(proposal)
        await scopes.require_ideas(person, [asked.idea])
        await scopes.require_clusters(person, [asked.decided])
        typical = await database.fetch_value("SELECT typical FROM cluster WHERE id = $1", asked.decided)
        if typical is not None:
            await pins.add(person, campaign, "cannot", [pair(typical, asked.idea)])
        await _answer(person, proposal, "kept")
        await audit.note(
            person.id, "keep", f"cluster:{asked.decided}", campaign, proposal=proposal,
            cluster=asked.cluster, idea=asked.idea,
        )  # fmt: skip


async def settle(person: Person, same: Sequence[int], apart: Sequence[int]) -> tuple[int, int]:
    """Answer several at once: how many ideas got the decision that stands, and how many questions say "different".

    Those that have been answered meanwhile stay as they are.
    """
    if not same and not apart:
        raise Invalid(errors={"same": message("Nothing was asked")})
    got = kept = 0
    async with database.transaction():
        for proposal in same:
            with suppress(Conflict):
                got += await accept(person, proposal)
        for proposal in apart:
            with suppress(Conflict):
                await keep(person, proposal)
                kept += 1
    return got, kept
