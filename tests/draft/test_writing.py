"""Writing an idea step by step, through HTTP. Nothing typed is ever lost."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from ideas import app as app_module
from ideas import database
from ideas.account import queries as account_queries
from ideas.campaign import queries as campaign_queries
from ideas.draft import actions, jobs
from tests import factories

TITLE = "Талон на телефон"
TEXT = "В очереди стоим по два часа, пусть талон приходит на телефон."


def fields(campaign, token, **more) -> dict[str, str]:
    return {
        "campaign": campaign.slug, "title": TITLE, "text": TEXT, "office": "", "rest": "", "key": "a key of a form",
        "shown": "", "step": "what", "_csrf_token": token, **more,
    }  # fmt: skip


def carried(page: str) -> dict[str, str]:
    """The fields of the page's own form, as a browser would send them again."""
    form = re.search(r'<form id="idea-form".*?</form>', page, re.S)
    assert form, page
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0])
    found += re.findall(r'<input[^>]*name="(title)"[^>]*value="([^"]*)"', form[0])
    found += re.findall(r'<textarea[^>]*name="(text)"[^>]*>([^<]*)', form[0])
    found += re.findall(r'<select[^>]*name="(office)".*?<option value="([^"]*)" selected', form[0], re.S)
    return {name: html.unescape(value) for name, value in found}


async def ideas() -> int:
    return await database.fetch_value("SELECT count(*) FROM idea")


async def test_one_question_after_the_other(client, campaign, citizen, browser_as):
    await browser_as(citizen)
    first = await client.get("/ideas/new", params={"campaign": campaign.slug})
    typed = carried(first.text) | {"title": TITLE, "text": TEXT}
    where = await client.post("/ideas/new", data=typed)
    assert where.status_code == 200
    assert 'name="office"' in where.text
    typed = carried(where.text) | {"office": "arbat"}
    check = await client.post("/ideas/new/photos", data=typed, files={"photo": ("", b"")})
    assert "Check and publish" in check.text
    assert "Arbat service centre" in check.text
    assert TEXT in check.text
    assert await ideas() == 0
    done = await client.post("/ideas/new", data=carried(check.text) | {"act": "publish"})
    assert done.status_code == 303
    row = await database.fetch_one("SELECT title, text, office IS NOT NULL AS placed FROM idea")
    assert row is not None
    assert tuple(row) == (TITLE, TEXT, True)
    # The draft has become the idea.
    assert await database.fetch_value("SELECT count(*) FROM draft") == 0


