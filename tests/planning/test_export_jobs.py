"""Files that a job makes: ordered, told about, limited, stopped, forgotten; and the pages for it."""

from __future__ import annotations

import json

import pytest

from ideas import database
from ideas.errors import Invalid
from ideas.planning import export_store, making
from tests import factories


@pytest.fixture
async def order(client, planner, campaign, citizen):
    await factories.idea(campaign, citizen)

    async def make(person=planner, **changes):
        body = {"file": "ideas.csv", "campaign": campaign.slug, **changes}
        return await client.post("/api/exports", json=body, headers=person.bearer)

    return make


async def test_it_is_made_told_and_fetched(client, planner, order):
    made = (await order(columns=["id", "title"])).json()
    job = await database.fetch_one(
        "SELECT args, lock FROM procrastinate_jobs WHERE task_name LIKE '%planning.jobs.make'"
    )
    assert job is not None
    assert database.from_json(job["args"]) == {"export": made["id"]}
    await making.make(made["id"])
    await making.make(made["id"])
    shown = (await client.get(f"/api/exports/{made['id']}", headers=planner.bearer)).json()
    assert (shown["state"], shown["rows"]) == ("ready", 1)
    content = (await client.get(shown["url"], headers=planner.bearer)).content
    assert content.decode("utf-8-sig").splitlines()[0] == "id,title"
    assert len(content) == shown["bytes"]
    manifest = (await client.get(shown["manifest"], headers=planner.bearer)).json()
    assert [c["name"] for c in manifest["columns"]] == ["id", "title"]
    [notice] = await database.fetch("SELECT account, data FROM notice WHERE kind = 'export'")
    assert notice["account"] == planner.id
    assert json.loads(notice["data"])["path"] == f"/planning/exports/{made['id']}"
    news = await client.get("/account/notices", headers=planner.bearer)
    assert f'href="/planning/exports/{made["id"]}"' in news.text
    audited = await database.fetch_value("SELECT data->>'what' FROM audit WHERE kind = 'export'")
    assert audited == "ideas"


async def test_they_are_ones_own(client, planner, admin, moderator, order):
    made = (await order()).json()
    await making.make(made["id"])
    for path in ("", "/ideas.csv", "/ideas.manifest.json"):
        assert (await client.get(f"/api/exports/{made['id']}{path}", headers=admin.bearer)).status_code == 404
    assert (await order(person=moderator)).status_code == 403
    assert (
        await client.get(f"/api/exports/{made['id']}/votes.csv", headers=planner.bearer)
    ).status_code == 404
    assert (await client.get("/api/exports/99999999999999999999", headers=planner.bearer)).status_code in (
        400,
        404,
    )


async def test_only_so_many_at_once(client, planner, order):
    for _ in range(export_store.AT_ONCE):
        assert (await order()).status_code == 202
    assert (await order()).status_code == 409
    listed = (await client.get("/api/exports", headers=planner.bearer)).json()["items"]
    await client.delete(f"/api/exports/{listed[0]['id']}", headers=planner.bearer)
    assert (await order()).status_code == 202
    await database.execute("UPDATE export SET state = 'ready', size = $1", export_store.KEPT_BYTES)
    assert (await order()).status_code == 409
    await database.execute("UPDATE export SET size = 0")
    await database.execute(
        """INSERT INTO export (campaign, account, way, what, format, state) SELECT campaign, account, 'job', 'ideas',
        'csv', 'failed' FROM export, generate_series(1, 10)"""
    )
    assert (await order()).status_code == 429


async def test_what_is_stopped_is_not_made(client, planner, order):
    made = (await order()).json()
    url = f"/api/exports/{made['id']}"
    assert (await client.get(f"{url}/ideas.csv", headers=planner.bearer)).status_code == 409
    assert (await client.delete(url, headers=planner.bearer)).status_code == 204
    await making.make(made["id"])
    assert (await client.get(url, headers=planner.bearer)).json()["state"] == "stopped"
    assert await database.fetch_value("SELECT count(*) FROM notice WHERE kind = 'export'") == 0
    assert (await client.delete(url, headers=planner.bearer)).status_code == 204
    assert (await client.get(url, headers=planner.bearer)).status_code == 404


