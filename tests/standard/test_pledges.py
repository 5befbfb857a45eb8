"""Pledges: with the centre's code or as staff, once by name, counted by centre in pages, withdrawn with a reason."""

from __future__ import annotations

import pytest

from ideas import database
from ideas.campaign import queries as campaigns
from ideas.errors import Conflict, Invalid
from ideas.settings import Settings
from ideas.standard import actions, pledges, signing
from tests import factories
from tests.commitment.test_commitments import group


@pytest.fixture
async def published(campaign, planner, citizen):
    """A campaign with a published standard and a code for its centre."""
    campaigns.forget_campaigns()
    where = await campaigns.campaign(campaign.slug)
    cluster = await group(campaign, await factories.idea(campaign, citizen))
    await actions.write(planner.person, where, None, [cluster], "Талон приходит на телефон.")
    head = await actions.begin(where)
    await signing.sign(planner.person, where, head.revision, "Иванова М. П.", "директор")
    await signing.publish(planner.person, where, 1)
    await pledges.give_codes(planner.person, where)
    return where


async def code_of(where) -> str:
    return (await pledges.codes(where.id))[where.offices[0].id].code


async def test_a_link_of_the_centre_pledges_once(published, client, browser_as, citizen):
    code = await code_of(published)
    page = f"/campaigns/{published.slug}/pledge"
    answer = await client.get(f"{page}?office=arbat&code={code}")
    assert code in answer.text
    client.headers["x-csrftoken"] = client.cookies["csrf"]
    form = {
        "name": "Анна <Петрова>",
        "post": "",
        "office": "arbat",
        "code": f" {code[:4]}-{code[4:].lower()} ",
    }
    for _ in range(2):
        answer = await client.post(page, data=form)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/campaigns/{published.slug}/pledges/arbat"
    answer = await client.get(f"/campaigns/{published.slug}/pledges/arbat")
    assert answer.text.count("Анна &lt;Петрова&gt;") == 1
    assert await pledges.counts(published.id) == {published.offices[0].id: 1}


async def test_without_the_code_nobody_pledges(published, client, browser_as, citizen, moderator, planner):
    page = f"/campaigns/{published.slug}/pledge"
    await browser_as(citizen)
    form = {"name": "Анна Петрова", "office": "arbat", "code": "AAAAAAAA"}
    answer = await client.post(page, data=form)
    assert answer.status_code == 422
    assert 'value="Анна Петрова"' in answer.text
    assert (await client.post(page, data={**form, "name": "Анна"})).status_code == 422
    assert (await client.post(page, data={**form, "office": "нет"})).status_code == 422
    old = await code_of(published)
    await pledges.renew_code(planner.person, published, published.offices[0].id)
    assert (await client.post(page, data={**form, "code": old})).status_code == 422
    assert await pledges.total(published.id) == 0
    # Staff is known by the account.
    await browser_as(moderator)
    assert (await client.post(page, data={**form, "code": ""})).status_code == 303
    assert await pledges.total(published.id) == 1


async def test_codes_cannot_be_found_by_trying(published, client):
    await client.get("/sign-in")
    app = client._transport.app  # type: ignore[attr-defined]
    before = app.state.settings
    app.state.settings = Settings(secret=before.secret, rate_limits=True)
    try:
        client.headers["x-csrftoken"] = client.cookies["csrf"]
        form = {"name": "Анна Петрова", "office": "arbat", "code": "AAAAAAAA"}
        answers = [await client.post(f"/campaigns/{published.slug}/pledge", data=form) for _ in range(31)]
        assert {a.status_code for a in answers[:30]} == {422}
        assert answers[30].status_code == 429
        assert "Анна Петрова" in answers[30].text
    finally:
        app.state.settings = before


async def test_a_false_pledge_is_withdrawn_with_a_reason(published, client, browser_as, citizen, moderator):
    office = published.offices[0].id
    await pledges.pledge(moderator.person, published, office, "", "Дарт Вейдер", "")
    id = await database.fetch_value("SELECT id FROM pledge")
    form = {"campaign": published.slug, "office": "arbat", "reason": ""}
    await browser_as(citizen)
    assert (await client.post(f"/pledges/{id}/withdraw", data={**form, "reason": "x"})).status_code == 403
    await browser_as(moderator)
    assert (await client.post(f"/pledges/{id}/withdraw", data=form)).status_code == 422
    answer = await client.post(f"/pledges/{id}/withdraw", data={**form, "reason": "Такого сотрудника нет"})
    assert answer.status_code == 303
    assert "Дарт Вейдер" not in (await client.get(f"/campaigns/{published.slug}/pledges/arbat")).text
    assert await pledges.total(published.id) == 0
    kinds = await database.fetch("SELECT kind FROM audit WHERE subject = $1 ORDER BY id", f"pledge:{id}")
    assert [r["kind"] for r in kinds] == ["pledge", "withdraw"]
    # The same name may pledge anew.
    assert await pledges.pledge(moderator.person, published, office, "", "Дарт Вейдер", "")


async def test_five_thousand_are_counted_and_paged(published, client):
    office = published.offices[0].id
    await database.execute(
        """INSERT INTO pledge (standard, version, office, name) SELECT s.id, v.id, $1, 'Сотрудник № ' || n
        FROM standard s JOIN standard_version v ON v.standard = s.id, generate_series(1, 5000) n""",
        office,
    )
    answer = await client.get(f"/campaigns/{published.slug}/pledges")
    assert "5,000" in answer.text
    path, seen = f"/campaigns/{published.slug}/pledges/arbat", 0
    for _ in range(3):
        answer = await client.get(path)
        seen += answer.text.count("Сотрудник №")
        path = answer.text.split('href="/campaigns/' + published.slug + "/pledges/arbat?after=")[1].split(
            '"'
        )[0]
        path = f"/campaigns/{published.slug}/pledges/arbat?after={path}"
    assert seen == 300


async def test_nobody_pledges_to_what_is_not_published(campaign, moderator):
    campaigns.forget_campaigns()
    where = await campaigns.campaign(campaign.slug)
    with pytest.raises(Conflict):
        await pledges.pledge(moderator.person, where, where.offices[0].id, "", "Анна Петрова", "")
    with pytest.raises(Invalid):
        await pledges.pledge(moderator.person, where, None, "", "Анна Петрова", "")
