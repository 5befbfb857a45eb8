"""Moderators limited to districts or themes: what they see, and that no write of theirs goes past it."""

from __future__ import annotations

import pytest

from ideas import database
from ideas.account import scopes
from ideas.account.actions import set_role
from ideas.cluster import questions
from ideas.errors import Forbidden, Invalid
from ideas.idea.filters import Asked
from ideas.moderation import selections
from ideas.moderation.rulings import Ruling
from tests import factories
from tests.cluster.test_actions import cluster_of

YES = {"verdict": "accept", "reason": "Да"}


@pytest.fixture
async def place(campaign, citizen, moderator):
    """A group of the district and one outside of it, each of two ideas, and a moderator of that district alone."""
    theme = await database.fetch_value(
        "INSERT INTO theme (campaign, name) VALUES ($1, 'Очередь') RETURNING id", campaign.id
    )
    district = await database.fetch_value("SELECT id FROM district WHERE campaign = $1", campaign.id)
    inside = [await factories.idea(campaign, citizen, f"Внутри {n}") for n in range(3)]
    outside = [await factories.idea(campaign, citizen, f"Снаружи {n}") for n in range(3)]
    await database.execute("UPDATE idea SET district = $2 WHERE id = ANY($1::bigint[])", inside, district)
    own, other = (
        await cluster_of(campaign, inside[:2], "Своя"),
        await cluster_of(campaign, outside[:2], "Чужая"),
    )
    await database.execute("UPDATE cluster SET theme = $2 WHERE id = $1", other, theme)
    await database.execute("UPDATE idea SET theme = $2 WHERE id = ANY($1::bigint[])", outside, theme)
    await scopes.limit(None, moderator.id, campaign.id, [district])
    return {
        "own": own,
        "other": other,
        "inside": inside,
        "outside": outside,
        "district": district,
        "theme": theme,
    }


async def test_only_what_is_theirs_is_shown(client, campaign, moderator, admin, browser_as, place):
    listed = (await client.get("/api/clusters", headers=moderator.bearer)).json()["items"]
    assert [c["id"] for c in listed] == [place["own"]]
    assert len((await client.get("/api/clusters", headers=admin.bearer)).json()["items"]) == 2
    await browser_as(moderator)
    queue = (await client.get("/moderation")).text
    assert f'id="cluster-{place["own"]}"' in queue
    assert f'id="cluster-{place["other"]}"' not in queue
    assert "1 group is waiting" in queue
    alone = (await client.get("/moderation/alone")).text
    assert "Внутри 2" in alone
    assert "Снаружи 2" not in alone
    for address in (f"clusters/{place['other']}", f"ideas/{place['outside'][2]}"):
        refused = await client.get(f"/moderation/{address}")
        assert refused.status_code == 403
        assert "outside of the districts and themes" in refused.text
    assert await database.fetch_value("SELECT count(*) FROM claim WHERE cluster = $1", place["other"]) == 0
    went = await client.post("/moderation/next", data={"_csrf_token": client.cookies["csrf"]})
    assert went.headers["location"].endswith(f"/{place['own']}")


async def test_no_write_goes_past_the_limits(client, campaign, citizen, moderator, admin, place):
    own, other, out = place["own"], place["other"], place["outside"]
    done = await client.post(f"/api/clusters/{other}/decision", json=YES, headers=admin.bearer)
    decision = done.json()["decision"]
    third = await cluster_of(
        campaign, [await factories.idea(campaign, citizen, "Ещё") for _ in range(3)], "Третья"
    )
    await database.execute(
        "INSERT INTO report (idea, account, reason) VALUES ($1, $2, 'spam')", out[2], citizen.id
    )
    tries = [
        ("POST", f"/api/clusters/{third}/decision", YES),
        ("POST", f"/api/ideas/{out[2]}/decision", YES),
        ("POST", f"/api/decisions/{decision}/undo", None),
        ("POST", "/api/clusters/merge", {"ids": [own, third]}),
        ("POST", f"/api/clusters/{third}/split", {"ideas": [out[0]]}),
        ("POST", f"/api/clusters/{own}/move", {"ideas": [out[2]]}),
        ("POST", f"/api/clusters/{third}/undo", None),
        ("PUT", f"/api/clusters/{third}/name", {"name": "Моя"}),
        ("PUT", f"/api/ideas/{out[2]}/tags", {"principles": ["time"]}),
    ]
    before = await _state()
    for method, address, body in tries:
        if address.endswith("/undo") and "clusters" in address:
            continue
        answer = await client.request(method, address, json=body, headers=moderator.bearer)
        assert answer.status_code == 403, (address, answer.text)
    assert (await client.put(f"/api/clusters/{third}/claim", headers=moderator.bearer)).status_code == 409
    assert await _state() == before
    # What is theirs goes on as ever.
    assert (
        await client.post(f"/api/clusters/{own}/decision", json=YES, headers=moderator.bearer)
    ).status_code == 200


async def _state() -> list:
    return [
        dict(r)
        for r in await database.fetch(
            """SELECT i.id, i.status, i.cluster, i.tagged, i.hidden, c.name, c.state FROM idea i
            LEFT JOIN cluster c ON c.id = i.cluster ORDER BY i.id"""
        )
    ]


