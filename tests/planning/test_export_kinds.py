"""Every table in every format: what it holds, whom it does not name, and what is left out of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas import audit, database
from ideas.planning.columns_more import OPEN, SHEETS
from ideas.planning.export import FORMATS
from ideas.planning.participation import suppressed
from tests import factories

RISKY = ["=1+1", "+7 900", "-2", "@SUM(A1)", "\t=1", " =cmd|' /C calc'!A0", "＝1", "|x", "%0A"]


@pytest.fixture
async def filled(campaign, citizen, moderator, planner):
    """Two ideas in a district with a comment, three votes and a decision; one more without a place."""
    cluster = await database.fetch_value(
        "INSERT INTO cluster (campaign, name, size, supporters) VALUES ($1, 'Очередь', 2, 3) RETURNING id",
        campaign.id,
    )
    ideas = [await factories.idea(campaign, citizen, f"Идея {n}") for n in range(3)]
    await database.execute(
        """UPDATE idea SET cluster = $1, district = (SELECT id FROM district WHERE campaign = $2),
            office = (SELECT id FROM office WHERE campaign = $2) WHERE id = ANY($3::bigint[])""",
        cluster, campaign.id, ideas[:2],
    )  # fmt: skip
    await database.execute(
        """INSERT INTO tag (idea, principle, source) SELECT $1, id, 'model' FROM principle
        WHERE campaign = $2 AND slug = 'time'""",
        ideas[0], campaign.id,
    )  # fmt: skip
    for person in (moderator, planner):
        await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", ideas[0], person.id)
    await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", ideas[1], planner.id)
    await database.execute(
        "INSERT INTO comment (idea, author, side, text) VALUES ($1, $2, 'for', '=Нужно')",
        ideas[0],
        moderator.id,
    )
    await database.execute(
        "INSERT INTO comment (idea, author, side, text, hidden) VALUES ($1, $2, 'for', 'Скрыто', now())",
        ideas[0], moderator.id,
    )  # fmt: skip
    decision = await database.fetch_value(
        """INSERT INTO decision (campaign, cluster, verdict, reason, moderator)
        VALUES ($1, $2, 'accept', 'Сделаем', $3) RETURNING id""",
        campaign.id, cluster, moderator.id,
    )  # fmt: skip
    for idea in ideas[:2]:
        await database.execute(
            "INSERT INTO ruling (decision, idea, status) VALUES ($1, $2, 'submitted')", decision, idea
        )
    await audit.note(moderator.id, "decide", f"cluster:{cluster}", campaign.id, reason="=Сделаем")
    return {"slug": campaign.slug, "id": campaign.id, "ideas": ideas, "cluster": cluster}


async def lines(client, planner, path: str) -> list[dict]:
    answer = await client.get(f"/api/export/{path}", headers=planner.bearer)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("what", SHEETS)
async def test_every_table_in_every_format(client, planner, filled, tmp_path, what, format):
    url = f"/api/export/{what}.{format}?campaign={filled['slug']}"
    answer = await client.get(url, headers=planner.bearer)
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == FORMATS[format]
    names = [c.name for c in SHEETS[what].columns]
    path = tmp_path / "file"
    path.write_bytes(answer.content)
    if format == "csv":
        found = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert found[0] == names
        rows = len(found) - 1
    elif format == "jsonl":
        found = [json.loads(line) for line in answer.text.splitlines()]
        assert list(found[0]) == names
        rows = len(found)
    elif format == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)[what]
        found = list(sheet.values)
        assert list(found[0]) == names
        rows = len(found) - 1
    else:
        table = pq.read_table(path)
        assert table.column_names == names
        assert json.loads(table.schema.metadata[b"ideas"])["campaign"] == filled["slug"]
        rows = table.num_rows
    manifest = (await client.get(answer.headers["link"].split(">")[0][1:], headers=planner.bearer)).json()
    assert (manifest["rows"], manifest["bytes"]) == (rows, len(answer.content))
    assert manifest["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert [c["name"] for c in manifest["columns"]] == names
    assert all(set(c["about"]) == {"ru", "en"} and c["about"]["ru"] for c in manifest["columns"])


async def test_columns_are_chosen_and_ordered(client, planner, filled):
    rows = await lines(client, planner, f"ideas.jsonl?campaign={filled['slug']}&columns=title,id")
    assert [list(r) for r in rows] == [["title", "id"]] * 3
    # A form sends each by itself.
    rows = await lines(client, planner, f"votes.jsonl?campaign={filled['slug']}&columns=idea&columns=value")
    assert [list(r) for r in rows] == [["idea", "value"]] * 3
    url = f"/api/export/ideas.csv?campaign={filled['slug']}&columns=id,password"
    answer = await client.get(url, headers=planner.bearer)
    assert (answer.status_code, "password" in answer.json()["errors"]["columns"]) == (400, True)


async def test_votes_have_pseudonyms_that_tell_nothing(client, planner, moderator, filled, database):
    url = f"votes.jsonl?campaign={filled['slug']}"
    rows = await lines(client, planner, url)
    by_idea = {}
    for r in rows:
        by_idea.setdefault(r["idea"], set()).add(r["person"])
        assert set(r) == {"campaign", "idea", "idea_title", "cluster", "person", "value", "hour"}
        assert len(r["person"]) == 24
        assert r["hour"][14:19] == "00:00"
    first, second = filled["ideas"][:2]
    # The same person is the same in a file and the next time …
    assert by_idea[second] < by_idea[first]
    assert {r["person"] for r in await lines(client, planner, url)} == by_idea[first]
    # … but not for another purpose, nor with another key.
    other = {r["person"] for r in await lines(client, planner, url + "&purpose=study-1")}
    assert not other & by_idea[first]
    await database.execute("UPDATE disclosure SET key = sha256(key)")
    assert not {r["person"] for r in await lines(client, planner, url)} & by_idea[first]
    answer = await client.get(f"/api/export/{url}&purpose=a'b", headers=planner.bearer)
    assert answer.status_code == 400


async def test_hidden_things_stay_hidden(client, planner, filled, database):
    slug = filled["slug"]
    assert [r["text"] for r in await lines(client, planner, f"comments.jsonl?campaign={slug}")] == ["=Нужно"]
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", filled["ideas"][0])
    assert await lines(client, planner, f"comments.jsonl?campaign={slug}") == []
    assert len(await lines(client, planner, f"votes.jsonl?campaign={slug}")) == 1


async def test_filters_speak_of_the_ideas(client, planner, filled):
    slug = filled["slug"]
    for what, count in (("comments", 1), ("votes", 2), ("decisions", 1)):
        assert len(await lines(client, planner, f"{what}.jsonl?campaign={slug}&principle=time")) == count
        assert await lines(client, planner, f"{what}.jsonl?campaign={slug}&principle=access") == []
    deeds = await lines(client, planner, f"audit.jsonl?campaign={slug}&kind=decide")
    assert [d["kind"] for d in deeds] == ["decide"]
    assert audit.hashlib.sha256(bytes.fromhex(deeds[0]["previous"])).hexdigest() != deeds[0]["hash"]
    url = f"/api/export/audit.csv?campaign={slug}&first=yesterday"
    assert (await client.get(url, headers=planner.bearer)).status_code == 400


@pytest.mark.parametrize("text", RISKY)
async def test_no_cell_is_a_formula(client, planner, filled, database, text):
    await database.execute(
        "UPDATE idea SET title = $2::text, text = $2::text WHERE id = $1", filled["ideas"][0], text
    )
    await database.execute("UPDATE account SET name = $2 WHERE id = (SELECT author FROM idea WHERE id = $1)",
        filled["ideas"][0], text)  # fmt: skip
    await database.execute("UPDATE cluster SET name = $2 WHERE id = $1", filled["cluster"], text)
    await database.execute("UPDATE district SET name = jsonb_build_object('ru', $2::text) WHERE campaign = $1",
        filled["id"], text)  # fmt: skip
    answer = await client.get(f"/api/export/ideas.csv?campaign={filled['slug']}", headers=planner.bearer)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    for row in rows:
        for name, cell in row.items():
            assert not cell or cell.lstrip()[0] not in "=+-@＝＋－＠\t|%", (name, cell)
    assert f"'{text}" in {r["title"] for r in rows}
    answer = await client.get(f"/api/export/ideas.xlsx?campaign={filled['slug']}", headers=planner.bearer)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["ideas"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    # JSON is for programs: nothing is altered.
    assert text in {
        r["title"] for r in await lines(client, planner, f"ideas.jsonl?campaign={filled['slug']}")
    }


async def test_small_cells_are_left_out(client, planner, filled, database):
    url = f"participation.jsonl?campaign={filled['slug']}"
    rows = await lines(client, planner, url)
    assert rows
    assert all(r["suppressed"] and r["people"] is None and r["ideas"] is None for r in rows)
    await database.execute("UPDATE disclosure SET smallest = 1")
    rows = {(r["district"], r["principle"]): r for r in await lines(client, planner, url)}
    # The author, the moderator and the planner.
    assert rows["Arbat", "time"]["people"] == 3
    assert (rows["Arbat", None]["ideas"], rows[None, None]["ideas"]) == (1, 1)
    assert not any(r["suppressed"] for r in rows.values())


async def test_what_people_told_of_themselves_is_told_of_many_only(client, planner, campaign, database):
    districts = [
        await database.fetchval(
            """INSERT INTO district (campaign, slug, name) VALUES ($1, $2::text, jsonb_build_object('ru', $2::text))
            RETURNING id""",
            campaign.id, slug,
        )
        for slug in ("большой", "малый", "средний")
    ]  # fmt: skip
    for n in range(24):
        person = await factories.person()
        await factories.idea(campaign, person)
        # Twelve people live in the first, two in the second, ten in the third.
        home = districts[0 if n < 12 else 1 if n < 14 else 2]
        await database.execute(
            "INSERT INTO residence (campaign, account, district) VALUES ($1, $2, $3)",
            campaign.id,
            person.id,
            home,
        )
    rows = {
        r["district"]: r for r in await lines(client, planner, f"residents.jsonl?campaign={campaign.slug}")
    }
    assert (rows["большой"]["people"], rows["большой"]["ideas"], rows["большой"]["age_group"]) == (
        12,
        12,
        None,
    )
    assert rows["малый"] == {
        "campaign": campaign.slug, "area": None, "district": "малый", "age_group": None, "people": None, "ideas": None,
        "votes": None, "suppressed": True,
    }  # fmt: skip
    # Or the sum over the districts would tell the two.
    assert rows["средний"]["suppressed"]


@given(
    st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), st.integers(0, 30)),
    st.integers(1, 10),
)
def test_no_row_or_column_gives_a_small_cell_away(counts, smallest):
    gone = suppressed(counts, smallest)
    assert {k for k, n in counts.items() if 0 < n < smallest} <= gone <= set(counts)
    for side in (0, 1):
        for line in {k[side] for k in counts}:
            keys = [k for k in counts if k[side] == line]
            left = [k for k in keys if k in gone]
            # A single one could be told from the sum, unless it stands alone in its line.
            assert len(left) != 1 or len(keys) == 1
    if not any(0 < n < smallest for n in counts.values()):
        assert gone == set()


def test_the_public_tables_name_nobody():
    for what, sheet in OPEN.items():
        names = {c.name for c in sheet.columns}
        assert not names & {"author", "moderator", "source", "account", "name"} or what == "clusters"
        assert not any("a.name" in c.sql for c in sheet.columns), what
    assert "votes" not in OPEN
    assert "audit" not in OPEN
