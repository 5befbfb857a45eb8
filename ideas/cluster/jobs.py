"""Background work on groups: placing what arrives, running over a whole campaign, learning from moderators.

Every job can be killed at any moment and run again, on any host: nothing is half written, because each writes in one
transaction at its end, under the campaign's lock. This is the only module of the slice that may use `ml`, and so it is
longer than others.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np
from procrastinate import RetryStrategy

from ideas import database, queue
from ideas.campaign import queries as campaigns
from ideas.cluster import members, models, placing, proposals, runs
from ideas.cluster.models import Tagged
from ideas.cluster.runs import Label, Outcome, Overtaken, Snapshot

if TYPE_CHECKING:
    from ml import Encoder, Grouping, Tagger

log = logging.getLogger("ideas.cluster")
T = TypeVar("T")

BATCH = 200
GROWTH = 1.5
"""The encoder is fitted anew once a campaign has grown so many times."""
INLINE = 3000
"""A campaign of so few ideas is run over in a moment: at once, without a job of its own."""
LESSON = 10
"""So many new words of moderators make a new version of the tagger."""
ATTEMPTS = 3
KEPT = 3
"""So many campaigns' models stay in a worker's memory."""

_retry = RetryStrategy(max_attempts=8, exponential_wait=3)
Report = Callable[[str, float], None]
_encoders: dict[str, Any] = {}
_taggers: dict[str, Any] = {}


class Summary(msgspec.Struct):
    """What a run over a campaign did. `changes` counts kept, grew, shrank, split, joined, new, gone."""

    campaign: str
    ideas: int
    clusters: int
    alone: int
    themes: int
    changes: dict[str, int]
    encoder: str
    seconds: float


class _Stopped(Exception):
    """Nobody waits for this work any more."""


async def _in_thread(work: Callable[..., T], *args: Any, report: Report | None = None) -> T:
    """Run long work beside the event loop, so that the queue's heartbeat goes on.

    The thread dies with the process: stopping a worker never waits for a run. Where the waiting task is cancelled,
    the work ends at its next report.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(stage: str, fraction: float) -> None:
        if future.done():
            raise _Stopped
        if report:
            report(stage, fraction)

    def settle(result: Any, error: BaseException | None) -> None:
        if not future.done():
            if error:
                future.set_exception(error)
            else:
                future.set_result(result)

    def body() -> None:
        result, error = None, None
        try:
            result = work(*args, tell) if report is not None else work(*args)
        except BaseException as problem:
            error = problem
        loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=body, daemon=True, name=f"cluster {work.__name__}").start()
    return await future


# Models


def _keep(known: dict[str, Any], version: str, model: Any) -> None:
    """Remember a model, and forget the oldest: each takes tens of megabytes."""
    known[version] = model
    while len(known) > KEPT:
        known.pop(next(iter(known)))


async def _encoder(campaign: int) -> tuple[Encoder | None, models.Stored | None]:
    stored = await models.active(campaign, "encoder")
    if stored is None:
        return None, None
    if stored.version not in _encoders:
        content = await models.data(stored.id)
        if content is None:
            return None, None
        from ml import Encoder

        _keep(_encoders, stored.version, await _in_thread(Encoder.from_bytes, content))
    return _encoders[stored.version], stored


def _describe(campaign: Any) -> list[Any]:
    """A campaign's principles as the tagger reads them, in every language that they are written in."""
    from ml import Principle

    def text(texts: dict[str, str]) -> str:
        return ". ".join(dict.fromkeys(t for t in texts.values() if t))

    return [
        Principle(p.slug, text(p.name), text(p.description), tuple(p.keywords)) for p in campaign.principles
    ]


