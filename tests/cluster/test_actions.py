"""Merging, splitting and renaming: votes stay, counts are exact, the lock and the pins hold."""

from __future__ import annotations

from typing import Any

import pytest

from ideas import database
from ideas.cluster import members, queries
from ideas.cluster.order import ORDERS, Wanted
from tests import factories


async def cluster_of(campaign: factories.TestCampaign, ideas: list[int], name: str = "Очередь") -> int:
    """A cluster with these ideas, counted."""
    id = await members.new_cluster(campaign.id, None, name, ideas[0] if ideas else None)
    await database.execute("UPDATE idea SET cluster = $2 WHERE id = ANY($1::bigint[])", ideas, id)
    await members.settle([id])
    return id


async def vote(idea: int, *people: factories.TestPerson) -> None:
    for person in people:
        await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", idea, person.id)
    await database.execute(
        "UPDATE idea SET votes = (SELECT count(*) FROM vote WHERE idea = $1) WHERE id = $1", idea
    )


async def counts(cluster: int) -> tuple[int, int]:
    row = await one("SELECT size, supporters FROM cluster WHERE id = $1", cluster)
    return row["size"], row["supporters"]


async def one(sql: str, *args: Any) -> Any:
    """The row of a statement that has one."""
    row = await database.fetch_one(sql, *args)
    assert row is not None
    return row


async def links(campaign: factories.TestCampaign) -> set[tuple[int, int, str]]:
    rows = await database.fetch("SELECT first, second, kind FROM link WHERE campaign = $1", campaign.id)
    return {(r["first"], r["second"], r["kind"]) for r in rows}


@pytest.fixture
async def two(campaign, citizen):
    """Two clusters, (a: i1 i2) and (b: i3 i4), with one voter in both."""
    voter, other = await factories.person(), await factories.person()
    ideas = [await factories.idea(campaign, citizen, f"Идея {n}") for n in range(4)]
    a = await cluster_of(campaign, ideas[:2])
    b = await cluster_of(campaign, ideas[2:], "Окно")
    await vote(ideas[0], voter, other)
    await vote(ideas[2], voter)
    await members.recount([a, b])
    return a, b, ideas


async def test_supporters_are_distinct_people_and_votes_stay_where_they_were(client, moderator, two):
    a, b, _ = two
    assert await counts(a) == (2, 3)
    assert await counts(b) == (2, 2)
    votes = await database.fetch("SELECT idea, account, created FROM vote ORDER BY idea, account")
    answer = await client.post("/api/clusters/merge", json={"ids": [a, b]}, headers=moderator.bearer)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"id": a, "merged": [b], "size": 4, "supporters": 3}
    assert await database.fetch("SELECT idea, account, created FROM vote ORDER BY idea, account") == votes
    row = await one("SELECT retired, merged_into, size FROM cluster WHERE id = $1", b)
    assert row["retired"]
    assert (row["merged_into"], row["size"]) == (a, 0)


async def test_unmerge_is_the_exact_inverse(client, campaign, moderator, two):
    a, b, _ = two
    state = "SELECT id, state, size, supporters, votes, typical, name, retired, merged_into FROM cluster ORDER BY id"
    before = await database.fetch(state)
    where = await database.fetch("SELECT id, cluster, theme FROM idea ORDER BY id")
    await client.post("/api/clusters/merge", json={"ids": [b, a]}, headers=moderator.bearer)
    assert len(await links(campaign)) == 3
    answer = await client.post(f"/api/clusters/{a}/unmerge", headers=moderator.bearer)
    assert answer.status_code == 200, answer.text
    assert await database.fetch(state) == before
    assert await database.fetch("SELECT id, cluster, theme FROM idea ORDER BY id") == where
    assert await links(campaign) == set()
    again = await client.post(f"/api/clusters/{a}/unmerge", headers=moderator.bearer)
    assert again.status_code == 409


