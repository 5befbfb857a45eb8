"""Reports go to moderators and hide nothing by themselves; what is hidden is kept, and comes back."""

from __future__ import annotations

import pytest

from ideas import database
from ideas.moderation import hiding, jobs
from ideas.transfer.recount import recount
from tests import factories
from tests.cluster.test_actions import cluster_of


@pytest.fixture
async def scene(client, campaign):
    """An idea by a troll with a comment of theirs on a decent one, both in one cluster."""
    troll, decent = await factories.person(name="Тролль"), await factories.person()
    bad, good = await factories.idea(campaign, troll, "Глупость"), await factories.idea(campaign, decent)
    said = await client.post(
        f"/api/ideas/{good}/comments",
        json={"side": "against", "text": "Вы все неправы"},
        headers=troll.bearer,
    )
    cluster = await cluster_of(campaign, [bad, good])
    return troll, bad, good, said.json()["id"], cluster


async def report(client, idea, **data):
    return await client.post(f"/ideas/{idea}/report", data={"reason": "spam", **data})


async def test_many_reports_hide_nothing_and_one_person_counts_once(client, scene, browser_as):
    _, bad, *_ = scene
    for n in range(5):
        await browser_as(await factories.person())
        for _ in range(2):
            assert (await report(client, bad, text=f"Пометка {n}")).status_code == 303
    assert await database.fetch_value("SELECT count(*) FROM report") == 5
    assert (await client.get(f"/ideas/{bad}")).status_code == 200
    await browser_as(await factories.person("moderator"))
    text = (await client.get("/moderation/reports")).text
    for part in ("Глупость", "5 reports", "advertising or spam", "Пометка 0", "Тролль"):
        assert part in text, part


@pytest.mark.parametrize(
    ("data", "field"),
    [({"reason": "ugly"}, "reason"), ({"reason": "other"}, "text"), ({"text": "я" * 501}, "text")],
)
async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    client, scene, citizen, browser_as, data, field
):
    await browser_as(citizen)
    answer = await report(client, scene[1], **data)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert data.get("text", "") in answer.text


async def test_reporting_what_is_ones_own_or_not_there(client, scene, browser_as):
    troll, bad, good, comment, _ = scene
    await browser_as(troll)
    assert (await report(client, bad)).status_code == 403
    assert (await report(client, good, comment=str(comment))).status_code == 403
    for idea, other in ((10**9, ""), (bad, str(comment)), (good, "9" * 18)):
        assert (await report(client, idea, comment=other)).status_code == 404
    for other in ("x", "-1", "9" * 30, "١"):
        assert (await report(client, good, comment=other)).status_code == 400
    assert await database.fetch_value("SELECT count(*) FROM report") == 0


async def test_a_moderator_hides_a_comment_and_the_counts_hold(client, scene, citizen, moderator, browser_as):
    _, _, good, comment, _ = scene
    await browser_as(citizen)
    assert (await report(client, good, comment=str(comment))).status_code == 303
    await browser_as(moderator)
    form = {"idea": str(good), "comment": str(comment), "outcome": "hidden"}
    assert (await client.post("/moderation/reports", data=form)).status_code == 303
    text = (await client.get(f"/ideas/{good}")).text
    assert "Вы все неправы" not in text
    assert await database.fetch_value("SELECT text FROM comment WHERE id = $1", comment) == "Вы все неправы"
    assert (await recount()).wrong == {}
    row = await database.fetch_one("SELECT outcome, closed_by FROM report")
    assert row is not None
    assert tuple(row) == ("hidden", moderator.id)
    assert await database.fetch_value("SELECT count(*) FROM ledger WHERE kind = 'hide'") == 1
    await client.post("/moderation/reports", data=form)
    assert "Somebody has ruled on this already." in (await client.get("/moderation/reports")).text


async def test_what_a_moderator_lets_stand_stays(client, scene, citizen, moderator, browser_as):
    await browser_as(citizen)
    await report(client, scene[1])
    await browser_as(moderator)
    form = {"idea": str(scene[1]), "outcome": "kept"}
    assert (await client.post("/moderation/reports", data=form)).status_code == 303
    assert (await client.get(f"/ideas/{scene[1]}")).status_code == 200
    assert "Nothing is reported" in (await client.get("/moderation/reports")).text


async def test_the_author_hears_that_an_idea_is_hidden_and_shown_again(client, scene, moderator, browser_as):
    troll, bad, *_ = scene
    notices = "SELECT data->>'status' FROM notice WHERE account = $1 AND kind = 'status' ORDER BY id"
    # Hidden twice is hidden and told once.
    for hide, told in ((True, ["hidden"]), (True, ["hidden"]), (False, ["hidden", "shown"])):
        await hiding.set_hidden(moderator.person, bad, None, hide)
        assert [r[0] for r in await database.fetch(notices, troll.id)] == told
    await hiding.set_hidden(moderator.person, bad, None, True)
    assert len(await database.fetch(notices, troll.id)) == 3
    await browser_as(troll)
    page = (await client.get("/account/notices", headers={"accept-language": "en"})).text
    assert "A moderator has hidden your idea" in page
    assert f'href="/ideas/{bad}"' in page


async def test_only_moderators_rule(client, scene, citizen, browser_as):
    await browser_as(citizen)
    await report(client, scene[1])
    assert (await client.get("/moderation/reports")).status_code == 403
    form = {"idea": str(scene[1]), "outcome": "hidden"}
    assert (await client.post("/moderation/reports", data=form)).status_code == 403
    assert await database.fetch_value("SELECT count(*) FROM idea WHERE hidden IS NOT NULL") == 0


async def test_blocked_peoples_words_are_hidden_kept_and_come_back(client, scene, admin, browser_as):
    troll, bad, good, comment, cluster = scene
    other = await factories.idea(await factories.campaign(), troll, "Скрыта раньше")
    await database.execute("UPDATE idea SET hidden = now(), hidden_by = 'moderator' WHERE id = $1", other)
    await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", good, troll.id)
    await database.execute("UPDATE idea SET votes = 1 WHERE id = $1", good)
    await browser_as(admin)

    async def block(blocked: str) -> None:
        assert (await client.post(f"/people/{troll.id}/block", data={"blocked": blocked})).status_code == 303
        rows = await database.fetch(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'ideas.moderation.jobs.follow_block' RETURNING args"
        )
        assert len(rows) == 1
        for _ in range(2):
            await jobs.follow_block(**database.from_json(rows[0]["args"]))

    await block("yes")
    assert (await client.get(f"/ideas/{bad}")).status_code == 404
    assert "Вы все неправы" not in (await client.get(f"/ideas/{good}")).text
    assert await database.fetch_value("SELECT size FROM cluster WHERE id = $1", cluster) == 1
    assert await database.fetch_value("SELECT votes FROM idea WHERE id = $1", good) == 1
    await block("no")
    assert (await client.get(f"/ideas/{bad}")).status_code == 200
    assert "Вы все неправы" in (await client.get(f"/ideas/{good}")).text
    assert await database.fetch_value("SELECT size FROM cluster WHERE id = $1", cluster) == 2
    assert await database.fetch_value("SELECT hidden IS NOT NULL FROM idea WHERE id = $1", other)
    assert await database.fetch_value("SELECT comments FROM idea WHERE id = $1", good) == 1
    assert comment
