"""Appeals: once, answered by somebody who did not decide; overturning frees one idea from its decision."""

from __future__ import annotations

import asyncpg
import pytest

from ideas import database
from ideas.notice.letters import compose
from ideas.transfer.recount import recount
from tests import factories
from tests.cluster.test_actions import cluster_of
from tests.moderation.test_decisions import decide, group, statuses

__all__ = ["group"]
TEXT = "Этого ещё нет: проверил на сайте"


@pytest.fixture
async def declined(client, group, moderator):
    """A declined group of three; the first author's session is not open yet."""
    answer = await decide(client, group[0], moderator, verdict="decline", reason="Уже есть", letter="")
    return answer.json()["decision"], group[1], group[2]


async def appeal(client, idea, text=TEXT):
    return await client.post(f"/ideas/{idea}/appeal", data={"text": text})


async def answer(client, id, verdict="accept", reason="Вы правы"):
    return await client.post(f"/moderation/appeals/{id}", data={"verdict": verdict, "reason": reason})


@pytest.fixture
async def appealed(client, declined, browser_as):
    """(appeal, ideas, authors) of the first author's appeal."""
    _, ideas, authors = declined
    await browser_as(authors[0])
    assert (await appeal(client, ideas[0])).status_code == 303
    return await database.fetch_value("SELECT id FROM appeal"), ideas, authors


async def test_an_author_appeals_once(client, declined, browser_as):
    _, ideas, authors = declined
    await browser_as(authors[0])
    page = (await client.get(f"/ideas/{ideas[0]}")).text
    assert f'href="/ideas/{ideas[0]}/appeal"' in page
    assert "Уже есть" in (await client.get(f"/ideas/{ideas[0]}/appeal")).text
    assert (await appeal(client, ideas[0])).status_code == 303
    again = await appeal(client, ideas[0], "И ещё раз о том же")
    assert again.status_code == 409
    assert "You have appealed against this decision already." in again.text
    text = (await client.get(f"/ideas/{ideas[0]}/appeal")).text
    assert TEXT in text
    assert "It waits for its answer." in text
    assert await database.fetch_value("SELECT count(*) FROM appeal") == 1


@pytest.mark.parametrize("text", ["", "коротко", "ж" * 2001])
async def test_what_is_no_appeal(client, declined, browser_as, text):
    _, ideas, authors = declined
    await browser_as(authors[0])
    refused = await appeal(client, ideas[0], text)
    assert refused.status_code == 422
    assert 'href="#text"' in refused.text
    assert ("at most 2000 characters" if len(text) > 2000 else "at least 10 characters") in refused.text
    assert text in refused.text


async def test_who_may_not_appeal(client, campaign, declined, citizen, browser_as):
    _, ideas, authors = declined
    assert (await client.get(f"/ideas/{ideas[0]}/appeal")).status_code in (302, 303, 401)
    await browser_as(citizen)
    assert (await appeal(client, ideas[0])).status_code == 403
    await browser_as(authors[0])
    own = await factories.idea(campaign, authors[0], "Ещё не решено")
    assert (await appeal(client, own)).status_code == 409
    for unknown in (10**12, 2**70):
        assert (await appeal(client, unknown)).status_code in (400, 404)
    assert await database.fetch_value("SELECT count(*) FROM appeal") == 0


async def test_whoever_decided_cannot_answer(client, appealed, moderator, browser_as):
    id, ideas, authors = appealed
    await browser_as(moderator)
    assert "You decided on it yourself" in (await client.get("/moderation/appeals")).text
    assert (await answer(client, id)).status_code == 403
    assert (await statuses(ideas))[0] == "declined"
    for who in (moderator, authors[0]):
        with pytest.raises(asyncpg.CheckViolationError):
            async with database.transaction():
                await database.execute(
                    """UPDATE appeal SET state = 'confirmed', moderator = $2, reason = 'Да', answered = now()
                    WHERE id = $1""",
                    id, who.id,
                )  # fmt: skip
    with pytest.raises(asyncpg.RaiseError):
        async with database.transaction():
            await database.execute("UPDATE appeal SET decided_by = $2 WHERE id = $1", id, authors[1].id)
    other = await factories.person("moderator")
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction():
            await database.execute(
                "INSERT INTO appeal (idea, decision, author, text) SELECT $1, decision, $2, 'x' FROM appeal",
                ideas[1], other.id,
            )  # fmt: skip


async def test_the_decline_is_confirmed(client, appealed, settings, browser_as):
    id, ideas, authors = appealed
    await browser_as(await factories.person("moderator", "Другая"))
    assert "1 appeal is unanswered" in (await client.get("/moderation")).text
    assert (await answer(client, id, "confirm", "")).status_code == 422
    assert (await answer(client, id, "maybe", "Да")).status_code == 422
    assert (await answer(client, id, "confirm", "Проверили ещё раз: есть")).status_code == 303
    assert (await answer(client, id, "accept")).status_code == 409
    assert await statuses(ideas) == ["declined"] * 3
    assert "unanswered" not in (await client.get("/moderation")).text
    await database.execute("UPDATE account SET confirmed = now(), language = 'en'")
    await compose(settings)
    letters = await database.fetch("SELECT text FROM letter WHERE account = $1 ORDER BY id", authors[0].id)
    assert "Проверили ещё раз: есть" in "".join(row["text"] for row in letters)
    await browser_as(authors[0])
    text = (await client.get(f"/ideas/{ideas[0]}")).text
    assert "Appeal: the decline stands" in text
    assert "Проверили ещё раз: есть" in text
    assert "the decline stands" in (await client.get("/account/notices")).text