async def test_split_makes_a_cluster_and_pins_it(client, campaign, moderator, two):
    a, b, ideas = two
    await client.post("/api/clusters/merge", json={"ids": [a, b]}, headers=moderator.bearer)
    chosen = [ideas[1], ideas[3]]
    answer = await client.post(f"/api/clusters/{a}/split", json={"ideas": chosen}, headers=moderator.bearer)
    assert answer.status_code == 200, answer.text
    new = answer.json()["new"]
    assert answer.json() == {"id": a, "new": new, "ideas": chosen}
    rows = await database.fetch("SELECT id FROM idea WHERE cluster = $1 ORDER BY id", new)
    assert [r["id"] for r in rows] == chosen
    assert (ideas[1], ideas[3], "must") in await links(campaign)
    apart = {(x, y) for x, y, kind in await links(campaign) if kind == "cannot"}
    assert apart == {(ideas[0], ideas[1]), (ideas[1], ideas[2])}


async def test_a_single_idea_split_off_stands_alone(client, moderator, two):
    a, _, ideas = two
    answer = await client.post(
        f"/api/clusters/{a}/split", json={"ideas": [ideas[1]]}, headers=moderator.bearer
    )
    assert answer.json()["new"] is None
    assert await database.fetch_value("SELECT cluster FROM idea WHERE id = $1", ideas[1]) is None


@pytest.mark.parametrize("choose", ["none", "all", "foreign"])
async def test_what_cannot_be_split(client, moderator, two, choose):
    a, _, ideas = two
    chosen = {"none": [], "all": ideas[:2], "foreign": [ideas[0], ideas[2]]}[choose]
    answer = await client.post(f"/api/clusters/{a}/split", json={"ideas": chosen}, headers=moderator.bearer)
    assert answer.status_code == 422
    assert "ideas" in answer.json()["errors"]


async def test_what_cannot_be_merged(client, moderator, two):
    a, b, _ = two
    for ids, status in (([a], 422), ([a, a], 422), ([a, 10**15], 422), ([a, 2**63], 400), ([a, -1], 400)):
        answer = await client.post("/api/clusters/merge", json={"ids": ids}, headers=moderator.bearer)
        assert answer.status_code == status, (ids, answer.text)
    await client.post("/api/clusters/merge", json={"ids": [a, b]}, headers=moderator.bearer)
    gone = await client.post("/api/clusters/merge", json={"ids": [a, b]}, headers=moderator.bearer)
    assert gone.status_code == 409
    assert str(a) in gone.json()["detail"]


async def test_rename_pins_the_name(client, moderator, two):
    a, _, _ = two
    answer = await client.put(
        f"/api/clusters/{a}/name", json={"name": " Талон  на телефон "}, headers=moderator.bearer
    )
    assert (answer.status_code, answer.json()["name"], answer.json()["pinned"]) == (
        200,
        "Талон на телефон",
        True,
    )
    bad = await client.put(f"/api/clusters/{a}/name", json={"name": " "}, headers=moderator.bearer)
    assert bad.status_code == 422


async def test_only_moderators_may(client, citizen, planner, two):
    a, b, ideas = two
    for who, status in ((citizen.bearer, 403), (planner.bearer, 403), ({}, 401)):
        for method, path, body in (
            ("POST", "/api/clusters/merge", {"ids": [a, b]}),
            ("POST", f"/api/clusters/{a}/split", {"ideas": [ideas[0]]}),
            ("POST", f"/api/clusters/{a}/unmerge", None),
            ("PUT", f"/api/clusters/{a}/name", {"name": "Имя"}),
        ):
            assert (await client.request(method, path, json=body, headers=who)).status_code == status


async def test_queue_is_ordered_by_people_and_pages_meet(client, campaign, planner, citizen, two):
    a, b, _ = two
    third = await cluster_of(campaign, [await factories.idea(campaign, citizen)])
    seen, after = [], None
    while True:
        params = {"campaign": campaign.slug, "limit": 1, **({"after": after} if after else {})}
        answer = (await client.get("/api/clusters", params=params, headers=planner.bearer)).json()
        seen += [c["id"] for c in answer["items"]]
        after = answer["next"]
        if not after:
            break
    assert seen == [a, b, third]
    decided = await client.get("/api/clusters", params={"state": "accepted"}, headers=planner.bearer)
    assert decided.json()["items"] == []
    assert (
        await client.get("/api/clusters", params={"state": "x"}, headers=planner.bearer)
    ).status_code == 400
    assert (
        await client.get("/api/clusters", params={"after": "x"}, headers=planner.bearer)
    ).status_code == 400
    assert (
        await client.get("/api/clusters", params={"theme": 2**70}, headers=planner.bearer)
    ).status_code == 400
    assert (await client.get("/api/clusters")).status_code == 401


