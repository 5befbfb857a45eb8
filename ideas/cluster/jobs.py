"""Background work on groups: placing what arrives, running over a whole campaign, learning from moderators.

Every job can be killed at any moment and run again, on any host: nothing is half written, because each writes in one
transaction at its end, under the campaign's lock.
"""

from __future__ import annotations

import numpy as np
from procrastinate import RetryStrategy

from ideas import database, model, queue
from ideas.campaign import queries as campaigns
from ideas.cluster import members, models, placing
from ideas.cluster.encoders import GROWTH, encoder_of, loaded, reads_with
from ideas.cluster.grouping import Summary, log, queue_place, queue_run, run_over, state_of
from ideas.cluster.taggers import suggest, tagger_of
from ideas.cluster.threads import Report, in_thread

BATCH = 200
INLINE = 3000
"""A campaign of so few ideas is run over in a moment: at once, without a job of its own."""

_begun: list[int] = []
_retry = RetryStrategy(max_attempts=8, exponential_wait=3)


@queue.app.task(name="ideas.cluster.jobs.place", retry=_retry)
async def place(campaign: int) -> None:
    """Encode, place and tag every new or edited idea."""
    encoder, stored = await encoder_of(campaign)
    count = await database.fetch_value(
        "SELECT count(*) FROM idea WHERE campaign = $1 AND hidden IS NULL", campaign
    )
    if stored is None or count >= GROWTH * stored.report.get("ideas", 0):
        if count and count <= INLINE:
            await run_over(campaign)
        elif count:
            await queue_run(campaign)
        if encoder is None or count <= INLINE:
            return
    assert encoder is not None
    assert stored is not None
    tagger, _ = await tagger_of(campaign)
    while batch := await models.waiting(campaign, stored.version, BATCH):
        vectors = await in_thread(encoder.encode, [w.text for w in batch])
        slugs = {p.slug: p.id for p in (await campaigns.campaign_by_id(campaign)).principles}
        tags = await in_thread(suggest, tagger, [(w.id, w.text) for w in batch], slugs)
        async with database.transaction():
            await members.lock(campaign)
            if (
                current := await models.active(campaign, "encoder")
            ) is None or current.version != stored.version:
                await queue_place(campaign)
                return
            await _place_batch(campaign, current, batch, vectors, count)
            await models.save_tags(tags, tagger.version)
            await queue.defer("ideas.map.jobs.add", once=f"map-add:{campaign}", campaign=campaign)


async def _place_batch(
    campaign: int, stored: models.Stored, batch: list[models.Waiting], vectors: np.ndarray, count: int
) -> None:
    """Give each idea its vector and its place, one after the other: the later ones see the earlier ones."""
    from ml import place as vote

    threshold = float(stored.report.get("threshold", 0.62))
    touched: set[int] = set()
    await members.lock_ideas([w.id for w in batch])
    for idea, vector in zip(batch, vectors, strict=True):
        await models.save_vectors(campaign, stored.version, [idea.id], [idea.moment], vector[None, :])
        if idea.held:
            touched.update([idea.cluster] if idea.cluster else [])
            continue
        near = await placing.neighbours(campaign, stored.version, vector, idea.id, count)
        cluster, similarity = vote(
            vector,
            [n.score for n in near],
            [n.cluster if n.cluster is not None else -1 for n in near],
            threshold,
        )
        theme = near[0].theme if near else None
        alone = next((n for n in near if n.free), None)
        if cluster < 0 and alone is not None and alone.score >= threshold:
            touched |= await placing.put(idea.id, None, None, theme)
            touched.add(await placing.found(campaign, idea.id, idea.text.split("\n")[0], alone))
        else:
            joins = cluster if cluster >= 0 else None
            touched |= await placing.put(idea.id, joins, similarity if joins else None, theme)
    await placing.retire_emptied(touched)
    await members.settle(touched)


@queue.app.task(name="ideas.cluster.jobs.run", retry=_retry)
async def run(campaign: int) -> None:
    """Group a whole campaign again."""
    summary = await run_over(campaign)
    log.info("campaign %s grouped: %s", campaign, summary)


async def run_campaign(slug: str, report: Report | None = None) -> Summary:
    """Group a whole campaign now; `report(stage, fraction of the whole)` is called from a thread."""
    return await run_over((await campaigns.campaign(slug)).id, report)


@queue.app.task(name="ideas.cluster.jobs.learn", retry=_retry)
async def learn(campaign: int) -> None:
    """Teach the tagger what moderators have said since, and tag the others again."""
    tagger, newer = await tagger_of(campaign)
    if not newer:
        return
    slugs = {p.slug: p.id for p in (await campaigns.campaign_by_id(campaign)).principles}
    tags = await in_thread(suggest, tagger, await models.to_tag(campaign, True), slugs)
    async with database.transaction():
        await members.lock(campaign)
        await models.save_tags(tags, tagger.version)
        await models.applied(campaign, tagger.version, tags)


@queue.app.periodic(cron="17 * * * *")
@queue.app.task(name="ideas.cluster.jobs.warm", queueing_lock="warm", lock="warm")
async def warm(timestamp: int) -> None:
    """Hourly: run over the campaigns in which something has changed, and forget old jobs."""
    await queue_changed()
    await queue.app.job_manager.delete_old_jobs(nb_hours=48, include_failed=False)


async def queue_changed() -> None:
    """Queue a run over each campaign that is not as its last run left it, and count every cluster afresh."""
    told = await in_thread(model.wanted)
    for campaign in await campaigns.campaigns():
        stored = await models.active(campaign.id, "encoder")
        state = await state_of(campaign.id)
        same = stored is not None and stored.report.get("state") == state and reads_with(stored.report, told)
        if state[0] and not same:
            await queue_run(campaign.id)
        rows = await database.fetch(
            "SELECT id FROM cluster WHERE campaign = $1 AND retired IS NULL", campaign.id
        )
        await members.recount(row["id"] for row in rows)


async def queue_reencoding() -> None:
    """Queue a run over each campaign whose encoder was fitted with another transformer than is set now. The encoder of
    before serves until the run is written."""
    told = await in_thread(model.wanted)
    for campaign in await campaigns.campaigns():
        stored = await models.active(campaign.id, "encoder")
        if stored is not None and not reads_with(stored.report, told):
            await queue_run(campaign.id)


@queue.app.periodic(cron="* * * * *")
@queue.app.task(name="ideas.cluster.jobs.recount", queueing_lock="recount", lock="recount")
async def recount(timestamp: int) -> None:
    """Every minute: count the supporters of clusters whose votes have changed, for the order of the queue.

    The first time a worker also loads the newest campaign's models, so that its first placement need not, and looks
    whether another transformer has been set.
    """
    if not _begun:
        _begun.append(timestamp)
        await queue_reencoding()
    if not loaded and (all_campaigns := await campaigns.campaigns()):
        newest = all_campaigns[-1].id
        if (await encoder_of(newest))[0] is not None:
            await tagger_of(newest)
    rows = await database.fetch(
        """SELECT c.id FROM cluster c JOIN (SELECT cluster, sum(votes) AS votes FROM idea
            WHERE cluster IS NOT NULL AND hidden IS NULL GROUP BY cluster) n ON n.cluster = c.id
        WHERE c.retired IS NULL AND c.votes <> n.votes"""
    )
    await members.recount(row["id"] for row in rows)
