"""Placing, running and learning on a small hand-made campaign."""

from __future__ import annotations

from typing import Any

import pytest

from ideas import database
from ideas.cluster import actions, grouping, jobs
from ideas.idea import similar
from ideas.moderation import actions as moderation
from tests import factories
from tests.cluster.test_actions import one

QUEUE = [
    ("Талон очереди с телефона", f"Пусть талон электронной очереди можно взять с телефона заранее, {end}")
    for end in ("из дома", "по дороге", "с работы", "из автобуса")
]
PLAYROOM = [
    ("Детский уголок с игрушками", f"Сделайте детский уголок с игрушками и столиком для рисования, {end}")
    for end in ("дети скучают", "детям скучно", "родители ждут", "мамы измучены")
]
OTHERS = [
    ("Кофейный автомат", "Поставьте автомат с кофе и чаем у входа"),
    ("Пандус у крыльца", "Коляску не закатить по ступеням, нужен пандус"),
    ("Оплата картой", "Госпошлину хочется платить картой прямо в окне"),
    ("Вежливость", "Сотрудники грубят пожилым, научите их улыбаться"),
    ("Справки почтой", "Готовые документы присылайте заказным письмом"),
    ("Кондиционер летом", "В зале нечем дышать в июльскую жару"),
]
NEWCOMER = ("Талон очереди с телефона", "Можно ли талон электронной очереди взять с телефона заранее?")


async def submit(campaign: factories.TestCampaign, author: factories.TestPerson, texts) -> list[int]:
    return [await factories.idea(campaign, author, title, text) for title, text in texts]


async def where(ideas: list[int]) -> list[Any]:
    rows = await database.fetch("SELECT cluster FROM idea WHERE id = ANY($1::bigint[]) ORDER BY id", ideas)
    return [r["cluster"] for r in rows]


@pytest.fixture
async def grouped(campaign, citizen):
    """The campaign after its first run: (queue ideas, playroom ideas, others)."""
    ideas = [await submit(campaign, citizen, texts) for texts in (QUEUE, PLAYROOM, OTHERS)]
    await jobs.run_campaign(campaign.slug)
    return ideas


async def test_a_run_groups_names_and_tags(campaign, grouped):
    queue, playroom, _ = grouped
    a, b = set(await where(queue)), set(await where(playroom))
    assert len(a) == len(b) == 1
    assert a != b
    assert None not in a | b
    row = await one("SELECT * FROM cluster WHERE id = $1", next(iter(a)))
    assert (row["size"], row["supporters"]) == (4, 1)
    assert row["typical"] in queue
    assert row["name"]
    assert await database.fetch_value("SELECT count(*) FROM idea WHERE tagged IS NULL") == 0
    assert await database.fetch_value("SELECT count(*) FROM idea WHERE theme IS NULL") == 0


async def test_running_again_changes_nothing(campaign, grouped):
    state = "SELECT id, name, size, supporters, typical, retired FROM cluster ORDER BY id"
    before, ideas = (
        await database.fetch(state),
        await database.fetch("SELECT id, cluster, theme FROM idea ORDER BY id"),
    )
    events = await database.fetch_value("SELECT count(*) FROM cluster_event")
    summary = await jobs.run_campaign(campaign.slug)
    assert await database.fetch(state) == before
    assert await database.fetch("SELECT id, cluster, theme FROM idea ORDER BY id") == ideas
    assert set(summary.changes) == {"kept"}
    assert await database.fetch_value("SELECT count(*) FROM cluster_event") == events


async def test_a_new_idea_is_placed_without_a_run(campaign, citizen, grouped):
    queue, _, _ = grouped
    [idea] = await submit(campaign, citizen, [NEWCOMER])
    await jobs.place(campaign.id)
    [cluster] = await where([idea])
    assert cluster == (await where(queue))[0]
    row = await one("SELECT size, supporters FROM cluster WHERE id = $1", cluster)
    assert (row["size"], row["supporters"]) == (5, 1)
    assert await database.fetch_value("SELECT tagged FROM idea WHERE id = $1", idea) == "model"


async def test_an_edited_idea_moves(campaign, citizen, grouped):
    queue, playroom, _ = grouped
    title, text = PLAYROOM[0]
    await database.execute(
        "UPDATE idea SET title = $2, text = $3, edited = now() + interval '1 s' WHERE id = $1",
        queue[3],
        title,
        text,
    )
    await jobs.place(campaign.id)
    assert await where([queue[3]]) == [(await where(playroom))[0]]
    assert await database.fetch_value("SELECT size FROM cluster WHERE id = $1", (await where(queue))[0]) == 3


async def test_two_that_stand_alone_found_a_cluster(campaign, citizen, grouped):
    texts = [
        ("Вернуть бумажные справки почтой", "Присылайте готовые справки заказным письмом по почте домой")
    ] * 2
    first, second = await submit(campaign, citizen, texts)
    await jobs.place(campaign.id)
    a, b = await where([first, second])
    assert a is not None
    assert a == b


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_tiny_campaigns(campaign, citizen, count):
    await submit(campaign, citizen, QUEUE[:count])
    summary = await jobs.run_campaign(campaign.slug)
    assert summary.ideas == count
    await jobs.place(campaign.id)
    await submit(campaign, citizen, [NEWCOMER])
    await jobs.place(campaign.id)
    assert await database.fetch_value("SELECT count(*) FROM idea WHERE tagged IS NULL") == 0


async def test_the_first_idea_needs_no_run(campaign, citizen):
    await submit(campaign, citizen, QUEUE[:1])
    await jobs.place(campaign.id)
    assert await database.fetch_value("SELECT count(*) FROM model WHERE kind = 'encoder' AND active") == 1


