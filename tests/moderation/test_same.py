"""Same or not: answers are pins, what can be done at once is done, and all of it can be taken back."""

from __future__ import annotations

import pytest

from ideas import database
from ideas.cluster import gather, jobs, questions, same
from ideas.errors import Conflict, Invalid
from ideas.transfer.recount import recount
from tests import factories
from tests.cluster.test_actions import cluster_of, vote
from tests.cluster.test_jobs import OTHERS, PLAYROOM, QUEUE, submit, where


@pytest.fixture
async def pairs(campaign, citizen):
    """Two groups of two ideas and two lone ideas."""
    ideas = [
        await factories.idea(campaign, citizen, f"Идея {n}", f"Пусть талон {n} придёт") for n in range(6)
    ]
    a, b = await cluster_of(campaign, ideas[:2], "А"), await cluster_of(campaign, ideas[2:4], "Б")
    return ideas, a, b


async def ask(campaign, *found: tuple[int, int]) -> list[int]:
    await questions.store(campaign.id, [questions.Found(x, y, 0.5) for x, y in found])
    return [r["id"] for r in await database.fetch("SELECT id FROM question ORDER BY worth DESC, id")]


async def links() -> list[tuple]:
    return [
        tuple(r) for r in await database.fetch("SELECT first, second, kind FROM link ORDER BY first, second")
    ]


async def test_each_answer_is_a_pin_and_is_taken_back(campaign, moderator, pairs):
    ideas, a, b = pairs
    first, second = await ask(campaign, (ideas[0], ideas[2]), (ideas[2], ideas[3]))
    done = await same.answer(moderator.person, first, "same")
    assert (done.groups, done.cluster) == ([a, b], None), "two groups are merged only when somebody says so"
    assert await links() == [(ideas[0], ideas[2], "must")]
    with pytest.raises(Conflict):
        await same.answer(moderator.person, first, "different")
    done = await same.answer(moderator.person, second, "different")
    assert await links() == [(ideas[0], ideas[2], "must"), (ideas[2], ideas[3], "cannot")]
    assert await same.undo(moderator.person, campaign.id) == second
    assert await links() == [(ideas[0], ideas[2], "must")]
    assert await same.undo(moderator.person, campaign.id) == first
    assert await links() == []
    with pytest.raises(Conflict):
        await same.undo(moderator.person, campaign.id)
    assert await database.fetch_value("SELECT count(*) FROM audit WHERE kind = 'same'") == 2
    assert await database.fetch_value("SELECT count(*) FROM question WHERE state = 'waiting'") == 2


async def test_lone_ideas_join_at_once_and_leave_again(campaign, moderator, pairs):
    ideas, a, _ = pairs
    one, two = await ask(campaign, (ideas[0], ideas[4]), (ideas[4], ideas[5]))
    assert (await same.answer(moderator.person, one, "same")).cluster == a
    assert await where(ideas[4:]) == [a, None]
    await same.undo(moderator.person, campaign.id)
    assert await where(ideas[4:]) == [None, None]
    founded = (await same.answer(moderator.person, two, "same")).cluster
    assert await where(ideas[4:]) == [founded, founded]
    await same.undo(moderator.person, campaign.id)
    assert await where(ideas[4:]) == [None, None]
    assert await database.fetch_value("SELECT retired IS NOT NULL FROM cluster WHERE id = $1", founded)
    assert await links() == []
    assert (await recount()).wrong == {}


async def test_the_merge_that_an_answer_offers(client, campaign, moderator, browser_as, pairs):
    ideas, a, b = pairs
    [question] = await ask(campaign, (ideas[0], ideas[2]))
    token = await browser_as(moderator)
    page = (await client.get("/moderation/same")).text
    assert '<mark class="shared">талон' in page
    answer = await client.post(f"/moderation/same/{question}", data={"_csrf_token": token, "answer": "same"})
    assert answer.headers["location"].endswith(f"merge={question}")
    page = (await client.get(answer.headers["location"])).text
    assert "So these two groups say the same?" in page
    assert "1 answer of yours today" in page
    await client.post(f"/moderation/same/{question}/merge", data={"_csrf_token": token})
    assert len(set(await where(ideas[:4]))) == 1
    undone = await client.post("/moderation/same/undo", data={"_csrf_token": token})
    assert undone.status_code == 303
    assert await where(ideas[:4]) == [a, a, b, b]
    assert await links() == []
    wrong = await client.post(f"/moderation/same/{question}", data={"_csrf_token": token, "answer": "x"})
    assert wrong.status_code == 303
    assert await database.fetch_value("SELECT state FROM question") == "waiting"
    gone = await client.post("/moderation/same/999999", data={"_csrf_token": token, "answer": "same"})
    assert gone.status_code == 404


