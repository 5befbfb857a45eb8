"""The page of a group and of the queue: what they mark, what they filter, and how few statements they take."""

from __future__ import annotations

from ideas import database
from ideas.campaign import queries as campaigns
from ideas.cluster import jobs, wording
from ideas.moderation import actions
from ml.evaluate_demo import principles
from tests import factories
from tests.cluster.test_actions import cluster_of, vote
from tests.cluster.test_jobs import OTHERS, PLAYROOM, QUEUE, submit, where

MOST = 6


def counted(monkeypatch) -> list[str]:
    """Statements of pages, as they are made; those that make savepoints for tests are not."""
    made: list[str] = []
    for name in ("fetch", "fetch_one", "fetch_value", "execute"):
        real = getattr(database, name)

        def counting(sql, *args, real=real):
            made.append(sql)
            return real(sql, *args)

        monkeypatch.setattr(database, name, counting)
    return made


async def test_pages_take_few_statements(client, campaign, citizen, moderator, browser_as, monkeypatch):
    ideas = [await submit(campaign, citizen, texts) for texts in (QUEUE, PLAYROOM, OTHERS)]
    await jobs.run_campaign(campaign.slug)
    cluster = (await where(ideas[0]))[0]
    await browser_as(moderator)
    made = counted(monkeypatch)
    # Who asks, and the campaign, are remembered for seconds; in a test's transaction they are asked for each time.
    shared = ("FROM session", "JOIN session", "FROM campaign c ORDER BY", "unnest($1::int[], $2::bytea[]")
    for address in (f"/moderation/clusters/{cluster}", "/moderation", "/moderation/same"):
        await client.get(address)
        made.clear()
        assert (await client.get(address)).status_code == 200
        own = [sql for sql in made if not any(s in sql for s in shared)]
        assert len(own) <= MOST, (address, len(own), [s[:80] for s in own])


async def test_what_a_group_shows(client, campaign, citizen, moderator, browser_as):
    typical = await factories.idea(
        campaign, citizen, "Талон на телефон", "Пусть талон придёт на телефон заранее"
    )
    near = await factories.idea(campaign, citizen, "Талон в СМС", "Пусть талоны придут на телефон вечером")
    far = await factories.idea(campaign, citizen, "Кофе", "Поставьте автомат с кофе и водой")
    cluster = await cluster_of(campaign, [typical, near, far])
    await database.execute(
        """INSERT INTO fit (idea, cluster, fit, half) SELECT i, $2, CASE WHEN i = $3 THEN 0.2 ELSE 1 END, i = $3
        FROM unnest($1::bigint[]) i""",
        [typical, near, far], cluster, far,
    )  # fmt: skip
    await database.execute(
        """INSERT INTO tag (idea, principle, source, probability, because)
        SELECT $1, id, 'model', 0.8, '["талон"]' FROM principle WHERE campaign = $2 AND slug = 'time'""",
        near, campaign.id,
    )  # fmt: skip
    early = await factories.person()
    await vote(typical, early)
    await database.execute("UPDATE vote SET created = now() - interval '9 days'")
    await browser_as(moderator)
    page = (await client.get(f"/moderation/clusters/{cluster}")).text
    assert '<mark class="shared">талоны</mark>' in page, "another form of the typical one's word"
    assert "by the words: талон" in page
    assert "added:" in page
    assert "left out:" in page
    assert page.index("These stand apart") < page.index(f'id="idea-{far}"'), "last and set apart"
    assert "This group may be two" in page
    assert 'class="growth"' in page
    assert "badge--new" not in page
    late = await factories.idea(campaign, citizen, "Талон", "Талон на телефон")
    await database.execute("UPDATE seen SET at = now() - interval '1 day', latest = now() - interval '1 day'")
    await client.post(f"/api/clusters/{cluster}/move", json={"ideas": [late]}, headers=moderator.bearer)
    page = (await client.get(f"/moderation/clusters/{cluster}")).text
    assert page.count("badge--new") == 1, "who has joined since one looked"


