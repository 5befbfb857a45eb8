"""Random sequences of what people and moderators do: support is always distinct people, undoing is always exact."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ideas import database
from ideas.cluster import actions as clusters
from ideas.cluster import changes, members
from ideas.errors import DomainError
from ideas.moderation import actions as moderation
from tests import factories
from tests.cluster.test_actions import cluster_of

IDEAS, PEOPLE = 8, 5

steps = st.lists(
    st.one_of(
        st.tuples(st.just("vote"), st.integers(0, IDEAS - 1), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("withdraw"), st.integers(0, IDEAS - 1), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("merge"), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("unmerge"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("split"), st.integers(0, 9), st.integers(1, 200)),
        st.tuples(st.just("decide"), st.integers(0, 9), st.integers(0, 200)),
        st.tuples(st.just("undo"), st.integers(0, 9), st.just(0)),
    ),
    min_size=3,
    max_size=20,
)

_STATE = """
SELECT (SELECT jsonb_agg(to_jsonb(c) - 'changed' - 'supporters' - 'votes' - 'cohesion' ORDER BY c.id)::text
        FROM cluster c WHERE c.id <= $1),
    (SELECT jsonb_agg(jsonb_build_array(i.id, i.cluster, i.theme, i.status) ORDER BY i.id)::text FROM idea i),
    (SELECT jsonb_agg(jsonb_build_array(l.first, l.second, l.kind) ORDER BY l.first, l.second)::text FROM link l)
"""


class World:
    """A campaign with eight ideas in four clusters, driven by drawn steps."""

    async def build(self) -> None:
        self.campaign = await factories.campaign()
        self.moderator = (await factories.person("moderator")).person
        self.people = [await factories.person() for _ in range(PEOPLE)]
        self.ideas = [
            await factories.idea(self.campaign, self.people[n % 3], f"Идея {n}") for n in range(IDEAS)
        ]
        for n in range(0, IDEAS, 2):
            await cluster_of(self.campaign, self.ideas[n : n + 2])

    async def cluster(self, n: int) -> int:
        rows = await database.fetch(
            "SELECT id FROM cluster WHERE campaign = $1 ORDER BY id", self.campaign.id
        )
        return rows[n % len(rows)]["id"]

    async def in_cluster(self, cluster: int, bits: int) -> list[int]:
        rows = await database.fetch("SELECT id FROM idea WHERE cluster = $1 ORDER BY id", cluster)
        return [r["id"] for n, r in enumerate(rows) if bits >> n & 1]

    async def votes(self) -> list[Any]:
        return await database.fetch("SELECT idea, account, value FROM vote ORDER BY idea, account")

    async def state(self, newest: int) -> tuple[Any, ...]:
        row = await database.fetch_one(_STATE, newest)
        assert row
        return tuple(row)

    async def step(self, verb: str, a: int, b: int) -> None:
        if verb in ("vote", "withdraw"):
            await self.ballot(verb, self.ideas[a], self.people[b].id)
            return
        votes = await self.votes()
        cluster = await self.cluster(a)
        newest = await database.fetch_value("SELECT max(id) FROM cluster")
        before = await self.state(newest)
        try:
            if verb == "merge":
                done = await clusters.merge(self.moderator, [cluster, await self.cluster(b)])
                await self.check()
                await changes.undo(self.moderator, done.id, "merge")
                assert await self.state(newest) == before
                await self.check()
                await clusters.merge(self.moderator, [cluster, await self.cluster(b)])
            elif verb == "unmerge":
                await changes.undo(self.moderator, cluster)
            elif verb == "split":
                await clusters.split(self.moderator, cluster, await self.in_cluster(cluster, b))
            elif verb == "decide":
                ruling = moderation.Ruling("accept", "Да", await self.in_cluster(cluster, b))
                decision = await moderation.decide(self.moderator, cluster, ruling)
                await moderation.undo(self.moderator, decision.decision)
                assert await self.state(newest) == before
                await moderation.decide(self.moderator, cluster, ruling)
            else:
                last = await database.fetch_value(
                    "SELECT id FROM decision WHERE cluster = $1 AND undone IS NULL", cluster
                )
                await moderation.undo(self.moderator, last or 0)
        except DomainError:
            assert await self.state(newest) == before
        assert await self.votes() == votes

    async def ballot(self, verb: str, idea: int, account: int) -> None:
        if verb == "vote":
            await database.execute(
                "INSERT INTO vote (idea, account) VALUES ($1, $2) ON CONFLICT DO NOTHING", idea, account
            )
        else:
            await database.execute("DELETE FROM vote WHERE idea = $1 AND account = $2", idea, account)
        await database.execute(
            "UPDATE idea SET votes = (SELECT count(*) FROM vote WHERE idea = $1) WHERE id = $1", idea
        )
        row = await database.fetch_one("SELECT cluster FROM idea WHERE id = $1", idea)
        if row and row["cluster"]:
            await members.recount([row["cluster"]])

    async def check(self) -> None:
        """Counts equal what a plain count in Python says; no cannot-link lies within a cluster, no must-link across."""
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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_support_is_exact_and_undoing_is_the_inverse(database, steps):
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