async def test_queue_shows_exact_numbers_between_recounts(client, campaign, planner, two):
    a, b, ideas = two
    await vote(ideas[3], await factories.person(), await factories.person())
    answer = await client.get("/api/clusters", params={"campaign": campaign.slug}, headers=planner.bearer)
    assert {c["id"]: c["supporters"] for c in answer.json()["items"]} == {a: 3, b: 4}


async def test_detail_has_members_and_an_unknown_one_is_404(client, planner, two):
    a, _, ideas = two
    body = (await client.get(f"/api/clusters/{a}", headers=planner.bearer)).json()
    assert [m["id"] for m in body["members"]] == ideas[:2]
    assert body["decision"] is None
    for id in (10**15, 2**70):
        assert (await client.get(f"/api/clusters/{id}", headers=planner.bearer)).status_code in (400, 404)


async def test_pages(client, citizen, moderator, browser_as, two):
    a, b, _ = two
    assert "Очередь" in (await client.get("/clusters")).text
    assert "Идея 0" in (await client.get(f"/clusters/{a}")).text
    await client.post("/api/clusters/merge", json={"ids": [a, b]}, headers=moderator.bearer)
    moved = await client.get(f"/clusters/{b}")
    assert (moved.status_code, moved.headers["location"]) == (303, f"/clusters/{a}")
    assert (await client.get("/clusters/987654321")).status_code == 404
    assert (await client.get("/moderation")).status_code == 303
    await browser_as(citizen)
    assert (await client.get("/moderation")).status_code == 403


async def test_undoing_a_split_is_the_exact_inverse(client, campaign, moderator, two):
    a, b, ideas = two
    await client.post("/api/clusters/merge", json={"ids": [a, b]}, headers=moderator.bearer)
    state = """SELECT id, state, size, supporters, votes, typical, name, retired, merged_into FROM cluster
        WHERE id <= $1 ORDER BY id"""
    before = await database.fetch(state, b)
    where, pinned = (
        await database.fetch("SELECT id, cluster, theme FROM idea ORDER BY id"),
        await links(campaign),
    )
    for chosen in ([ideas[1], ideas[3]], [ideas[2]]):
        await client.post(f"/api/clusters/{a}/split", json={"ideas": chosen}, headers=moderator.bearer)
        assert await links(campaign) != pinned
        answer = await client.post(f"/api/clusters/{a}/undo", headers=moderator.bearer)
        assert answer.status_code == 200, answer.text
        assert await database.fetch(state, b) == before
        assert await database.fetch("SELECT id, cluster, theme FROM idea ORDER BY id") == where
        assert await links(campaign) == pinned
    assert not await database.fetch_value("SELECT count(*) FROM cluster WHERE id > $1 AND retired IS NULL", b)


async def test_an_idea_is_moved_and_moved_back(client, campaign, citizen, moderator, two):
    a, b, ideas = two
    alone = await factories.idea(campaign, citizen, "Одна")
    votes = await database.fetch("SELECT idea, account, created FROM vote ORDER BY idea, account")
    where = await database.fetch("SELECT id, cluster, theme FROM idea ORDER BY id")
    path = f"/api/clusters/{b}/move"
    answer = await client.post(path, json={"ideas": [ideas[0], alone]}, headers=moderator.bearer)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"id": b, "ideas": [ideas[0], alone], "source": [a]}
    assert (await counts(a), await counts(b)) == ((1, 1), (4, 3))
    assert (ideas[0], ideas[1], "cannot") in await links(campaign)
    assert {(ideas[0], ideas[2], "must"), (ideas[2], alone, "must")} <= await links(campaign)
    assert await database.fetch("SELECT idea, account, created FROM vote ORDER BY idea, account") == votes
    assert (await client.post(path, json={"ideas": [ideas[0]]}, headers=moderator.bearer)).status_code == 422
    assert (await client.post(f"/api/clusters/{b}/undo", headers=moderator.bearer)).status_code == 200
    assert await database.fetch("SELECT id, cluster, theme FROM idea ORDER BY id") == where
    assert await links(campaign) == set()
    assert (await counts(a), await counts(b)) == ((2, 3), (2, 2))


