"""Casting and withdrawing over HTTP, and many at once."""

from __future__ import annotations

import asyncio
import random

import pytest

from ideas import database
from ideas.errors import Conflict, NotFound
from ideas.vote import actions
from ideas.vote.actions import Ballot, Counted
from tests import factories


async def test_a_vote_counts_once_and_can_be_taken_back(client, campaign, citizen):
    idea = await factories.idea(campaign, await factories.person())
    address = f"/api/ideas/{idea}/vote"
    for _ in range(2):
        assert (await client.put(address, headers=citizen.bearer)).json() == {"votes": 1, "voted": True}
    seen = (await client.get(f"/api/ideas/{idea}", headers=citizen.bearer)).json()
    assert (seen["votes"], seen["voted"]) == (1, True)
    listed = (
        await client.get("/api/ideas", params={"campaign": campaign.slug}, headers=citizen.bearer)
    ).json()
    assert listed["items"][0]["voted"] is True
    for _ in range(2):
        assert (await client.delete(address, headers=citizen.bearer)).json() == {"votes": 0, "voted": False}
    kinds = await database.fetch("SELECT kind FROM ledger WHERE idea = $1 ORDER BY id", idea)
    assert [r["kind"] for r in kinds] == ["vote", "withdraw"]


async def test_imported_votes_are_part_of_the_support(client, campaign, citizen):
    idea = await factories.idea(campaign, await factories.person())
    await database.execute("UPDATE idea SET imported_votes = 40 WHERE id = $1", idea)
    assert (await client.put(f"/api/ideas/{idea}/vote", headers=citizen.bearer)).json()["votes"] == 41


@pytest.mark.parametrize("method", ["put", "delete"])
async def test_a_closed_stage_takes_no_votes(client, citizen, method):
    closed = await factories.campaign(vote=False)
    idea = await factories.idea(closed, await factories.person())
    answer = await getattr(client, method)(f"/api/ideas/{idea}/vote", headers=citizen.bearer)
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/stage-closed"


async def test_a_stage_of_the_past_is_closed(client, citizen):
    past = await factories.campaign()
    await database.execute("UPDATE stage SET closes = now() - interval '1 second' WHERE id = $1", past.stage)
    idea = await factories.idea(past, await factories.person())
    assert (await client.put(f"/api/ideas/{idea}/vote", headers=citizen.bearer)).status_code == 409


async def test_an_author_does_not_vote_for_oneself(client, campaign, citizen):
    idea = await factories.idea(campaign, citizen)
    answer = await client.put(f"/api/ideas/{idea}/vote", headers=citizen.bearer)
    assert answer.status_code == 409
    assert "yours" in answer.json()["detail"]


async def test_unknown_and_hidden_ideas(client, campaign, citizen):
    idea = await factories.idea(campaign, await factories.person())
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", idea)
    for unknown in (idea, 987654321, 10**30):
        answer = await client.put(f"/api/ideas/{unknown}/vote", headers=citizen.bearer)
        assert answer.status_code in (400, 404), unknown
    assert (await client.put(f"/api/ideas/{idea}/vote")).status_code == 401


async def test_a_page_votes_with_and_without_scripts(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, await factories.person())
    token = await browser_as(citizen)
    form = {"voted": "1", "next": f"/ideas?campaign={campaign.slug}", "_csrf_token": token}
    answer = await client.post(f"/ideas/{idea}/vote", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ideas?campaign={campaign.slug}")
    answer = await client.post(
        f"/ideas/{idea}/vote", data={**form, "voted": "0"}, headers={"hx-request": "true"}
    )
    assert answer.status_code == 200
    assert f'id="vote-{idea}"' in answer.text
    assert "<html" not in answer.text
    assert await database.fetch_value("SELECT votes FROM idea WHERE id = $1", idea) == 0


async def counters_equal_rows() -> None:
    rows = await database.fetch(
        """SELECT i.id, i.votes, (SELECT count(*) FROM vote v WHERE v.idea = i.id) AS rows,
        (SELECT count(*) FILTER (WHERE l.kind = 'vote') - count(*) FILTER (WHERE l.kind = 'withdraw')
            FROM ledger l WHERE l.idea = i.id) AS noted FROM idea i"""
    )
    assert rows
    for row in rows:
        assert row["votes"] == row["rows"] == row["noted"], dict(row)


async def test_one_statement_judges_each_ballot(campaign, citizen):
    author = await factories.person()
    closed = await factories.campaign(vote=False)
    fine, own = await factories.idea(campaign, author), await factories.idea(campaign, citizen)
    shut = await factories.idea(closed, author)
    asked = [Ballot(fine, citizen.id, True), Ballot(own, citizen.id, True), Ballot(shut, citizen.id, True),
             Ballot(10**9, citizen.id, False), Ballot(fine, author.id, False)]  # fmt: skip
    got = await actions.write(asked)
    assert got[0] == Counted(1, True)
    assert isinstance(got[1], Conflict)
    assert isinstance(got[2], Conflict)
    assert isinstance(got[3], NotFound)
    assert got[4] == Counted(1, False)


@pytest.fixture
async def crowd(scratch_pool):
    campaign = await factories.campaign()
    author = await factories.person()
    ideas = [await factories.idea(campaign, author, f"Идея {n}") for n in range(8)]
    return [await factories.person() for _ in range(50)], ideas


async def test_fifty_at_once_on_a_hot_idea(crowd):
    people, ideas = crowd
    got = await asyncio.gather(*(actions.cast(p.person, ideas[0]) for p in people for _ in range(2)))
    assert all(c.voted for c in got)
    assert await database.fetch_value("SELECT votes FROM idea WHERE id = $1", ideas[0]) == 50
    await counters_equal_rows()


async def test_everybody_everywhere_in_disorder(crowd):
    people, ideas = crowd
    chance = random.Random(7)
    acts = [
        (verb, p, i) for p in people for i in ideas for verb in (actions.cast, actions.withdraw, actions.cast)
    ]
    chance.shuffle(acts)
    await asyncio.gather(*(verb(p.person, i) for verb, p, i in acts))
    await counters_equal_rows()


async def test_several_servers_do_not_wait_in_a_circle(crowd):
    people, ideas = crowd
    chance = random.Random(11)

    async def server(mine) -> None:
        for _ in range(12):
            pairs = chance.sample([(i, p.id) for i in ideas for p in mine], 60)
            for outcome in await actions.write([Ballot(i, p, chance.random() < 0.6) for i, p in pairs]):
                assert isinstance(outcome, Counted)

    await asyncio.gather(*(server(people) for _ in range(4)))
    await counters_equal_rows()


async def test_a_caller_who_goes_away_loses_nothing(crowd):
    people, ideas = crowd
    tasks = [asyncio.create_task(actions.cast(p.person, ideas[1])) for p in people]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(100):
        if await database.fetch_value("SELECT votes FROM idea WHERE id = $1", ideas[1]) == 50:
            break
        await asyncio.sleep(0.02)
    await counters_equal_rows()
    assert await database.fetch_value("SELECT votes FROM idea WHERE id = $1", ideas[1]) == 50


async def test_an_account_that_is_gone_spoils_no_other_vote(crowd):
    people, ideas = crowd
    ghost = factories.TestPerson(10**9, "nobody@example.org", "", "", "citizen")
    got = await asyncio.gather(
        *(actions.cast(p.person, ideas[2]) for p in [*people[:5], ghost, *people[5:10]]),
        return_exceptions=True,
    )
    assert sum(isinstance(g, Counted) for g in got) == 10
    await counters_equal_rows()
