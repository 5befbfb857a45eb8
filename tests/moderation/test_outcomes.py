"""What came of a decision: ideas go into the standard and are carried out, and everybody hears of it once."""

from __future__ import annotations

import pytest

from ideas import database
from tests import factories
from tests.cluster.test_actions import cluster_of
from tests.notice.conftest import post_settings, work

__all__ = ["post_settings", "work"]


@pytest.fixture
async def decided(client, campaign, moderator):
    """An accepted decision on two ideas: (decision, ideas, authors, a supporter)."""
    authors, supporter = [await factories.person() for _ in range(2)], await factories.person()
    ideas = [await factories.idea(campaign, a, f"Идея {n}") for n, a in enumerate(authors)]
    await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", ideas[0], supporter.id)
    cluster = await cluster_of(campaign, ideas)
    answer = await client.post(
        f"/api/clusters/{cluster}/decision",
        json={"verdict": "accept", "reason": "Сделаем к маю"}, headers=moderator.bearer,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer.json()["decision"], ideas, authors, supporter


async def test_ideas_go_on_and_everybody_hears_once(client, decided, planner, browser_as, work):
    decision, ideas, authors, supporter = decided
    await browser_as(planner)
    path = f"/moderation/decisions/{decision}/outcome"
    assert "Сделаем к маю" in (await client.get(path)).text
    for status, note in (
        ("standard", "Пункт 4"),
        ("done", "Открыто в Арбате"),
        ("accepted", ""),
        ("done", "Снова"),
    ):
        answer = await client.post(path, data={"status": status, "note": note})
        assert answer.status_code == 303, answer.text
    again = await client.post(path, data={"status": "done", "note": "Открыто в Арбате"})
    assert again.status_code == 409
    assert "Открыто в Арбате" in again.text
    rows = await database.fetch("SELECT status FROM idea WHERE id = ANY($1::bigint[])", ideas)
    assert {r["status"] for r in rows} == {"done"}
    await work()
    rows = await database.fetch(
        "SELECT account, data->>'status' AS s FROM notice WHERE kind = 'status' ORDER BY id"
    )
    for person in (*authors, supporter):
        assert [r["s"] for r in rows if r["account"] == person.id] == ["standard", "done"]
    text = (await client.get(f"/ideas/{ideas[0]}")).text
    for part in ("Пункт 4", "Снова", "Nothing remains: it is carried out."):
        assert part in text, part


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"status": "declined", "note": "Текст"}, "status"),
        ({"status": "done", "note": ""}, "note"),
        ({"status": "done", "note": "я" * 1001}, "note"),
    ],
)
async def test_what_is_wrong_is_said(client, decided, moderator, browser_as, data, field):
    await browser_as(moderator)
    answer = await client.post(f"/moderation/decisions/{decided[0]}/outcome", data=data)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert data["note"] in answer.text


async def test_only_accepted_standing_decisions_and_only_the_team(
    client, decided, citizen, moderator, browser_as
):
    path = f"/moderation/decisions/{decided[0]}/outcome"
    await browser_as(citizen)
    assert (await client.post(path, data={"status": "done", "note": "Да"})).status_code == 403
    await browser_as(moderator)
    assert (await client.get("/moderation/decisions/1000000000/outcome")).status_code == 404
    await client.post(f"/api/decisions/{decided[0]}/undo", headers=moderator.bearer)
    assert (await client.post(path, data={"status": "done", "note": "Да"})).status_code == 404
