"""Random sequences of what people, moderators and runs do: after each step all that must always hold does.

Distinct supporters are exact, no vote moves, no pin is broken, clusters keep their numbers, runs leave decided ones
alone, undoing is the exact inverse, counters equal a recount.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ideas import database
from ideas.cluster import actions as clusters
from ideas.cluster import changes, jobs, proposals
from ideas.errors import DomainError
from ideas.idea.filters import Asked
from ideas.moderation import actions as moderation
from ideas.moderation import answers, selections
from ideas.transfer.recount import recount
from ideas.vote import actions as voting
from tests import factories
from tests.cluster.test_actions import cluster_of
from tests.cluster.test_jobs import OTHERS, PLAYROOM, QUEUE

IDEAS, PEOPLE = 8, 5
TEXTS = [*QUEUE, *PLAYROOM, *OTHERS]
_small, _bits = st.integers(0, 9), st.integers(1, 200)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.integers(0, len(TEXTS) - 1), st.integers(0, PEOPLE - 1)),
        st.tuples(st.sampled_from(["vote", "withdraw"]), st.integers(0, 11), st.integers(0, PEOPLE - 1)),
        st.tuples(st.sampled_from(["merge", "undo change", "undo decision", "answer"]), _small, _small),
        st.tuples(st.sampled_from(["split", "move", "decide"]), _small, _bits),
        st.tuples(st.sampled_from(["decide idea", "select"]), st.integers(0, 11), _small),
        st.tuples(st.just("run"), st.just(0), st.just(0)),
    ),
    min_size=4,
    max_size=16,
)

_STATE = """
SELECT (SELECT jsonb_agg(to_jsonb(c) - '{changed,supporters,votes,cohesion}'::text[] ORDER BY c.id)::text
        FROM cluster c WHERE c.id <= $1),
    (SELECT jsonb_agg(jsonb_build_array(i.id, i.cluster, i.theme, i.status, round(i.similarity::numeric, 3))
        ORDER BY i.id)::text FROM idea i),
    (SELECT jsonb_agg(jsonb_build_array(l.first, l.second, l.kind) ORDER BY l.first, l.second)::text FROM link l)
