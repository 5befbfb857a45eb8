"""The map: drawn by its job, sent as bytes, shown as a table too; what is chosen is decided, merged or tagged."""

from __future__ import annotations

import gzip
import json
import re

import numpy as np
import pytest

from ideas import database
from ideas.map import jobs, rules
from tests import factories

SAYS = [
    "Электронная очередь: пришлите талон на телефон",
    "Скамейки во дворе перед входом",
    "Пандус для колясок у крыльца",
    "Больше окон в обеденный час",
]


@pytest.fixture
async def mapped(campaign, citizen, database):
    """Forty ideas of four kinds, grouped by hand and drawn: (campaign, ids)."""
    return campaign, await filled(campaign, citizen)


async def filled(campaign, citizen, count: int = 40) -> list[int]:
    rng = np.random.default_rng(0)
    middles = rng.standard_normal((len(SAYS), 256))
    ids = []
    themes = [
        await database.fetch_value(
            "INSERT INTO theme (campaign, name) VALUES ($1, $2) RETURNING id", campaign.id, says[:20]
        )
        for says in SAYS
    ]
    groups = [
        await database.fetch_value(
            "INSERT INTO cluster (campaign, theme, name, size) VALUES ($1, $2, $3, $4) RETURNING id",
            campaign.id, theme, says, count // len(SAYS),
        )
        for theme, says in zip(themes, SAYS, strict=True)
    ]  # fmt: skip
    await database.execute(
        "INSERT INTO model (campaign, kind, version, data, report) VALUES ($1, 'encoder', 'v1', '', '{}')",
        campaign.id,
    )
    for n in range(count):
        kind = n % len(SAYS)
        idea = await factories.idea(campaign, citizen, f"{SAYS[kind]} {n}")
        vector = middles[kind] + 0.3 * rng.standard_normal(256)
        await database.execute(
            "INSERT INTO embedding (idea, campaign, version, text_of, vector) VALUES ($1, $2, 'v1', now(), $3)",
            idea, campaign.id, (vector / np.linalg.norm(vector)).astype(np.float32),
        )  # fmt: skip
        await database.execute(
            "UPDATE idea SET cluster = $2, theme = $3, votes = $4 WHERE id = $1",
            idea, groups[kind], themes[kind], n,
        )  # fmt: skip
        ids.append(idea)
    await jobs.draw(campaign.id)
    return ids


