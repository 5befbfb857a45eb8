"""Who is told what: each person once about one event, and nobody about their own deed."""

from __future__ import annotations

import pytest

from ideas import database
from ideas.cluster import members
from ideas.moderation import actions as moderation
from ideas.notice import actions
from tests import factories
from tests.cluster.test_actions import cluster_of

GIVEN = {"verdict": "accept", "reason": "Сделаем к маю", "letter": ""}


async def told(kind: str | None = None) -> dict[int, list[str]]:
    """What each account was told, as kind and why."""
    rows = await database.fetch(
        "SELECT account, kind, data->>'why' AS why FROM notice WHERE $1::text IS NULL OR kind = $1 ORDER BY id",
        kind,
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["account"], []).append(f"{row['kind']} {row['why']}")
    return found


async def vote(idea: int, person: factories.TestPerson) -> None:
    await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", idea, person.id)


@pytest.fixture
async def scene(client, campaign):
    """Two ideas of one author and one of another in a cluster, a supporter of all three, a follower, both in one."""
    author, second, supporter, follower, both = [await factories.person() for _ in range(5)]
    ideas = [
        await factories.idea(campaign, author, "Первая"),
        await factories.idea(campaign, author, "Вторая"),
        await factories.idea(campaign, second, "Третья"),
    ]
    cluster = await cluster_of(campaign, ideas)
    # That they stand in a group has been told; here it is about what comes after.
    await database.execute("DELETE FROM notice")
    for idea in ideas:
        await vote(idea, supporter)
    await vote(ideas[2], both)
    for person in (follower, both):
        answer = await client.put(f"/api/ideas/{ideas[2]}/follow", headers=person.bearer)
        assert answer.json() == {"followed": True}
    return cluster, ideas, author, second, supporter, follower, both


async def decide(client, cluster, who, **changes):
    path = f"/api/clusters/{cluster}/decision"
    answer = await client.post(path, json={**GIVEN, **changes}, headers=who.bearer)
    assert answer.status_code == 200, answer.text
    return answer.json()["decision"]


async def test_one_decision_is_told_once_to_everybody_it_concerns(client, moderator, scene, work):
    cluster, _, author, second, supporter, follower, both = scene
    await vote(scene[1][0], moderator)
    await decide(client, cluster, moderator)
    assert await told() == {author.id: ["decision mine"], second.id: ["decision mine"]}
    assert "spread" in await work()
    expected = {
        author.id: ["decision mine"],
        second.id: ["decision mine"],
        supporter.id: ["decision vote"],
        follower.id: ["decision follow"],
        both.id: ["decision follow"],
    }
    assert await told() == expected
    row = await database.fetch_one("SELECT data FROM notice WHERE account = $1", author.id)
    assert row is not None
    assert database.from_json(row["data"])["ideas"] == 2


async def test_a_job_that_runs_again_tells_nobody_twice(client, moderator, scene, work):
    decision = await decide(client, scene[0], moderator)
    await work()
    before = await told()
    data = {"decision": decision, "verdict": "accept", "reason": "Сделаем к маю"}
    for _ in range(2):
        await actions.spread(
            "decision", f"decision:{decision}", moderator.id, data, ["vote", "follow"], decision=decision
        )
    assert await told() == before


async def test_who_was_told_of_a_decision_is_told_of_its_end(client, moderator, scene, work):
    cluster, _, author, second, supporter, follower, both = scene
    decision = await decide(client, cluster, moderator)
    await work()
    answer = await client.post(f"/api/decisions/{decision}/undo", headers=moderator.bearer)
    assert answer.status_code == 200
    await work()
    everybody = {author.id, second.id, supporter.id, follower.id, both.id}
    assert set(await told("undone")) == everybody
    assert all(len(one) == 1 for one in (await told("undone")).values())


async def test_a_decision_that_was_undone_at_once_reaches_no_supporter(client, moderator, scene, work):
    cluster, _, author, second, *_ = scene
    decision = await decide(client, cluster, moderator)
    await client.post(f"/api/decisions/{decision}/undo", headers=moderator.bearer)
    await work()
    assert set(await told()) == {author.id, second.id}


