"""A group in hand: two never work on one thing, and whoever comes second reads who was first."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from ideas import app as app_module
from ideas import database
from ideas.account.rules import Person
from ideas.cluster import claims
from ideas.cluster.order import Wanted
from tests import factories
from tests.cluster.test_actions import cluster_of, vote


@pytest.fixture
async def queue(campaign):
    """Three open groups of two ideas, the best supported first."""
    people = [await factories.person() for _ in range(4)]
    found = []
    for n, voters in enumerate((people[1:], people[1:3], people[1:2])):
        ideas = [await factories.idea(campaign, people[0], f"Идея {n}.{k}") for k in range(2)]
        await vote(ideas[0], *voters)
        found.append(await cluster_of(campaign, ideas, f"Группа {n}"))
    return found


async def run_out(cluster: int) -> None:
    await database.execute(
        "UPDATE claim SET taken = now() - interval '1 hour', until = now() - interval '1 s' WHERE cluster = $1",
        cluster,
    )


GIVEN = {"verdict": "accept", "reason": "Сделаем"}


async def decide(client, cluster, who):
    return await client.post(f"/api/clusters/{cluster}/decision", json=GIVEN, headers=who.bearer)


async def test_a_claim_is_taken_renewed_shown_and_released(client, moderator, queue):
    other = await factories.person("moderator", "Вторая")
    await database.execute("UPDATE account SET name = 'Первый' WHERE id = $1", moderator.id)
    path = f"/api/clusters/{queue[0]}/claim"
    taken = await client.put(path, headers=moderator.bearer)
    assert taken.status_code == 200, taken.text
    assert (taken.json()["cluster"], taken.json()["account"]) == (queue[0], moderator.id)
    await database.execute("UPDATE claim SET until = until - interval '10 minutes'")
    again = (await client.put(path, headers=moderator.bearer)).json()
    assert again["until"] == taken.json()["until"], "activity puts the end off"
    refused = await client.put(path, headers=other.bearer)
    assert refused.status_code == 409
    assert refused.json()["detail"] == "Первый is working on this group."
    assert (await client.delete(path, headers=other.bearer)).status_code == 204
    assert (await claims.held(queue))[queue[0]].account == moderator.id, (
        "another's claim cannot be given back"
    )
    await client.delete(path, headers=moderator.bearer)
    assert await claims.held(queue) == {}
    assert (await client.put(path, headers=other.bearer)).status_code == 200


async def test_what_one_has_in_hand_no_other_changes(client, moderator, queue):
    other = await factories.person("moderator", "Вторая")
    await claims.take(other.person, queue[0])
    ideas = await database.fetch("SELECT id FROM idea WHERE cluster = $1 ORDER BY id", queue[0])
    for method, path, body in (
        ("POST", f"/api/clusters/{queue[0]}/decision", GIVEN),
        ("POST", f"/api/ideas/{ideas[0]['id']}/decision", GIVEN),
        ("POST", "/api/clusters/merge", {"ids": queue[:2]}),
        ("POST", f"/api/clusters/{queue[0]}/split", {"ideas": [ideas[0]["id"]]}),
        ("POST", f"/api/clusters/{queue[1]}/move", {"ideas": [ideas[0]["id"]]}),
        ("PUT", f"/api/clusters/{queue[0]}/name", {"name": "Имя"}),
    ):
        answer = await client.request(method, path, json=body, headers=moderator.bearer)
        assert answer.status_code == 409, path
        assert "Вторая" in answer.json()["detail"]
    assert await database.fetch_value("SELECT count(*) FROM audit") == 0
    await run_out(queue[0])
    assert (await decide(client, queue[0], moderator)).status_code == 200
    assert await claims.held(queue) == {}


async def test_after_the_lease_somebody_else_has_decided(client, moderator, queue):
    late = await factories.person("moderator", "Опоздавший")
    await client.put(f"/api/clusters/{queue[0]}/claim", headers=late.bearer)
    await run_out(queue[0])
    quick = await factories.person("moderator", "Быстрая")
    await client.put(f"/api/clusters/{queue[0]}/claim", headers=quick.bearer)
    assert (await decide(client, queue[0], quick)).status_code == 200
    answer = await decide(client, queue[0], late)
    assert answer.status_code == 409
    assert "Быстрая" in answer.json()["detail"]
    assert await database.fetch_value("SELECT count(*) FROM decision") == 1
    assert (await client.put(f"/api/clusters/{queue[0]}/claim", headers=late.bearer)).status_code == 409


async def test_next_gives_the_most_important_one_that_is_free(client, moderator, queue, campaign):
    other, wanted = await factories.person("moderator"), Wanted(campaign.id)
    assert await claims.take_next(moderator.person, wanted) == queue[0]
    assert await claims.take_next(other.person, wanted) == queue[1]
    assert await claims.take_next(moderator.person, wanted, queue[0]) == queue[2], "past what one had"
    assert set(await claims.held(queue)) == {queue[1], queue[2]}, "which is given back"
    assert await claims.take_next(moderator.person, wanted, queue[2]) == queue[0], "from the start again"
    assert await claims.take_next(other.person, wanted, queue[1]) == queue[2]
    await decide(client, queue[2], other)
    assert await claims.take_next(moderator.person, wanted, queue[0]) == queue[1]
    await decide(client, queue[1], moderator)
    assert await claims.take_next(moderator.person, wanted, queue[1]) == queue[0]
    assert await claims.take_next(moderator.person, wanted, queue[0]) == queue[0], "the only one left"
    await claims.take(other.person, queue[0])
    assert await claims.take_next(other.person, wanted) is None


async def test_next_without_javascript(client, moderator, campaign, browser_as, queue):
    other = await factories.person("moderator", "Вторая")
    await claims.take(other.person, queue[0])
    token = await browser_as(moderator)
    listed = (await client.get(f"/moderation?campaign={campaign.slug}")).text
    assert "Вторая has it in hand until" in listed
    form = {"_csrf_token": token, "campaign": campaign.slug}
    gone = await client.post("/moderation/next", data=form)
    assert gone.headers["location"] == f"/moderation/clusters/{queue[1]}"
    assert "You have this group in hand until" in (await client.get(gone.headers["location"])).text
    seen = (await client.get(f"/moderation/clusters/{queue[0]}")).text
    assert "Вторая is working on this group." in seen
    refused = await client.post(
        f"/moderation/clusters/{queue[0]}/decision",
        data={"_csrf_token": token, **GIVEN, "letter": "Мои слова"},
    )
    assert refused.status_code == 409
    assert "Мои слова" in refused.text
    assert "Вторая is working on this group." in refused.text
    assert (
        await client.post(f"/moderation/clusters/{queue[0]}/claim", data={"_csrf_token": token})
    ).status_code == 409
    await client.post(f"/moderation/clusters/{queue[1]}/release", data={"_csrf_token": token})
    assert set(await claims.held(queue)) == {queue[0]}
    for cluster in queue[1:]:
        await decide(client, cluster, moderator)
    last = await client.post("/moderation/next", data=form)
    assert last.headers["location"].startswith("/moderation/alone")


async def test_two_browsers_at_once(scratch_pool, settings):
    """Real commits, each through HTTP: two work through one queue at the same time, no group is decided twice."""
    campaign = await factories.campaign()
    author, people = (
        await factories.person(),
        [await factories.person("moderator", n) for n in ("Анна", "Борис")],
    )
    clusters = [
        await cluster_of(
            campaign, [await factories.idea(campaign, author, f"Идея {n}.{k}") for k in range(2)]
        )
        for n in range(8)
    ]
    app: Any = app_module.create_app(settings, pool=False)

    async def work(who: factories.TestPerson, refused: list[str]) -> list[int]:
        transport = httpx.ASGITransport(app=app)
        mine = []
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers={"accept-language": "en"}
        ) as c:
            c.cookies.set("session", who.cookie)
            await c.get("/sign-in")
            form = {"_csrf_token": c.cookies.get("csrf"), "campaign": campaign.slug}
            for cluster in [*clusters, None]:
                # By the queue, and also straight at what the other may have in hand.
                if cluster is not None:
                    tried = await c.post(f"/moderation/clusters/{cluster}/decision", data={**form, **GIVEN})
                    if tried.status_code == 409:
                        refused.append(tried.text)
                gone = (await c.post("/moderation/next", data=form)).headers["location"]
                if "/alone" in gone:
                    break
                done = await c.post(f"{gone}/decision", data={**form, **GIVEN})
                mine += [int(gone.rpartition("/")[2])] if done.status_code == 303 else []
        return mine

    said: tuple[list[str], list[str]] = ([], [])
    got = await asyncio.gather(*(work(p, r) for p, r in zip(people, said, strict=True)))
    rows = await database.fetch("SELECT cluster, count(*) AS n FROM decision GROUP BY cluster")
    assert {r["cluster"]: r["n"] for r in rows} == dict.fromkeys(clusters, 1)
    assert all(got), "each had work"
    for refused, other in zip(said, ("Борис", "Анна"), strict=True):
        for page in refused:
            assert re.search(
                f"{other} is working on this group|(Анна|Борис) has decided on this already", page
            )
    assert await database.fetch_value("SELECT count(*) FROM ruling") == 16


async def test_two_take_one_group_at_once(scratch_pool):
    campaign, author = await factories.campaign(), await factories.person()
    cluster = await cluster_of(campaign, [await factories.idea(campaign, author) for _ in range(2)])
    rows = await database.fetch(
        "INSERT INTO account (name, role) SELECT 'M' || n, 'moderator' FROM generate_series(1, 8) n RETURNING id, name"
    )
    people = [Person(r["id"], r["name"], "moderator") for r in rows]
    for _ in range(5):
        found = await asyncio.gather(*(claims.take(p, cluster) for p in people))
        assert {c.account for c in found if c} == {(await claims.held([cluster]))[cluster].account}
        await run_out(cluster)