async def _tagger(campaign: int) -> tuple[Tagger, bool]:
    """The active tagger, and whether it is newer than what ideas are tagged with.

    The first one knows the descriptions alone; other principles, or enough new words of moderators, make a new one.
    """
    where = await campaigns.campaign_by_id(campaign)
    stored = await models.active(campaign, "tagger")
    principles = _describe(where)
    digest = hashlib.blake2b(repr((where.lang, principles)).encode(), digest_size=8).hexdigest()
    lessons = await models.taught(campaign)
    last = stored.report.get("lessons", 0) if stored else 0
    if stored and stored.report.get("principles") == digest and abs(len(lessons) - last) < LESSON:
        if stored.version not in _taggers:
            from ml import Tagger

            content = await models.data(stored.id)
            assert content is not None
            _keep(_taggers, stored.version, await _in_thread(Tagger.from_bytes, content))
        return _taggers[stored.version], not stored.report.get("applied", False)
    tagger, figures = await _in_thread(_teach, principles, where.lang, lessons)
    report = {"principles": digest, "lessons": len(lessons), "figures": figures, "applied": False}
    async with database.transaction():
        await members.lock(campaign)
        await models.activate(campaign, "tagger", tagger.version, tagger.to_bytes(), report)
    _keep(_taggers, tagger.version, tagger)
    return tagger, True


def _teach(principles: list[Any], lang: str, lessons: list[tuple[str, list[str]]]) -> tuple[Tagger, Any]:
    from ml import Tagger

    tagger = Tagger(principles, lang)
    known = {p.slug for p in principles}
    if not lessons:
        return tagger, None
    tagger = tagger.learn(
        [text for text, _ in lessons], [[s for s in slugs if s in known] for _, slugs in lessons]
    )
    return tagger, msgspec.to_builtins(tagger.report())


def _suggest(tagger: Tagger, ideas: list[tuple[int, str]], slugs: dict[str, int]) -> list[Tagged]:
    said = tagger.suggest([text for _, text in ideas])
    return [
        Tagged(
            idea,
            [(slugs[s.slug], float(s.probability), list(s.because)) for s in found if s.slug in slugs]
            if found.verdict == "tags"
            else [],
            found.verdict == "unsure",
        )
        for (idea, _), found in zip(ideas, said, strict=True)
    ]


# Placing


@queue.app.task(name="ideas.cluster.jobs.place", retry=_retry)
async def place(campaign: int) -> None:
    """Encode, place and tag every new or edited idea."""
    encoder, stored = await _encoder(campaign)
    count = await database.fetch_value(
        "SELECT count(*) FROM idea WHERE campaign = $1 AND hidden IS NULL", campaign
    )
    if stored is None or count >= GROWTH * stored.report.get("ideas", 0):
        if count and count <= INLINE:
            await _run(campaign)
        elif count:
            await _queue_run(campaign)
        if encoder is None or count <= INLINE:
            return
    assert encoder is not None
    assert stored is not None
    tagger, _ = await _tagger(campaign)
    while batch := await models.waiting(campaign, stored.version, BATCH):
        vectors = await _in_thread(encoder.encode, [w.text for w in batch])
        slugs = {p.slug: p.id for p in (await campaigns.campaign_by_id(campaign)).principles}
        tags = await _in_thread(_suggest, tagger, [(w.id, w.text) for w in batch], slugs)
        async with database.transaction():
            await members.lock(campaign)
            if (
                current := await models.active(campaign, "encoder")
            ) is None or current.version != stored.version:
                await _queue_place(campaign)
                return
            await _place_batch(campaign, current, batch, vectors, count)
            await models.save_tags(tags, tagger.version)


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


async def _queue_place(campaign: int) -> None:
    await queue.defer(
        "ideas.cluster.jobs.place", once=f"place:{campaign}", lock=f"place:{campaign}", campaign=campaign
    )


async def _queue_run(campaign: int) -> None:
    await queue.defer(
        "ideas.cluster.jobs.run",
        once=f"run:{campaign}",
        lock=f"run:{campaign}",
        priority=-10,
        campaign=campaign,
    )


# A whole campaign


