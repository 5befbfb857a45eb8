"""What moderators teach: recorded apart, shown, learned, rolled back and let go again."""

from __future__ import annotations

import pytest

from ideas import database
from ideas.cluster import models
from ideas.cluster.jobs import learn
from ideas.cluster.taggers import tagger_of
from ideas.teaching import queries
from tests import factories

TIME = [
    "Долгая очередь, ждать пришлось три часа",
    "Ждали в очереди до вечера, время потеряно",
    "Очередь стоит часами",
]
ACCESS = [
    "Нет пандуса, с коляской не подняться",
    "Лифта нет, пандус крутой, коляска не едет",
    "Без пандуса не войти",
]


async def told(campaign, author, n: int) -> list[int]:
    """So many ideas about two principles in turn, half of them said by moderators already: ids."""
    texts = [(TIME if k % 2 else ACCESS)[k % 3] + f", случай {k}" for k in range(n)]
    return [await factories.idea(campaign, author, f"Мысль {k}", t) for k, t in enumerate(texts)]


async def say(client, moderator, idea, *slugs):
    answer = await client.put(
        f"/api/ideas/{idea}/tags", json={"principles": list(slugs)}, headers=moderator.bearer
    )
    assert answer.status_code == 200


async def suggested(idea: int, campaign, slugs: list[str], version: str = "v1", *, unsure: bool = False):
    """What the model had said of an idea."""
    principles = {
        r["slug"]: r["id"]
        for r in await database.fetch("SELECT id, slug FROM principle WHERE campaign = $1", campaign.id)
    }
    said = models.Tagged(idea, [(principles[s], 0.7, ["очередь"]) for s in slugs], unsure,
        (principles["time"], 0.52, 0.02, ["очередь"]))  # fmt: skip
    await models.save_tags([said], version)


async def test_without_a_label_the_page_says_what_is_needed(client, campaign, moderator, browser_as):
    await browser_as(moderator)
    text = (await client.get(f"/moderation/teaching?campaign={campaign.slug}")).text
    assert "From 30 ideas" in text
    assert "So far there are 0" in text
    assert "Nothing to measure with yet" in text


async def test_confirmed_corrected_and_abstained_are_apart(client, campaign, citizen, moderator):
    await database.execute(
        "INSERT INTO model (campaign, kind, version, data) VALUES ($1, 'tagger', 'v1', '')", campaign.id
    )
    ideas = await told(campaign, citizen, 5)
    await suggested(ideas[0], campaign, ["time"])
    await suggested(ideas[1], campaign, ["time", "access"])
    await suggested(ideas[2], campaign, [], unsure=True)
    await suggested(ideas[3], campaign, [])
    await say(client, moderator, ideas[0], "time")
    await say(client, moderator, ideas[1], "access")
    await say(client, moderator, ideas[2], "access")
    await say(client, moderator, ideas[3])
    await say(client, moderator, ideas[4], "time")
    await say(client, moderator, ideas[0], "access")
    weeks = await queries.weeks(campaign.id)
    assert len(weeks) == 1
    live = weeks[0].live
    assert (live.confirmed, live.corrected, live.abstained) == (2, 1, 1), "a second word is not the model's"
    assert (live.hits, live.suggested, live.given) == (2, 3, 3)
    assert live.precision == pytest.approx(2 / 3)
    assert (await queries.live_by_version(campaign.id))["v1"].words == 4


async def test_doubts_come_nearest_first_one_of_a_group_and_one_tap_settles_them(
    client, campaign, citizen, moderator, browser_as
):
    ideas = await told(campaign, citizen, 4)
    for idea in ideas:
        await suggested(idea, campaign, ["time"])
    cluster = await database.fetch_value(
        "INSERT INTO cluster (campaign, name) VALUES ($1, 'Группа') RETURNING id", campaign.id
    )
    await database.execute("UPDATE idea SET cluster = $1 WHERE id = ANY($2::bigint[])", cluster, ideas[:2])
    await database.execute("UPDATE doubt SET margin = 0.01 WHERE idea = $1", ideas[3])
    assert [d.idea for d in await queries.doubts(campaign.id, moderator.id)] == [ideas[3], ideas[0], ideas[2]]
    await browser_as(moderator)
    page = f"/moderation/teaching?campaign={campaign.slug}"
    assert "Мысль 3" in (await client.get(page)).text
    done = await client.post(
        f"/moderation/ideas/{ideas[3]}/tags", data={"principles": "time", "next": page + "#next"}
    )
    assert (done.status_code, done.headers["location"]) == (303, page + "#next")
    assert "Мысль 3" not in (await client.get(page)).text
    assert [d.idea for d in await queries.doubts(campaign.id, moderator.id)] == [ideas[0], ideas[2]]


@pytest.fixture
async def taught(client, campaign, citizen, moderator):
    """A campaign with two versions of the tagger: from descriptions, and from forty moderators' words."""
    ideas = await told(campaign, citizen, 44)
    await learn(campaign.id)
    first = await models.active(campaign.id, "tagger")
    assert first is not None
    for n, idea in enumerate(ideas[:40]):
        await say(client, moderator, idea, "time" if n % 2 else "access")
    await learn(campaign.id)
    second = await models.active(campaign.id, "tagger")
    assert second is not None
    assert second.id != first.id
    return first, second, ideas


