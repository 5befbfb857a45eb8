"""One decision for many ideas: everybody is answered, one of two moderators wins, undoing is the exact inverse."""

from __future__ import annotations

import asyncio

import pytest

from ideas import database
from tests import factories
from tests.cluster.test_actions import cluster_of, one

GIVEN = {
    "verdict": "accept",
    "reason": "Сделаем к маю",
    "letter": "Здравствуйте, {name}! «{title}» — сделаем.",
}


@pytest.fixture
async def group(campaign):
    """A cluster of three ideas by three people: (cluster, ideas, authors)."""
    authors = [await factories.person(name=f"Автор {n}") for n in range(3)]
    ideas = [await factories.idea(campaign, a, f"Идея {n}") for n, a in enumerate(authors)]
    return await cluster_of(campaign, ideas), ideas, authors


async def statuses(ideas: list[int]) -> list[str]:
    rows = await database.fetch("SELECT status FROM idea WHERE id = ANY($1::bigint[]) ORDER BY id", ideas)
    return [r["status"] for r in rows]


async def decide(client, cluster, who, **changes):
    return await client.post(
        f"/api/clusters/{cluster}/decision", json={**GIVEN, **changes}, headers=who.bearer
    )


@pytest.mark.parametrize(
    ("verdict", "status", "state"),
    [
        ("accept", "accepted", "accepted"),
        ("decline", "declined", "declined"),
        ("forward", "study", "forwarded"),
    ],
)
async def test_a_decision_answers_every_author(client, moderator, group, verdict, status, state):
    cluster, ideas, authors = group
    answer = await decide(client, cluster, moderator, verdict=verdict)
    assert answer.status_code == 200, answer.text
    assert answer.json()["ideas"] == ideas
    assert await statuses(ideas) == [status] * 3
    assert await database.fetch_value("SELECT state FROM cluster WHERE id = $1", cluster) == state
    rows = await database.fetch(
        "SELECT account, idea, data FROM notice WHERE kind = 'decision' ORDER BY idea"
    )
    assert [(r["account"], r["idea"]) for r in rows] == [
        (a.id, i) for a, i in zip(authors, ideas, strict=True)
    ]
    letters = [database.from_json(r["data"])["letter"] for r in rows]
    assert letters[1] == "Здравствуйте, Автор 1! «Идея 1» — сделаем."
    noted = await database.fetch("SELECT idea, data FROM ledger WHERE kind = 'decide' ORDER BY idea")
    assert [r["idea"] for r in noted] == ideas
    data = database.from_json(noted[0]["data"])
    assert (data["reason"], data["before"], data["status"]) == (GIVEN["reason"], "submitted", status)


async def test_exceptions_get_no_answer_and_can_be_split_off(client, moderator, group):
    cluster, ideas, _ = group
    answer = await decide(client, cluster, moderator, **{"except": [ideas[1]]})
    assert answer.json()["ideas"] == [ideas[0], ideas[2]]
    assert await statuses(ideas) == ["accepted", "submitted", "accepted"]
    assert await database.fetch_value("SELECT count(*) FROM notice WHERE kind = 'decision'") == 2
    path = f"/api/clusters/{cluster}/split"
    ruled = await client.post(path, json={"ideas": [ideas[0]]}, headers=moderator.bearer)
    assert ruled.status_code == 409
    free = await client.post(path, json={"ideas": [ideas[1]]}, headers=moderator.bearer)
    assert free.status_code == 200
    alone = await client.post(f"/api/ideas/{ideas[1]}/decision", json=GIVEN, headers=moderator.bearer)
    assert alone.json()["ideas"] == [ideas[1]]
    twice = await client.post(f"/api/ideas/{ideas[1]}/decision", json=GIVEN, headers=moderator.bearer)
    assert twice.status_code == 409


