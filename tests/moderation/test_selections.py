"""One decision over a selection: previewed, written by a job that anything may kill, undone as one."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import asyncpg
import pytest

from ideas import audit, database
from ideas.cluster import claims
from ideas.moderation import selections
from ideas.transfer.recount import recount
from tests import factories
from tests.cluster.test_actions import cluster_of

GIVEN = {"verdict": "decline", "reason": "Этим занят другой отдел", "letter": "{name}: «{title}»"}


@pytest.fixture
async def theme(campaign):
    """A theme with two groups of three ideas and one idea that stands alone, by two people; another idea outside."""
    id = await database.fetch_value(
        "INSERT INTO theme (campaign, name) VALUES ($1, 'Очереди') RETURNING id", campaign.id
    )
    people = [await factories.person(name=f"Автор {n}") for n in range(2)]
    ideas = [await factories.idea(campaign, people[n % 2], f"Идея {n}") for n in range(7)]
    await database.execute("UPDATE idea SET theme = $1", id)
    groups = [await cluster_of(campaign, ideas[:3]), await cluster_of(campaign, ideas[3:6])]
    await factories.idea(campaign, people[0], "Другая тема")
    return id, groups, ideas, people


async def start(client, campaign, who, within, /, **changes):
    body = {"campaign": campaign.slug, "theme": str(within), **GIVEN, **changes}
    return await client.post("/api/selections", json=body, headers=who.bearer)


async def everything() -> list:
    """What undoing must give back."""
    ideas = await database.fetch("SELECT id, status, cluster, theme, votes FROM idea ORDER BY id")
    groups = await database.fetch(
        "SELECT id, state, size, supporters, typical, retired FROM cluster ORDER BY id"
    )
    return [*map(tuple, ideas), *map(tuple, groups)]


async def test_one_decision_answers_all_and_one_undo_takes_it_back(client, campaign, moderator, theme):
    id, groups, _, people = theme
    before = await everything()
    answer = await start(client, campaign, moderator, id)
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert made["ideas"] == 7
    assert await database.fetch_value("SELECT count(*) FROM ruling") == 0, "the job rules, not the call"
    waiting = "SELECT args->>'bulk' FROM procrastinate_jobs WHERE task_name LIKE '%decide_selection'"
    assert await database.fetch_value(waiting) == str(made["id"])
    while await selections.step(made["id"], 2):
        done = await recount()
        assert done.wrong == {}
    rows = await database.fetch("SELECT status, count(*) AS n FROM idea GROUP BY status ORDER BY status")
    assert [tuple(r) for r in rows] == [("declined", 7), ("submitted", 1)]
    states = await database.fetch("SELECT state FROM cluster ORDER BY id")
    assert [r["state"] for r in states] == ["declined", "declined"]
    told = await database.fetch("SELECT account, data FROM notice WHERE kind = 'decision' ORDER BY account")
    assert [r["account"] for r in told] == [p.id for p in people], "one piece of news for each author"
    assert [database.from_json(r["data"])["ideas"] for r in told] == [4, 3]
    shown = (await client.get(f"/api/selections/{made['id']}", headers=moderator.bearer)).json()
    assert (shown["total"], shown["done"], shown["failed"]) == (7, 7, 0)
    assert shown["finished"]
    twice = await client.post(f"/api/clusters/{groups[0]}/decision", json=GIVEN, headers=moderator.bearer)
    assert twice.status_code == 409
    page = (await client.get(f"/clusters/{groups[0]}")).text
    assert GIVEN["reason"] in page, "a group shows the decision that closed it"
    undone = await client.post(f"/api/decisions/{made['decision']}/undo", headers=moderator.bearer)
    assert undone.status_code == 200, undone.text
    assert await everything() == before
    assert await database.fetch_value("SELECT count(*) FROM notice WHERE kind = 'undone'") == 2
    kinds = await database.fetch("SELECT kind FROM audit ORDER BY id")
    assert [r["kind"] for r in kinds] == ["decide", "selection", "undo"]
    assert (await audit.verify()).broken == []
    again = await client.post(f"/api/clusters/{groups[0]}/decision", json=GIVEN, headers=moderator.bearer)
    assert again.status_code == 200


async def test_what_cannot_be_done_is_said_row_by_row_and_tried_again(client, campaign, moderator, theme):
    id, groups, ideas, _ = theme
    other = await factories.person("moderator", "Вторая")
    made = (await start(client, campaign, moderator, id)).json()
    await claims.take(other.person, groups[0])
    single = {"verdict": "accept", "reason": "Да"}
    await client.post(f"/api/ideas/{ideas[6]}/decision", json=single, headers=other.bearer)
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", ideas[5])
    await selections.work(made["id"])
    shown = (await client.get(f"/api/selections/{made['id']}", headers=moderator.bearer)).json()
    assert (shown["done"], shown["failed"]) == (2, 5)
    assert [(f["idea"], f["why"], f["who"]) for f in shown["failures"]] == [
        *((i, "claimed", "Вторая") for i in ideas[:3]), (ideas[5], "hidden", None), (ideas[6], "answered", "Вторая"),
    ]  # fmt: skip
    states = await database.fetch("SELECT state FROM cluster ORDER BY id")
    assert [r["state"] for r in states] == ["open", "declined"], "no visible idea of the second is left"
    await claims.release(other.person, groups[0])
    again = await client.post(f"/api/selections/{made['id']}/retry", headers=moderator.bearer)
    assert again.json() == {"ideas": 5}
    await selections.work(made["id"])
    shown = (await client.get(f"/api/selections/{made['id']}", headers=moderator.bearer)).json()
    assert (shown["done"], shown["failed"]) == (5, 2)


async def test_a_group_that_is_answered_in_part_stays_open(client, campaign, moderator, theme):
    id, groups, ideas, _ = theme
    await database.execute("UPDATE idea SET theme = NULL WHERE id = $1", ideas[0])
    made = (await start(client, campaign, moderator, id)).json()
    await selections.work(made["id"])
    states = await database.fetch("SELECT state FROM cluster ORDER BY id")
    assert [r["state"] for r in states] == ["open", "declined"]
    rest = await client.post(f"/api/clusters/{groups[0]}/decision", json=GIVEN, headers=moderator.bearer)
    assert rest.json()["ideas"] == [ideas[0]]


async def test_undone_in_the_middle_it_stops(client, campaign, moderator, theme):
    before = await everything()
    made = (await start(client, campaign, moderator, theme[0])).json()
    assert await selections.step(made["id"], 4) == 4
    await client.post(f"/api/decisions/{made['decision']}/undo", headers=moderator.bearer)
    assert await selections.step(made["id"], 4) == 0
    assert await everything() == before


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"reason": ""}, 422, "reason"),
        ({"verdict": "maybe"}, 422, "verdict"),
        ({"expected": 6}, 422, "ideas"),
        ({"q": "нет такого слова"}, 422, "ideas"),
        ({"theme": "x"}, 400, "theme"),
        ({"principle": "x"}, 400, "principle"),
    ],
)
async def test_bad_selections(client, campaign, moderator, theme, changes, status, field):
    answer = await start(client, campaign, moderator, theme[0], **changes)
    assert answer.status_code == status, answer.text
    assert field in answer.json()["errors"]
    assert await database.fetch_value("SELECT count(*) FROM bulk") == 0


async def test_who_may(client, campaign, citizen, planner, theme):
    for who in (citizen, planner):
        assert (await start(client, campaign, who, theme[0])).status_code == 403


async def test_without_javascript(client, campaign, moderator, browser_as, theme):
    id, groups, _, _ = theme
    other = await factories.person("moderator")
    await claims.take(other.person, groups[0])
    token = await browser_as(moderator)
    address = f"/moderation/selection?campaign={campaign.slug}&theme={id}"
    seen = (await client.get(address)).text
    assert "7 unanswered ideas" in seen
    assert "3 of them are in groups that somebody else has in hand" in seen
    form = {"_csrf_token": token, "campaign": campaign.slug, "theme": str(id), "expected": "7"}
    empty = await client.post(
        "/moderation/selection", data={**form, "letter": "Мои слова", "verdict": "accept"}
    )
    assert empty.status_code == 422
    assert "Мои слова" in empty.text
    gone = await client.post("/moderation/selection", data={**form, **GIVEN})
    assert gone.status_code == 303
    page = gone.headers["location"]
    assert "0 of 7 ideas answered" in (await client.get(page)).text
    await selections.work(int(page.rpartition("/")[2]))
    seen = (await client.get(page)).text
    assert "4 of 7 ideas answered, 3 left out" in seen
    assert "somebody has its group in hand" in seen
    assert (await client.post(f"{page}/retry", data={"_csrf_token": token})).status_code == 303
    assert page in (await client.get(f"/moderation/decisions?campaign={campaign.slug}")).text
    assert "No unanswered" in (await client.get(f"{address}&q=ничего")).text


IDEAS, GROUPS = 5000, 1000
_FILL = """
WITH c AS (INSERT INTO campaign (slug, title) VALUES ('many', '{"ru": "Много"}') RETURNING id),
a AS (INSERT INTO account (name, email) SELECT 'Автор ' || n, 'a' || n || '@example.org'
    FROM generate_series(1, 700) n RETURNING id),
