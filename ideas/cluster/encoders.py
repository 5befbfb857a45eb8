"""A campaign's encoder: loaded, fitted, stored, and the vectors of ideas under it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from ideas import database, model
from ideas.cluster import models
from ideas.cluster.runs import Snapshot
from ideas.cluster.threads import Report, in_thread

if TYPE_CHECKING:
    from ml import Encoder

GROWTH = 1.5
"""The encoder is fitted anew once a campaign has grown so many times."""
PART, SLOW_PART = 5000, 500
"""So many texts are encoded and stored at once; a transformer takes some hundredths of a second for each."""
KEPT = 3
"""So many campaigns' models stay in a worker's memory."""

loaded: dict[str, Any] = {}
"""Encoders in memory by their version."""


def keep(known: dict[str, Any], version: str, model: Any) -> None:
    """Remember a model, and forget the oldest: each takes tens of megabytes."""
    known[version] = model
    while len(known) > KEPT:
        known.pop(next(iter(known)))


async def encoder_of(campaign: int) -> tuple[Encoder | None, models.Stored | None]:
    stored = await models.active(campaign, "encoder")
    if stored is None:
        return None, None
    if stored.version not in loaded:
        content = await models.data(stored.id)
        if content is None:
            return None, None
        keep(loaded, stored.version, await in_thread(_restore, content))
    return loaded[stored.version], stored


def _restore(content: bytes) -> Encoder:
    from ml import Encoder

    return Encoder.from_bytes(content, model.at_hand())


async def activate(campaign: int, encoder: Encoder, content: bytes, report: dict[str, Any]) -> None:
    stored = await models.active(campaign, "encoder")
    if stored is not None and stored.version == encoder.version:
        await models.set_report(stored.id, report)
    else:
        await models.activate(campaign, "encoder", encoder.version, content, report)


async def fitted(campaign: int, lang: str, tell: Report) -> tuple[Encoder, bytes, dict[str, Any]]:
    """The campaign's encoder, its bytes and its report; fitted anew where it is missing or outgrown, or where the
    operator has set another transformer."""
    row = await database.fetch_one(
        """SELECT (SELECT words FROM campaign WHERE id = $1) AS words,
            (SELECT count(*) FROM idea WHERE campaign = $1 AND hidden IS NULL) AS ideas""",
        campaign,
    )
    assert row is not None
    encoder, stored = await encoder_of(campaign)
    words = database.from_json(row["words"]) or {}
    digest = hashlib.blake2b(repr((lang, words)).encode(), digest_size=8).hexdigest()
    told = await in_thread(model.wanted)
    fresh = stored is not None and stored.report.get("words") == digest and reads_with(stored.report, told)
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
    encoder, content = await in_thread(_fit, texts, lang, words)
    report = {"ideas": row["ideas"], "words": digest, "model": told or ""}
    return (
        encoder,
        content,
        report | {"languages": list(encoder.sentences.langs) if encoder.sentences else []},
    )


def reads_with(report: dict[str, Any], told: str | None) -> bool:
    """Whether an encoder was fitted with the transformer of a version ("" none); None is one that cannot be loaded, for
    which nothing is encoded again."""
    return told is None or report.get("model", "") == told


def _fit(texts: list[str], lang: str, words: dict[str, Any]) -> tuple[Encoder, bytes]:
    from ml import Encoder

    encoder = Encoder.fit(texts, lang, words or None, model.at_hand())
    return encoder, encoder.to_bytes()


async def vectors_of(before: Snapshot, encoder: Encoder, tell: Report) -> np.ndarray:
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
    size = SLOW_PART if encoder.told else PART
    for start in range(0, len(missing), size):
        tell("encoding", 0.1 + 0.25 * start / len(missing))
        part = missing[start : start + size]
        out[part] = await in_thread(encoder.encode, [before.texts[n] for n in part])
        ideas, moments = [before.ideas[n] for n in part], [before.moments[n] for n in part]
        await models.save_vectors(before.campaign, encoder.version, ideas, moments, out[part])
    await in_thread(encoder.recall, before.texts, out)
    return out