@queue.app.task(name="ideas.cluster.jobs.run", retry=_retry)
async def run(campaign: int) -> None:
    """Group a whole campaign again."""
    summary = await _run(campaign)
    log.info("campaign %s grouped: %s", campaign, summary)


async def run_campaign(slug: str, report: Report | None = None) -> Summary:
    """Group a whole campaign now; `report(stage, fraction of the whole)` is called from a thread."""
    return await _run((await campaigns.campaign(slug)).id, report)


async def _run(campaign: int, report: Report | None = None) -> Summary:
    tell = report or (lambda stage, fraction: None)
    for _ in range(ATTEMPTS):
        try:
            return await _attempt(campaign, tell)
        except Overtaken:
            log.info("a moderator was faster than the run over campaign %s: once more", campaign)
    raise Overtaken(f"moderators keep changing campaign {campaign}; the run will be tried again")


async def _attempt(campaign: int, tell: Report) -> Summary:
    started = time.monotonic()
    where = await campaigns.campaign_by_id(campaign)
    tell("reading", 0.0)
    state = await _state(campaign)
    before = await runs.snapshot(campaign)
    encoder, content, report = await _fitted(campaign, where.lang, tell)
    vectors = await _vectors(before, encoder, tell)
    grouping = await _in_thread(
        _group, before, vectors, encoder, where.lang,
        report=lambda stage, done: tell(stage, 0.35 + 0.5 * done),
    )  # fmt: skip
    outcome = _outcome(before, grouping)
    questions = await _questions(before, outcome, vectors, encoder, float(grouping.threshold))
    tell("tags", 0.86)
    tagger, newer = await _tagger(campaign)
    untagged = await models.to_tag(campaign, newer)
    slugs = {p.slug: p.id for p in where.principles}
    tags = await _in_thread(_suggest, tagger, untagged, slugs)
    tell("writing", 0.95)
    async with database.transaction():
        await members.lock(campaign)
        report |= {"threshold": float(grouping.threshold), "state": state}
        await _activate(campaign, encoder, content, report)
        await runs.write(before, outcome)
        await proposals.store(campaign, questions)
        await models.save_tags(tags, tagger.version)
        if (stored := await models.active(campaign, "tagger")) and stored.version == tagger.version:
            await models.set_report(stored.id, stored.report | {"applied": True})
        # What arrived under the encoder of before has no vector of this one.
        await _queue_place(campaign)
    tell("done", 1.0)
    _keep(_encoders, encoder.version, encoder)
    return Summary(
        where.slug, len(before.ideas), len(set(outcome.clusters) - {-1}), outcome.clusters.count(-1),
        len(set(outcome.themes)), dict(Counter(kind for kind, _, _ in outcome.changes)), encoder.version,
        round(time.monotonic() - started, 1),
    )  # fmt: skip


async def _activate(campaign: int, encoder: Encoder, content: bytes, report: dict[str, Any]) -> None:
    stored = await models.active(campaign, "encoder")
    if stored is not None and stored.version == encoder.version:
        await models.set_report(stored.id, report)
    else:
        await models.activate(campaign, "encoder", encoder.version, content, report)


async def _fitted(campaign: int, lang: str, tell: Report) -> tuple[Encoder, bytes, dict[str, Any]]:
    """The campaign's encoder, its bytes and its report; fitted anew where it is missing or outgrown."""
    row = await database.fetch_one(
        """SELECT (SELECT words FROM campaign WHERE id = $1) AS words,
            (SELECT count(*) FROM idea WHERE campaign = $1 AND hidden IS NULL) AS ideas""",
        campaign,
    )
    assert row is not None
    encoder, stored = await _encoder(campaign)
    words = database.from_json(row["words"]) or {}
    digest = hashlib.blake2b(repr((lang, words)).encode(), digest_size=8).hexdigest()
    fresh = stored is not None and stored.report.get("words") == digest
    if (
        encoder is not None
        and stored is not None
        and fresh
        and row["ideas"] < GROWTH * stored.report["ideas"]
    ):
        content = await models.data(stored.id)
        if content is not None:
            return encoder, content, dict(stored.report)
    tell("encoder", 0.02)
    # Members of decided clusters are left out of grouping, not out of the language.
    texts = [r["text"] for r in await database.fetch(
        "SELECT title || E'\\n' || text AS text FROM idea WHERE campaign = $1 AND hidden IS NULL ORDER BY id", campaign
    )]  # fmt: skip
    encoder, content = await _in_thread(_fit, texts, lang, words)
    return encoder, content, {"ideas": row["ideas"], "words": digest}