async def test_pins_hold_over_runs(campaign, moderator, grouped):
    queue, playroom, _ = grouped
    a, b = (await where(queue))[0], (await where(playroom))[0]
    merged = await actions.merge(moderator.person, [a, b])
    await jobs.run_campaign(campaign.slug)
    assert set(await where(queue + playroom)) == {merged.id}
    part = await actions.split(moderator.person, merged.id, queue[:2])
    await jobs.run_campaign(campaign.slug)
    assert set(await where(queue[:2])) == {part.new}
    assert part.new not in await where(queue[2:] + playroom)


async def test_nothing_decided_changes(campaign, citizen, moderator, grouped):
    queue, _, _ = grouped
    cluster = (await where(queue))[0]
    await moderation.decide(moderator.person, cluster, moderation.Ruling("accept", "Да"))
    before = await one("SELECT * FROM cluster WHERE id = $1", cluster)
    fresh = await submit(campaign, citizen, [NEWCOMER, QUEUE[0]])
    await jobs.place(campaign.id)
    assert cluster not in await where(fresh)
    await jobs.run_campaign(campaign.slug)
    assert cluster not in await where(fresh)
    assert set(await where(queue)) == {cluster}
    after = await one("SELECT * FROM cluster WHERE id = $1", cluster)
    keep = [k for k in dict(after) if k != "cohesion"]
    assert [after[k] for k in keep] == [before[k] for k in keep]


async def test_a_moderator_overtakes_a_run(campaign, moderator, grouped, monkeypatch):
    """A split during a run: the run begins again and respects it."""
    queue, _, _ = grouped
    cluster = (await where(queue))[0]
    group, calls = grouping._group, []

    def slow(*args):
        calls.append(1)
        return group(*args)

    real = grouping.vectors_of

    async def meanwhile(*args):
        if not calls:
            await actions.split(moderator.person, cluster, queue[:2])
        return await real(*args)

    monkeypatch.setattr(grouping, "_group", slow)
    monkeypatch.setattr(grouping, "vectors_of", meanwhile)
    await jobs.run_campaign(campaign.slug)
    assert len(calls) == 2
    assert set(await where(queue[:2])).isdisjoint(await where(queue[2:]))


async def test_a_failed_run_leaves_the_last_state(campaign, citizen, grouped, monkeypatch):
    state = "SELECT id, cluster, theme, similarity FROM idea ORDER BY id"
    before = await database.fetch(state)

    def broken(*_):
        raise RuntimeError("no memory")

    monkeypatch.setattr(grouping, "_group", broken)
    with pytest.raises(RuntimeError):
        await jobs.run_campaign(campaign.slug)
    assert await database.fetch(state) == before


async def test_runs_never_overwrite_a_moderators_tags(campaign, moderator, grouped):
    queue, _, _ = grouped
    await moderation.set_tags(moderator.person, queue[0], ["access"])
    await jobs.run_campaign(campaign.slug)
    await jobs.learn(campaign.id)
    rows = await database.fetch("SELECT source FROM tag WHERE idea = $1", queue[0])
    assert [r["source"] for r in rows] == ["moderator"]


async def test_the_tagger_learns_from_moderators(campaign, citizen, moderator):
    ideas = await submit(campaign, citizen, (QUEUE + PLAYROOM) * 5)
    await jobs.run_campaign(campaign.slug)
    version = await database.fetch_value("SELECT version FROM model WHERE kind = 'tagger' AND active")
    for n, idea in enumerate(ideas):
        await moderation.set_tags(moderator.person, idea, ["time" if n % 8 < 4 else "access"])
    await jobs.learn(campaign.id)
    row = await one("SELECT version, report FROM model WHERE kind = 'tagger' AND active")
    assert row["version"] != version
    report = database.from_json(row["report"])
    assert (report["lessons"], report["applied"]) == (40, True)
    assert report["figures"]["micro_f1"] > 0.9


async def test_similar(campaign, citizen, grouped):
    queue, _, _ = grouped
    found = await similar.find(campaign.id, "талон очереди с телефона", limit=3)
    assert found
    assert {s.id for s in found} <= set(queue)
    assert all(0 <= s.score <= 1 for s in found)
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    assert await similar.find(campaign.id, "квантовая хромодинамика") == []
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", found[0].id)
    assert found[0].id not in {s.id for s in await similar.find(campaign.id, "талон очереди с телефона")}
    text = "\n".join(QUEUE[1])
    assert queue[1] not in {s.id for s in await similar.find(campaign.id, text, exclude=queue[1])}


async def test_similar_before_the_first_run_compares_words(campaign, citizen):
    [idea] = await submit(campaign, citizen, QUEUE[:1])
    assert [s.id for s in await similar.find(campaign.id, "электронная очередь с телефона")] == [idea]


async def test_recount_follows_votes(campaign, grouped):
    queue, _, _ = grouped
    cluster = (await where(queue))[0]
    voter = await factories.person()
    for idea in queue[:2]:
        await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", idea, voter.id)
        await database.execute("UPDATE idea SET votes = 1 WHERE id = $1", idea)
    await jobs.recount(0)
    assert await database.fetch_value("SELECT supporters FROM cluster WHERE id = $1", cluster) == 2


async def test_warm_queues_a_run_only_where_something_changed(campaign, citizen, grouped):
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ideas.cluster.jobs.run' AND status = 'todo'"
    names = "SELECT id FROM campaign"
    assert await database.fetch_value(f"SELECT count(*) FROM ({names}) c") == 1
    await jobs.queue_changed()
    assert await database.fetch_value(waiting) == 0
    await submit(campaign, citizen, [NEWCOMER])
    await jobs.queue_changed()
    await jobs.queue_changed()
    assert await database.fetch_value(waiting) == 1