async def test_undo_restores_what_was_and_tells_the_authors(client, moderator, group):
    cluster, ideas, authors = group
    await database.execute("UPDATE idea SET status = 'study' WHERE id = $1", ideas[2])
    decision = (await decide(client, cluster, moderator)).json()["decision"]
    # One has gone on in the meantime: undoing must not throw it back.
    await database.execute("UPDATE idea SET status = 'done' WHERE id = $1", ideas[0])
    answer = await client.post(f"/api/decisions/{decision}/undo", headers=moderator.bearer)
    assert answer.status_code == 200, answer.text
    assert await statuses(ideas) == ["done", "submitted", "study"]
    assert await database.fetch_value("SELECT state FROM cluster WHERE id = $1", cluster) == "open"
    rows = await database.fetch("SELECT account FROM notice WHERE kind = 'undone' ORDER BY idea")
    assert [r["account"] for r in rows] == [a.id for a in authors]
    assert await database.fetch_value("SELECT count(*) FROM ledger WHERE kind = 'undo'") == 3
    again = await client.post(f"/api/decisions/{decision}/undo", headers=moderator.bearer)
    assert again.status_code == 409
    assert (await decide(client, cluster, moderator, verdict="decline")).status_code == 200


async def test_the_second_decision_learns_who_was_first(client, moderator, group):
    cluster, _, _ = group
    await decide(client, cluster, moderator)
    other = await factories.person("moderator")
    answer = await decide(client, cluster, other, verdict="decline")
    assert answer.status_code == 409
    assert "Moderator" in answer.json()["detail"]


async def test_a_decided_cluster_cannot_be_merged(client, campaign, citizen, moderator, group):
    cluster, _, _ = group
    other = await cluster_of(campaign, [await factories.idea(campaign, citizen)])
    await decide(client, cluster, moderator)
    answer = await client.post(
        "/api/clusters/merge", json={"ids": [cluster, other]}, headers=moderator.bearer
    )
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"verdict": "maybe"}, "verdict"),
        ({"reason": " \u0000 "}, "reason"),
        ({"reason": "х" * 2001}, "reason"),
        ({"letter": "{name} {account}"}, "letter"),
        ({"letter": "х" * 4001}, "letter"),
        ({"except": [10**12]}, "except"),
    ],
)
async def test_bad_decisions(client, moderator, group, changes, field):
    cluster, ideas, _ = group
    answer = await decide(client, cluster, moderator, **changes)
    assert answer.status_code == 422
    assert field in answer.json()["errors"]
    assert await statuses(ideas) == ["submitted"] * 3


async def test_nobody_left_to_decide_on(client, moderator, group):
    cluster, ideas, _ = group
    assert (await decide(client, cluster, moderator, **{"except": ideas})).status_code == 422


async def test_a_name_with_braces_stays_text(client, campaign, moderator):
    author = await factories.person(name="{title} %(name)s")
    cluster = await cluster_of(campaign, [await factories.idea(campaign, author, "{name}")])
    await decide(client, cluster, moderator, letter="{name}: {title}")
    data = database.from_json(await database.fetch_value("SELECT data FROM notice"))
    assert data["letter"] == "{title} %(name)s: {name}"


async def test_who_may_decide(client, citizen, planner, group):
    cluster, ideas, _ = group
    for who in (citizen, planner):
        assert (await decide(client, cluster, who)).status_code == 403
        tags = await client.put(f"/api/ideas/{ideas[0]}/tags", json={"principles": []}, headers=who.bearer)
        assert tags.status_code == 403
    assert (await client.post("/api/decisions/1/undo")).status_code == 401


async def test_unknown_numbers(client, moderator):
    for path in ("/api/clusters/{}/decision", "/api/ideas/{}/decision"):
        for id in (10**15, 2**70):
            answer = await client.post(path.format(id), json=GIVEN, headers=moderator.bearer)
            assert answer.status_code in (400, 404)
    assert (await client.post(f"/api/decisions/{10**15}/undo", headers=moderator.bearer)).status_code == 404


async def test_tags_are_a_moderators_word(client, campaign, moderator, group):
    _, ideas, _ = group
    path = f"/api/ideas/{ideas[0]}/tags"
    answer = await client.put(path, json={"principles": ["time", "time"]}, headers=moderator.bearer)
    assert (answer.status_code, answer.json()) == (200, {"idea": ideas[0], "principles": ["time"]})
    row = await one("SELECT source, account, probability FROM tag WHERE idea = $1", ideas[0])
    assert (row["source"], row["account"], row["probability"]) == ("moderator", moderator.id, 1)
    none = await client.put(path, json={"principles": []}, headers=moderator.bearer)
    assert none.json()["principles"] == []
    assert await database.fetch_value("SELECT tagged FROM idea WHERE id = $1", ideas[0]) == "moderator"
    assert await database.fetch_value("SELECT count(*) FROM ledger WHERE kind = 'tag'") == 2
    learning = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ideas.cluster.jobs.learn'"
    assert await database.fetch_value(learning) == 1
    bad = await client.put(path, json={"principles": ["nope"]}, headers=moderator.bearer)
    assert (bad.status_code, list(bad.json()["errors"])) == (422, ["principles"])