async def test_moving_all_of_a_group_is_joining_it(client, moderator, two):
    a, b, ideas = two
    await client.post(f"/api/clusters/{b}/move", json={"ideas": ideas[:2]}, headers=moderator.bearer)
    row = await one("SELECT retired, merged_into FROM cluster WHERE id = $1", a)
    assert (row["retired"] is not None, row["merged_into"]) == (True, b)
    await client.post(f"/api/clusters/{b}/undo", headers=moderator.bearer)
    row = await one("SELECT retired, merged_into, size FROM cluster WHERE id = $1", a)
    assert tuple(row) == (None, None, 2)


async def test_a_change_that_others_build_on_is_undone_after_them(client, moderator, two):
    a, b, ideas = two
    await client.post("/api/clusters/merge", json={"ids": [a, b]}, headers=moderator.bearer)
    await client.post(f"/api/clusters/{a}/split", json={"ideas": [ideas[3]]}, headers=moderator.bearer)
    early = await client.post(f"/api/clusters/{a}/unmerge", headers=moderator.bearer)
    assert early.status_code == 409
    for _ in range(2):
        assert (await client.post(f"/api/clusters/{a}/undo", headers=moderator.bearer)).status_code == 200
    assert (await client.post(f"/api/clusters/{a}/undo", headers=moderator.bearer)).status_code == 409
    deeds = await database.fetch("SELECT kind, subject FROM audit ORDER BY id")
    assert [d["kind"] for d in deeds] == ["merge", "split", "undo", "undo"]


async def test_what_cannot_be_moved(client, citizen, moderator, two):
    a, b, ideas = two
    other = await factories.campaign()
    foreign = await factories.idea(other, citizen)
    for chosen in ([], [10**15], [foreign]):
        answer = await client.post(
            f"/api/clusters/{b}/move", json={"ideas": chosen}, headers=moderator.bearer
        )
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["ideas"])
    decided = {"verdict": "accept", "reason": "Да", "except": [ideas[1]]}
    await client.post(f"/api/clusters/{a}/decision", json=decided, headers=moderator.bearer)
    path = f"/api/clusters/{b}/move"
    assert (await client.post(path, json={"ideas": [ideas[0]]}, headers=moderator.bearer)).status_code == 409
    assert (await client.post(path, json={"ideas": [ideas[1]]}, headers=moderator.bearer)).status_code == 200


async def test_the_queue_has_other_orders_and_filters(client, campaign, moderator, browser_as, two):
    a, b, ideas = two
    await database.execute(
        "UPDATE cluster SET created = now() - interval '9 days', cohesion = 0.9 WHERE id = $1", b
    )
    await database.execute("UPDATE cluster SET cohesion = 0.4 WHERE id = $1", a)
    await database.execute(
        "UPDATE idea SET district = (SELECT id FROM district WHERE campaign = $2) WHERE id = $1",
        ideas[2],
        campaign.id,
    )
    await database.execute(
        """INSERT INTO tag (idea, principle, source) SELECT $1, id, 'moderator' FROM principle
        WHERE campaign = $2 AND slug = 'time'""",
        ideas[0], campaign.id,
    )  # fmt: skip
    await browser_as(moderator)

    async def listed(query: str) -> list[int]:
        page = (await client.get(f"/moderation?campaign={campaign.slug}&{query}")).text
        return sorted(
            (n for n in (a, b) if f'id="cluster-{n}"' in page), key=lambda n: page.index(f'id="cluster-{n}"')
        )

    assert await listed("") == [a, b]
    assert await listed("order=waiting") == [b, a]
    assert await listed("order=loose") == [a, b]
    assert await listed("order=x") == [a, b]
    assert await listed("district=arbat") == [b]
    assert await listed("principle=time") == [a]
    for order in ORDERS:
        first = await queries.queue(Wanted(campaign.id, order=order), limit=1)
        after = (first[0].rank, first[0].id)
        second = await queries.queue(Wanted(campaign.id, order=order), after, 5)
        assert [c.id for c in [*first, *second]] == ([b, a] if order == "waiting" else [a, b])
    await client.post(
        f"/api/clusters/{a}/decision", json={"verdict": "accept", "reason": "Да"}, headers=moderator.bearer
    )
    assert (await listed(""), await listed("state=accepted"), await listed("state=all")) == ([b], [a], [a, b])
