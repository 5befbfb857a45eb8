"""Rankings as planners and programs get them."""

from __future__ import annotations

import pytest

from ideas import database
from ideas.account import own
from ideas.campaign import queries as campaign_queries
from ideas.ranking import actions, counting, jobs, queries
from tests import factories

TEXT = (
    "Поставьте, пожалуйста, в зале ожидания кулер с водой и стаканчики, потому что летом в очереди душно и людям "
    "становится плохо"
)


@pytest.fixture
async def filled(campaign, citizen, moderator, planner):
    """Two groups. The first: two copies of a text by two people, three votes by two people. The second: one idea."""
    await database.execute(
        'UPDATE district SET population = 1000, area = \'{"ru": "Округ"}\' WHERE campaign = $1', campaign.id
    )
    campaign_queries.forget_campaigns()
    district = await database.fetch_value("SELECT id FROM district WHERE campaign = $1", campaign.id)
    first, second = [
        await database.fetch_value(
            "INSERT INTO cluster (campaign, name, size) VALUES ($1, $2, 1) RETURNING id", campaign.id, name
        )
        for name in ("Water", "Shade")
    ]
    other = await factories.person()
    one = await factories.idea(campaign, citizen, "Кулер", TEXT)
    copy = await factories.idea(campaign, other, "Кулер!", "Здравствуйте! " + TEXT)
    alone = await factories.idea(campaign, citizen, "Тень во дворе", "Посадите у входа деревья")
    voters = [await factories.person() for _ in range(4)]
    for idea, cluster, by, eyes in (
        (one, first, voters[:2], 4.0),
        (copy, first, voters[:1], 2.0),
        (alone, second, [], 9.0),
    ):
        for voter in by:
            await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", idea, voter.id)
        await database.execute(
            "UPDATE idea SET cluster = $2, district = $3, votes = $4, eyes = $5 WHERE id = $1",
            idea, cluster, district, len(by), eyes,
        )  # fmt: skip
    await database.execute(
        "INSERT INTO comment (idea, author, side, text) VALUES ($1, $2, 'against', 'No')", alone, voters[3].id
    )
    await jobs.find_waves(campaign.id)
    await actions.refresh(campaign.id, always=True)
    return {"campaign": campaign, "first": first, "second": second, "one": one, "copy": copy, "alone": alone,
            "voters": voters}  # fmt: skip


async def get(client, person, path, **params):
    return await client.get(path, params=params, headers=person.bearer)


@pytest.mark.parametrize(
    "path",
    [
        "/planning/ranking",
        "/planning/ranking/waves",
        "/api/ranking",
        "/api/ranking/method",
        "/api/ranking/waves",
    ],
)
async def test_it_is_for_planners(client, filled, citizen, moderator, planner, admin, path):
    for person, status in ((citizen, 403), (moderator, 403), (planner, 200), (admin, 200)):
        answer = await get(client, person, path, campaign=filled["campaign"].slug)
        assert answer.status_code == status, person.role


async def test_volume_and_breadth_stand_side_by_side(client, planner, filled):
    answer = (await get(client, planner, "/api/ranking", campaign=filled["campaign"].slug)).json()
    totals = answer["totals"]
    assert (totals["ideas"], totals["proposals"], totals["people"], totals["votes"]) == (3, 2, 4, 3)
    water, shade = answer["items"]
    assert (water["name"], water["ideas"], water["proposals"], water["people"]) == ("Water", 2, 1, 4)
    assert (shade["ideas"], shade["proposals"], shade["people"], shade["against"]) == (1, 1, 1, 1)


async def test_orders_by_hand(client, planner, filled):
    """Water: 3 votes in 6 looks; 4 of 4 known people, weighing 1. Shade: nothing in 9; 1 of 4; 1 against."""
    by = {}
    for order in ("people", "exposure", "share", "split"):
        answer = await get(client, planner, "/api/ranking", campaign=filled["campaign"].slug, order=order)
        by[order] = [i["name"] for i in answer.json()["items"]]
        water = next(i for i in answer.json()["items"] if i["name"] == "Water")["orders"]
        shade = next(i for i in answer.json()["items"] if i["name"] == "Shade")["orders"]
    assert by == {
        "people": ["Water", "Shade"], "exposure": ["Water", "Shade"], "share": ["Water", "Shade"],
        "split": ["Shade", "Water"],
    }  # fmt: skip
    assert water["exposure"]["value"] == pytest.approx(0.5)
    assert water["exposure"]["low"] == pytest.approx(0.18762, abs=1e-4)
    assert water["share"]["value"] == pytest.approx(1.0)
    assert shade["share"]["value"] == pytest.approx(0.25)
    assert shade["split"]["value"] == pytest.approx(1.0)
    assert (shade["split"]["first"], water["split"]["first"]) == (1, 2)