async def test_filters_and_next_within_them(client, campaign, citizen, moderator, browser_as):
    office = await database.fetch_value("SELECT id FROM office WHERE campaign = $1", campaign.id)
    groups = []
    for n in range(3):
        ideas = [await factories.idea(campaign, citizen, f"Идея {n}.{k}") for k in range(2)]
        groups.append(await cluster_of(campaign, ideas, f"Группа {n}"))
        if n == 1:
            await database.execute("UPDATE idea SET office = $2 WHERE id = $1", ideas[0], office)
    token = await browser_as(moderator)
    page = (await client.get("/moderation?office=arbat")).text
    assert [n for n in groups if f'id="cluster-{n}"' in page] == [groups[1]]
    form = {"_csrf_token": token, "campaign": campaign.slug}
    first = await client.post("/moderation/next", data=form)
    assert first.headers["location"] == f"/moderation/clusters/{groups[1]}"
    second = await client.post("/moderation/next", data={**form, "after": str(groups[1])})
    assert second.headers["location"] != first.headers["location"], "there is always work"
    assert "flash" in second.headers["set-cookie"]


async def test_what_a_decision_left_out_is_offered_again(client, campaign, citizen, moderator, browser_as):
    ideas = [await factories.idea(campaign, citizen, f"Идея {n}") for n in range(3)]
    cluster = await cluster_of(campaign, ideas)
    ruling = {"verdict": "accept", "reason": "Да", "except": [ideas[2]]}
    await client.post(f"/api/clusters/{cluster}/decision", json=ruling, headers=moderator.bearer)
    await browser_as(moderator)
    page = (await client.get("/moderation/alone")).text
    assert f"left out of the decision on group {cluster}" in page
    assert "Идея 2" in page
    assert "Идея 0" not in page


async def test_the_most_important_first(client, campaign, moderator, browser_as):
    """People, then weeks of waiting, then doubt."""
    groups = []
    for supporters, weeks, cohesion in ((100, 0, 1), (90, 2, 1), (80, 0, 0.0), (130, 0, 1)):
        groups.append(await database.fetch_value(
            """INSERT INTO cluster (campaign, name, size, supporters, cohesion, created)
            VALUES ($1, 'Г', 2, $2, $3, now() - $4 * interval '7 days') RETURNING id""",
            campaign.id, supporters, cohesion, weeks,
        ))  # fmt: skip
    await browser_as(moderator)
    page = (await client.get("/moderation")).text
    found = sorted(groups, key=lambda n: page.index(f'id="cluster-{n}"'))
    assert found == [groups[3], groups[2], groups[1], groups[0]]


async def test_small_talk_is_pointed_out_until_a_moderator_has_spoken(
    client, campaign, citizen, moderator, browser_as
):
    talk = await factories.idea(campaign, citizen, "Голуби", "Сегодня на улице снег, и голуби мёрзнут.")
    wish = await factories.idea(campaign, citizen, "Пандус", "Сделайте пандус у входа для колясок.")
    for n, principle in enumerate(principles()):
        await database.execute(
            "INSERT INTO principle (campaign, slug, name, position) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            campaign.id, principle.slug, database.to_json({"ru": principle.name}), 10 + n,
        )  # fmt: skip
    campaigns.forget_campaigns()
    await jobs.run_campaign(campaign.slug)
    await browser_as(moderator)
    pointed = "Perhaps off topic"
    alone = (await client.get("/moderation/alone")).text
    assert alone.count(pointed) == 1
    assert alone.index("Голуби") < alone.index(pointed)
    assert pointed in (await client.get(f"/moderation/ideas/{talk}")).text
    assert pointed not in (await client.get(f"/moderation/ideas/{wish}")).text
    cluster = await cluster_of(campaign, [talk, wish])
    assert (await client.get(f"/moderation/clusters/{cluster}")).text.count(pointed) == 1
    await actions.set_tags(moderator.person, talk, [])
    assert pointed not in (await client.get(f"/moderation/clusters/{cluster}")).text


def test_words_that_are_shared_and_changed():
    known = wording.telling("Электронная очередь и талоны")
    assert [(p.kind, p.text) for p in wording.shared("Про очередью, если талон.", known)] == [
        ("", "Про "), ("shared", "очередью"), ("", ", если "), ("shared", "талон"), ("", "."),
    ]  # fmt: skip
    pieces = wording.changes("Пусть талон придёт на телефон", "Пусть талон придёт на почту!")
    assert [p.kind for p in pieces] == ["", "del", "ins"]
    assert "".join(p.text for p in pieces if p.kind != "del") == "Пусть талон придёт на почту!"
    assert wording.changes("Пусть талон придёт", "Кофе и вода нужны всем нам") == []
    text = "  Ёлки <b>и</b> палки\n\n" * 300
    assert "".join(p.text for p in wording.shared(text, known)) == text