def _fit(texts: list[str], lang: str, words: dict[str, Any]) -> tuple[Encoder, bytes]:
    from ml import Encoder

    encoder = Encoder.fit(texts, lang, words or None)
    return encoder, encoder.to_bytes()


async def _vectors(before: Snapshot, encoder: Encoder, tell: Report) -> np.ndarray:
    """(n, 256) rows of the snapshot's ideas; those not stored yet are encoded and stored beside the active ones."""
    stored = await models.stored_vectors(before.campaign, encoder.version)
    missing = [
        n
        for n, (idea, moment) in enumerate(zip(before.ideas, before.moments, strict=True))
        if idea not in stored or stored[idea][0] is None or stored[idea][0] < moment
    ]
    out = np.zeros((len(before.ideas), 256), np.float32)
    for n, idea in enumerate(before.ideas):
        if idea in stored:
            out[n] = stored[idea][1]
    for start in range(0, len(missing), 5000):
        tell("encoding", 0.1 + 0.25 * start / len(missing))
        part = missing[start : start + 5000]
        out[part] = await _in_thread(encoder.encode, [before.texts[n] for n in part])
        ideas, moments = [before.ideas[n] for n in part], [before.moments[n] for n in part]
        await models.save_vectors(before.campaign, encoder.version, ideas, moments, out[part])
    return out


def _group(before: Snapshot, vectors: np.ndarray, encoder: Encoder, lang: str, tell: Report) -> Grouping:
    from ml import ContradictoryLinks, group

    cannot = list(before.cannot)
    while True:
        try:
            return group(
                before.texts, lang, before.must, cannot, before.clusters,
                previous_themes=before.themes, vectors=vectors, encoder=encoder, progress=tell,
            )  # fmt: skip
        except ContradictoryLinks as problem:
            # Moderators' later merges remove what contradicts them; what is left over must not stop every run.
            log.warning("links contradict each other: %s", problem)
            bad = {frozenset(p) for p in problem.pairs}
            kept = [p for p in cannot if frozenset(p) not in bad]
            if len(kept) == len(cannot):
                raise
            cannot = kept


def _outcome(before: Snapshot, grouping: Grouping) -> Outcome:
    from ml import match

    def label(name: Any, said: str) -> Label:
        return Label(said[:1].upper() + said[1:], list(name.keywords), before.ideas[name.typical])

    def title(name: Any) -> str:
        return before.texts[name.typical].split("\n")[0]

    clusters = [int(c) for c in grouping.clusters]
    changes = match(before.clusters, clusters)
    return Outcome(
        clusters,
        [int(t) for t in grouping.themes],
        [float(s) for s in grouping.similarity],
        {int(k): label(n, title(n)) for k, n in grouping.names.items()},
        {int(k): label(n, ", ".join(n.keywords[:3]) or title(n)) for k, n in grouping.theme_names.items()},
        [(c.kind, tuple(map(int, c.before)), tuple(map(int, c.after))) for c in changes],
    )