async def test_ideas_with_equal_numbers_share_their_places(client, planner, filled):
    answer = await get(client, planner, "/api/ranking", campaign=filled["campaign"].slug, what="idea")
    items = {i["id"]: i for i in answer.json()["items"]}
    assert items[filled["one"]]["orders"]["people"]["first"] == 1
    assert items[filled["copy"]]["wave"] == 2
    assert items[filled["alone"]]["wave"] == 0
    await database.execute("DELETE FROM vote WHERE idea = $1", filled["copy"])
    await actions.refresh(filled["campaign"].id, always=True)
    answer = await get(client, planner, "/api/ranking", campaign=filled["campaign"].slug, what="idea")
    items = {i["id"]: i["orders"]["people"] for i in answer.json()["items"]}
    assert (items[filled["copy"]]["first"], items[filled["copy"]]["last"]) == (2, 3)
    page = (
        await get(client, planner, "/planning/ranking", campaign=filled["campaign"].slug, what="idea")
    ).text
    assert "2–3" in page


async def test_filters_keep_places_and_stand_in_links(client, planner, filled):
    slug = filled["campaign"].slug
    answer = await get(client, planner, "/api/ranking", campaign=slug, what="idea", q="деревья")
    (item,) = answer.json()["items"]
    assert item["id"] == filled["alone"]
    assert item["orders"]["people"]["first"] == 3
    assert answer.json()["totals"]["people"] == 1
    page = (
        await get(
            client, planner, "/planning/ranking", campaign=slug, what="cluster", q="деревья", state="open"
        )
    ).text
    assert ">Shade<" in page
    assert ">Water<" not in page
    assert "order=share&amp;q=%D0%B4%D0%B5%D1%80%D0%B5%D0%B2%D1%8C%D1%8F&amp;state=open" in page


@pytest.mark.parametrize(
    "params",
    [{"what": "x"}, {"order": "x"}, {"state": "x"}, {"page": "0"}, {"page": "9999999"}, {"principle": "x"}],
)
async def test_what_is_not_known_is_refused(client, planner, filled, params):
    answer = await get(client, planner, "/api/ranking", campaign=filled["campaign"].slug, **params)
    assert answer.status_code == 400
    assert next(iter(params)) in answer.json()["errors"]


async def test_why_it_stands_there(client, planner, filled):
    slug = filled["campaign"].slug
    answer = (await get(client, planner, f"/api/ranking/cluster/{filled['second']}", campaign=slug)).json()
    assert answer["needed"]["people"] == 4
    assert [n["name"] for n in answer["neighbours"]["people"]] == ["Water", "Shade"]
    assert answer["could_stand"]["exposure"] == [1, 2]
    # 0 of 9 looks: that many more votes lift the lower end above Water's, and one fewer does not.
    needed, mark = answer["needed"]["exposure"], 0.18762
    assert actions.rules.wilson(needed, max(9, needed))[0] > mark >= actions.rules.wilson(needed - 1, 9)[0]
    page = (await get(client, planner, f"/planning/ranking/cluster/{filled['second']}", campaign=slug)).text
    assert "4 more people would put it above “Water”" in page
    for path in ("cluster/999999", "x/1", f"idea/{2**70}"):
        assert (await get(client, planner, f"/planning/ranking/{path}", campaign=slug)).status_code == 404


async def test_copies_are_one_proposal_of_many(client, planner, filled):
    slug = filled["campaign"].slug
    (wave,) = (await get(client, planner, "/api/ranking/waves", campaign=slug)).json()
    assert (wave["id"], wave["ideas"], wave["people"]) == (filled["one"], 2, 2)
    page = (await get(client, planner, f"/planning/ranking/waves/{filled['one']}", campaign=slug)).text
    assert "Кулер!" in page
    assert "2 authors" in page
    page = (await get(client, planner, "/planning/ranking", campaign=slug)).text
    assert "1 copied text" in page
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", filled["copy"])
    await jobs.find_waves(filled["campaign"].id)
    assert (await get(client, planner, "/api/ranking/waves", campaign=slug)).json() == []


async def test_impossible_proportions_are_named(client, planner, filled):
    c = filled["campaign"]
    await database.execute(
        """INSERT INTO district (campaign, slug, name, area, population)
        VALUES ($1, 'far', '{"ru": "Далёкий", "en": "Far"}', '{"ru": "Дальний округ", "en": "Far okrug"}', 500)""",
        c.id,
    )
    campaign_queries.forget_campaigns()
    await actions.refresh(c.id, always=True)
    page = (await get(client, planner, "/planning/ranking", campaign=c.slug)).text
    assert "Far okrug has residents, and nobody from there took part" in page
    known = await queries.numbers(c.id)
    assert known is not None
    assert (known.weighed.why, known.weighed.margin) == ("impossible", "district")


