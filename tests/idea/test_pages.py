"""Pages of ideas: proposing with similar ones shown, the list, one idea. Nothing typed is ever lost."""

from __future__ import annotations

from ideas import database
from ideas.idea import impressions, jobs
from tests import factories

TITLE = "Талон на телефон"
TEXT = "В очереди стоим по два часа, пусть талон приходит на телефон."


async def form(campaign, token, **fields) -> dict[str, str]:
    return {
        "campaign": campaign.slug,
        "title": TITLE,
        "text": TEXT,
        "office": "",
        "_csrf_token": token,
        **fields,
    }


async def test_similar_ideas_are_shown_before_publishing(client, campaign, citizen, browser_as):
    twin = await factories.idea(campaign, await factories.person(), TITLE, TEXT)
    token = await browser_as(citizen)
    step = await client.post("/ideas/new", data=await form(campaign, token))
    assert step.status_code == 200
    assert f'action="/ideas/{twin}/vote"' in step.text
    assert TEXT in step.text
    assert await database.fetch_value("SELECT count(*) FROM idea") == 1
    back = await client.post("/ideas/new", data=await form(campaign, token, back="1"))
    assert TEXT in back.text
    assert 'name="title"' in back.text
    answer = await client.post("/ideas/new", data=await form(campaign, token, different="1"))
    assert answer.status_code == 303
    assert (await client.get(answer.headers["location"])).status_code == 200
    instead = await client.post(
        f"/ideas/{twin}/vote", data={"voted": "1", "instead": "1", "_csrf_token": token}
    )
    assert instead.headers["location"] == f"/ideas/{twin}"
    assert await database.fetch_value("SELECT votes FROM idea WHERE id = $1", twin) == 1


async def test_an_idea_like_no_other_is_published_at_once(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    answer = await client.post("/ideas/new", data=await form(campaign, token, office="arbat"))
    assert answer.status_code == 303, answer.text
    text = (await client.get(answer.headers["location"])).text
    assert TITLE in text
    assert "Arbat service centre" in text


async def test_a_bad_form_comes_back_whole(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    long = "<script>alert(1)</script>" + "я" * 5000
    answer = await client.post("/ideas/new", data=await form(campaign, token, title="", text=long))
    assert answer.status_code == 422
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert" not in answer.text
    assert "я" * 5000 in answer.text
    assert "govuk-error-summary" in answer.text
    assert 'href="#title"' in answer.text


async def test_a_session_that_has_ended_loses_no_text(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    data = await form(campaign, token)
    client.cookies.delete("session")
    answer = await client.post("/ideas/new", data=data)
    assert answer.status_code == 401
    assert TEXT in answer.text
    assert "signed out" in answer.text


async def test_a_stage_that_has_closed_loses_no_text(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    await database.execute("UPDATE stage SET submit = false WHERE id = $1", campaign.stage)
    answer = await client.post("/ideas/new", data=await form(campaign, token))
    assert answer.status_code == 409
    assert TEXT in answer.text


async def test_hints_while_one_types(client, campaign, citizen):
    await factories.idea(campaign, citizen, TITLE, TEXT)
    query = {"campaign": campaign.slug, "title": TITLE, "text": "хочу талон"}
    answer = await client.get("/ideas/similar", params=query, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert TITLE in answer.text
    assert "<html" not in answer.text
    assert (await client.get("/ideas/similar", params={"title": "ы"})).text.strip() == ""


async def test_the_list_page_keeps_its_filters(client, campaign, citizen, browser_as):
    for n in range(22):
        await factories.idea(campaign, citizen, f"Мысль {n}")
    await browser_as(citizen)
    query = {"campaign": campaign.slug, "sort": "top", "q": "мысль", "status": "submitted"}
    text = (await client.get("/ideas", params=query)).text
    assert text.count('class="card idea"') == 20
    assert "after=" in text
    assert "sort=top" in text
    assert "Submitted" in text
    bad = await client.get("/ideas", params={"campaign": campaign.slug, "principle": "<b>"})
    assert bad.status_code == 400
    assert "<b>" not in bad.text.split("<main")[1].split("error-page__status")[0]


async def test_an_ideas_page_tells_its_story(client, campaign, citizen, moderator):
    idea, other = (
        await factories.idea(campaign, citizen),
        await factories.idea(campaign, citizen, "То же самое"),
    )
    cluster = await database.fetch_value(
        "INSERT INTO cluster (campaign, name, size, supporters) VALUES ($1, 'Очередь', 2, 7) RETURNING id",
        campaign.id,
    )
    await database.execute(
        "UPDATE idea SET cluster = $1, status = 'accepted' WHERE campaign = $2", cluster, campaign.id
    )
    decision = await database.fetch_value(
        """INSERT INTO decision (campaign, cluster, verdict, reason, moderator) VALUES ($1, $2, 'accept', 'Сделаем', $3)
        RETURNING id""",
        campaign.id,
        cluster,
        moderator.id,
    )
    await database.execute(
        "INSERT INTO ruling (decision, idea, status) VALUES ($1, $2, 'submitted')", decision, idea
    )
    principle = await database.fetch_value(
        "SELECT id FROM principle WHERE slug = 'time' AND campaign = $1", campaign.id
    )
    await database.execute(
        "INSERT INTO tag (idea, principle, source, probability) VALUES ($1, $2, 'model', 0.83)",
        idea,
        principle,
    )
    text = (await client.get(f"/ideas/{idea}")).text
    for part in (
        "Сделаем",
        "То же самое",
        "7</b>",
        "83% sure",
        "Accepted",
        f"/clusters/{cluster}",
        f"/ideas/{other}",
    ):
        assert part in text, part
    told = (await client.get(f"/api/ideas/{idea}")).json()
    assert told["cluster"] == {
        "id": cluster, "name": "Очередь", "size": 2, "supporters": 7, "state": "open",
        "members": [{"id": other, "title": "То же самое", "votes": 0}],
    }  # fmt: skip
    assert told["tags"][0]["by"] == "model"
    assert told["decision"]["reason"] == "Сделаем"


async def test_the_fair_order_brings_forward_what_few_have_seen(campaign, citizen, database):
    from ideas import database as access

    known = await factories.idea(campaign, citizen, "Все видели")
    fresh = await factories.idea(campaign, citizen, "Никто не видел")
    below = await factories.idea(campaign, citizen, "Стояла двадцатой")
    impressions._counts.clear()
    impressions._eyes.clear()
    page = [known, *([0] * 18), below]
    for _ in range(900):
        impressions.seen(page)
    await impressions.write()
    row = await access.fetch_one("SELECT impressions, eyes FROM idea WHERE id = $1", known)
    assert row and (row["impressions"], round(row["eyes"])) == (900, 900)
    row = await access.fetch_one("SELECT impressions, eyes FROM idea WHERE id = $1", below)
    assert row and (row["impressions"], round(row["eyes"])) == (900, 45), "shown, and seldom looked at"
    await jobs.refresh_fair(0)
    order = await access.fetch("SELECT id FROM idea ORDER BY fair")
    assert [r["id"] for r in order] == [fresh, below, known]
    first = await access.fetch_value("SELECT fair FROM idea WHERE id = $1", fresh)
    await jobs.refresh_fair(0)
    assert await access.fetch_value("SELECT fair FROM idea WHERE id = $1", fresh) != first
