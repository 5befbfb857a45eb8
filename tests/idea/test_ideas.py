"""Submitting, editing, listing and reading ideas over HTTP."""

from __future__ import annotations

import httpx
import pytest

from ideas import database
from tests import factories

TEXT = "В очереди стоим по два часа, пусть талон приходит на телефон."


@pytest.fixture
async def office_campaign(campaign: factories.TestCampaign) -> factories.TestCampaign:
    return campaign


async def submit(client, person, campaign, **fields) -> httpx.Response:
    body = {"campaign": campaign.slug, "title": "Талон на телефон", "text": TEXT, **fields}
    return await client.post("/api/ideas", json=body, headers=person.bearer)


async def jobs() -> list[str]:
    return [r["task_name"] for r in await database.fetch("SELECT task_name FROM procrastinate_jobs")]


async def test_a_submitted_idea_is_read_back_with_its_history(client, campaign, citizen):
    answer = await submit(client, citizen, campaign, office="arbat")
    assert answer.status_code == 201, answer.text
    idea = answer.json()
    assert (idea["title"], idea["text"], idea["office"], idea["district"]) == (
        "Талон на телефон", TEXT, "arbat", "arbat",
    )  # fmt: skip
    assert (idea["status"], idea["votes"], idea["voted"], idea["lang"]) == ("submitted", 0, False, "ru")
    assert [e["kind"] for e in idea["history"]] == ["submit"]
    assert idea["editable"] is True
    seen = (await client.get(f"/api/ideas/{idea['id']}")).json()
    assert seen["text"] == TEXT
    assert seen["editable"] is False
    assert await jobs() == ["ideas.cluster.jobs.place"]
    kinds = await database.fetch("SELECT kind, account FROM ledger WHERE idea = $1", idea["id"])
    assert [tuple(r) for r in kinds] == [("submit", citizen.id)]


async def test_the_same_text_twice_is_one_idea(client, campaign, citizen):
    first, second = await submit(client, citizen, campaign), await submit(client, citizen, campaign)
    assert first.json()["id"] == second.json()["id"]
    assert await database.fetch_value("SELECT count(*) FROM ledger WHERE kind = 'submit'") == 1
    other = await submit(client, await factories.person(), campaign)
    assert other.json()["id"] != first.json()["id"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": "  "}, "title"),
        ({"title": "о" * 121}, "title"),
        ({"title": "12345"}, "title"),
        ({"text": "коротко"}, "text"),
        ({"text": "я" * 5001}, "text"),
        ({"office": "no-such"}, "office"),
    ],
)
async def test_what_is_wrong_is_said_by_field(client, campaign, citizen, fields, wrong):
    answer = await submit(client, citizen, campaign, **fields)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [wrong]
    assert await database.fetch_value("SELECT count(*) FROM idea") == 0


async def test_a_closed_stage_takes_no_ideas(client, citizen):
    closed = await factories.campaign(submit=False)
    answer = await submit(client, citizen, closed)
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/stage-closed"


async def test_strangers_do_not_submit(client, campaign):
    answer = await client.post("/api/ideas", json={"campaign": campaign.slug, "title": "Тест", "text": TEXT})
    assert answer.status_code == 401


@pytest.mark.parametrize("address", ["/api/ideas/1", "/api/ideas/99999999999999999999", "/api/ideas/-5"])
async def test_unknown_ideas_are_4xx(client, campaign, address):
    assert (await client.get(address)).status_code in (400, 404)


async def test_a_hidden_idea_is_not_told(client, campaign, citizen):
    idea = await factories.idea(campaign, citizen)
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", idea)
    assert (await client.get(f"/api/ideas/{idea}")).status_code == 404
    assert (await client.get("/api/ideas", params={"campaign": campaign.slug})).json()["items"] == []


async def many(campaign, author, n: int) -> list[int]:
    rows = await database.fetch(
        """INSERT INTO idea (campaign, author, title, text, imported_votes, fair, created)
        SELECT $1, $2, 'Идея номер ' || k, 'Пусть в зале поставят стул и автомат с водой', k % 4, (k % 3)::real + 0.1,
            now() - make_interval(mins => k / 2) FROM generate_series(1, $3::int) k RETURNING id""",
        campaign.id,
        author.id,
        n,
    )
    return [r["id"] for r in rows]


@pytest.mark.parametrize("sort", ["new", "top", "fair", "match"])
async def test_pages_show_every_idea_once_in_order(client, campaign, citizen, sort):
    ids = await many(campaign, citizen, 23)
    keys = {
        "new": lambda i: (i["created"], i["id"]),
        "top": lambda i: (i["votes"], i["id"]),
        "fair": lambda i: (-(ids.index(i["id"]) + 1) % 3, 0),
        "match": lambda i: (0, i["id"]),
    }
    seen, after = [], None
    while True:
        query = {"campaign": campaign.slug, "sort": sort, "limit": 5, **({"after": after} if after else {})}
        if sort == "match":
            query["q"] = "стул"
        answer = await client.get("/api/ideas", params=query)
        assert answer.status_code == 200, answer.text
        seen += answer.json()["items"]
        after = answer.json()["next"]
        if after is None:
            break
    assert sorted(i["id"] for i in seen) == sorted(ids)
    if sort != "fair":
        assert seen == sorted(seen, key=keys[sort], reverse=True)
    else:
        order = await database.fetch("SELECT id FROM idea ORDER BY fair, id")
        assert [i["id"] for i in seen] == [r["id"] for r in order]


