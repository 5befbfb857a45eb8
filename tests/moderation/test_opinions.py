"""Second opinions: drawn by lot, blind, changing nothing; kappa of what was said."""

from __future__ import annotations

import asyncpg
import pytest

from ideas import database
from ideas.account import scopes
from ideas.moderation import agreements, opinions
from tests import factories
from tests.cluster.test_actions import cluster_of
from tests.moderation.test_decisions import decide, group, statuses

__all__ = ["group"]


@pytest.fixture
async def always(campaign):
    await database.execute("UPDATE campaign SET second_opinions = 100 WHERE id = $1", campaign.id)


@pytest.fixture
async def drawn(client, always, moderator, group):
    """A decision that waits for a second opinion: its opinion's id."""
    cluster, _, _ = group
    await database.execute("UPDATE account SET name = 'Имя Первой' WHERE id = $1", moderator.id)
    done = await decide(client, cluster, moderator, verdict="decline", reason="Первая причина")
    return await database.fetch_value("SELECT id FROM opinion WHERE decision = $1", done.json()["decision"])


async def give(client, opinion, **data):
    return await client.post(
        f"/moderation/opinions/{opinion}", data={"verdict": "accept", "reason": "Вторая причина", **data}
    )


async def test_no_lot_no_opinion(client, campaign, moderator, group):
    await database.execute("UPDATE campaign SET second_opinions = 0 WHERE id = $1", campaign.id)
    await decide(client, group[0], moderator)
    assert await database.fetch_value("SELECT count(*) FROM opinion") == 0


async def test_the_first_knows_nothing_of_it(client, drawn, moderator, planner, browser_as):
    for who in (moderator, planner):
        await browser_as(who)
        text = (await client.get("/moderation/opinions")).text
        assert f"/moderation/opinions/{drawn}" not in text
        assert (await client.get(f"/moderation/opinions/{drawn}")).status_code == 404
    await browser_as(moderator)
    assert (await give(client, drawn)).status_code == 404
    assert await database.fetch_value("SELECT verdict FROM opinion") is None


async def test_the_second_sees_the_group_as_it_was_without_the_verdict(
    client, drawn, group, campaign, browser_as
):
    cluster, ideas, _ = group
    late = await factories.idea(campaign, await factories.person(), "Пришла потом")
    await database.execute("UPDATE idea SET cluster = $2 WHERE id = $1", late, cluster)
    await browser_as(await factories.person("moderator"))
    assert f"/moderation/opinions/{drawn}" in (await client.get("/moderation/opinions")).text
    text = (await client.get(f"/moderation/opinions/{drawn}")).text
    assert "Идея 2" in text
    assert "Пришла потом" not in text
    for secret in ("Первая причина", "Declined", "Имя Первой", f"/moderation/clusters/{cluster}"):
        assert secret not in text, secret
    assert ideas


async def test_both_see_each_other_once_both_are_in_and_nothing_changes(
    client, drawn, group, moderator, browser_as
):
    _, ideas, _ = group
    second = await factories.person("moderator", "Вторая")
    await browser_as(second)
    empty = await give(client, drawn, verdict="", reason="")
    assert (empty.status_code, 'href="#verdict"' in empty.text, 'href="#reason"' in empty.text) == (
        422, True, True,
    )  # fmt: skip
    assert (await give(client, drawn)).status_code == 303
    assert (await give(client, drawn, verdict="decline")).status_code == 409
    assert await statuses(ideas) == ["declined"] * 3
    for who in (second, moderator):
        await browser_as(who)
        text = (await client.get(f"/moderation/opinions/{drawn}")).text
        assert "Первая причина" in text
        assert "Вторая причина" in text
        settled = await client.post(
            f"/moderation/opinions/{drawn}/settle", data={"verdict": "accept", "note": "Я прав"}
        )
        assert settled.status_code == 409, "neither of the two settles it"
    kinds = await database.fetch("SELECT kind FROM audit ORDER BY id")
    assert [k["kind"] for k in kinds][-1] == "opinion"


async def test_a_third_settles_it(client, drawn, group, planner, browser_as):
    await browser_as(await factories.person("moderator"))
    await give(client, drawn)
    await browser_as(planner)
    path = f"/moderation/opinions/{drawn}/settle"
    missing = await client.post(path, data={"verdict": "accept", "note": ""})
    assert missing.status_code == 422
    assert (await client.post(path, data={"verdict": "accept", "note": "Вторая права"})).status_code == 303
    text = (await client.get(f"/moderation/opinions/{drawn}")).text
    assert "Вторая права" in text
    assert (await client.post(path, data={"verdict": "decline", "note": "Ещё раз"})).status_code == 409
    assert await statuses(group[1]) == ["declined"] * 3


async def test_the_database_keeps_the_three_apart(drawn, moderator, planner):
    second = await factories.person("moderator")
    given = (
        "UPDATE opinion SET account = $2, verdict = 'accept', reason = 'Да', answered = now() WHERE id = $1"
    )
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction():
            await database.execute(given, drawn, moderator.id)
    await database.execute(given, drawn, second.id)
    settled = "UPDATE opinion SET settled = 'accept', settled_by = $2, settled_at = now(), note = 'Да' WHERE id = $1"
    for one in (moderator, second):
        with pytest.raises(asyncpg.CheckViolationError):
            async with database.transaction():
                await database.execute(settled, drawn, one.id)
    with pytest.raises(asyncpg.RaiseError):
        async with database.transaction():
            await database.execute("UPDATE opinion SET verdict = 'decline' WHERE id = $1", drawn)
    await database.execute(settled, drawn, planner.id)