async def test_what_somebody_has_in_hand_is_not_asked(campaign, moderator, pairs):
    ideas, a, _ = pairs
    [question] = await ask(campaign, (ideas[0], ideas[2]))
    other = await factories.person("moderator")
    await database.execute(
        "INSERT INTO claim (cluster, account, until) VALUES ($1, $2, now() + interval '5 minutes')",
        a,
        other.id,
    )
    assert await questions.waiting(moderator.person, campaign.id) is None
    with pytest.raises(Conflict):
        await same.answer(moderator.person, question, "same")
    assert await questions.waiting(other.person, campaign.id) is not None


async def test_a_run_asks_and_never_breaks_an_answer(campaign, moderator, citizen):
    groups = [await submit(campaign, citizen, texts) for texts in (QUEUE, PLAYROOM, OTHERS)]
    await jobs.run_campaign(campaign.slug)
    assert await questions.count(moderator.person, campaign.id) > 0
    assert await database.fetch_value("SELECT count(*) FROM fit") >= 4
    first, second = groups[0][0], groups[0][1]
    assert len(set(await where([first, second]))) == 1
    await database.execute("DELETE FROM question")
    [question] = await ask(campaign, (first, second))
    await same.answer(moderator.person, question, "different")
    await jobs.run_campaign(campaign.slug)
    assert len(set(await where([first, second]))) == 2
    pair = await database.fetch_value(
        "SELECT count(*) FROM question WHERE first = $1 AND second = $2", first, second
    )
    assert pair == 1, "asked once"


async def test_gathering_is_one_act_or_none(campaign, moderator, pairs):
    ideas, a, b = pairs
    done = await gather.gather(moderator.person, a, [b], ideas[4:])
    assert (done.merged, done.ideas) == ([b], ideas[4:])
    assert set(await where(ideas)) == {a}
    other = await factories.campaign()
    foreign = await factories.idea(other, await factories.person())
    more = await cluster_of(
        campaign, [await factories.idea(campaign, await factories.person()) for _ in range(2)]
    )
    with pytest.raises(Invalid):
        await gather.gather(moderator.person, a, [more], [foreign])
    assert await database.fetch_value("SELECT retired FROM cluster WHERE id = $1", more) is None, (
        "all or nothing"
    )
    assert (await recount()).wrong == {}


async def test_who_is_counted_apart_keeps_the_vote(client, campaign, moderator, browser_as, pairs):
    ideas, a, b = pairs
    voter = await factories.person()
    await vote(ideas[2], voter)
    merged = await client.post("/api/clusters/merge", json={"ids": [a, b]}, headers=moderator.bearer)
    kept = merged.json()["id"]
    people = merged.json()["supporters"]
    told = await database.fetch_value(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ideas.notice.jobs.spread'"
        " AND args->>'kind' = 'clustered'"
    )
    assert told == 1, "supporters are told"
    token = await browser_as(voter)
    assert "Not what I meant" in (await client.get(f"/clusters/{kept}")).text
    form = {"_csrf_token": token, "idea": str(ideas[2]), "apart": "1"}
    assert (await client.post("/clusters/apart", data=form)).status_code == 303
    count = "SELECT supporters FROM cluster WHERE id = $1"
    assert await database.fetch_value(count, kept) == people - 1
    assert (await client.get(f"/api/clusters/{kept}", headers=moderator.bearer)).json()[
        "supporters"
    ] == people - 1
    assert await database.fetch_value("SELECT count(*) FROM vote WHERE idea = $1", ideas[2]) == 1
    assert not [d for d in (await recount()).differences if d.kind == "cluster"]
    foreign = await client.post("/clusters/apart", data={**form, "idea": str(ideas[4])})
    assert foreign.status_code == 404
    not_theirs = await client.post("/clusters/apart", data={**form, "idea": str(ideas[0])})
    assert not_theirs.status_code == 403
    await client.post("/clusters/apart", data={**form, "apart": "0"})
    assert await database.fetch_value(count, kept) == people
    await client.post("/clusters/apart", data=form)
    again = await client.post(f"/api/clusters/{kept}/unmerge", headers=moderator.bearer)
    assert again.status_code == 200
    assert await database.fetch_value(count, b) == 2, "it held for that group alone"