async def test_pages_selections_reports_and_questions_too(
    client, campaign, citizen, moderator, browser_as, place
):
    own, out, inside = place["own"], place["outside"], place["inside"]
    await database.execute(
        "INSERT INTO report (idea, account, reason) VALUES ($1, $2, 'spam')", out[2], citizen.id
    )
    await questions.store(
        campaign.id, [questions.Found(out[2], inside[2], 0.5), questions.Found(inside[0], inside[2], 0.4)]
    )
    asked = await database.fetch("SELECT id, first, second FROM question ORDER BY worth DESC")
    token = await browser_as(moderator)

    async def post(address: str, **data):
        return await client.post(f"/moderation/{address}", data={"_csrf_token": token, **data})

    assert "Снаружи" not in (await client.get("/moderation/reports")).text
    assert (await post("reports", idea=str(out[2]), outcome="hidden")).status_code == 403
    assert (await post(f"same/{asked[0]['id']}", answer="same")).status_code == 403
    assert (await post(f"ideas/{inside[2]}/gather", take=str(out[2]))).status_code == 403
    assert (await post(f"clusters/{own}/merge", take=str(out[2]))).status_code == 403
    assert (await post(f"clusters/{own}/undo")).status_code == 409, "nothing to undo, but theirs"
    page = (await client.get("/moderation/same")).text
    assert "Снаружи" not in page
    assert f'href="/ideas/{inside[0]}"' in page
    assert await database.fetch_value("SELECT count(*) FROM question WHERE state = 'waiting'") == 2
    found = await selections.preview(moderator.person, Asked(campaign=campaign.slug))
    assert found.ideas == 3
    made = await selections.start(moderator.person, Asked(campaign=campaign.slug), Ruling("accept", "Да"))
    await selections.work(made.id)
    rows = await database.fetch("SELECT id FROM idea WHERE status = 'accepted' ORDER BY id")
    assert [r["id"] for r in rows] == inside


async def test_a_change_of_another_group_is_not_undone(client, campaign, moderator, admin, place):
    ideas = place["outside"]
    await client.post(
        f"/api/clusters/{place['other']}/move", json={"ideas": [ideas[2]]}, headers=admin.bearer
    )
    answer = await client.post(f"/api/clusters/{place['other']}/undo", headers=moderator.bearer)
    assert answer.status_code == 403
    assert await database.fetch_value("SELECT cluster FROM idea WHERE id = $1", ideas[2]) == place["other"]


async def test_themes_both_and_elsewhere(client, campaign, moderator, admin, place):
    def allowed():
        return scopes.allows(moderator.person, place["other"])

    await scopes.limit(None, moderator.id, campaign.id, [], [place["theme"]])
    assert await allowed()
    assert not await scopes.allows(moderator.person, place["own"])
    assert await database.fetch_value("SELECT pinned FROM theme WHERE id = $1", place["theme"]), (
        "runs keep it"
    )
    await scopes.limit(None, moderator.id, campaign.id, [place["district"]], [place["theme"]])
    assert not await allowed(), "the theme within the district alone"
    elsewhere = await factories.campaign()
    district = await database.fetch_value("SELECT id FROM district WHERE campaign = $1", elsewhere.id)
    await scopes.limit(None, moderator.id, campaign.id)
    await scopes.limit(None, moderator.id, elsewhere.id, [district])
    assert not await allowed(), "nothing is given to them here"
    with pytest.raises(Forbidden):
        await scopes.require_ideas(moderator.person, [place["inside"][0]])
    with pytest.raises(Invalid):
        await scopes.limit(None, moderator.id, campaign.id, [district])
    with pytest.raises(Invalid):
        await scopes.limit(None, admin.id, campaign.id, [place["district"]])
    await set_role(moderator.email, "planner")
    assert await allowed(), "no moderator, no limits"


async def test_the_organisers_page(client, campaign, moderator, admin, browser_as, place):
    token = await browser_as(moderator)
    assert (await client.get("/moderation/moderators")).status_code == 403
    client.cookies.clear()
    token = await browser_as(admin)
    listed = (await client.get("/moderation/moderators")).text
    assert "Arbat" in listed
    page = (await client.get(f"/moderation/moderators/{moderator.id}")).text
    assert f'value="{place["district"]}" id="districts-{place["district"]}" checked' in page
    form = {"_csrf_token": token, "campaign": campaign.slug, "themes": str(place["theme"])}
    answer = await client.post(f"/moderation/moderators/{moderator.id}", data=form)
    assert answer.status_code == 303
    assert await scopes.allows(moderator.person, place["other"])
    wrong = await client.post(f"/moderation/moderators/{moderator.id}", data={**form, "districts": "999999"})
    assert wrong.status_code == 422
    assert f'value="{place["theme"]}" id="themes-{place["theme"]}" checked' in wrong.text, (
        "nothing ticked is lost"
    )
    noted = await database.fetch_value(
        "SELECT count(*) FROM audit WHERE kind = 'limit' AND account = $1", admin.id
    )
    assert noted == 1
    lines = {"reasons_decline": "Нельзя по закону\n\nУже есть", "reasons_any": "Спасибо"}
    await client.post("/moderation/moderators/reasons", data={**form, **lines})
    desk = (await client.get(f"/moderation/clusters/{place['own']}")).text
    assert desk.index("Нельзя по закону") < desk.index("Уже есть") < desk.index("Спасибо")
    assert "We agree and shall do it" not in desk
    given = {"_csrf_token": token, "verdict": "decline", "template": "Уже есть", "reason": "В каждом центре."}
    await client.post(f"/moderation/clusters/{place['own']}/decision", data=given)
    said = await database.fetch_value("SELECT reason FROM decision")
    assert said == "Уже есть\n\nВ каждом центре."
