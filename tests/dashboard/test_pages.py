"""Dashboards as the team gets them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from ideas import database
from ideas.campaign import queries as campaign_queries
from ideas.dashboard import actions, views
from ideas.ranking import actions as ranking
from tests import factories

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
async def filled(campaign, citizen, moderator):
    """Two ideas of 1 and 3 March, votes on both days, a decision two days after the first, a formula for a name."""
    await database.execute(
        'UPDATE district SET population = 1000, name = \'{"ru": "=1+1", "en": "=1+1"}\' WHERE campaign = $1',
        campaign.id,
    )
    await database.execute(
        "UPDATE stage SET opens = $2, closes = $3 WHERE campaign = $1",
        campaign.id,
        START,
        START + timedelta(days=10),
    )
    campaign_queries.forget_campaigns()
    place = await database.fetch_one("SELECT id, district FROM office WHERE campaign = $1", campaign.id)
    assert place is not None
    principle = await database.fetch_value(
        "SELECT id FROM principle WHERE campaign = $1 AND slug = 'time'", campaign.id
    )
    theme = await database.fetch_value(
        "INSERT INTO theme (campaign, name) VALUES ($1, 'Water') RETURNING id", campaign.id
    )
    voters = [await factories.person() for _ in range(2)]
    ideas = []
    for n, days in enumerate((0, 2)):
        idea = await factories.idea(campaign, citizen, f"Idea {n}", f"Text number {n} of a wish")
        await database.execute(
            "UPDATE idea SET created = $2, office = $3, district = $4, theme = $5, status = $6 WHERE id = $1",
            idea, START + timedelta(days=days), place["id"], place["district"], theme, ("accepted", "submitted")[n],
        )  # fmt: skip
        await database.execute(
            "INSERT INTO tag (idea, principle, source) VALUES ($1, $2, 'model')", idea, principle
        )
        for voter in voters:
            await database.execute(
                "INSERT INTO vote (idea, account, created) VALUES ($1, $2, $3)",
                idea, voter.id, START + timedelta(days=days),
            )  # fmt: skip
        ideas.append(idea)
    decision = await database.fetch_value(
        """INSERT INTO decision (campaign, verdict, reason, moderator, created)
        VALUES ($1, 'accept', 'Yes', $2, $3) RETURNING id""",
        campaign.id, moderator.id, START + timedelta(days=2),
    )  # fmt: skip
    await database.execute(
        "INSERT INTO ruling (decision, idea, status) VALUES ($1, $2, 'submitted')", decision, ideas[0]
    )
    await ranking.refresh(campaign.id, always=True)
    await actions.refresh(campaign.id, always=True)
    return {"campaign": campaign, "theme": theme}


async def charts(client, person, filled, **params):
    answer = await client.get(
        "/api/dashboard", params={"campaign": filled["campaign"].slug, **params}, headers=person.bearer
    )
    assert answer.status_code == 200, answer.text
    return {c["key"]: c["rows"] for c in answer.json()["charts"]}


@pytest.mark.parametrize("path", ["/planning/dashboard", "/api/dashboard", "/planning/dashboard/days.csv"])
async def test_it_is_for_the_team(client, filled, citizen, moderator, planner, admin, path):
    for person, status in ((citizen, 403), (moderator, 200), (planner, 200), (admin, 200)):
        answer = await client.get(path, params={"campaign": filled["campaign"].slug}, headers=person.bearer)
        assert answer.status_code == status, person.role


async def test_days_stages_and_funnel(client, planner, filled):
    found = await charts(client, planner, filled)
    assert found["days"] == [["2026-03-01", 1, 2, 0, 3, 3, 3], ["2026-03-03", 1, 2, 0, 3, 0, 3]]
    assert found["stages"][0][3:] == [2, 4, 0, 3]
    assert [row[1] for row in found["funnel"]][2:] == [1, 0, 2]


async def test_parts_and_days_narrow(client, planner, filled):
    for part in ({"principle": "time"}, {"district": "arbat"}, {"theme": str(filled["theme"])}):
        found = await charts(client, planner, filled, **part)
        assert len(found["days"]) == 2
        assert "funnel" not in found
    assert (await charts(client, planner, filled, principle="access"))["days"] == []
    assert len((await charts(client, planner, filled, first="2026-03-02"))["days"]) == 1
    assert len((await charts(client, planner, filled, last="2026-03-02"))["days"]) == 1


async def test_places_principles_themes(client, planner, filled):
    found = await charts(client, planner, filled, view="places")
    assert found["districts"][0] == ["=1+1", "", 2, 2, 3, 30.0, 1]
    assert found["offices"][0][1:] == [2, 2, 3, 0, 1]
    assert found["missing"][0][1] == 3
    assert found["missing"][0][-1] == "in proportion"
    heat = (await charts(client, planner, filled, view="principles"))["principles"]
    assert heat[0][1] == {"shrunk": 1.0, "ideas": 2, "of": 2}
    assert heat[0][2] == {"shrunk": 0.0, "ideas": 0, "of": 2}
    themes = (await charts(client, planner, filled, view="themes"))["themes"]
    assert themes == [["Water", 3, 2, 2, 4, 3, 0, None]]


async def test_answers(client, planner, filled):
    found = await charts(client, planner, filled, view="answers")
    assert dict(map(tuple, (row[:2] for row in found["answered"])))["Submitted"] == 1
    assert sum(row[1] for row in found["waiting"]) == 1
    everybody, moderator = found["times"]
    assert everybody[1:] == pytest.approx([1, 2.0, 2.0, 2.0])
    assert moderator[0].startswith("Moderator")


@pytest.mark.parametrize("view", list(views.VIEWS))
async def test_a_page_is_its_tables(client, planner, filled, view):
    page = (await client.get(
        "/planning/dashboard", params={"campaign": filled["campaign"].slug, "view": view}, headers=planner.bearer
    )).text  # fmt: skip
    assert page.count("<table") == sum(v == view for v in views.CHARTS.values())
    assert "Counted on" in page
    for key, where in views.CHARTS.items():
        assert (f"/planning/dashboard/{key}.csv" in page) is (where == view)


@pytest.mark.parametrize("key", list(views.CHARTS))
async def test_data_as_a_file(client, planner, filled, key):
    answer = await client.get(
        f"/planning/dashboard/{key}.csv", params={"campaign": filled["campaign"].slug}, headers=planner.bearer
    )
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) > 1
    assert all(len(row) == len(rows[0]) for row in rows)
    assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.parametrize(
    "params",
    [{"view": "x"}, {"principle": "x"}, {"district": "x"}, {"theme": "x"}, {"first": "x"}, {"last": "2026-13-01"},
     {"first": "2026-03-02", "last": "2026-03-01"}, {"principle": "time", "district": "arbat"}],
)  # fmt: skip
async def test_what_is_not_known_is_refused(client, planner, filled, params):
    answer = await client.get(
        "/api/dashboard", params={"campaign": filled["campaign"].slug, **params}, headers=planner.bearer
    )
    assert answer.status_code == 400
    assert list(params)[-1] in answer.json()["errors"]


async def test_unknown_files_are_not_found(client, planner, filled):
    for file in ("x.csv", "days.xlsx", "days"):
        answer = await client.get(f"/planning/dashboard/{file}", headers=planner.bearer)
        assert answer.status_code == 404


async def test_totals_of_a_part_are_those_of_the_ranking(client, planner, filled):
    """Both count distinct people, each in its own way."""
    c = filled["campaign"]
    await ranking.refresh(c.id, always=True)
    await actions.refresh(c.id, always=True)
    for given in ({"principle": "time"}, {"district": "arbat"}, {"theme": str(filled["theme"])}):
        params = {"campaign": c.slug, "what": "idea", **given}
        summed = (await client.get("/api/ranking", params=params, headers=planner.bearer)).json()["totals"]
        ((part, _),) = given.items()
        row = await database.fetch_value(
            "SELECT data FROM figure WHERE campaign = $1 AND part = $2 AND name = 'total' AND data ->> 'people' = '3'",
            c.id, part,
        )  # fmt: skip
        assert row is not None, given
        assert {name: database.from_json(row)[name] for name in summed} == summed, given


async def test_what_goes_is_forgotten(client, planner, filled):
    assert await actions.refresh(filled["campaign"].id) is False
    await database.execute("UPDATE idea SET hidden = now() WHERE campaign = $1", filled["campaign"].id)
    assert await actions.refresh(filled["campaign"].id) is True
    assert (await charts(client, planner, filled))["days"] == []