def read(body: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """The map's header and columns, as the browser reads them."""
    assert body[:4] == b"MAP1"
    length = int(np.frombuffer(body, "<u4", 1, 4)[0])
    header, at = json.loads(body[8 : 8 + length]), 8 + length
    assert at % 8 == 0
    columns = {}
    for name, kind in [
        ("id", "<f8"), ("principles", "<u4"), ("x", "<u2"), ("y", "<u2"), ("theme", "<u2"), ("cluster", "<u2"),
        ("district", "<u2"), ("support", "<u2"),
        ("status", "u1"),
    ]:  # fmt: skip
        columns[name] = np.frombuffer(body, kind, header["n"], at)
        at += columns[name].nbytes
    assert at == len(body)
    columns["id"] = np.cumsum(columns["id"])
    return header, columns


async def points(client, person, campaign) -> tuple[dict, dict[str, np.ndarray]]:
    answer = await client.get("/api/map", params={"campaign": campaign.slug}, headers=person.bearer)
    assert answer.status_code == 200
    return read(answer.content)


async def test_the_map_as_it_is_sent(client, mapped, moderator):
    campaign, ids = mapped
    header, columns = await points(client, moderator, campaign)
    assert columns["id"].tolist() == ids
    assert columns["support"].tolist() == list(range(40))
    assert {t["name"] for t in header["themes"]} == {s[:20] for s in SAYS}
    assert [t["number"] for t in header["themes"]] == [1, 2, 3, 4]
    assert all(header["clusters"][c][1] == SAYS[n % 4] for n, c in enumerate(columns["cluster"].tolist()))
    assert (columns["status"] == rules.WAITS).all()
    # The kinds lie apart: nobody stands nearer to another kind's middle than to its own.
    xy = np.column_stack([columns["x"], columns["y"]]).astype(float)
    middles = np.stack([xy[k::4].mean(axis=0) for k in range(4)])
    assert (((xy[:, None] - middles) ** 2).sum(axis=2).argmin(axis=1) == np.arange(40) % 4).all()


async def test_it_is_sent_again_only_when_it_has_changed(client, mapped, planner):
    campaign, ids = mapped
    first = await client.get("/api/map", params={"campaign": campaign.slug}, headers=planner.bearer)
    tag = {"If-None-Match": first.headers["etag"]}
    again = await client.get("/api/map", params={"campaign": campaign.slug}, headers=planner.bearer | tag)
    assert (again.status_code, again.content) == (304, b"")
    await database.execute("UPDATE idea SET hidden = now(), hidden_by = 'moderator' WHERE id = $1", ids[0])
    changed = await client.get("/api/map", params={"campaign": campaign.slug}, headers=planner.bearer | tag)
    assert changed.status_code == 200
    assert "no-cache" in changed.headers["cache-control"]
    assert read(changed.content)[0]["n"] == 39


async def test_it_is_for_the_team(client, mapped, citizen):
    _, ids = mapped
    for path in ("/api/map", "/api/map/matches", f"/api/map/titles?ids={ids[0]}"):
        assert (await client.get(path)).status_code == 401
        assert (await client.get(path, headers=citizen.bearer)).status_code == 403


async def test_matches_and_titles(client, mapped, moderator):
    campaign, ids = mapped
    found = await client.get(
        "/api/map/matches", params={"campaign": campaign.slug, "q": "скамейки"}, headers=moderator.bearer
    )
    assert found.json() == ids[1::4]
    given = {"campaign": campaign.slug, "ids": f"{ids[3]},x,{10**17}"}
    titles = (await client.get("/api/map/titles", params=given, headers=moderator.bearer)).json()
    assert titles == {str(ids[3]): {"title": f"{SAYS[3]} 3", "votes": 3, "cluster": SAYS[3]}}
    bad = await client.get("/api/map/titles", params={"ids": "x"}, headers=moderator.bearer)
    assert bad.status_code == 400


async def test_what_comes_later_stands_beside_what_it_is_like(mapped, citizen):
    campaign, ids = mapped
    like = await database.fetch_one("SELECT vector FROM embedding WHERE idea = $1", ids[2])
    assert like is not None
    idea = await factories.idea(campaign, citizen, "Пандус")
    await database.execute(
        "INSERT INTO embedding (idea, campaign, version, text_of, vector) VALUES ($1, $2, 'v1', now(), $3)",
        idea, campaign.id, like["vector"],
    )  # fmt: skip
    before = {r["idea"]: (r["x"], r["y"]) for r in await database.fetch("SELECT idea, x, y FROM spot")}
    await jobs.add(campaign.id)
    after = {r["idea"]: r for r in await database.fetch("SELECT idea, x, y, drawn FROM spot")}
    assert not after[idea]["drawn"]
    same = np.array([before[i] for i in ids[2::4]])
    low, high = same.min(axis=0), same.max(axis=0)
    assert (low <= [after[idea]["x"], after[idea]["y"]]).all()
    assert ([after[idea]["x"], after[idea]["y"]] <= high).all()
    assert {i: (r["x"], r["y"]) for i, r in after.items() if i != idea} == before
    await jobs.draw(campaign.id)
    assert await database.fetch_value("SELECT bool_and(drawn) FROM spot")


async def test_a_hidden_idea_leaves_the_next_map(mapped):
    campaign, ids = mapped
    await database.execute("UPDATE idea SET hidden = now(), hidden_by = 'moderator' WHERE id = $1", ids[5])
    await jobs.draw(campaign.id)
    assert await database.fetch_value("SELECT count(*) FROM spot WHERE idea = $1", ids[5]) == 0


async def test_the_table_says_the_same(client, mapped, moderator, browser_as):
    campaign, _ = mapped
    await browser_as(moderator)
    page = await client.get("/map", params={"campaign": campaign.slug})
    assert page.status_code == 200
    for says in SAYS:
        assert f">{says[:20]}</a>" in page.text
    assert page.text.count('name="themes"') == 4
    theme = re.search(r"theme=(\d+)", page.text)
    assert theme
    groups = await client.get(
        "/map", params={"campaign": campaign.slug, "theme": theme[1], "order": "people"}
    )
    assert groups.text.count('name="clusters"') == 1
    assert 'aria-sort="descending"' in groups.text
    none = await client.get("/map", params={"campaign": campaign.slug, "q": "xyzzy"})
    assert 'name="themes"' not in none.text


async def pick(client, campaign, **data) -> str:
    answer = await client.post("/map/pick", data={"campaign": campaign.slug, **data})
    assert answer.status_code == 303, answer.text[:500]
    return answer.headers["location"]


async def test_a_choice_is_decided_as_one(client, mapped, moderator, browser_as):
    campaign, ids = mapped
    await browser_as(moderator)
    chosen = ids[:7]
    address = await pick(client, campaign, ids=" ".join(map(str, chosen)))
    page = await client.get(address)
    assert "7 unanswered ideas" in page.text
    number = address.split("=")[1]
    done = await client.post(
        "/moderation/selection",
        data={
            "pick": number,
            "campaign": campaign.slug,
            "verdict": "accept",
            "reason": "Yes",
            "expected": "7",
        },
    )
    assert done.status_code == 303, done.text[:500]
    rows = await database.fetch("SELECT idea FROM bulk_row ORDER BY idea")
    assert [r["idea"] for r in rows] == chosen
    assert (await database.fetch_value("SELECT filters->>'pick' FROM bulk")) == number


async def test_a_choice_by_theme_and_group_without_a_script(client, mapped, moderator, browser_as):
    campaign, ids = mapped
    await browser_as(moderator)
    rows = await database.fetch(
        "SELECT DISTINCT theme FROM idea WHERE campaign = $1 ORDER BY theme", campaign.id
    )
    address = await pick(client, campaign, themes=[str(r["theme"]) for r in rows[:2]], q="скамейки")
    kept = await database.fetch_value("SELECT ideas FROM pick WHERE id = $1", int(address.split("=")[1]))
    assert kept == ids[1::4]
    nothing = await client.post("/map/pick", data={"campaign": campaign.slug})
    assert nothing.status_code == 422
    assert "Choose at least one idea" in nothing.text


async def test_a_choice_becomes_one_group(client, mapped, moderator, browser_as):
    """A whole group and two ideas of another: the first grows, the other keeps the rest."""
    campaign, ids = mapped
    await browser_as(moderator)
    where = "SELECT cluster FROM idea WHERE id = $1"
    first, second = [await database.fetch_value(where, i) for i in ids[:2]]
    address = await pick(client, campaign, ids=" ".join(map(str, [*ids[0::4], ids[1], ids[5]])))
    number = address.split("=")[1]
    done = await client.post(f"/moderation/picks/{number}/merge")
    assert done.headers["location"] == f"/moderation/clusters/{first}"
    rows = await database.fetch("SELECT id FROM idea WHERE cluster = $1 ORDER BY id", first)
    assert [r["id"] for r in rows] == sorted([*ids[0::4], ids[1], ids[5]])
    assert await database.fetch_value("SELECT count(*) FROM idea WHERE cluster = $1", second) == 8


async def test_lone_ideas_become_a_group(client, mapped, moderator, browser_as):
    campaign, ids = mapped
    await browser_as(moderator)
    await database.execute("UPDATE idea SET cluster = NULL WHERE id = ANY($1::bigint[])", ids[:3])
    address = await pick(client, campaign, ids=" ".join(map(str, ids[:3])))
    done = await client.post(f"/moderation/picks/{address.split('=')[1]}/merge")
    assert done.status_code == 303, done.text[:500]
    rows = await database.fetch("SELECT DISTINCT cluster FROM idea WHERE id = ANY($1::bigint[])", ids[:3])
    assert len(rows) == 1
    assert rows[0]["cluster"] is not None


async def test_a_choice_is_tagged(client, mapped, moderator, browser_as):
    campaign, ids = mapped
    await browser_as(moderator)
    access = await database.fetch_value(
        "SELECT id FROM principle WHERE campaign = $1 AND slug = 'access'", campaign.id
    )
    await database.execute(
        "INSERT INTO tag (idea, principle, source) SELECT unnest($1::bigint[]), $2, 'model'", ids[:2], access
    )
    address = await pick(client, campaign, ids=" ".join(map(str, ids[:3])))
    number = address.split("=")[1]
    for slugs in (["time"], ["time", "access"]):
        done = await client.post(f"/moderation/picks/{number}/tags", data={"principles": slugs})
        assert done.status_code == 303, done.text[:500]
        rows = await database.fetch(
            """SELECT t.idea, p.slug, t.source FROM tag t JOIN principle p ON p.id = t.principle
            WHERE t.idea = ANY($1::bigint[]) ORDER BY t.idea, p.id""",
            ids[:3],
        )
        wanted = [s for s in ("time", "access") if s in slugs]
        assert [tuple(r) for r in rows] == [(i, s, "moderator") for i in ids[:3] for s in wanted]
    assert await database.fetch_value("SELECT count(*) FROM ledger WHERE kind = 'tag'") == 6
    bad = await client.post(f"/moderation/picks/{number}/tags", data={"principles": ["nope"]})
    assert bad.status_code == 422


async def test_planners_look_and_do_not_choose(client, mapped, planner, browser_as):
    campaign, ids = mapped
    await browser_as(planner)
    page = await client.get("/map", params={"campaign": campaign.slug})
    assert page.status_code == 200
    assert "/map/pick" not in page.text
    refused = await client.post("/map/pick", data={"campaign": campaign.slug, "ids": str(ids[0])})
    assert refused.status_code == 403


async def test_odd_choices(client, mapped, moderator, browser_as):
    campaign, _ = mapped
    await browser_as(moderator)
    for ids in ("x", "1 -2", "9" * 30, "0"):
        answer = await client.post("/map/pick", data={"campaign": campaign.slug, "ids": ids})
        assert answer.status_code == 422, ids
    many = await client.post(
        "/map/pick", data={"campaign": campaign.slug, "ids": " ".join(map(str, range(1, 20_003)))}
    )
    assert many.status_code == 422
    assert (await client.get("/moderation/selection?pick=999999")).status_code == 404
    assert (await client.post(f"/moderation/picks/{2**63}/merge")).status_code == 400


def test_colours_stay_when_themes_come():
    rng = np.random.default_rng(0)
    themes = [(n + 1, float(x), float(y)) for n, (x, y) in enumerate(rng.standard_normal((30, 2)))]
    before = rules.hues(themes[:20])
    after = rules.hues(themes)
    assert len(set(rules.hues(themes[:12]).values())) == 12
    assert all(after[t] == hue for t, hue in before.items())
    # Two of one colour are not neighbours.
    for hue in range(12):
        same = [t for t in themes if after[t[0]] == hue]
        assert all((a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2 > 0.05 for a in same for b in same if a is not b)


def test_twenty_thousand_ideas_are_small():
    rng = np.random.default_rng(0)
    n = 20_000
    columns = {
        "id": np.cumsum(rng.integers(1, 4, n)), "x": rng.standard_normal(n), "y": rng.standard_normal(n),
        "theme": rng.integers(0, 40, n), "cluster": rng.integers(0, 5000, n), "district": rng.integers(0, 125, n),
        "support": rng.geometric(0.05, n), "status": rng.integers(0, 6, n), "principles": 1 << rng.integers(0, 8, n),
    }  # fmt: skip
    header = {
        "clusters": [
            [n, "Пришлите сообщение, когда подойдёт очередь" if n < 1000 else ""] for n in range(5000)
        ]
    }
    body = rules.packed(header, columns)
    assert len(gzip.compress(body, 5)) < 400_000
    assert read(body)[1]["id"].tolist() == columns["id"].tolist()