async def test_overturning_frees_one_idea_from_its_decision(client, declined, appealed, browser_as):
    decision = declined[0]
    id, ideas, authors = appealed
    other = await factories.person("moderator", "Другая")
    await browser_as(other)
    assert (await answer(client, id)).status_code == 303
    assert await statuses(ideas) == ["accepted", "declined", "declined"]
    row = await database.fetch_one(
        "SELECT d.verdict, d.moderator, d.reason FROM appeal a JOIN decision d ON d.id = a.result"
    )
    assert row is not None
    assert tuple(row) == ("accept", other.id, "Вы правы")
    rulings = await database.fetch("SELECT idea FROM ruling WHERE decision = $1 ORDER BY idea", decision)
    assert [r["idea"] for r in rulings] == ideas[1:]
    kinds = await database.fetch("SELECT kind FROM ledger WHERE idea = $1 ORDER BY id", ideas[0])
    assert [k["kind"] for k in kinds] == ["decide", "appeal", "undo", "decide", "appealed"]
    told = await database.fetch("SELECT kind FROM notice WHERE account = $1 ORDER BY id", authors[0].id)
    assert [n["kind"] for n in told if n["kind"] != "clustered"] == ["decision", "decision", "appeal"]
    await browser_as(authors[0])
    text = (await client.get(f"/ideas/{ideas[0]}")).text
    assert text.index("Appeal upheld") < text.index("timeline__step--current")
    # Undoing the old decision leaves what was overturned alone; so does undoing twice.
    assert (await client.post(f"/api/decisions/{decision}/undo", headers=other.bearer)).status_code == 200
    assert await statuses(ideas) == ["accepted", "submitted", "submitted"]
    assert (await recount()).wrong == {}


async def test_a_decision_on_nothing_else_is_undone_whole(client, campaign, moderator, browser_as):
    author = await factories.person()
    idea = await factories.idea(campaign, author)
    cluster = await cluster_of(campaign, [idea])
    await decide(client, cluster, moderator, verdict="decline", letter="")
    await browser_as(author)
    await appeal(client, idea)
    await browser_as(await factories.person("moderator"))
    id = await database.fetch_value("SELECT id FROM appeal")
    assert (await answer(client, id, "forward")).status_code == 303
    assert await statuses([idea]) == ["study"]
    assert await database.fetch_value("SELECT count(*) FROM decision WHERE undone IS NULL") == 1
    told = await database.fetch("SELECT kind FROM notice WHERE account = $1 ORDER BY id", author.id)
    assert [n["kind"] for n in told if n["kind"] != "clustered"] == ["decision", "decision", "appeal"]


async def test_a_withdrawn_decision_needs_no_answer(client, declined, appealed, moderator, browser_as):
    id, ideas, authors = appealed
    await client.post(f"/api/decisions/{declined[0]}/undo", headers=moderator.bearer)
    await browser_as(await factories.person("moderator"))
    assert (await answer(client, id)).status_code == 409
    await browser_as(authors[0])
    assert "The decision has been withdrawn." in (await client.get(f"/ideas/{ideas[0]}/appeal")).text
    # Declined anew, it may be appealed against anew.
    await decide(
        client, await database.fetch_value("SELECT cluster FROM idea WHERE id = $1", ideas[0]), moderator,
        verdict="decline",
    )  # fmt: skip
    assert (await appeal(client, ideas[0])).status_code == 303


async def test_only_moderators_answer_and_the_text_is_theirs_to_read(
    client, appealed, citizen, planner, browser_as
):
    id, ideas, _ = appealed
    await browser_as(citizen)
    assert (await client.get("/moderation/appeals")).status_code == 403
    assert TEXT not in (await client.get(f"/ideas/{ideas[0]}")).text
    assert TEXT not in (await client.get(f"/api/ideas/{ideas[0]}")).text
    await browser_as(planner)
    assert TEXT in (await client.get("/moderation/appeals")).text
    assert (await answer(client, id)).status_code == 403
    del client.headers["x-csrftoken"]
    await browser_as(await factories.person("moderator"))
    del client.headers["x-csrftoken"]
    assert (await answer(client, id)).status_code == 403, "no token, no answer"


async def test_the_letter_leads_to_the_appeal(client, declined, settings):
    _, ideas, authors = declined
    await database.execute("UPDATE account SET confirmed = now(), language = 'en'")
    await compose(settings)
    row = await database.fetch_one("SELECT text, html FROM letter WHERE account = $1", authors[0].id)
    assert row is not None
    assert f"{settings.address}/ideas/{ideas[0]}/appeal\n" in row["text"]
    assert f'href="{settings.address}/ideas/{ideas[0]}/appeal"' in row["html"]
