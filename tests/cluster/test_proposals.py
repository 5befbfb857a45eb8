"""A run never changes a decided group: what says the same waits for a person, who is asked once."""

from __future__ import annotations

import pytest

from ideas import database
from ideas.cluster import jobs, proposals
from ideas.cluster.lineage import lineage
from ideas.transfer.recount import recount
from tests import factories
from tests.cluster.test_jobs import NEWCOMER, OTHERS, PLAYROOM, QUEUE, submit, where

GIVEN = {"verdict": "decline", "reason": "Уже сделано", "letter": "{name}!"}


@pytest.fixture
async def decided(client, campaign, moderator, citizen):
    """A campaign whose group about queues is declined; two more ideas have said the same since: (cluster, ideas)."""
    groups = [await submit(campaign, citizen, texts) for texts in (QUEUE, PLAYROOM, OTHERS)]
    await jobs.run_campaign(campaign.slug)
    cluster = (await where(groups[0]))[0]
    answer = await client.post(f"/api/clusters/{cluster}/decision", json=GIVEN, headers=moderator.bearer)
    assert answer.status_code == 200
    author = await factories.person()
    late = await submit(campaign, author, [NEWCOMER, (NEWCOMER[0], NEWCOMER[1] + " Очень нужно")])
    return cluster, late, author


async def test_what_says_the_same_waits_for_a_person(client, campaign, moderator, browser_as, decided):
    cluster, late, author = decided
    await jobs.run_campaign(campaign.slug)
    assert await database.fetch_value("SELECT size FROM cluster WHERE id = $1", cluster) == 4, (
        "nothing by itself"
    )
    [asked] = await proposals.waiting(campaign.id)
    assert (asked.decided, asked.size, asked.state, asked.reason) == (cluster, 2, "declined", GIVEN["reason"])
    await jobs.run_campaign(campaign.slug)
    assert len(await proposals.waiting(campaign.id)) == 1, "asked once"
    [asked] = await proposals.waiting(campaign.id)
    token = await browser_as(moderator)
    assert GIVEN["reason"] in (await client.get("/moderation/proposals")).text
    before = await where(late)
    form = {"_csrf_token": token, "answer": "accept"}
    assert (await client.post(f"/moderation/proposals/{asked.id}", data=form)).status_code == 303
    assert await where(late) == [cluster] * 2
    rows = await database.fetch("SELECT status FROM idea WHERE id = ANY($1::bigint[])", late)
    assert {r["status"] for r in rows} == {"declined"}
    told = await database.fetch(
        "SELECT kind, data FROM notice WHERE account = $1 AND kind = 'decision'", author.id
    )
    assert [database.from_json(r["data"])["ideas"] for r in told] == [2]
    assert (await recount()).wrong == {}
    again = await client.post(f"/moderation/proposals/{asked.id}", data=form)
    assert again.status_code == 303
    assert await database.fetch_value("SELECT count(*) FROM audit WHERE kind = 'accept'") == 1
    # It is one decision: undone, all of them are free, and then the move can be taken back, too.
    decision = await database.fetch_value("SELECT max(id) FROM decision")
    await client.post(f"/api/decisions/{decision}/undo", headers=moderator.bearer)
    rows = await database.fetch("SELECT DISTINCT status FROM idea")
    assert [r["status"] for r in rows] == ["submitted"]
    undone = await client.post(f"/api/clusters/{cluster}/undo", headers=moderator.bearer)
    assert undone.status_code == 200, undone.text
    assert await where(late) == before
    assert (await recount()).wrong == {}


async def test_kept_apart_is_not_asked_again(client, campaign, moderator, browser_as, decided):
    cluster, late, _ = decided
    await jobs.run_campaign(campaign.slug)
    [asked] = await proposals.waiting(campaign.id)
    token = await browser_as(moderator)
    await client.post(f"/moderation/proposals/{asked.id}", data={"_csrf_token": token, "answer": "keep"})
    await jobs.run_campaign(campaign.slug)
    assert await proposals.waiting(campaign.id) == []
    assert set(await where(late)) != {cluster}
    assert await database.fetch_value("SELECT count(*) FROM link WHERE kind = 'cannot'") == 1


async def test_an_undone_decision_takes_its_questions_along(client, campaign, moderator, decided):
    await jobs.run_campaign(campaign.slug)
    assert await proposals.count(campaign.id) == 1
    decision = await database.fetch_value("SELECT max(id) FROM decision")
    await client.post(f"/api/decisions/{decision}/undo", headers=moderator.bearer)
    assert await proposals.count(campaign.id) == 0


async def test_a_history_reads_back_to_the_first_idea(client, campaign, citizen, moderator, browser_as):
    ideas = [await submit(campaign, citizen, texts) for texts in (QUEUE, PLAYROOM, OTHERS)]
    await jobs.run_campaign(campaign.slug)
    a, b = (await where(ideas[0]))[0], (await where(ideas[1]))[0]
    await client.post("/api/clusters/merge", json={"ids": [a, b]}, headers=moderator.bearer)
    kept, gone = (a, b) if (await where(ideas[0]))[0] == a else (b, a)
    split = await client.post(
        f"/api/clusters/{kept}/split", json={"ideas": [ideas[0][3], ideas[1][3]]}, headers=moderator.bearer
    )
    new = split.json()["new"]
    first, past = await lineage(new)
    assert first is not None
    assert first.id == ideas[0][3]
    assert {p.cluster for p in past} == {new, kept, gone}
    assert [p.event.kind for p in past if p.cluster == kept] == ["split", "merge", "new"]
    assert [p.event.kind for p in past][-1] == "new"
    await browser_as(moderator)
    page = (await client.get(f"/moderation/clusters/{new}/history")).text
    assert "Founded by 4 ideas" in page
    assert QUEUE[3][0] in page
    assert (await client.get(f"/moderation/clusters/{gone}/history")).status_code == 200
