"""The front page, campaigns, help, rules, one's own page and the organiser's list of people."""

from __future__ import annotations

import pytest

from ideas import database
from tests import factories


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("address", ["/", "/campaigns", "/help", "/rules", "/ideas", "/sign-in", "/register"])
async def test_pages_open_in_both_languages(client, campaign, address, lang):
    answer = await client.get(address, headers={"accept-language": lang})
    assert answer.status_code == 200, answer.text
    assert f'lang="{lang}"' in answer.text
    assert answer.text.count("<h1") == 1


async def test_the_front_page_without_a_campaign(client):
    answer = await client.get("/")
    assert answer.status_code == 200
    assert "no campaign" in answer.text.lower()
    assert (await client.get("/ideas")).status_code == 404


async def test_the_front_page_tells_what_goes_on(client, campaign, citizen, moderator):
    idea = await factories.idea(campaign, citizen, "Скамейки у входа")
    decision = await database.fetch_value(
        """INSERT INTO decision (campaign, verdict, reason, moderator) VALUES ($1, 'accept', 'Поставим весной', $2)
        RETURNING id""",
        campaign.id,
        moderator.id,
    )
    await database.execute(
        "INSERT INTO ruling (decision, idea, status) VALUES ($1, $2, 'submitted')", decision, idea
    )
    theme = await database.fetch_value(
        "INSERT INTO theme (campaign, name) VALUES ($1, 'Ожидание') RETURNING id", campaign.id
    )
    await database.execute("UPDATE idea SET theme = $2 WHERE id = $1", idea, theme)
    text = (await client.get(f"/campaigns/{campaign.slug}")).text
    for part in (
        "Trial",
        "Скамейки у входа",
        "Поставим весной",
        "Ожидание",
        "20 days left",
        "Save the client",
    ):
        assert part in text, part
    assert (await client.get("/campaigns/no-such")).status_code == 404


async def test_the_newest_running_campaign_stands_in_front(client):
    await factories.campaign("older")
    newer = await factories.campaign("newer")
    assert "/ideas?campaign=newer" in (await client.get("/")).text
    await database.execute("UPDATE stage SET closes = opens + interval '1 minute' WHERE id = $1", newer.stage)
    assert "/ideas?campaign=older" in (await client.get("/")).text


async def test_people_are_the_organisers_business(client, campaign, citizen, admin, browser_as):
    await browser_as(citizen)
    assert (await client.get("/people")).status_code == 403
    await browser_as(admin)
    text = (await client.get("/people", params={"q": citizen.email})).text
    assert citizen.email in text
    answer = await client.post("/people/role", data={"email": citizen.email, "role": "moderator"})
    assert answer.status_code == 303
    assert await database.fetch_value("SELECT role FROM account WHERE id = $1", citizen.id) == "moderator"
    assert (await client.post(f"/people/{citizen.id}/block", data={"blocked": "yes"})).status_code == 303
    assert "blocked since" in (await client.get("/people", params={"q": citizen.email})).text
