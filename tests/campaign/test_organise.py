"""What organisers set up: campaigns, stages, principles, districts, centres and words, through their pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas import audit, database
from ideas.campaign import lines
from ideas.campaign.rules import Campaign, District, Office
from ideas.errors import Invalid
from tests import factories

names = st.text("абвгдеё -«»,XYZ", min_size=1, max_size=20).map(str.strip).filter(bool)
slugs = st.lists(st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8})?", fullmatch=True), unique=True, max_size=6)


@given(slugs, st.data())
def test_lists_are_read_as_they_are_written(found, data):
    districts = [
        District(
            n, slug, {"ru": data.draw(names), "en": data.draw(names)}, {"ru": data.draw(names)},
            data.draw(st.one_of(st.none(), st.integers(0, 10**7))),
        )
        for n, slug in enumerate(found)
    ]  # fmt: skip
    offices = [Office(d.id, f"o-{d.slug}", d.name, d.id) for d in districts]
    campaign = Campaign(1, "c", {}, {}, "ru", [], [], districts, offices)
    read = lines.districts(lines.of_districts(campaign))
    assert [(d.slug, d.name, d.area, d.population) for d in read] == [
        (d.slug, d.name, d.area, d.population) for d in districts
    ]
    again = lines.offices(lines.of_offices(campaign), found)
    assert [(o.slug, o.name, o.district) for o in again] == [
        (f"o-{d.slug}", d.name, d.slug) for d in districts
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Арбат",
        "arbat",
        "arbat; ",
        "a b; Арбат",
        "arbat; Арбат; ; ; ; много",
        "arbat; Арбат\narbat; Арбат",
        "a;б;c;d;e;1;x",
    ],
)
def test_a_wrong_line_is_named(text):
    with pytest.raises(Invalid) as caught:
        lines.districts("khamovniki; Хамовники\n" + text)
    assert caught.value.errors["lines"].params["number"] in (2, 3)


async def form(client, path: str, token: str, **fields):
    return await client.post(path, data={"_csrf_token": token, **fields})


async def test_a_campaign_from_nothing_to_an_idea(client, campaign, admin, browser_as):
    token = await browser_as(admin)
    blank = await client.get("/organise/new")
    assert "Russian and English together" in blank.text
    texts = {"title_ru": "Парки", "title_en": "Parks", "summary_ru": "О парках", "lang": "ru"}
    refused = await form(client, "/organise/new", token, slug="Пар", **texts)
    assert refused.status_code == 422
    assert 'value="Парки"' in refused.text
    taken = await form(client, "/organise/new", token, slug=campaign.slug, **texts)
    assert "There is a campaign at this address already" in taken.text
    done = await form(client, "/organise/new", token, slug="parks", like=campaign.slug, **texts)
    assert done.status_code == 303
    made = (await client.get("/api/campaigns/parks")).json()
    old = (await client.get(f"/api/campaigns/{campaign.slug}")).json()
    for kind in ("principles", "offices"):
        assert [p["slug"] for p in made[kind]] == [p["slug"] for p in old[kind]]
    assert made["stages"] == []

    stage = {"title_ru": "Идеи", "opens": "2020-01-01T10:00", "closes": "2019-01-01T10:00", "open": "submit"}
    wrong = await form(client, "/organise/parks/stages/new", token, **stage)
    assert wrong.status_code == 422
    assert "A stage ends after it begins" in wrong.text
    assert 'value="2020-01-01T10:00"' in wrong.text
    stage["closes"] = "2199-01-01T10:00"
    assert (await form(client, "/organise/parks/stages/new", token, **stage)).status_code == 303
    [saved] = (await client.get("/api/campaigns/parks")).json()["stages"]
    assert saved["opens"] == "2020-01-01T07:00:00Z"  # written in Moscow time
    person = await factories.person()
    idea = {"campaign": "parks", "title": "Скамейки у пруда", "text": "Поставьте скамейки у пруда."}
    assert (await client.post("/api/ideas", json=idea, headers=person.bearer)).status_code == 201
    await form(client, f"/organise/parks/stages/{saved['id']}/remove", token)
    late = await client.post("/api/ideas", json=idea | {"title": "Ещё скамейки"}, headers=person.bearer)
    assert late.status_code == 409
    deeds = await database.fetch(
        "SELECT data->>'what' AS what FROM audit WHERE kind = 'campaign' ORDER BY id"
    )
    assert [d["what"] for d in deeds] == ["create", "stage", "stage removed"]
    assert (await audit.verify()).broken == []


async def test_texts_principles_and_words(client, campaign, admin, browser_as):
    token = await browser_as(admin)
    base = f"/organise/{campaign.slug}"
    texts = {"title_ru": "Новое имя", "summary_ru": "x" * 2001, "lang": "ru"}
    assert (await form(client, f"{base}/texts", token, **texts)).status_code == 422
    assert (await form(client, f"{base}/texts", token, **texts | {"summary_ru": "О чём"})).status_code == 303
    assert "Новое имя" in (await client.get(f"/campaigns/{campaign.slug}")).text
    principle = {"slug": "green", "name_ru": "Зелень", "keywords": "дерево, куст\nдерево"}
    assert (await form(client, f"{base}/principles/new", token, **principle)).status_code == 303
    row = await database.fetch_one("SELECT id, keywords, position FROM principle WHERE slug = 'green'")
    assert row is not None
    assert database.from_json(row["keywords"]) == ["дерево", "куст"]
    again = await form(client, f"{base}/principles/new", token, **principle)
    assert "There is a principle of this name already" in again.text
    idea = await factories.idea(campaign, await factories.person())
    await database.execute(
        "INSERT INTO tag (idea, principle, source, account) VALUES ($1, $2, 'moderator', $3)",
        idea,
        row["id"],
        admin.id,
    )
    stays = await form(client, f"{base}/principles/green/remove", token)
    assert stays.status_code == 409
    await database.execute("DELETE FROM tag")
    assert (await form(client, f"{base}/principles/green/remove", token)).status_code == 303
    words = "troika; Тройка, карта тройка; troika card"
    assert (await form(client, f"{base}/words", token, lines=words)).status_code == 303
    stored = database.from_json(
        await database.fetch_value("SELECT words FROM campaign WHERE id = $1", campaign.id)
    )
    assert stored == {"troika": {"ru": ["тройка", "карта тройка"], "en": ["troika card"]}}
    tasks = await database.fetch("SELECT task_name FROM procrastinate_jobs")
    assert {"ideas.cluster.jobs.run", "ideas.cluster.jobs.learn"} <= {t["task_name"] for t in tasks}


async def test_places_in_use_stay_and_what_was_typed_comes_back(client, campaign, admin, browser_as):
    token = await browser_as(admin)
    base = f"/organise/{campaign.slug}"
    used = await database.fetch_one(
        "SELECT id, slug FROM office WHERE campaign = $1 ORDER BY id LIMIT 1", campaign.id
    )
    assert used is not None
    idea = await factories.idea(campaign, await factories.person())
    await database.execute("UPDATE idea SET office = $2 WHERE id = $1", idea, used["id"])
    typed = "brandnew; Новый центр; A new centre"
    refused = await form(client, f"{base}/offices", token, lines=typed)
    assert refused.status_code == 422
    assert typed in refused.text
    assert used["slug"] in refused.text
    count = "SELECT count(*) FROM office WHERE campaign = $1 AND slug = 'brandnew'"
    assert await database.fetch_value(count, campaign.id) == 0
    page = (await client.get(f"{base}/offices")).text
    kept = page.split('name="lines"')[1].split(">", 1)[1].split("</textarea>")[0].strip()
    assert (await form(client, f"{base}/offices", token, lines=f"{kept}\n{typed}")).status_code == 303
    assert await database.fetch_value(count, campaign.id) == 1
    assert (await database.fetch_value("SELECT office FROM idea WHERE id = $1", idea)) == used["id"]


async def test_only_organisers_come_in(client, campaign, planner, browser_as):
    token = await browser_as(planner)
    base = f"/organise/{campaign.slug}"
    for path in ("/organise", "/organise/new", base, f"{base}/texts", f"{base}/stages/new", f"{base}/words"):
        assert (await client.get(path)).status_code == 403, path
    for path in (
        "/organise/new",
        f"{base}/texts",
        f"{base}/stages/new",
        f"{base}/principles/new",
        f"{base}/offices",
    ):
        assert (await form(client, path, token, slug="x-y-z", title_ru="x", lang="ru")).status_code == 403, (
            path
        )