async def _questions(
    before: Snapshot, outcome: Outcome, vectors: np.ndarray, encoder: Encoder, level: float
) -> list[proposals.Found]:
    """Clusters and lone ideas of a run that may say the same as a decided cluster.

    They must be as near to its typical idea as its own members are on average, and as arrivals have to be at least.
    """
    decided = await proposals.decided(before.campaign)
    if not decided:
        return []
    typical = await _in_thread(encoder.encode, [text for _, text, _ in decided])
    levels = np.maximum(level, [cohesion for _, _, cohesion in decided])
    at = {idea: n for n, idea in enumerate(before.ideas)}
    rows = [at[label.typical] for label in outcome.names.values()]
    rows += [n for n, cluster in enumerate(outcome.clusters) if cluster < 0]
    return await _in_thread(
        proposals.nearest,
        [before.ideas[n] for n in rows],
        vectors[rows],
        [c for c, _, _ in decided],
        typical,
        levels,
    )


# Learning and upkeep


@queue.app.task(name="ideas.cluster.jobs.learn", retry=_retry)
async def learn(campaign: int) -> None:
    """Teach the tagger what moderators have said since, and tag the others again."""
    tagger, newer = await _tagger(campaign)
    if not newer:
        return
    slugs = {p.slug: p.id for p in (await campaigns.campaign_by_id(campaign)).principles}
    tags = await _in_thread(_suggest, tagger, await models.to_tag(campaign, True), slugs)
    async with database.transaction():
        await members.lock(campaign)
        await models.save_tags(tags, tagger.version)
        if (stored := await models.active(campaign, "tagger")) and stored.version == tagger.version:
            await models.set_report(stored.id, stored.report | {"applied": True})


async def _state(campaign: int) -> list[Any]:
    """What a run depends on: where it is as it was at the last run, a new one would find nothing new."""
    row = await database.fetch_one(
        """SELECT count(*) AS ideas, coalesce(extract(epoch FROM max(coalesce(edited, created))), 0)::float8 AS latest,
            (SELECT coalesce(max(e.id), 0) FROM cluster_event e JOIN cluster c ON c.id = e.cluster
                WHERE c.campaign = $1 AND e.account IS NOT NULL) AS word
        FROM idea WHERE campaign = $1 AND hidden IS NULL""",
        campaign,
    )
    assert row is not None
    return [row["ideas"], row["latest"], row["word"]]


@queue.app.periodic(cron="17 * * * *")
@queue.app.task(name="ideas.cluster.jobs.warm", queueing_lock="warm", lock="warm")
async def warm(timestamp: int) -> None:
    """Hourly: run over the campaigns in which something has changed, and forget old jobs."""
    await queue_changed()
    await queue.app.job_manager.delete_old_jobs(nb_hours=48, include_failed=False)


async def queue_changed() -> None:
    """Queue a run over each campaign that is not as its last run left it, and count every cluster afresh."""
    for campaign in await campaigns.campaigns():
        stored = await models.active(campaign.id, "encoder")
        state = await _state(campaign.id)
        if state[0] and (stored is None or stored.report.get("state") != state):
            await _queue_run(campaign.id)
        rows = await database.fetch(
            "SELECT id FROM cluster WHERE campaign = $1 AND retired IS NULL", campaign.id
        )
        await members.recount(row["id"] for row in rows)


@queue.app.periodic(cron="* * * * *")
@queue.app.task(name="ideas.cluster.jobs.recount", queueing_lock="recount", lock="recount")
async def recount(timestamp: int) -> None:
    """Every minute: count the supporters of clusters whose votes have changed, for the order of the queue.

    The first time a worker also loads the newest campaign's models, so that its first placement need not.
    """
    if not _encoders and (all_campaigns := await campaigns.campaigns()):
        newest = all_campaigns[-1].id
        if (await _encoder(newest))[0] is not None:
            await _tagger(newest)
    rows = await database.fetch(
        """SELECT c.id FROM cluster c JOIN (SELECT cluster, sum(votes) AS votes FROM idea
            WHERE cluster IS NOT NULL AND hidden IS NULL GROUP BY cluster) n ON n.cluster = c.id
        WHERE c.retired IS NULL AND c.votes <> n.votes"""
    )
    await members.recount(row["id"] for row in rows)
