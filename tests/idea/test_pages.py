"""Pages of ideas: hints, the list, one idea."""

from __future__ import annotations

from ideas import database
from ideas.idea import impressions, jobs
from tests import factories

TITLE = "Талон на телефон"
TEXT = "В очереди стоим по два часа, пусть талон приходит на телефон."


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
    assert row
    assert (row["impressions"], round(row["eyes"])) == (900, 900)
    row = await access.fetch_one("SELECT impressions, eyes FROM idea WHERE id = $1", below)
    assert row
    assert (row["impressions"], round(row["eyes"])) == (900, 45), "shown, and seldom looked at"
    await jobs.refresh_fair(0)
    order = await access.fetch("SELECT id FROM idea ORDER BY fair")
    assert [r["id"] for r in order] == [fresh, below, known]
    first = await access.fetch_value("SELECT fair FROM idea WHERE id = $1", fresh)
    await jobs.refresh_fair(0)
    assert await access.fetch_value("SELECT fair FROM idea WHERE id = $1", fresh) != first
