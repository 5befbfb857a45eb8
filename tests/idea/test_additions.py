"""An idea's text is open until somebody else votes; afterwards its author adds to it, with a date."""

from __future__ import annotations

from ideas import database
from tests import factories

TEXT = "Пусть талон придёт на телефон, а не печатается."
MORE = "Забыл сказать: и на кнопочный телефон тоже."


async def support(client, idea: int) -> None:
    other = await factories.person()
    assert (await client.put(f"/api/ideas/{idea}/vote", headers=other.bearer)).status_code == 200


async def test_a_comment_leaves_the_text_open_and_a_vote_closes_it(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, citizen)
    token = await browser_as(citizen)
    other = await factories.person()
    remark = {"side": "against", "text": "Дорого"}
    await client.post(f"/api/ideas/{idea}/comments", json=remark, headers=other.bearer)
    edit = {"title": "Талон в телефоне", "text": TEXT, "office": "", "_csrf_token": token}
    done = await client.post(f"/ideas/{idea}/edit", data=edit)
    assert done.status_code == 303
    assert "/edit" in (await client.get(f"/ideas/{idea}")).text
    client.cookies.clear()
    await support(client, idea)
    token = await browser_as(citizen)
    refused = await client.post(f"/ideas/{idea}/edit", data=edit | {"text": MORE, "_csrf_token": token})
    assert refused.status_code == 409
    # What was typed stands in the form of an addition.
    assert MORE in refused.text.split('name="addition"')[1]
    assert await database.fetch_value("SELECT text FROM idea WHERE id = $1", idea) == TEXT


async def test_an_addition_stands_below_with_its_date(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, citizen, text=TEXT)
    await support(client, idea)
    token = await browser_as(citizen)
    assert "Add something" in (await client.get(f"/ideas/{idea}")).text
    for _ in range(2):
        answer = await client.post(f"/ideas/{idea}/additions", data={"addition": MORE, "_csrf_token": token})
        assert answer.headers["location"] == f"/ideas/{idea}"
    page = (await client.get(f"/ideas/{idea}")).text
    assert page.index(TEXT) < page.index("Added by the author,") < page.index(MORE)
    told = (await client.get(f"/api/ideas/{idea}")).json()
    assert [a["text"] for a in told["additions"]] == [MORE]
    kinds = await database.fetch("SELECT kind FROM ledger WHERE idea = $1 AND kind = 'addition'", idea)
    assert len(kinds) == 1


async def test_additions_are_the_authors_and_bounded(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, citizen)
    token = await browser_as(await factories.person())
    data = {"addition": MORE, "_csrf_token": token}
    assert (await client.post(f"/ideas/{idea}/additions", data=data)).status_code == 403
    assert (await client.get(f"/ideas/{idea}/edit")).status_code == 403
    token = await browser_as(citizen)
    for n in range(7):
        data = {"addition": f"{MORE} {n}", "_csrf_token": token}
        answer = await client.post(f"/ideas/{idea}/additions", data=data)
        assert answer.status_code == (303 if n < 5 else 409)
    assert await database.fetch_value("SELECT count(*) FROM addition") == 5
    short = await client.post(f"/ideas/{idea}/additions", data={"addition": "ага", "_csrf_token": token})
    assert short.status_code == 422
    assert (await client.post("/ideas/999999/additions", data=data)).status_code == 404


async def test_a_campaign_that_is_over_takes_no_addition_but_loses_no_text(
    client, campaign, citizen, browser_as
):
    idea = await factories.idea(campaign, citizen)
    await support(client, idea)
    token = await browser_as(citizen)
    await database.execute(
        "UPDATE stage SET opens = now() - interval '9 days', closes = now() - interval '1 day' WHERE id = $1",
        campaign.stage,
    )
    from ideas.campaign import queries

    queries.forget_campaigns()
    answer = await client.post(f"/ideas/{idea}/additions", data={"addition": MORE, "_csrf_token": token})
    assert answer.status_code == 409
    assert MORE in answer.text