async def test_a_comment_reaches_the_author_and_the_followers(client, scene, work):
    _, ideas, _, second, _, follower, both = scene
    for person, text in ((both, "Согласен"), (second, "Спасибо")):
        answer = await client.post(
            f"/api/ideas/{ideas[2]}/comments", json={"side": "for", "text": text}, headers=person.bearer
        )
        assert answer.status_code == 201
    await work()
    assert await told("comment") == {
        second.id: ["comment mine"],
        follower.id: ["comment follow", "comment follow"],
        both.id: ["comment follow"],
    }


async def test_who_no_longer_follows_hears_nothing(client, moderator, scene, work):
    cluster, ideas, *_, follower, _ = scene
    answer = await client.delete(f"/api/ideas/{ideas[2]}/follow", headers=follower.bearer)
    assert answer.json() == {"followed": False}
    await decide(client, cluster, moderator)
    await work()
    assert follower.id not in await told()


async def test_joining_a_group_is_told_once_for_an_idea(campaign, citizen, work):
    mine = [await factories.idea(campaign, citizen, f"Моя {n}") for n in range(2)]
    own = await cluster_of(campaign, mine)
    await members.settle([own])
    assert await told() == {}, "a group of one's own ideas is no news"
    other = await factories.idea(campaign, await factories.person(), "Чужая")
    await database.execute("UPDATE idea SET cluster = $1 WHERE id = $2", own, other)
    for _ in range(2):
        await members.settle([own])
    assert (await told("clustered"))[citizen.id] == ["clustered mine"] * 2
    rows = await database.fetch("SELECT idea FROM notice WHERE account = $1 ORDER BY idea", citizen.id)
    assert [r["idea"] for r in rows] == mine


async def test_blocked_and_erased_people_are_told_nothing(client, moderator, scene, work):
    cluster, _, _, _, supporter, follower, _ = scene
    await database.execute("UPDATE account SET blocked = now() WHERE id = $1", supporter.id)
    await database.execute("UPDATE account SET email = NULL WHERE id = $1", follower.id)
    await decide(client, cluster, moderator)
    await work()
    assert not {supporter.id, follower.id} & set(await told())


async def test_going_on_and_being_cited_are_told_once(client, moderator, scene, work):
    _, ideas, author, second, supporter, follower, both = scene
    for _ in range(2):
        await actions.tell_status(ideas, "done", "done:1", moderator.id, "Открыто 1 мая")
        await actions.tell_cited(ideas, 7, moderator.id)
        await work()
    expected = {
        author.id: "mine", second.id: "mine", supporter.id: "vote", follower.id: "follow", both.id: "follow",
    }  # fmt: skip
    assert await told("status") == {who: [f"status {why}"] for who, why in expected.items()}
    assert await told("clause") == {who: [f"clause {why}"] for who, why in expected.items()}


async def test_a_decision_over_thousands_of_ideas(campaign, moderator, work):
    """In steps, and everybody once: 1,000 ideas of 50 authors, 200 supporters with a vote on each fifth idea."""
    await database.execute(
        """INSERT INTO account (email, name, password) SELECT 'many' || n || '@example.org', 'Many ' || n, 'x'
        FROM generate_series(1, 250) n"""
    )
    await database.execute(
        """WITH a AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM account WHERE email LIKE 'many%'),
        i AS (INSERT INTO idea (campaign, author, title, text) SELECT $1, a.id, 'Идея ' || g, 'Текст идеи'
            FROM generate_series(1, 1000) g JOIN a ON a.n = g % 50 + 1 RETURNING id)
        INSERT INTO vote (idea, account) SELECT i.id, a.id FROM i JOIN a ON a.n > 50 AND (a.n + i.id) % 5 = 0""",
        campaign.id,
    )
    rows = await database.fetch("SELECT id FROM idea WHERE campaign = $1", campaign.id)
    cluster = await cluster_of(campaign, [r["id"] for r in rows])
    await moderation.decide(moderator.person, cluster, moderation.Ruling("accept", "Да"))
    await work()
    counts = await database.fetch(
        "SELECT account, count(*) AS n FROM notice WHERE kind = 'decision' GROUP BY account"
    )
    assert len(counts) == 250
    assert {r["n"] for r in counts} == {1}


async def test_following_needs_an_idea_that_is_there(client, citizen, campaign):
    idea = await factories.idea(campaign, await factories.person())
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", idea)
    for unknown in (idea, 10**9, 10**30):
        answer = await client.put(f"/api/ideas/{unknown}/follow", headers=citizen.bearer)
        assert answer.status_code in (400, 404)
    assert (await client.put(f"/api/ideas/{idea}/follow")).status_code == 401
