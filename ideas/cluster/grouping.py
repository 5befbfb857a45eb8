"""A run over a whole campaign: read, encode, group, tag, write, in one transaction at its end."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ideas import database, queue
from ideas.campaign import queries as campaigns
from ideas.cluster import members, models, proposals, questions, runs
from ideas.cluster.encoders import activate, fitted, keep, loaded, vectors_of
from ideas.cluster.runs import Label, Outcome, Overtaken, Snapshot
from ideas.cluster.taggers import suggest, tagger_of
from ideas.cluster.threads import Report, in_thread

if TYPE_CHECKING:
    from ml import Encoder, Grouping

log = logging.getLogger("ideas.cluster")

ATTEMPTS = 3


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


async def queue_place(campaign: int) -> None:
    await queue.defer(
        "ideas.cluster.jobs.place", once=f"place:{campaign}", lock=f"place:{campaign}", campaign=campaign
    )


async def queue_run(campaign: int) -> None:
    await queue.defer(
        "ideas.cluster.jobs.run",
        once=f"run:{campaign}",
        lock=f"run:{campaign}",
        priority=-10,
        campaign=campaign,
    )


async def run_over(campaign: int, report: Report | None = None) -> Summary:
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
    state = await state_of(campaign)
    before = await runs.snapshot(campaign)
    encoder, content, report = await fitted(campaign, where.lang, tell)
    vectors = await vectors_of(before, encoder, tell)
    grouping = await in_thread(
        _group, before, vectors, encoder, where.lang,
        report=lambda stage, done: tell(stage, 0.35 + 0.5 * done),
    )  # fmt: skip
    outcome = _outcome(before, grouping)
    proposed = await _proposals(before, outcome, vectors, encoder, float(grouping.threshold))
    tell("questions", 0.855)
    answered = await questions.known(campaign)
    asked = await in_thread(_asked, before, grouping, where.lang, answered, encoder)
    fit = await in_thread(_fits, before, grouping, encoder)
    tell("tags", 0.86)
    tagger, newer = await tagger_of(campaign)
    untagged = await models.to_tag(campaign, newer)
    slugs = {p.slug: p.id for p in where.principles}
    tags = await in_thread(suggest, tagger, untagged, slugs)
    tell("writing", 0.95)
    async with database.transaction():
        await members.lock(campaign)
        report |= {"threshold": float(grouping.threshold), "state": state}
        await activate(campaign, encoder, content, report)
        await runs.write(before, outcome)
        await proposals.store(campaign, proposed)
        await questions.store(campaign, asked)
        await questions.store_fits(campaign, *fit)
        await models.save_tags(tags, tagger.version)
        await models.applied(campaign, tagger.version, tags)
        # What arrived under the encoder of before has no vector of this one.
        await queue_place(campaign)
        await queue.defer(
            "ideas.map.jobs.draw",
            once=f"map:{campaign}",
            lock=f"map:{campaign}",
            priority=-20,
            campaign=campaign,
        )
    tell("done", 1.0)
    keep(loaded, encoder.version, encoder)
    return Summary(
        where.slug, len(before.ideas), len(set(outcome.clusters) - {-1}), outcome.clusters.count(-1),
        len(set(outcome.themes)), dict(Counter(kind for kind, _, _ in outcome.changes)), encoder.version,
        round(time.monotonic() - started, 1),
    )  # fmt: skip


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


def _asked(
    before: Snapshot, grouping: Grouping, lang: str, answered: list[tuple[int, int]], encoder: Encoder
) -> list[questions.Found]:
    """The pairs of ideas whose answer would teach most; not those that a person has spoken on."""
    from ml import ask

    at = {idea: n for n, idea in enumerate(before.ideas)}
    known = [*before.must, *before.cannot, *((at[a], at[b]) for a, b in answered if a in at and b in at)]
    found = ask(before.texts, grouping, lang, known, questions.MOST, encoder=encoder)
    return [questions.Found(before.ideas[q.first], before.ideas[q.second], q.likeness) for q in found]


def _fits(
    before: Snapshot, grouping: Grouping, encoder: Encoder
) -> tuple[list[int], list[float], list[bool]]:
    """How well ideas fit their clusters, and the halves of those that would rather be two."""
    from ml.seam import fits

    fit, half = fits(before.texts, grouping.clusters, encoder)
    rows = np.flatnonzero(~np.isnan(fit)).tolist()
    return [before.ideas[n] for n in rows], fit[rows].tolist(), half[rows].tolist()


async def _proposals(
    before: Snapshot, outcome: Outcome, vectors: np.ndarray, encoder: Encoder, level: float
) -> list[proposals.Found]:
    """Clusters and lone ideas of a run that may say the same as a decided cluster.

    They must be as near to its typical idea as its own members are on average, and as arrivals have to be at least.
    """
    decided = await proposals.decided(before.campaign)
    if not decided:
        return []
    left = await proposals.left_out(before.campaign)
    read = await in_thread(encoder.encode, [text for _, text, _ in decided] + [text for _, text, _ in left])
    typical, others = read[: len(decided)], read[len(decided) :]
    levels = np.maximum(level, [cohesion for _, _, cohesion in decided])
    at = {idea: n for n, idea in enumerate(before.ideas)}
    rows = [at[label.typical] for label in outcome.names.values()]
    rows += [n for n, cluster in enumerate(outcome.clusters) if cluster < 0]
    return await in_thread(
        proposals.nearest,
        [before.ideas[n] for n in rows] + [idea for idea, _, _ in left],
        np.concatenate([vectors[rows], others]),
        [c for c, _, _ in decided],
        typical,
        levels,
        {idea: cluster for idea, _, cluster in left},
    )


async def state_of(campaign: int) -> list[Any]:
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