"""
_PLACES = """SELECT i.id, i.cluster, i.status, c.state, c.name FROM idea i JOIN cluster c ON c.id = i.cluster
WHERE c.state <> 'open' ORDER BY i.id"""


class World:
    """A campaign with eight ideas in four clusters, driven by drawn steps."""

    async def build(self) -> None:
        self.campaign = await factories.campaign()
        self.moderator = (await factories.person("moderator")).person
        self.people = [await factories.person() for _ in range(PEOPLE)]
        for n in range(IDEAS):
            await factories.idea(self.campaign, self.people[n % 3], *TEXTS[n])
        ideas = await self.ideas()
        for n in range(0, IDEAS, 2):
            await cluster_of(self.campaign, ideas[n : n + 2])

    async def ideas(self) -> list[int]:
        rows = await database.fetch("SELECT id FROM idea WHERE campaign = $1 ORDER BY id", self.campaign.id)
        return [r["id"] for r in rows]

    async def idea(self, n: int) -> int:
        found = await self.ideas()
        return found[n % len(found)]

    async def cluster(self, n: int) -> int:
        rows = await database.fetch(
            "SELECT id FROM cluster WHERE campaign = $1 ORDER BY retired IS NOT NULL, id", self.campaign.id
        )
        return rows[n % len(rows)]["id"]

    async def some_of(self, cluster: int, bits: int) -> list[int]:
        rows = await database.fetch("SELECT id FROM idea WHERE cluster = $1 ORDER BY id", cluster)
        return [r["id"] for n, r in enumerate(rows) if bits >> n & 1]

    async def votes(self) -> list[Any]:
        return await database.fetch("SELECT idea, account, value FROM vote ORDER BY idea, account")

    async def state(self, newest: int) -> tuple[Any, ...]:
        row = await database.fetch_one(_STATE, newest)
        assert row
        return tuple(row)

    async def step(self, verb: str, a: int, b: int) -> None:
        if verb in ("submit", "vote", "withdraw"):
            await self.citizen(verb, a, b)
            return
        votes = await self.votes()
        newest = await database.fetch_value("SELECT max(id) FROM cluster")
        before = await self.state(newest)
        try:
            await getattr(self, verb.replace(" ", "_"))(a, b)
        except DomainError:
            assert await self.state(newest) == before
        assert await self.votes() == votes, "no vote moves"
        known = await database.fetch_value("SELECT count(*) FROM cluster WHERE id <= $1", newest)
        assert known == before[0].count('"merged_into"'), "a cluster keeps its number for life"

    async def citizen(self, verb: str, a: int, b: int) -> None:
        who = self.people[b]
        if verb == "submit":
            await factories.idea(self.campaign, who, *TEXTS[a])
            return
        try:
            await (voting.cast if verb == "vote" else voting.withdraw)(who.person, await self.idea(a))
        except DomainError:
            assert verb == "vote", "one's own idea"
        # What a job does within the minute.
        await jobs.recount(0)

    async def there_and_back(
        self, act: Callable[[], Awaitable[Any]], back: Callable[[Any], Awaitable[Any]]
    ) -> None:
        """Do it, take it back, which must leave no trace, and do it again."""
        newest = await database.fetch_value("SELECT max(id) FROM cluster")
        before = await self.state(newest)
        done = await act()
        await self.check()
        await back(done)
        assert await self.state(newest) == before, "undoing is the exact inverse"
        await self.check()
        await act()

    async def merge(self, a: int, b: int) -> None:
        ids = [await self.cluster(a), await self.cluster(b)]
        await self.there_and_back(
            lambda: clusters.merge(self.moderator, ids), lambda done: changes.undo(self.moderator, done.id)
        )

    async def split(self, a: int, b: int) -> None:
        cluster = await self.cluster(a)
        chosen = await self.some_of(cluster, b)
        await self.there_and_back(
            lambda: clusters.split(self.moderator, cluster, chosen),
            lambda done: changes.undo(self.moderator, cluster),
        )

    async def move(self, a: int, b: int) -> None:
        to, chosen = await self.cluster(a), await self.some_of(await self.cluster(a + b), b)
        alone = await database.fetch_value("SELECT min(id) FROM idea WHERE cluster IS NULL")
        chosen += [alone] if alone and b % 2 else []
        await self.there_and_back(
            lambda: clusters.move(self.moderator, chosen, to), lambda done: changes.undo(self.moderator, to)
        )

    async def undo_change(self, a: int, b: int) -> None:
        await changes.undo(self.moderator, await self.cluster(a))

    async def decide(self, a: int, b: int) -> None:
        cluster = await self.cluster(a)
        ruling = moderation.Ruling("accept", "Да", await self.some_of(cluster, b))
        await self.there_and_back(
            lambda: moderation.decide(self.moderator, cluster, ruling),
            lambda done: moderation.undo(self.moderator, done.decision),
        )

    async def decide_idea(self, a: int, b: int) -> None:
        idea = await self.idea(a)
        await self.there_and_back(
            lambda: moderation.decide_idea(self.moderator, idea, moderation.Ruling("decline", "Нет")),
            lambda done: moderation.undo(self.moderator, done.decision),
        )

    async def select(self, a: int, b: int) -> None:
        asked = Asked(campaign=self.campaign.slug, cluster=str(await self.cluster(b)) if a % 3 else "")

        async def act() -> Any:
            made = await selections.start(self.moderator, asked, moderation.Ruling("forward", "Изучим"))
            while await selections.step(made.id, 3):
                await self.check()
            return made

        await self.there_and_back(act, lambda done: moderation.undo(self.moderator, done.decision))

    async def undo_decision(self, a: int, b: int) -> None:
        rows = await database.fetch("SELECT id FROM decision WHERE undone IS NULL ORDER BY id")
        await moderation.undo(self.moderator, rows[a % len(rows)]["id"] if rows else 0)

    async def answer(self, a: int, b: int) -> None:
        for asked in await proposals.waiting(self.campaign.id):
            await (answers.accept if a % 2 else answers.keep)(self.moderator, asked.id)
            return

    async def run(self, a: int, b: int) -> None:
        decided = await database.fetch(_PLACES)
        await jobs.run_campaign(self.campaign.slug)
        assert await database.fetch(_PLACES) == decided, "a run changes nothing that is decided"

    async def check(self) -> None:
        """Counts equal what a plain count in Python says; no pin is broken; nothing differs from a recount."""
        ideas = await database.fetch("SELECT id, author, cluster FROM idea")
        votes = await self.votes()
        for row in await database.fetch("SELECT id, size, supporters, retired FROM cluster"):
            inside = {i["id"] for i in ideas if i["cluster"] == row["id"]}
            people = {i["author"] for i in ideas if i["id"] in inside}
            people |= {v["account"] for v in votes if v["idea"] in inside and v["value"] == 1}
            assert (row["size"], row["supporters"]) == (len(inside), len(people))
            assert not (row["retired"] and inside)
        home = {i["id"]: i["cluster"] for i in ideas}
        for link in await database.fetch("SELECT first, second, kind FROM link"):
            together = home[link["first"]] is not None and home[link["first"]] == home[link["second"]]
            assert together == (link["kind"] == "must"), dict(link)
        twice = """SELECT r.idea FROM ruling r JOIN decision d ON d.id = r.decision AND d.undone IS NULL
            GROUP BY r.idea HAVING count(*) > 1"""
        assert await database.fetch(twice) == [], "one idea never has two answers"
        done = await recount()
        assert (done.wrong, done.broken) == ({}, [])


# Two topics so small that no division of them is better than chance.
@example(steps=[("submit", 0, 0), ("vote", 0, 0), ("merge", 0, 1), ("run", 0, 0)])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_what_must_always_hold_does(database, steps):
    from ideas import database as access

    class Done(Exception):
        pass

    try:
        async with access.transaction():
            world = World()
            await world.build()
            for verb, a, b in steps:
                await world.step(verb, a, b)
                await world.check()
            raise Done
    except Done:
        pass