async def test_two_moderators_at_once(scratch_pool):
    """With real commits: one wins, the other is told who."""
    from ideas.errors import Conflict
    from ideas.moderation import actions

    campaign = await factories.campaign()
    author, first, second = (
        await factories.person(),
        await factories.person("moderator"),
        await factories.person("moderator"),
    )
    ideas = [await factories.idea(campaign, author, f"Идея {n}") for n in range(20)]
    cluster = await cluster_of(campaign, ideas)
    outcome = await asyncio.gather(
        *(actions.decide(p.person, cluster, actions.Ruling("accept", "Да")) for p in (first, second)),
        return_exceptions=True,
    )
    assert sorted(type(o).__name__ for o in outcome) == ["Conflict", "Decided"]
    assert isinstance(next(o for o in outcome if isinstance(o, Exception)), Conflict)
    told = await database.fetch_one(
        "SELECT count(*) AS n, min((data->>'ideas')::int) AS ideas FROM notice WHERE kind = 'decision'"
    )
    assert told is not None
    assert tuple(told) == (1, 20), "one piece of news for the author of all twenty"


async def test_the_desk_without_javascript(client, moderator, browser_as, group):
    cluster, ideas, _ = group
    token = await browser_as(moderator)
    desk = f"/moderation/clusters/{cluster}"
    assert "Идея 2" in (await client.get(desk)).text
    form = {
        "_csrf_token": token,
        "verdict": "accept",
        "reason": "",
        "letter": "Добрый день",
        "ideas": str(ideas[0]),
    }
    again = await client.post(f"{desk}/decision", data=form)
    assert again.status_code == 422
    assert "Добрый день" in again.text
    assert f'value="{ideas[0]}" id="idea-{ideas[0]}" data-key="x" checked' in again.text
    done = await client.post(f"{desk}/decision", data={**form, "reason": "Да"})
    assert (done.status_code, done.headers["location"]) == (303, desk)
    assert await statuses(ideas) == ["submitted", "accepted", "accepted"]
    decision = await database.fetch_value("SELECT max(id) FROM decision")
    for path in ("/moderation", "/moderation/alone", "/moderation/decisions", desk, f"/clusters/{cluster}"):
        assert (await client.get(path)).status_code == 200
    undone = await client.post(
        f"/moderation/decisions/{decision}/undo", data={"_csrf_token": token, "next": desk}
    )
    assert undone.status_code == 303
    split = await client.post(
        f"{desk}/split", data={"_csrf_token": token, "ideas": [str(ideas[0]), str(ideas[1])]}
    )
    assert split.status_code == 303
    new = await database.fetch_value("SELECT max(id) FROM cluster")
    merged = await client.post(f"{desk}/merge", data={"_csrf_token": token, "number": str(new)})
    assert merged.status_code == 303
    assert (
        await client.post(f"{desk}/merge", data={"_csrf_token": token, "number": "abc"})
    ).status_code == 422
    back = await client.post(f"{desk}/undo", data={"_csrf_token": token})
    assert back.status_code == 303
    named = await client.post(
        f"/moderation/clusters/{cluster}/name", data={"_csrf_token": token, "name": "Новое имя"}
    )
    assert named.status_code == 303
    tags = await client.post(
        f"/moderation/ideas/{ideas[0]}/tags", data={"_csrf_token": token, "principles": "time"}
    )
    assert tags.status_code == 303
    alone = await client.get(f"/moderation/ideas/{ideas[0]}")
    assert alone.status_code == 200
    empty = await client.post(
        f"/moderation/ideas/{ideas[0]}/decision", data={"_csrf_token": token, "verdict": "accept"}
    )
    assert empty.status_code == 422
