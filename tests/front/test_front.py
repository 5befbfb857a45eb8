"""The front page, campaigns, help, rules, one's own page and the organiser's list of people."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import httpx
import msgspec
import pytest

from ideas import database
from ideas.app import create_app
from tests import factories


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize(
    "address",
    ["/", "/campaigns", "/help", "/help/grouping", "/rules", "/ideas", "/sign-in", "/register"],
)
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


async def test_a_page_tells_other_sites_what_it_is(client, campaign, citizen):
    idea = await factories.idea(campaign, citizen, 'Скамейка "у входа" <b>', "Пожилым негде сесть")
    text = (await client.get(f"/ideas/{idea}?from=mail", headers={"host": "ideas.example.org"})).text
    here = f"http://ideas.example.org/ideas/{idea}"
    assert f'<link rel="canonical" href="{here}">' in text
    assert f'<meta property="og:url" content="{here}">' in text
    assert '<meta property="og:type" content="article">' in text
    assert '<meta property="og:title" content="Скамейка &#34;у входа&#34; &lt;b&gt;">' in text
    assert '<meta property="og:description" content="Пожилым негде сесть">' in text
    image = re.search(r'property="og:image" content="http://ideas.example.org(/static/card-en[^"]*)"', text)
    assert image
    picture = await client.get(image[1])
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "image/png"
    assert len(picture.content) < 200_000
    assert picture.headers["cache-control"] == "max-age=31536000, public, immutable"
    query = {"campaign": campaign.slug, "sort": "top", "status": "submitted", "after": ""}
    listed = (await client.get("/ideas", params=query)).text
    address = f"http://test/ideas?campaign={campaign.slug}&amp;status=submitted"
    assert f'<link rel="canonical" href="{address}">' in listed


async def test_the_public_address_wins_over_the_host(client, settings, campaign, database):
    named = msgspec.structs.replace(settings, public_url="https://office.example.org")
    transport = httpx.ASGITransport(app=create_app(named, pool=False))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://evil.example") as other:
        text = (await other.get("/help")).text
    assert 'rel="canonical" href="https://office.example.org/help"' in text
    assert "evil.example" not in text


async def test_search_engines_are_told_what_to_read(client, campaign, citizen):
    shown, hidden = (
        await factories.idea(campaign, citizen),
        await factories.idea(campaign, citizen, "Скрытая"),
    )
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", hidden)
    robots = await client.get("/robots.txt")
    assert robots.headers["content-type"].startswith("text/plain")
    assert "Disallow: /account\n" in robots.text
    assert "Sitemap: http://test/sitemap.xml" in robots.text
    sitemap = await client.get("/sitemap.xml")
    tree = ElementTree.fromstring(sitemap.text)
    found = [e.text for e in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert f"http://test/ideas/{shown}" in found
    assert f"http://test/ideas/{hidden}" not in found
    assert f"http://test/campaigns/{campaign.slug}" in found
