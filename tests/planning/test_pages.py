"""The planner's desk."""

from __future__ import annotations

import pytest

from ideas import database
from tests import factories


@pytest.fixture
async def filled(campaign, citizen, moderator):
    """Thirty clusters of one idea each; the last has two, by one author, and a voter for both."""
    for n in range(30):
        cluster = await database.fetch_value(
            "INSERT INTO cluster (campaign, name, size, supporters) VALUES ($1, $2, 1, 1) RETURNING id",
            campaign.id, f"Group {n}",
        )  # fmt: skip
        idea = await factories.idea(campaign, citizen, f"Idea {n}")
        await database.execute("UPDATE idea SET cluster = $2 WHERE id = $1", idea, cluster)
    other = await factories.idea(campaign, citizen, "Другая мысль")
    await database.execute("UPDATE idea SET cluster = $2 WHERE id = $1", other, cluster)
    for voted in (idea, other):
        await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", voted, moderator.id)
        await database.execute("UPDATE idea SET votes = 1 WHERE id = $1", voted)
    await database.execute("UPDATE cluster SET size = 2, supporters = 2, votes = 2 WHERE id = $1", cluster)
    time = await database.fetch_value(
        "SELECT id FROM principle WHERE campaign = $1 AND slug = 'time'", campaign.id
    )
    await database.execute("INSERT INTO tag (idea, principle, source) VALUES ($1, $2, 'model')", other, time)
    return campaign


async def test_it_is_for_planners(client, campaign, citizen, moderator, planner, admin):
    assert (await client.get("/planning")).status_code == 303
    for person, status in ((citizen, 403), (moderator, 403), (planner, 200), (admin, 200)):
        answer = await client.get("/planning", headers=person.bearer)
        assert answer.status_code == status, person.role


async def test_clusters_by_distinct_people(client, planner, filled):
    page = (await client.get(f"/planning?campaign={filled.slug}", headers=planner.bearer)).text
    assert page.index("Group 29") < page.index("Group 28")
    assert "Each person counts once" in page
    assert page.count("<tr>") == 26
    assert "order=supporters" in page
    assert f"/api/export/clusters.xlsx?campaign={filled.slug}&amp;order=supporters" in page


async def test_the_next_page_goes_on_where_the_first_ended(client, planner, filled):
    seen = []
    url = f"/planning?campaign={filled.slug}&order=new"
    while url:
        page = (await client.get(url, headers=planner.bearer)).text
        seen += [n for n in range(30) if f">Group {n}<" in page]
        _, found, rest = page.partition('button--secondary" href="/planning?')
        url = "/planning?" + rest.split('"')[0].replace("&amp;", "&") if found else ""
    assert sorted(seen) == list(range(30))


@pytest.mark.parametrize("order", ["supporters", "votes", "size", "new"])
async def test_orders_of_clusters(client, planner, filled, order):
    answer = await client.get(f"/planning?campaign={filled.slug}&order={order}", headers=planner.bearer)
    assert answer.status_code == 200
    assert "Group 29" in answer.text


async def test_ideas_with_filters_in_the_export_links(client, planner, filled):
    url = f"/planning?campaign={filled.slug}&show=ideas&q=мысль&principle=time"
    page = (await client.get(url, headers=planner.bearer)).text
    assert "Другая мысль" in page
    assert ">Idea 3<" not in page
    assert "q=%D0%BC%D1%8B%D1%81%D0%BB%D1%8C" in page.split("/api/export/ideas.csv")[1].split('"')[0]
    assert "principle=time" in page.split("/api/export/ideas.csv")[1].split('"')[0]


@pytest.mark.parametrize(
    ("show", "texts"), [("principles", ["the client", "No principle"]), ("districts", ["No district given"])]
)
async def test_parts(client, planner, filled, show, texts):
    page = (await client.get(f"/planning?campaign={filled.slug}&show={show}", headers=planner.bearer)).text
    assert all(text in page for text in texts)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_both_languages(client, planner, filled, language):
    for show in ("clusters", "ideas", "principles", "districts"):
        answer = await client.get(
            f"/planning?campaign={filled.slug}&show={show}",
            headers={**planner.bearer, "accept-language": language},
        )
        assert ("Что поддерживают люди" in answer.text) == (language == "ru")


@pytest.mark.parametrize(
    "query", ["principle=x", "order=x&show=ideas", "after=!!!", "cluster=a", "state=x", "show=x"]
)
async def test_a_strange_address_never_breaks(client, planner, filled, query):
    answer = await client.get(f"/planning?campaign={filled.slug}&{query}", headers=planner.bearer)
    assert answer.status_code in (200, 400)