async def test_a_version_is_put_back_held_and_let_go(
    client, campaign, citizen, moderator, taught, browser_as
):
    first, second, ideas = taught
    await browser_as(moderator)
    page = f"/moderation/teaching?campaign={campaign.slug}"
    text = (await client.get(page)).text
    for part in ("№ 2 <b>in use</b>", f"/moderation/teaching/versions/{first.id}", "taught with 40 ideas"):
        assert part in text, part
    asked = (await client.get(f"/moderation/teaching/versions/{first.id}")).text
    assert "Put this version back?" in asked
    assert (await client.post(f"/moderation/teaching/versions/{first.id}")).status_code == 303
    now = await models.active(campaign.id, "tagger")
    assert now is not None
    assert (now.id, now.pinned, now.report["applied"]) == (first.id, True, False)
    await learn(campaign.id)
    versions = await database.fetch("SELECT DISTINCT version FROM doubt WHERE campaign = $1", campaign.id)
    assert {v["version"] for v in versions} <= {first.version}
    assert await database.fetch_value("SELECT tagged FROM idea WHERE id = $1", ideas[0]) == "moderator"
    # Twelve new words would be a lesson; the version that a person chose stays.
    for idea in await told(campaign, citizen, 12):
        await say(client, moderator, idea, "time")
    await learn(campaign.id)
    now = await models.active(campaign.id, "tagger")
    assert now is not None
    assert now.id == first.id, "learning must not override what a person chose"
    assert "Version 1 is held." in (await client.get(page)).text
    again = await client.post(f"/moderation/teaching/versions/{first.id}")
    assert "This version is in use already." in (await client.get(again.headers["location"])).text
    assert (
        await client.post("/moderation/teaching/learn", data={"campaign": campaign.slug})
    ).status_code == 303
    now = await models.active(campaign.id, "tagger")
    assert now is not None
    assert (now.id, now.pinned) == (second.id, False)
    await learn(campaign.id)
    now = await models.active(campaign.id, "tagger")
    assert now is not None
    assert now.id not in (first.id, second.id), "it learns again"
    assert now.report["lessons"] == 52
    deeds = await database.fetch("SELECT kind, data FROM audit WHERE kind LIKE '%model' ORDER BY id")
    assert [d["kind"] for d in deeds] == ["pin_model", "unpin_model"]
    assert database.from_json(deeds[0]["data"]) == {"before": second.version, "after": first.version}


async def test_what_finishes_learning_late_does_not_replace_a_held_version(
    campaign, moderator, taught, monkeypatch
):
    first, _, _ = taught
    from ideas.cluster import taggers
    from ideas.teaching import actions

    monkeypatch.setattr(taggers, "LESSON", 1)
    real = taggers.models.taught

    async def meanwhile(id):
        found = await real(id)
        await actions.put_back(moderator.person, first.id)
        return [*found, ("Ещё одна очередь", ["time"])]

    monkeypatch.setattr(taggers.models, "taught", meanwhile)
    tagger, newer = await tagger_of(campaign.id)
    assert (tagger.version, newer) == (first.version, True)
    now = await models.active(campaign.id, "tagger")
    assert now is not None
    assert (now.id, now.pinned) == (first.id, True)


async def test_figures_of_versions(client, campaign, moderator, taught, browser_as):
    first, second, _ = taught
    found = await queries.versions(campaign.id)
    assert [(v.id, v.number, v.active, v.newest, v.lessons) for v in found] == [
        (second.id, 2, True, True, 40), (first.id, 1, False, False, 0),
    ]  # fmt: skip
    figures = found[0].figures
    assert figures is not None
    assert figures.texts == 40
    assert {p.slug for p in figures.principles} == {"time", "access"}
    assert all(p.f1 > 0.8 for p in figures.principles), "two plain topics"
    assert found[1].figures is None
    assert found[0].said is not None
    assert found[0].said.ideas == 4


async def test_who_may_do_what(client, campaign, citizen, planner, moderator, taught, browser_as):
    first = taught[0]
    await browser_as(citizen)
    assert (await client.get("/moderation/teaching")).status_code == 403
    await browser_as(planner)
    assert (await client.get("/moderation/teaching")).status_code == 200
    assert (await client.post(f"/moderation/teaching/versions/{first.id}")).status_code == 403
    assert (
        await client.post("/moderation/teaching/learn", data={"campaign": campaign.slug})
    ).status_code == 403
    await browser_as(moderator)
    for unknown in (10**12, 2**70):
        for call in (client.get, client.post):
            assert (await call(f"/moderation/teaching/versions/{unknown}")).status_code in (400, 404)
    encoder = await database.fetch_value(
        "INSERT INTO model (campaign, kind, version, data) VALUES ($1, 'encoder', 'e', 'x') RETURNING id",
        campaign.id,
    )
    assert (await client.post(f"/moderation/teaching/versions/{encoder}")).status_code == 404
    nothing = await client.post("/moderation/teaching/learn", data={"campaign": campaign.slug})
    assert "No version is held" in (await client.get(nothing.headers["location"])).text
    del client.headers["x-csrftoken"]
    assert (await client.post(f"/moderation/teaching/versions/{first.id}")).status_code == 403
    assert not (await queries.version(first.id)).active
