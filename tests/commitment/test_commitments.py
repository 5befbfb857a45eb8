"""Commitments: made of accepted groups, told once to everybody behind them, overdue ones visible."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ideas import database
from ideas.commitment import actions, rules
from ideas.commitment.pages import today
from ideas.errors import Conflict, Invalid
from ideas.notice import actions as notices
from tests import factories


async def group(campaign, *ideas: int, state: str = "accepted", name: str = "Очередь") -> int:
    cluster = await database.fetch_value(
        "INSERT INTO cluster (campaign, name, state, size, typical) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        campaign.id, name, state, len(ideas), ideas[0] if ideas else None,
    )  # fmt: skip
    await database.execute(
        "UPDATE idea SET cluster = $1, status = $3 WHERE id = ANY($2::bigint[])",
        cluster, list(ideas), "accepted" if state == "accepted" else "submitted",
    )  # fmt: skip
    return cluster


def typed(**changes) -> rules.Typed:
    given = {
        "title": "Талоны по СМС",
        "text": "Сделаем",
        "owner": "Отдел развития",
        "due": today() + timedelta(days=90),
    }
    return rules.Typed(**{**given, **changes})


async def spread() -> None:
    """Run the queued jobs of telling."""
    for row in await database.fetch(
        "DELETE FROM procrastinate_jobs WHERE task_name = 'ideas.notice.jobs.spread' RETURNING args"
    ):
        await notices.spread(**database.from_json(row["args"]))


async def told(person) -> list[tuple[str, str]]:
    rows = await database.fetch(
        "SELECT kind, data->>'path' AS path FROM notice WHERE account = $1 ORDER BY id", person.id
    )
    return [(r["kind"], r["path"]) for r in rows]


@pytest.fixture
async def accepted(campaign, citizen):
    """A group of two ideas of one author, one supporter."""
    voter = await factories.person()
    ideas = [
        await factories.idea(campaign, citizen),
        await factories.idea(campaign, citizen, "Талон в телефоне"),
    ]
    for idea in ideas:
        await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", idea, voter.id)
    return await group(campaign, *ideas), ideas, voter


async def test_a_promise_and_its_news_reach_author_and_supporter_once(accepted, citizen, planner):
    cluster, _, voter = accepted
    id = await actions.promise(planner.person, cluster, typed())
    assert await actions.promise(planner.person, cluster, typed(title="Ещё раз")) == id
    await spread()
    path = f"/commitments/{id}"
    assert await told(citizen) == [("commitment", path)]
    assert await told(voter) == [("commitment", path)]

    assert await actions.tell(planner.person, id, "Начали", "underway", "k1")
    assert not await actions.tell(planner.person, id, "Начали", "underway", "k1")
    await spread()
    await spread()
    assert len(await told(citizen)) == len(await told(voter)) == 2
    kinds = await database.fetch("SELECT kind FROM audit WHERE subject = $1 ORDER BY id", f"commitment:{id}")
    assert [r["kind"] for r in kinds] == ["promise", "progress"]


async def test_done_carries_the_ideas_out_and_taking_it_back_undoes_that(accepted, planner):
    cluster, ideas, _ = accepted
    id = await actions.promise(planner.person, cluster, typed())
    await actions.tell(planner.person, id, "Готово", "done", None)
    assert await statuses(ideas) == {"done"}
    await actions.tell(planner.person, id, "Рано сказали", "underway", None)
    assert await statuses(ideas) == {"accepted"}
    rows = await database.fetch(
        "SELECT data->>'status' AS s FROM ledger WHERE idea = $1 ORDER BY id", ideas[0]
    )
    assert [r["s"] for r in rows] == ["done", "accepted"]


async def statuses(ideas) -> set[str]:
    rows = await database.fetch("SELECT status FROM idea WHERE id = ANY($1::bigint[])", ideas)
    return {r["status"] for r in rows}


async def test_only_an_accepted_group_and_only_with_words(campaign, citizen, planner, accepted):
    open_group = await group(campaign, await factories.idea(campaign, citizen), state="open")
    with pytest.raises(Conflict):
        await actions.promise(planner.person, open_group, typed())
    with pytest.raises(Invalid) as caught:
        await actions.promise(planner.person, accepted[0], rules.Typed())
    assert set(caught.value.errors) == {"title", "text", "owner", "due"}
    id = await actions.promise(planner.person, accepted[0], typed())
    with pytest.raises(Invalid) as caught:
        await actions.tell(planner.person, id, "", "dropped", None)
    assert set(caught.value.errors) == {"news"}
    await actions.tell(planner.person, id, "Нет денег", "dropped", None)
    assert await database.fetch_value("SELECT reason FROM commitment WHERE id = $1", id) == "Нет денег"


async def test_a_change_that_nobody_saw_is_not_overwritten(accepted, planner, client, browser_as):
    id = await actions.promise(planner.person, accepted[0], typed(steps=[rules.Step("Закупка", today())]))
    await actions.change(planner.person, id, typed(owner="Другой отдел"), 1)
    with pytest.raises(Conflict):
        await actions.change(planner.person, id, typed(owner="Третий отдел"), 1)
    await browser_as(planner)
    answer = await client.post(
        f"/planning/commitments/{id}",
        data={"title": "Моё", "text": "Мой <b>текст</b>", "owner": "Я", "due": "31.12.2027", "revision": "1"},
    )
    assert answer.status_code == 409
    assert "Мой &lt;b&gt;текст&lt;/b&gt;" in answer.text
    answer = await client.post(
        f"/planning/commitments/{id}",
        data={
            "title": "Моё",
            "text": "Мой текст",
            "owner": "Я",
            "due": "завтра",
            "revision": "2",
            "step0": "Шаг",
            "step0_due": "x",
        },
    )
    assert answer.status_code == 422
    assert "Мой текст" in answer.text
    assert "31.12.2027" in answer.text
    assert 'value="Шаг"' in answer.text


async def test_overdue_ones_are_listed_for_everybody(accepted, campaign, planner, client):
    late = await actions.promise(
        planner.person, accepted[0], typed(title="Просрочено", due=today() - timedelta(days=1))
    )
    other = await group(campaign)
    await actions.promise(planner.person, other, typed(title="В срок"))
    answer = await client.get(f"/commitments?campaign={campaign.slug}&overdue=1")
    assert "Просрочено" in answer.text
    assert "В срок" not in answer.text
    answer = await client.get(f"/commitments?campaign={campaign.slug}&q=ПРОСРО&status=planned")
    assert "Просрочено" in answer.text
    assert "В срок" not in answer.text
    await actions.tell(planner.person, late, "Готово", "done", None)
    answer = await client.get(f"/commitments?campaign={campaign.slug}&overdue=1")
    assert "Просрочено" not in answer.text
    assert (await client.get(f"/commitments/{late}")).status_code == 200
    assert (await client.get("/commitments/999999999999")).status_code == 404


async def test_an_idea_shows_what_is_promised_to_those_who_come_later(accepted, planner, client):
    id = await actions.promise(planner.person, accepted[0], typed(title="Талоны <по> СМС"))
    await actions.tell(planner.person, id, "Оборудование куплено", "", None)
    answer = await client.get(f"/ideas/{accepted[1][0]}")
    assert f'href="/commitments/{id}"' in answer.text
    assert "Оборудование куплено" in answer.text
    assert "Талоны &lt;по&gt; СМС" in answer.text


async def test_only_planners_write(accepted, citizen, moderator, client, browser_as):
    for person, status in ((citizen, 403), (moderator, 403)):
        await browser_as(person)
        assert (await client.get("/planning/commitments")).status_code == status
        answer = await client.post(
            "/planning/commitments/new", data={"cluster": str(accepted[0]), "title": "x"}
        )
        assert answer.status_code == status
    assert await database.fetch_value("SELECT count(*) FROM commitment") == 0
    token = client.headers.pop("x-csrftoken")
    answer = await client.post("/planning/commitments/new", data={"cluster": str(accepted[0])})
    assert answer.status_code == 403
    client.headers["x-csrftoken"] = token


async def test_the_planner_promises_in_the_browser(accepted, campaign, planner, client, browser_as):
    await browser_as(planner)
    answer = await client.get(f"/planning/commitments?campaign={campaign.slug}")
    assert f"/planning/commitments/new?cluster={accepted[0]}" in answer.text
    form = {
        "cluster": str(accepted[0]), "title": "Талоны", "text": "Сделаем", "owner": "Отдел", "due": "2030-05-01",
        "budget": "0113", "step0": "Закупка", "step0_due": "2029-01-01", "step1": "Пуск", "step1_done": "2029-02-01",
    }  # fmt: skip
    answer = await client.post("/planning/commitments/new", data=form)
    assert answer.status_code == 303
    id = await database.fetch_value("SELECT id FROM commitment WHERE cluster = $1", accepted[0])
    answer = await client.get(f"/commitments/{id}")
    for text in ("Закупка", "Пуск", "0113", "Отдел", "1 May 2030"):
        assert text in answer.text
    answer = await client.post(
        f"/planning/commitments/{id}/news", data={"news": "Куплено", "status": "underway", "key": "a"}
    )
    assert answer.status_code == 303
    assert "Куплено" in (await client.get(f"/commitments/{id}")).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-12-31", date(2027, 12, 31)),
        ("31.12.2027", date(2027, 12, 31)),
        ("31.02.2027", None),
        ("", None),
        ("0001-01-01", None),
        ("x.y.z", None),
    ],
)
def test_days_are_read_as_people_write_them(text, expected):
    assert rules.day(text) == expected


def test_overdue_ends_with_the_work():
    day = date(2026, 1, 10)
    assert rules.overdue("planned", date(2026, 1, 9), day)
    assert not rules.overdue("planned", day, day)
    assert not rules.overdue("done", date(2026, 1, 9), day)
    assert not rules.overdue("dropped", date(2026, 1, 9), day)
