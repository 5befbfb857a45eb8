"""The audit log as people read it: every deed of the team is there, filtered, and its CSV can be hashed again."""

from __future__ import annotations

import csv
import hashlib
import io

from ideas import database
from tests import factories
from tests.cluster.test_actions import cluster_of

GIVEN = {"verdict": "accept", "reason": "Сделаем\nк маю"}


async def test_every_deed_of_the_team_is_noted(
    client, campaign, citizen, moderator, planner, admin, browser_as
):
    ideas = [await factories.idea(campaign, citizen, f"Идея {n}") for n in range(4)]
    a, b = await cluster_of(campaign, ideas[:2], "А"), await cluster_of(campaign, ideas[2:])
    token = await browser_as(moderator)

    async def call(who, method, path, body=None):
        answer = await client.request(method, path, json=body, headers=who.bearer)
        assert answer.status_code < 300, (path, answer.text)

    async def post(path, **data):
        answer = await client.post(path, data={"_csrf_token": token, **data})
        assert answer.status_code == 303, (path, answer.text)

    await call(moderator, "PUT", f"/api/clusters/{a}/name", {"name": "Б"})
    await call(moderator, "POST", "/api/clusters/merge", {"ids": [a, b]})
    await call(moderator, "POST", f"/api/clusters/{a}/undo")
    await call(moderator, "PUT", f"/api/ideas/{ideas[0]}/tags", {"principles": ["time"]})
    await call(moderator, "POST", f"/api/clusters/{a}/decision", GIVEN)
    decision = await database.fetch_value("SELECT max(id) FROM decision")
    await call(planner, "GET", f"/api/export/ideas.csv?campaign={campaign.slug}")
    await post(f"/moderation/decisions/{decision}/outcome", status="done", note="Открыли окно")
    await database.execute(
        "INSERT INTO report (idea, account, reason) VALUES ($1, $2, 'spam')", ideas[3], planner.id
    )
    await post("/moderation/reports", idea=str(ideas[3]), outcome="hidden")
    token = await browser_as(admin)
    await post("/people/role", email=citizen.email, role="planner")
    await post(f"/people/{citizen.id}/block", blocked="yes")
    rows = await database.fetch("SELECT kind, subject, account, data FROM audit ORDER BY id")
    assert [(r["kind"], r["subject"], r["account"]) for r in rows] == [
        ("rename", f"cluster:{a}", moderator.id), ("merge", f"cluster:{a}", moderator.id),
        ("undo", f"cluster:{a}", moderator.id), ("tag", f"idea:{ideas[0]}", moderator.id),
        ("decide", f"cluster:{a}", moderator.id), ("export", f"campaign:{campaign.id}", planner.id),
        ("status", f"decision:{decision}", moderator.id), ("hide", f"idea:{ideas[3]}", moderator.id),
        ("report", f"idea:{ideas[3]}", moderator.id), ("role", f"account:{citizen.id}", admin.id),
        ("block", f"account:{citizen.id}", admin.id),
    ]  # fmt: skip
    changes = [(d.get("before"), d.get("after")) for d in (database.from_json(r["data"]) for r in rows)]
    assert changes[0] == ("А", "Б")
    assert changes[3] == ([], ["time"])
    assert changes[4] == ("open", "accepted")
    assert changes[9] == ("citizen", "planner")


async def test_the_page_is_filtered_and_read_by_the_team_only(
    client, campaign, citizen, planner, moderator, browser_as
):
    cluster = await cluster_of(campaign, [await factories.idea(campaign, citizen)])
    await client.put(f"/api/clusters/{cluster}/name", json={"name": "Новое"}, headers=moderator.bearer)
    await client.post(f"/api/clusters/{cluster}/decision", json=GIVEN, headers=moderator.bearer)
    for who in (citizen, planner):
        await browser_as(who)
        assert (await client.get("/moderation/audit")).status_code == 403
        assert (await client.get("/moderation/audit.csv")).status_code == 403
    await browser_as(moderator)
    page = f"/moderation/audit?campaign={campaign.slug}"
    both: set[str] = {"Новое", "к маю"}
    for query, shown in (
        ("", both), ("&kind=rename", {"Новое"}), ("&kind=decide", {"к маю"}), ("&kind=x", both), ("&account=x", both),
        (f"&account={moderator.id}", both), (f"&account={planner.id}", set()), ("&subject=idea:1", set()),
        (f"&subject=cluster:{cluster}", both), ("&first=2999-01-01", both), ("&first=2199-01-01", set()),
        ("&last=2001-01-01", set()), ("&first=?", both), ("&subject=%00", both),
    ):  # fmt: skip
        answer = await client.get(page + query)
        assert answer.status_code == 200
        body = answer.text[answer.text.index("<h1>") :]
        assert {t for t in both if t in body} == shown, query


async def test_the_csv_can_be_hashed_again_without_this_program(client, campaign, moderator, browser_as):
    await database.execute("UPDATE account SET name = '=1+1' WHERE id = $1", moderator.id)
    for n in range(3):
        cluster = await cluster_of(campaign, [await factories.idea(campaign, moderator, f"Идея {n}")])
        await client.put(
            f"/api/clusters/{cluster}/name", json={"name": f"Имя, «{n}»"}, headers=moderator.bearer
        )
    await browser_as(moderator)
    answer = await client.get("/moderation/audit.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 3
    assert {r["name"] for r in rows} == {"'=1+1"}
    previous = ""
    for row in rows:
        text = "\n".join(row[k] for k in ("chain", "id", "account", "kind", "subject", "data", "created"))
        assert row["previous"] == previous
        assert row["hash"] == hashlib.sha256(bytes.fromhex(previous) + text.encode()).hexdigest()
        previous = row["hash"]
