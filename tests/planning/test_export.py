"""Exports over HTTP: who may, what they hold, that they are inert and that a reader who leaves stops the query."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime

import asyncpg
import pytest
from python_calamine import CalamineWorkbook

from ideas import database
from ideas.errors import BadRequest
from ideas.idea.filters import Asked
from ideas.planning import export
from ideas.planning.export_files import to_file
from tests import factories


@pytest.fixture
async def filled(campaign, citizen, planner):
    """Two ideas in one cluster, one with a formula for a title, and one alone."""
    cluster = await database.fetch_value(
        "INSERT INTO cluster (campaign, name, size, supporters, votes) VALUES ($1, 'Очередь', 2, 2, 1) RETURNING id",
        campaign.id,
    )
    first = await factories.idea(
        campaign, citizen, '=HYPERLINK("http://e.org")', "Текст; с «кавычками»,\nи строкой"
    )
    second = await factories.idea(campaign, citizen, "Талон на телефон")
    alone = await factories.idea(campaign, citizen, "Кулер в зале")
    await database.execute(
        "UPDATE idea SET cluster = $1 WHERE id = ANY ($2::bigint[])", cluster, [first, second]
    )
    await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", second, planner.id)
    await database.execute("UPDATE idea SET votes = 1 WHERE id = $1", second)
    await database.execute("UPDATE idea SET district = (SELECT id FROM district WHERE campaign = $2) WHERE id = $1",
        alone, campaign.id)  # fmt: skip
    return {"campaign": campaign, "cluster": cluster, "first": first, "second": second, "alone": alone}


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_csv(client, planner, filled):
    slug = filled["campaign"].slug
    answer = await client.get(f"/api/export/ideas.csv?campaign={slug}", headers=planner.bearer)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    today = datetime.now(UTC).date().isoformat()
    assert answer.headers["content-disposition"] == f'attachment; filename="{slug}-ideas-{today}.csv"'
    assert "content-encoding" not in answer.headers
    rows = rows_of(answer.content)
    assert [int(r["id"]) for r in rows] == [filled["second"], filled["alone"], filled["first"]]
    assert rows[2]["title"] == '\'=HYPERLINK("http://e.org")'
    assert rows[2]["text"] == "Текст; с «кавычками»,\nи строкой"
    assert (rows[0]["votes"], rows[0]["cluster_name"]) == ("1", "Очередь")
    about = json.loads(answer.headers["x-export-about"])
    assert (about["campaign"], about["what"], about["order"]) == (slug, "ideas", "votes")


async def test_xlsx(client, planner, filled, tmp_path):
    slug = filled["campaign"].slug
    answer = await client.get(f"/api/export/ideas.xlsx?campaign={slug}&q=кулер", headers=planner.bearer)
    path = tmp_path / "ideas.xlsx"
    path.write_bytes(answer.content)
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["ideas", "about"]
    header, row = book.get_sheet_by_name("ideas").to_python()
    found = dict(zip(header, row, strict=True))
    assert (found["title"], found["votes"]) == ("Кулер в зале", 0.0)
    about = {r[0]: r[1] for r in book.get_sheet_by_name("about").to_python()}
    assert about["filter q"] == "кулер"
    assert about["votes"]


async def test_jsonl_of_clusters(client, planner, filled):
    slug = filled["campaign"].slug
    answer = await client.get(f"/api/export/clusters.jsonl?campaign={slug}", headers=planner.bearer)
    [cluster] = [json.loads(line) for line in answer.text.splitlines()]
    # The author of both ideas and the one voter are two people.
    assert (cluster["id"], cluster["ideas"], cluster["supporters"], cluster["votes"]) == (
        filled["cluster"],
        2,
        2,
        1,
    )
    assert cluster["name"] == "Очередь"


@pytest.mark.parametrize(
    ("what", "filters", "count"),
    [
        ("ideas", "district=arbat", 1),
        ("ideas", "q=кулер", 1),
        ("ideas", "status=accepted", 0),
        ("clusters", "q=кулер", 0),
        ("clusters", "q=талон", 1),
        ("clusters", "state=accepted", 0),
        ("clusters", "state=open", 1),
    ],
)
async def test_filters_are_those_of_the_lists(client, planner, filled, what, filters, count):
    slug = filled["campaign"].slug
    answer = await client.get(f"/api/export/{what}.jsonl?campaign={slug}&{filters}", headers=planner.bearer)
    assert len(answer.text.splitlines()) == count
    about = await client.get(f"/api/export/about/{what}?campaign={slug}&{filters}", headers=planner.bearer)
    assert about.json()["rows"] == count
    assert about.json()["filters"] == dict([filters.split("=")])


async def test_hidden_ideas_are_left_out(client, planner, filled):
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", filled["alone"])
    url = f"/api/export/ideas.csv?campaign={filled['campaign'].slug}"
    assert len(rows_of((await client.get(url, headers=planner.bearer)).content)) == 2


@pytest.mark.parametrize("path", ["ideas.csv", "clusters.xlsx", "about/ideas"])
async def test_only_planners_export(client, campaign, citizen, moderator, path):
    url = f"/api/export/{path}?campaign={campaign.slug}"
    assert (await client.get(url)).status_code == 401
    for person in (citizen, moderator):
        assert (await client.get(url, headers=person.bearer)).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("ideas.pdf", 404),
        ("people.csv", 404),
        ("ideas", 404),
        ("about/people", 404),
        ("ideas.csv?principle=none", 400),
        ("ideas.csv?order=size", 400),
        ("clusters.csv?state=lost", 400),
        ("ideas.csv?cluster=9999999999999999999", 400),
        ("ideas.csv?campaign=none", 404),
    ],
)
async def test_what_is_not_there_is_said_so(client, campaign, planner, path, status):
    answer = await client.get(f"/api/export/{path}", headers=planner.bearer)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_an_export_comes_home_as_known(client, planner, filled, tmp_path):
    from ideas.transfer.actions import import_file

    slug = filled["campaign"].slug
    url = f"/api/export/ideas.csv?campaign={slug}"
    path = tmp_path / "own.csv"
    path.write_bytes((await client.get(url, headers=planner.bearer)).content)
    home = await import_file(path, slug)
    assert (home.source, home.added, home.known) == ("own", 0, 3)
    away = await import_file(path, "elsewhere")
    assert (away.added, away.counted_for) == (3, 1)
    title = "SELECT title FROM idea WHERE source = $1"
    assert await database.fetch_value(title, f"own:{slug}:{filled['first']}") == '=HYPERLINK("http://e.org")'


async def test_to_file_writes_all_or_nothing(filled, tmp_path):
    out = tmp_path / "ideas.csv"
    assert (await to_file("ideas.csv", filled["campaign"].slug, out)).rows == 3
    assert len(rows_of(out.read_bytes())) == 3
    with pytest.raises(BadRequest):
        await to_file("ideas.pdf", filled["campaign"].slug, tmp_path / "x")
    with pytest.raises(BadRequest):
        await to_file("ideas.csv", filled["campaign"].slug, tmp_path / "x", filters={"colour": "red"})
    assert [p.name for p in tmp_path.iterdir()] == ["ideas.csv"]


async def test_a_reader_who_leaves_stops_the_query(scratch_pool, scratch_database):
    campaign = await factories.campaign()
    citizen = await factories.person()
    await database.execute(
        """INSERT INTO idea (campaign, author, title, text) SELECT $1, $2, 'Идея ' || n, 'Текст'
        FROM generate_series(1, 3000) n""",
        campaign.id,
        citizen.id,
    )
    asked = await export.wanted("ideas", Asked(campaign=campaign.slug), {}, "ru")
    chunks = export.csv_chunks(asked, export.Tally())
    head = await anext(chunks)
    assert head.decode("utf-8-sig").startswith("id,campaign,")
    await anext(chunks)
    open_cursors = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'ideas export'"""
    watcher = await asyncpg.connect(scratch_database)
    try:
        assert await watcher.fetchval(open_cursors) == 1
        await chunks.aclose()
        for _ in range(100):
            if await watcher.fetchval(open_cursors) == 0:
                break
            await asyncio.sleep(0.02)
        assert await watcher.fetchval(open_cursors) == 0
    finally:
        await watcher.close()