async def test_filters_narrow_the_list(client, campaign, citizen):
    one, two = (
        await factories.idea(campaign, citizen),
        await factories.idea(campaign, citizen, "Пандус у входа"),
    )
    principle = await database.fetch_value(
        "SELECT id FROM principle WHERE slug = 'time' AND campaign = $1", campaign.id
    )
    office = await database.fetch_one("SELECT id, district FROM office WHERE campaign = $1", campaign.id)
    assert office
    await database.execute(
        "INSERT INTO tag (idea, principle, source) VALUES ($1, $2, 'model')", one, principle
    )
    await database.execute("UPDATE idea SET office = $2, district = $3 WHERE id = $1", two, *office)
    cluster = await database.fetch_value(
        "INSERT INTO cluster (campaign, name, size) VALUES ($1, 'Пандусы', 1) RETURNING id", campaign.id
    )
    await database.execute("UPDATE idea SET cluster = $2, status = 'study' WHERE id = $1", two, cluster)

    async def ids(**query) -> list[int]:
        answer = await client.get("/api/ideas", params={"campaign": campaign.slug, **query})
        assert answer.status_code == 200, answer.text
        return sorted(i["id"] for i in answer.json()["items"])

    assert await ids() == [one, two]
    assert await ids(principle="time") == [one]
    assert await ids(principle="access") == []
    assert await ids(office="arbat") == await ids(district="arbat") == await ids(status="study") == [two]
    assert await ids(cluster=str(cluster)) == [two]
    item = (await client.get("/api/ideas", params={"cluster": cluster})).json()["items"][0]
    assert (item["cluster"], item["cluster_size"], item["office"], item["principles"]) == (
        cluster,
        1,
        "arbat",
        [],
    )


@pytest.mark.parametrize("field", ["principle", "office", "district", "status", "sort", "cluster", "theme"])
async def test_an_unknown_filter_names_its_field(client, campaign, field):
    answer = await client.get("/api/ideas", params={"campaign": campaign.slug, field: "no-such"})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


async def test_search_knows_word_forms_and_half_words(client, campaign, citizen):
    queue = await factories.idea(
        campaign, citizen, "Электронная очередь", "Талоны выдавать заранее, зелёный свет льготникам"
    )
    ramp = await factories.idea(campaign, citizen, "Пандус у входа", "С коляской не войти без помощи охраны")

    async def found(q: str) -> list[int]:
        answer = await client.get("/api/ideas", params={"campaign": campaign.slug, "q": q})
        assert answer.status_code == 200, answer.text
        return [i["id"] for i in answer.json()["items"]]

    assert await found("очереди") == [queue]
    assert await found("электронной очередью") == [queue]
    assert await found("электронная оче") == [queue]
    assert await found("зеленый") == await found("зелёного") == [queue]
    assert await found("коляск") == [ramp]
    assert await found("очередь -электронная") == []
    assert set(await found("пандус OR очередь")) == {queue, ramp}
    for nothing in ("и на", "!!!", "' OR 1=1 --", "a:*&|!", "<->", "\\", '"', "²", "()"):
        assert await found(nothing) == []


async def test_the_text_can_change_until_somebody_else_votes(client, campaign, citizen, browser_as):
    idea = (await submit(client, citizen, campaign)).json()["id"]
    token = await browser_as(citizen)
    form = {"title": "Талон по почте", "text": TEXT + " И на почту.", "_csrf_token": token}
    answer = await client.post(f"/ideas/{idea}/edit", data=form)
    assert answer.status_code == 303, answer.text
    assert (await client.get(f"/api/ideas/{idea}")).json()["title"] == "Талон по почте"
    old = await database.fetch_value(
        "SELECT data->>'title' FROM ledger WHERE kind = 'edit' AND idea = $1", idea
    )
    assert old == "Талон на телефон"
    voter = await factories.person()
    async with httpx.AsyncClient(transport=client._transport, base_url="http://test") as other:
        assert (await other.put(f"/api/ideas/{idea}/vote", headers=voter.bearer)).status_code == 200
    answer = await client.post(f"/ideas/{idea}/edit", data={**form, "title": "Совсем другое"})
    assert answer.status_code == 409
    assert "Совсем другое" in answer.text
    assert (await client.get(f"/api/ideas/{idea}")).json()["title"] == "Талон по почте"


async def test_only_the_author_edits(client, campaign, citizen, browser_as):
    idea = (await submit(client, citizen, campaign)).json()["id"]
    token = await browser_as(await factories.person())
    form = {"title": "Чужое", "text": TEXT, "_csrf_token": token}
    assert (await client.post(f"/ideas/{idea}/edit", data=form)).status_code == 403
    assert (await client.get(f"/ideas/{idea}/edit")).status_code == 403


async def test_similar_ideas_share_words(client, campaign, citizen):
    queue = await factories.idea(
        campaign, citizen, "Электронная очередь", "Талоны на телефон, чтобы не стоять в очереди"
    )
    await factories.idea(campaign, citizen, "Пандус у входа", "С коляской не войти без помощи охраны")
    query = {"campaign": campaign.slug, "text": "хочу талон на телефон без очереди"}
    items = (await client.get("/api/ideas/similar", params=query)).json()["items"]
    assert items[0]["id"] == queue
    assert 0 < items[0]["score"] <= 1
    assert (await client.get("/api/ideas/similar", params={**query, "text": "и"})).json() == {"items": []}