async def test_weights_follow_told_districts_and_ages(client, planner, admin, filled):
    """Four people: one told district "far", where half of the city lives. Told ages of half are enough to count."""
    c, told = filled["campaign"], filled["voters"][0]
    far = await database.fetch_value(
        """INSERT INTO district (campaign, slug, name, area, population)
        VALUES ($1, 'far', '{"ru": "Далёкий"}', '{"ru": "Другой"}', 1000) RETURNING id""",
        c.id,
    )
    campaign_queries.forget_campaigns()
    groups = [{"slug": "young", "name": {"ru": "До 35"}, "youngest": 0, "oldest": 34, "population": 50},
              {"slug": "old", "name": {"ru": "35+"}, "youngest": 35, "population": 50}]  # fmt: skip
    put = await client.put(
        "/api/ranking/ages", json={"campaign": c.slug, "groups": groups}, headers=admin.bearer
    )
    assert put.status_code == 204
    refused = await client.put(
        "/api/ranking/ages", json={"campaign": c.slug, "groups": groups}, headers=planner.bearer
    )
    assert refused.status_code == 403
    ages = {a["slug"]: a["id"] for a in await queries.age_groups(c.id)}
    await actions.tell_residence(c.id, told.id, far, ages["young"])
    await actions.refresh(c.id, always=True)
    known = await queries.numbers(c.id)
    assert known is not None
    assert known.weighed.ages is False
    weights = {
        row["account"]: row["weight"]
        for row in await database.fetch("SELECT account, weight FROM participant WHERE campaign = $1", c.id)
    }
    assert weights[told.id] == pytest.approx(2.0)
    assert sorted(weights.values()) == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2.0])
    assert known.weighed.effective == pytest.approx(16 / (4 + 3 * 4 / 9))
    one = await queries.ranked(c.id, "cluster", filled["second"])
    assert one.orders["share"].value == pytest.approx((2 / 3) / 4)
    for person in filled["voters"][1:2]:
        await actions.tell_residence(c.id, person.id, None, ages["old"])
    await actions.refresh(c.id, always=True)
    known = await queries.numbers(c.id)
    assert known is not None
    assert (known.weighed.ages, known.weighed.people, known.weighed.unknown) == (True, 2, 2)


async def test_a_person_says_where_they_live(client, filled, browser_as, citizen):
    await browser_as(citizen)
    slug = filled["campaign"].slug
    page = await client.get(f"/account/residence?campaign={slug}")
    assert "Arbat" in page.text
    answer = await client.post("/account/residence", data={"campaign": slug, "district": "nowhere"})
    assert answer.status_code == 422
    for district in ("arbat", ""):
        answer = await client.post("/account/residence", data={"campaign": slug, "district": district})
        assert answer.status_code == 303
        stored = await queries.residence(filled["campaign"].id, citizen.id)
        assert bool(stored["district"]) is bool(district)


async def test_what_was_told_is_in_ones_data(filled, citizen):
    await actions.tell_residence(
        filled["campaign"].id, citizen.id, await database.fetch_value("SELECT min(id) FROM district"), None
    )
    (told,) = (await own.everything(citizen.id))["residences"]
    assert told["campaign"] == filled["campaign"].slug


async def test_a_campaign_that_was_never_counted_is_counted_for_its_first_reader(
    client, planner, campaign, citizen
):
    await factories.idea(campaign, citizen)
    answer = await get(client, planner, "/api/ranking", campaign=campaign.slug, what="idea")
    assert answer.json()["totals"]["ideas"] == 1
    assert await database.fetch_value(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ideas.ranking.jobs.refresh'"
    )


async def test_nothing_changed_is_not_counted_again(filled):
    assert await actions.refresh(filled["campaign"].id) is False
    await database.execute("UPDATE idea SET eyes = eyes + 5 WHERE id = $1", filled["one"])
    assert await actions.refresh(filled["campaign"].id) is True


async def test_a_page_takes_few_statements(client, planner, filled, monkeypatch):
    count = 0
    plain = database.connection

    def counting_connection():
        nonlocal count
        count += 1
        return plain()

    slug = filled["campaign"].slug
    for path in (
        f"/planning/ranking?campaign={slug}&principle=time",
        f"/planning/ranking/cluster/{filled['second']}?campaign={slug}",
    ):
        await get(client, planner, path)
        count = 0
        monkeypatch.setattr(database, "connection", counting_connection)
        assert (await get(client, planner, path)).status_code == 200
        monkeypatch.setattr(database, "connection", plain)
        # Two of them find who asks and the campaign, which are remembered outside of a transaction.
        assert 0 < count <= 8
    assert "{item}" in counting.COUNTS