g AS (INSERT INTO cluster (campaign, name, size, supporters) SELECT c.id, 'Группа ' || n, 5, 5
    FROM c, generate_series(1, %d) n RETURNING id),
s AS (INSERT INTO idea (campaign, author, title, text, cluster)
    SELECT c.id, (SELECT min(id) FROM a) + n %% 700, 'Идея ' || n, 'Текст', (SELECT min(id) FROM g) + n %% %d
    FROM c, generate_series(1, %d) n)
SELECT 1
"""
_WORK = """
import asyncio, sys
from ideas import database
from ideas.moderation import selections
async def main():
    await database.open_pool(smallest=1, largest=2)
    await selections.work(int(sys.argv[1]))
asyncio.run(main())
"""


async def until(own: asyncpg.Connection, true: str, child: subprocess.Popen[bytes] | None = None) -> None:
    for _ in range(4000):
        if await own.fetchval(true):
            return
        assert child is None or child.poll() is None
        await asyncio.sleep(0.005)
    raise AssertionError(true)


async def test_five_thousand_in_time_through_a_kill(scratch_pool):
    """`kill -9` in the middle leaves no half-done row, the next one ends it, one undo takes all of it back."""
    await database.execute(_FILL % (GROUPS, GROUPS, IDEAS))
    await database.execute(
        "UPDATE cluster c SET supporters = (SELECT count(DISTINCT author) FROM idea WHERE cluster = c.id)"
    )
    before = await everything()
    who = (await factories.person("moderator")).person
    made = await selections.start(who, selections.Asked(campaign="many"), selections.Ruling("accept", "Да"))
    command = [sys.executable, "-c", _WORK, str(made.id)]
    environment = {**os.environ, "DATABASE_URL": scratch_pool}
    child = subprocess.Popen(command, env=environment)  # noqa: ASYNC220
    own = await asyncpg.connect(scratch_pool)
    count = "SELECT count(*) FROM bulk_row WHERE state = 'done'"
    await until(own, f"SELECT ({count}) >= 1000", child)
    child.send_signal(signal.SIGKILL)
    child.wait()
    await until(
        own,
        """SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
        AND pid <> pg_backend_pid() AND state <> 'idle')""",
    )
    done = await own.fetchval(count)
    assert 1000 <= done < IDEAS, "killed in the middle"
    halves = """SELECT (SELECT count(*) FROM ruling), (SELECT count(*) FROM idea WHERE status = 'accepted'),
        (SELECT count(*) FROM ledger WHERE kind = 'decide'),
        (SELECT sum((data->>'ideas')::int) FROM notice WHERE kind = 'decision')"""
    assert set(await own.fetchrow(halves)) == {done}
    assert await own.fetchval("SELECT count(*) FROM cluster WHERE state = 'accepted'") == await own.fetchval(
        "SELECT count(*) FROM closing"
    )
    await selections.work(made.id)
    assert set(await own.fetchrow(halves)) == {IDEAS}
    assert await own.fetchval("SELECT count(*) FROM closing WHERE undone IS NULL") == GROUPS
    assert await own.fetchval("SELECT count(*) FROM notice WHERE kind = 'decision'") == 700
    await own.close()
    from ideas.moderation.actions import undo

    await undo(who, made.decision)
    assert await everything() == before
    assert (await recount()).wrong == {}