async def test_it_goes_after_a_week(client, planner, order):
    made = (await order()).json()
    await making.make(made["id"])
    await database.execute("UPDATE export SET expires = now() - interval '1 minute'")
    assert await making.expire() == 1
    assert await database.fetch_value("SELECT count(*) FROM export_chunk") == 0
    url = f"/api/exports/{made['id']}"
    assert (await client.get(f"{url}/ideas.csv", headers=planner.bearer)).status_code == 404
    # What it was can still be read.
    assert (await client.get(f"{url}/ideas.manifest.json", headers=planner.bearer)).json()["rows"] == 1


@pytest.mark.parametrize(
    "change",
    [{"file": "ideas.pdf"}, {"filters": {"colour": "red"}}, {"columns": ["password"]}, {"purpose": "A B"},
     {"filters": {"status": "lost"}}, {"more": 1}, {"file": 5}],
)  # fmt: skip
async def test_orders_that_cannot_be(order, change):
    answer = await order(**change)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("header", "part"),
    [("bytes=0-0", (0, 0)), ("bytes=5-", (5, 9)), ("bytes=-3", (7, 9)), ("bytes=-30", (0, 9)), ("bytes=3-99", (3, 9)),
     ("bytes=4-3", None), ("lines=1-2", None), ("bytes=1-2,5-6", None), ("bytes=a-b", None), ("bytes=-", None)],
)  # fmt: skip
def test_ranges(header, part):
    assert export_store.byte_range(header, 10) == part


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_ranges_behind_the_end(header):
    with pytest.raises(Invalid):
        export_store.byte_range(header, 10)


async def test_the_pages(client, campaign, planner, admin, order, browser_as):
    await order()
    for language, word in (("ru", "Мои файлы"), ("en", "My files")):
        for what in (
            "ideas",
            "clusters",
            "comments",
            "votes",
            "decisions",
            "audit",
            "participation",
            "nonsense",
        ):
            url = f"/planning/exports?campaign={campaign.slug}&what={what}"
            answer = await client.get(url, headers={**planner.bearer, "accept-language": language})
            assert (answer.status_code, word in answer.text) == (200, True)
    token = await browser_as(planner)
    form = {"_csrf_token": token, "campaign": campaign.slug, "file": "ideas.xlsx", "columns": ["id", "title"]}
    wrong = await client.post("/planning/exports", data={**form, "status": "lost", "q": "кулер"})
    assert wrong.status_code == 400
    assert 'value="кулер"' in wrong.text
    made = await client.post("/planning/exports", data=form)
    page = made.headers["location"]
    assert "Waiting" in (await client.get(page)).text
    await making.make(int(page.rpartition("/")[2]))
    ready = (await client.get(page)).text
    assert f"/api/exports/{page.rpartition('/')[2]}/ideas.xlsx" in ready
    assert (await client.post(f"{page}/stop", data={"_csrf_token": token})).status_code == 303
    assert (await client.get(page)).status_code == 404
    rules = {"_csrf_token": token, "campaign": campaign.slug, "smallest": "7", "licence": "x", "open": "1"}
    assert (await client.post("/planning/exports/rules", data=rules)).status_code == 403
    client.cookies.clear()
    rules["_csrf_token"] = await browser_as(admin)
    wrong = await client.post("/planning/exports/rules", data=rules)
    assert (wrong.status_code, 'value="7"' in wrong.text) == (422, True)
    rules["licence"] = "https://creativecommons.org/publicdomain/zero/1.0/"
    assert (await client.post("/planning/exports/rules", data=rules)).status_code == 303
    assert await database.fetch_value("SELECT smallest FROM disclosure") == 7