async def test_an_undone_decision_needs_no_second_opinion(client, drawn, moderator, browser_as):
    decision = await database.fetch_value("SELECT decision FROM opinion")
    await client.post(f"/api/decisions/{decision}/undo", headers=moderator.bearer)
    await browser_as(await factories.person("moderator"))
    assert "Nothing waits for your opinion" in (await client.get("/moderation/opinions")).text
    assert (await give(client, drawn)).status_code == 404


async def test_citizens_have_no_part_in_it(client, drawn, citizen, browser_as):
    await browser_as(citizen)
    for path in ("", "/agreement", f"/{drawn}"):
        assert (await client.get(f"/moderation/opinions{path}")).status_code == 403
    assert (await give(client, drawn)).status_code == 403


async def test_kappa_by_moderator_pair_and_reason(client, campaign, moderator, browser_as, always):
    """Six decisions on single ideas, of which a second moderator sees five alike."""
    second, author = await factories.person("moderator", "Вторая"), await factories.person()
    await database.execute("UPDATE account SET name = 'Первый' WHERE id = $1", moderator.id)
    await browser_as(second)
    for n, verdict in enumerate(["accept", "accept", "accept", "decline", "decline", "decline"]):
        idea = await factories.idea(campaign, author, f"Мысль {n}")
        await cluster_of(campaign, [idea])
        reason = {"verdict": verdict, "reason": "Уже есть." if verdict == "decline" else "Хорошо"}
        await client.post(f"/api/ideas/{idea}/decision", json=reason, headers=moderator.bearer)
        opinion = await database.fetch_value("SELECT max(id) FROM opinion")
        await give(client, opinion, verdict="accept" if n == 5 else verdict)
    found = await agreements.figures(campaign.id)
    assert found.whole is not None
    assert (found.whole.n, found.whole.same) == (6, 5)
    assert found.whole.kappa == pytest.approx(2 / 3)
    assert found.table[0] == ("accept", [3, 0, 0])
    assert found.table[2] == ("decline", [1, 0, 2])
    assert [(r.name, r.agreement.n) for r in found.pairs] == [("Первый – Вторая", 6)]
    assert {r.name for r in found.moderators} == {"Первый", "Вторая"}
    assert [(r.reason, r.n, r.same) for r in found.reasons] == [("Уже есть.", 3, 2), ("Хорошо", 3, 3)]
    text = (await client.get("/moderation/opinions/agreement")).text
    for part in ("0.67", "Первый – Вторая", "Уже есть.", "only a hint"):
        assert part in text, part


async def test_a_reason_of_the_list_is_compared_too(client, campaign, moderator, browser_as, always):
    author = await factories.person()
    await browser_as(await factories.person("moderator"))
    for n in range(3):
        idea = await factories.idea(campaign, author, f"Мысль {n}")
        given = {"verdict": "decline", "reason": "Дорого" if n else "Не к нам\n\nПодробно"}
        await client.post(f"/api/ideas/{idea}/decision", json=given, headers=moderator.bearer)
        opinion = await database.fetch_value("SELECT max(id) FROM opinion")
        await give(client, opinion, verdict="decline", template="Дорого" if n else "Не к нам", reason="")
    found = await agreements.figures(campaign.id)
    assert [(r.reason, r.n, r.same) for r in found.reasons] == [("Дорого", 2, 2)]
    assert found.reasons[0].agreement is not None
    assert found.reasons[0].agreement.kappa == 1


async def test_limits_of_moderators_hold_here_too(client, campaign, drawn, admin, browser_as):
    limited = await factories.person("moderator")
    district = await database.fetch_value("SELECT id FROM district WHERE campaign = $1", campaign.id)
    await scopes.limit(admin.person, limited.id, campaign.id, [district])
    await browser_as(limited)
    assert f"/moderation/opinions/{drawn}" not in (await client.get("/moderation/opinions")).text
    assert (await give(client, drawn)).status_code == 403


@pytest.mark.parametrize("percent", ["", "-1", "101", "5.5", "٥", "1" * 40])
async def test_a_share_that_is_none(client, campaign, admin, browser_as, percent):
    await browser_as(admin)
    form = {"percent": percent, "campaign": campaign.slug}
    answer = await client.post("/moderation/opinions/share", data=form)
    assert answer.status_code == 422
    assert 'href="#percent"' in answer.text


async def test_the_organiser_sets_the_share(client, campaign, admin, moderator, browser_as):
    await browser_as(moderator)
    form = {"percent": "30", "campaign": campaign.slug}
    assert (await client.post("/moderation/opinions/share", data=form)).status_code == 403
    await browser_as(admin)
    assert (await client.post("/moderation/opinions/share", data=form)).status_code == 303
    row = await database.fetch_one("SELECT kind, data FROM audit ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert (row["kind"], database.from_json(row["data"])) == ("share", {"before": 5, "after": 30})
    assert await database.fetch_value("SELECT second_opinions FROM campaign WHERE id = $1", campaign.id) == 30


async def test_what_is_drawn_depends_on_the_secret(client, campaign, group, moderator, monkeypatch):
    asked = []
    monkeypatch.setattr(opinions, "_secret", lambda: "the server's secret")
    monkeypatch.setattr(opinions.kappa, "drawn", lambda *given: asked.append(given) or True)
    done = await decide(client, group[0], moderator)
    assert asked == [("the server's secret", done.json()["decision"], 5)]
    assert await database.fetch_value("SELECT count(*) FROM opinion") == 1
