"""Comments over HTTP."""

from __future__ import annotations

import pytest

from ideas import database
from tests import factories


async def say(client, idea, person, side="for", text="Поддерживаю, у нас так же"):
    return await client.post(
        f"/api/ideas/{idea}/comments", json={"side": side, "text": text}, headers=person.bearer
    )


async def test_a_comment_is_counted_noted_and_told(client, campaign, citizen):
    author = await factories.person()
    idea = await factories.idea(campaign, author)
    answer = await say(client, idea, citizen, "question", "А кто\nзаплатит?")
    assert answer.status_code == 201, answer.text
    assert answer.json()["text"] == "А кто\nзаплатит?"
    thread = (await client.get(f"/api/ideas/{idea}/comments")).json()
    assert [c["side"] for c in thread["items"]] == ["question"]
    assert thread["next"] is None
    assert await database.fetch_value("SELECT comments FROM idea WHERE id = $1", idea) == 1
    told = await database.fetch("SELECT account, kind FROM notice WHERE idea = $1", idea)
    assert [tuple(r) for r in told] == [(author.id, "comment")]
    assert (
        await database.fetch_value("SELECT count(*) FROM ledger WHERE idea = $1 AND kind = 'comment'", idea)
        == 1
    )


async def test_nobody_is_told_of_oneself(client, campaign, citizen):
    idea = await factories.idea(campaign, citizen)
    await say(client, idea, citizen)
    assert await database.fetch_value("SELECT count(*) FROM notice") == 0


@pytest.mark.parametrize(
    ("side", "text", "wrong"),
    [("for", "  ", "text"), ("for", "я" * 2001, "text"), ("maybe", "Текст", "side"), ("", "Текст", "side")],
)
async def test_what_is_wrong_is_said_by_field(client, campaign, citizen, side, text, wrong):
    idea = await factories.idea(campaign, citizen)
    answer = await say(client, idea, citizen, side, text)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [wrong]


async def test_closed_unknown_and_hidden(client, citizen):
    closed = await factories.campaign(comment=False)
    idea = await factories.idea(closed, citizen)
    assert (await say(client, idea, citizen)).status_code == 409
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", idea)
    for unknown in (idea, 10**9):
        assert (await say(client, unknown, citizen)).status_code == 404
        assert (await client.get(f"/api/ideas/{unknown}/comments")).status_code == 404
    assert await database.fetch_value("SELECT count(*) FROM comment") == 0


async def test_pages_of_a_thread(client, campaign, citizen):
    idea = await factories.idea(campaign, citizen)
    for n in range(5):
        await say(client, idea, citizen, text=f"Довод {n}")
    seen, after = [], {}
    while True:
        answer = (await client.get(f"/api/ideas/{idea}/comments", params={"limit": 2, **after})).json()
        seen += [c["text"] for c in answer["items"]]
        if not answer["next"]:
            break
        after = {"after": answer["next"]}
    assert seen == [f"Довод {n}" for n in range(5)]


async def test_a_bad_comment_comes_back_with_what_was_typed(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, await factories.person())
    token = await browser_as(citizen)
    form = {"comment": "я" * 2001, "side": "against", "_csrf_token": token}
    answer = await client.post(f"/ideas/{idea}/comments", data=form)
    assert answer.status_code == 422
    assert "я" * 2001 in answer.text
    answer = await client.post(f"/ideas/{idea}/comments", data={**form, "comment": "Дорого"})
    assert answer.status_code == 303
    assert "Дорого" in (await client.get(f"/ideas/{idea}")).text


async def test_a_session_that_has_ended_loses_no_comment(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, await factories.person())
    token = await browser_as(citizen)
    client.cookies.delete("session")
    form = {"comment": "Долго писал это", "side": "for", "_csrf_token": token}
    answer = await client.post(f"/ideas/{idea}/comments", data=form)
    assert answer.status_code == 401
    assert "Долго писал это" in answer.text
    assert "signed out" in answer.text
