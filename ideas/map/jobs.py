"""Background work on the map: drawing it after a run of grouping, putting new ideas beside their neighbours."""

from __future__ import annotations

import numpy as np
from procrastinate import RetryStrategy

from ideas import database, queue
from ideas.cluster import models, placing
from ideas.cluster.threads import Report, in_thread
from ideas.map import actions, queries

BATCH = 200
NEIGHBOURS = 8

_retry = RetryStrategy(max_attempts=5, exponential_wait=5)


def silent(stage: str, fraction: float) -> None:
    """Reports to nobody."""


@queue.app.task(name="ideas.map.jobs.draw", retry=_retry)
async def draw(campaign: int) -> None:
    """Draw a campaign's map, from the one before where there is one."""
    await draw_now(campaign)


async def draw_now(campaign: int, report: Report = silent) -> int:
    """How many ideas are on it."""
    from ml.project import project

    stored = await models.active(campaign, "encoder")
    rows = await queries.to_draw(campaign, stored.version) if stored else []
    if not rows:
        return 0
    vectors = np.stack([row["vector"] for row in rows])
    groups = np.array([row["cluster"] for row in rows], np.int64)
    start = np.array([(row["x"], row["y"]) for row in rows], np.float64)

    def work(tell: Report) -> np.ndarray:
        return project(vectors, groups=groups, start=start, progress=tell)

    places = await in_thread(work, report=report)
    await actions.keep(campaign, [row["id"] for row in rows], places, drawn=True)
    await queue_add(campaign)
    return len(rows)


async def queue_add(campaign: int) -> None:
    await queue.defer(
        "ideas.map.jobs.add", once=f"map-add:{campaign}", lock=f"map-add:{campaign}", campaign=campaign
    )


@queue.app.task(name="ideas.map.jobs.add", retry=_retry)
async def add(campaign: int) -> None:
    """Put ideas that have come since onto the map, at their neighbours' mean, until it is drawn anew."""
    from ml.project import beside

    stored = await models.active(campaign, "encoder")
    if stored is None:
        return
    count = await database.fetch_value("SELECT count(*) FROM spot WHERE campaign = $1", campaign)
    if not count:
        return
    while rows := await queries.to_add(campaign, stored.version, BATCH):
        ideas, places = [], []
        async with database.transaction():
            for row in rows:
                near = await placing.neighbours(
                    campaign, stored.version, row["vector"], row["id"], count, NEIGHBOURS
                )
                known = await queries.places([n.id for n in near])
                scores = np.array([n.score for n in near if n.id in known])
                spots = np.array([known[n.id] for n in near if n.id in known]).reshape(-1, 2)
                # What is like nothing stands in the middle until the map is drawn anew.
                places.append(beside(scores, spots) if len(spots) else np.zeros(2, np.float32))
                ideas.append(row["id"])
            await actions.keep(campaign, ideas, np.stack(places), drawn=False)