async def test_every_button_leads_back_with_everything(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    typed = fields(campaign, token, office="arbat", rest="И второе", step="check")
    for act, mark in (("what", 'name="title"'), ("where", 'name="office"'), ("", "Check and publish")):
        page = (await client.post("/ideas/new", data={**typed, "act": act})).text
        assert mark in page
        again = carried(page)
        assert {k: again[k] for k in ("title", "text", "office", "rest", "key")} == {
            k: typed[k] for k in ("title", "text", "office", "rest", "key")
        }


async def test_similar_ideas_are_a_step_and_the_answer_is_kept(client, campaign, citizen, browser_as):
    twin = await factories.idea(campaign, await factories.person(), TITLE, TEXT)
    token = await browser_as(citizen)
    step = await client.post("/ideas/new", data=fields(campaign, token))
    assert f'action="/ideas/{twin}/vote"' in step.text
    assert TEXT in step.text
    assert await ideas() == 1
    back = await client.post("/ideas/new", data=carried(step.text) | {"act": "what"})
    assert TEXT in back.text
    assert 'name="title"' in back.text
    where = await client.post("/ideas/new", data=carried(step.text) | {"different": "1"})
    assert 'name="office"' in where.text
    check = await client.post("/ideas/new/photos", data=carried(where.text), files={"photo": ("", b"")})
    done = await client.post("/ideas/new", data=carried(check.text) | {"act": "publish"})
    assert done.status_code == 303, done.text
    mine = int(done.headers["location"].split("/")[-1])
    kept = await database.fetch("SELECT idea, other, account, answer FROM choice")
    assert [tuple(r) for r in kept] == [(mine, twin, citizen.id, "different")]
    # An answer is not asked for twice: going back and on again shows no similar step.
    once_more = await client.post("/ideas/new", data=carried(check.text) | {"step": "what"})
    assert 'name="office"' in once_more.text


async def test_supporting_another_instead_is_kept_too(client, campaign, citizen, browser_as):
    twin = await factories.idea(campaign, await factories.person(), TITLE, TEXT)
    token = await browser_as(citizen)
    instead = {"voted": "1", "instead": "1", "_csrf_token": token}
    for _ in range(2):
        answer = await client.post(f"/ideas/{twin}/vote", data=instead)
        assert answer.headers["location"] == f"/ideas/{twin}"
    assert await database.fetch_value("SELECT votes FROM idea WHERE id = $1", twin) == 1
    kept = await database.fetch("SELECT idea, other, account, answer FROM choice")
    assert [tuple(r) for r in kept] == [(None, twin, citizen.id, "same")]


async def test_answers_name_only_ideas_of_the_same_campaign(client, campaign, citizen, browser_as):
    elsewhere = await factories.campaign()
    foreign = await factories.idea(elsewhere, await factories.person(), "Другое", "Совсем о другом")
    token = await browser_as(citizen)
    shown = f"{foreign},999999999999999999999,-4,abc,77"
    done = await client.post(
        "/ideas/new", data=fields(campaign, token, step="check", act="publish", shown=shown)
    )
    assert done.status_code == 303
    assert await database.fetch_value("SELECT count(*) FROM choice") == 0


async def test_a_bad_form_comes_back_whole(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    long = "<script>alert(1)</script>" + "я" * 5000
    answer = await client.post("/ideas/new", data=fields(campaign, token, title="", text=long))
    assert answer.status_code == 422
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert" not in answer.text
    assert "я" * 5000 in answer.text
    assert "govuk-error-summary" in answer.text
    assert 'href="#title"' in answer.text
    # Too long to be published, but not too long to be kept.
    assert await database.fetch_value("SELECT text FROM draft") == long


async def test_a_centre_that_is_not_there_brings_its_own_page_back(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    sent = fields(campaign, token, step="check", act="publish", office="nowhere")
    answer = await client.post("/ideas/new", data=sent)
    assert answer.status_code == 422
    assert 'id="office-error"' in answer.text
    assert carried(answer.text)["text"] == TEXT


# Nothing typed is lost


async def test_a_session_that_has_ended_keeps_the_text_until_one_has_signed_in(
    client, campaign, citizen, browser_as
):
    token = await browser_as(citizen)
    sent = fields(campaign, token, step="check", act="publish", office="arbat", rest="И второе")
    client.cookies.delete("session")
    account_queries.forget_sessions()
    answer = await client.post("/ideas/new", data=sent)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/ideas/new"
    assert await ideas() == 0
    await browser_as(citizen)
    check = await client.get("/ideas/new")
    assert "Check and publish" in check.text
    again = carried(check.text)
    assert {k: again[k] for k in ("title", "text", "office", "rest", "key")} == {
        k: sent[k] for k in ("title", "text", "office", "rest", "key")
    }
    done = await client.post("/ideas/new", data=carried(check.text) | {"act": "publish"})
    assert done.status_code == 303
    assert await database.fetch_value("SELECT text FROM idea WHERE author = $1", citizen.id) == TEXT


async def test_a_parked_draft_is_given_back_once_and_to_nobody_else(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    sent = fields(campaign, token, step="check", act="publish")
    client.cookies.delete("session")
    await client.post("/ideas/new", data=sent)
    secret = client.cookies["parked"]
    await browser_as(await factories.person())
    assert TEXT in (await client.get("/ideas/new")).text
    await browser_as(citizen)
    client.cookies.set("parked", secret)
    answer = await client.get("/ideas/new")
    assert answer.status_code == 200
    assert TEXT not in answer.text


async def test_an_earlier_draft_is_shown_when_another_takes_its_place(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    await client.post("/drafts", data=fields(campaign, token, text="Прежний черновик, о другом."))
    client.cookies.delete("session")
    await client.post("/ideas/new", data=fields(campaign, token, step="check", act="publish"))
    await browser_as(citizen)
    page = (await client.get("/ideas/new")).text
    assert TEXT in page
    assert "Прежний черновик, о другом." in page


async def test_a_form_sent_twice_is_one_idea(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    sent = fields(campaign, token, step="check", act="publish")
    first = await client.post("/ideas/new", data=sent)
    # Long after: what recognises it is the form's key, not the time.
    await database.execute("UPDATE idea SET created = now() - interval '1 day'")
    second = await client.post("/ideas/new", data=sent)
    assert first.headers["location"] == second.headers["location"]
    assert await ideas() == 1
    other_form = await client.post("/ideas/new", data=sent | {"key": "another form"})
    assert other_form.headers["location"] != first.headers["location"]


async def test_what_is_changed_after_publishing_and_sent_again_is_not_lost(
    client, campaign, citizen, browser_as
):
    token = await browser_as(citizen)
    sent = fields(campaign, token, step="check", act="publish")
    await client.post("/ideas/new", data=sent)
    again = await client.post("/ideas/new", data=sent | {"text": TEXT + " И ещё кое-что."})
    assert again.status_code == 409
    assert "кое-что" in again.text
    assert await ideas() == 1
    done = await client.post("/ideas/new", data=carried(again.text) | {"act": "publish"})
    assert done.status_code == 303
    assert await ideas() == 2


async def test_a_server_that_was_started_again_takes_the_form_of_before(
    client, campaign, citizen, browser_as, settings
):
    await browser_as(citizen)
    page = await client.get("/ideas/new", params={"campaign": campaign.slug})
    typed = carried(page.text) | {"title": TITLE, "text": TEXT}
    account_queries.forget_sessions()
    campaign_queries.forget_campaigns()
    app: Any = app_module.create_app(settings, pool=False)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", cookies=client.cookies
    ) as other:
        where = await other.post("/ideas/new", data=typed)
        assert where.status_code == 200
        check = await other.post("/ideas/new/photos", data=carried(where.text), files={"photo": ("", b"")})
        done = await other.post("/ideas/new", data=carried(check.text) | {"act": "publish"})
    assert done.status_code == 303
    assert await database.fetch_value("SELECT text FROM idea") == TEXT


async def test_a_stage_that_has_closed_loses_no_text(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    await database.execute("UPDATE stage SET submit = false WHERE id = $1", campaign.stage)
    campaign_queries.forget_campaigns()
    answer = await client.post("/ideas/new", data=fields(campaign, token, step="check", act="publish"))
    assert answer.status_code == 409
    assert TEXT in answer.text
    assert "your draft is kept" in answer.text
    later = await client.get("/ideas/new", params={"campaign": campaign.slug})
    assert later.status_code == 200
    assert TEXT in later.text
    # Without a draft there is nothing to show.
    await client.post("/drafts/discard", data={"campaign": campaign.slug, "_csrf_token": token})
    gone = await client.get("/ideas/new", params={"campaign": campaign.slug})
    assert gone.headers["location"] == f"/campaigns/{campaign.slug}"


async def test_somebody_who_is_signed_out_when_the_stage_closes_loses_no_text(
    client, campaign, citizen, browser_as
):
    token = await browser_as(citizen)
    client.cookies.delete("session")
    await database.execute("UPDATE stage SET submit = false WHERE id = $1", campaign.stage)
    campaign_queries.forget_campaigns()
    answer = await client.post("/ideas/new", data=fields(campaign, token, step="check", act="publish"))
    assert answer.status_code == 409
    assert carried(answer.text)["text"] == TEXT


async def test_a_campaign_that_has_gone_loses_no_text(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    answer = await client.post("/ideas/new", data=fields(campaign, token) | {"campaign": "gone"})
    assert answer.status_code == 404
    assert carried(answer.text)["text"] == TEXT


# Drafts


async def test_a_draft_is_kept_while_one_types_and_comes_back(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    kept = await client.post("/drafts", data=fields(campaign, token, text="Полуфраза"))
    assert kept.text.startswith("Draft kept")
    await client.post("/drafts", data=fields(campaign, token, text="Полуфраза и"))
    assert await database.fetch_value("SELECT count(*) FROM draft") == 1
    page = await client.get("/ideas/new", params={"campaign": campaign.slug})
    assert carried(page.text)["text"] == "Полуфраза и"
    assert carried(page.text)["key"] == "a key of a form"
    # Another person sees nothing of it; neither does another campaign.
    other = await factories.campaign()
    assert "Полуфраза" not in (await client.get("/ideas/new", params={"campaign": other.slug})).text
    await browser_as(await factories.person())
    assert "Полуфраза" not in (await client.get("/ideas/new", params={"campaign": campaign.slug})).text


async def test_a_late_save_brings_no_published_idea_back(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    await client.post("/ideas/new", data=fields(campaign, token, step="check", act="publish"))
    late = await client.post("/drafts", data=fields(campaign, token))
    assert late.text == ""
    assert await database.fetch_value("SELECT count(*) FROM draft") == 0


async def test_drafts_are_bounded_and_forgotten(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    await client.post("/drafts", data=fields(campaign, token, title="я" * 9000, text="я" * 90_000))
    row = await database.fetch_one("SELECT length(title) AS title, length(text) AS text FROM draft")
    assert row is not None
    assert (row["title"], row["text"]) == (1000, 20_000)
    await jobs.forget()
    assert await database.fetch_value("SELECT count(*) FROM draft") == 1
    await database.execute("UPDATE draft SET saved = now() - interval '181 days'")
    await jobs.forget()
    assert await database.fetch_value("SELECT count(*) FROM draft") == 0


async def test_nobody_keeps_drafts_without_an_account(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    client.cookies.delete("session")
    assert (await client.post("/drafts", data=fields(campaign, token))).status_code == 401


# The friendly screen


async def checked(client, campaign, token, **more) -> Any:
    return await client.post("/ideas/new", data=fields(campaign, token, step="where", **more))


async def test_what_is_private_is_pointed_out_and_hidden_with_one_tap(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    text = "Звоните мне: +7 916 123-45-67, или пишите на ivan@example.org. Очередь в МФЦ огромная."
    page = await checked(client, campaign, token, text=text)
    assert re.search(r"<mark[^>]*>\+7 916 123-45-67", page.text)
    assert "ivan@example.org</mark>" in page.text
    one = await client.post("/ideas/new", data=carried(page.text) | {"act": "hide:0"})
    assert carried(one.text)["text"] == text.replace("+7 916 123-45-67", "[телефон скрыт]")
    every = await client.post("/ideas/new", data=carried(page.text) | {"act": "hide"})
    assert "916" not in every.text
    assert "ivan@" not in every.text
    assert "Better to mend first" not in every.text
    # It is a suggestion: whoever wants to publishes as it is.
    done = await client.post("/ideas/new", data=carried(page.text) | {"act": "publish"})
    assert done.status_code == 303


async def test_capitals_are_lowered_with_one_tap(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    page = await checked(
        client, campaign, token, text="ПОЧЕМУ В МФЦ НЕТ ВОДЫ? ПОСТАВЬТЕ КУЛЕР В ЗАЛЕ ОЖИДАНИЯ."
    )
    assert "Lower the capitals" in page.text
    lowered = await client.post("/ideas/new", data=carried(page.text) | {"act": "lower"})
    assert carried(lowered.text)["text"] == "Почему в МФЦ нет воды? Поставьте кулер в зале ожидания."
    assert "Lower the capitals" not in lowered.text


async def test_two_ideas_in_one_text_become_two(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    text = "Поставьте в зале кулер с водой для посетителей. А ещё сделайте навес для колясок у входа."
    page = await checked(client, campaign, token, text=text)
    assert "Are these two ideas?" in page.text
    parted = await client.post("/ideas/new", data=carried(page.text) | {"act": "split"})
    assert carried(parted.text)["rest"] == "Сделайте навес для колясок у входа."
    together = await client.post("/ideas/new", data=carried(parted.text) | {"act": "join"})
    assert carried(together.text)["rest"] == ""
    assert "навес" in carried(together.text)["text"]
    done = await client.post("/ideas/new", data=carried(parted.text) | {"act": "publish"})
    assert done.headers["location"].startswith("/ideas/new")
    following = await client.get(done.headers["location"])
    again = carried(following.text)
    assert (again["title"], again["text"]) == ("", "Сделайте навес для колясок у входа.")
    assert again["key"] != "a key of a form"
    assert await ideas() == 1
    second = await client.post(
        "/ideas/new", data=again | {"title": "Навес", "step": "check", "act": "publish"}
    )
    assert second.status_code == 303
    assert await ideas() == 2


@pytest.mark.parametrize("act", ["hide:99", "hide:999999", "nonsense", "remove:5", "split", "'; DROP"])
async def test_a_button_that_is_not_there_loses_nothing(client, campaign, citizen, browser_as, act):
    token = await browser_as(citizen)
    page = await client.post("/ideas/new", data=fields(campaign, token, step="check", act=act))
    assert page.status_code == 200
    assert carried(page.text)["text"] == TEXT


async def test_a_form_that_has_expired_comes_back_fresh_and_does_nothing(
    client, campaign, citizen, browser_as
):
    token = await browser_as(citizen)
    sent = fields(campaign, token, step="check", act="publish", office="arbat")
    # The browser was closed meanwhile, and with it went the token's cookie.
    client.cookies.delete("csrf")
    del client.headers["x-csrftoken"]
    answer = await client.post("/ideas/new", data=sent)
    assert answer.status_code == 403
    assert await ideas() == 0
    assert await database.fetch_value("SELECT count(*) FROM draft") == 0
    again = carried(answer.text)
    assert again["text"] == TEXT
    fresh = re.search(r'name="_csrf_token" value="([^"]+)"', answer.text)
    assert fresh
    assert fresh[1] != token
    done = await client.post(
        "/ideas/new", data=again | {"_csrf_token": fresh[1], "step": "check", "act": "publish"}
    )
    assert done.status_code == 303
    # Other forms stay refused.
    client.cookies.delete("csrf")
    assert (await client.post("/drafts", data=sent)).status_code == 403


async def test_two_presses_at_once_are_one_idea(scratch_pool):
    """With real connections: the second waits for the first and finds its idea."""
    person, where = await factories.person(), await factories.campaign()
    campaign_queries.forget_campaigns()
    known = await campaign_queries.campaign(where.slug)
    typed = actions.Typed(TITLE, TEXT, "", "", "one key")
    await actions.keep(person.id, known.id, typed)
    now = datetime.now(UTC)
    done = await asyncio.gather(*(actions.publish(person.person, known, typed, [], now) for _ in range(6)))
    assert len({d.idea for d in done}) == 1
    assert sorted(d.fresh for d in done) == [False] * 5 + [True]
    assert await ideas() == 1
    assert await database.fetch_value("SELECT count(*) FROM ledger WHERE kind = 'submit'") == 1
    campaign_queries.forget_campaigns()
