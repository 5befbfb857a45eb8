"""Ideas that may say the same as what somebody is typing: the one place in the web server that touches `ml`."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import numpy as np

from ideas import database, model
from ideas.idea import queries
from ideas.idea.queries import Similar

if TYPE_CHECKING:
    from ml import Encoder

log = logging.getLogger("ideas")

LEAST = 0.3
"""Likeness begins here: of suggestions that say the same, nineteen of twenty are above it (demo campaign)."""
CLOSE = 0.35
"""Below this a suggestion would only be in the way of somebody who writes; all that openings found was above it."""
CANDIDATES = 48
"""So many nearest vectors are compared closely: words, concepts and vector together."""
FEW = 60
"""An encoder that has read so few ideas finds anything like anything; words are compared instead."""
PATIENCE = 0.5
"""A request waits so many seconds for the encoder to load; until it is there, words alone are compared."""
TEXT = 2000
EXACT = 3000
"""Up to so many ideas all are compared; past them the index is faster, and nearly exact."""
KEPT = 4
"""So many campaigns' encoders are kept in memory."""

_loading: dict[str, asyncio.Task[Encoder | None]] = {}
_encoders: dict[str, Encoder] = {}


async def find(campaign: int, text: str, limit: int = 5, exclude: int | None = None) -> list[Similar]:
    """Up to `limit` ideas that resemble a text, the likest first; none where nothing really does."""
    row = await database.fetch_one(
        """SELECT id, version, coalesce((report->>'ideas')::int, 0) AS ideas
        FROM model WHERE campaign = $1 AND kind = 'encoder' AND active""",
        campaign,
    )
    encoder = await _encoder(row["id"], row["version"]) if row and row["ideas"] > FEW else None
    if row is None or encoder is None:
        return await queries.similar(campaign, text, limit, exclude)
    text = text[:TEXT]
    [vector] = await asyncio.to_thread(encoder.encode, [text])
    near = await nearest(campaign, row["version"], vector, CANDIDATES, exclude, widely=row["ideas"] > EXACT)
    texts = await queries.texts([s.id for s, _ in near])
    return await asyncio.to_thread(_likest, encoder, text, vector, near, texts, limit)


async def near(campaign: int, title: str, text: str) -> list[queries.Near]:
    """Up to five ideas that may say the same as what somebody has written, with a line of each."""
    found = await find(campaign, f"{title}. {text}", 5)
    return await queries.with_excerpts([s for s in found if s.score >= CLOSE])


def is_russian(word: str) -> bool:
    """Whether the dictionary has a Russian word in any form; others may be slips."""
    from ml.text import known_russian

    return known_russian(word)


async def prepare() -> None:
    """Load the newest campaigns' encoders, so that the first person who types need not wait for them."""
    rows = await database.fetch(
        "SELECT id, version FROM model WHERE kind = 'encoder' AND active ORDER BY id DESC LIMIT $1", KEPT
    )
    for row in rows:
        await _encoder(row["id"], row["version"])


def _likest(
    encoder: Encoder,
    text: str,
    vector: np.ndarray,
    found: list[tuple[Similar, np.ndarray]],
    texts: dict[int, str],
    limit: int,
) -> list[Similar]:
    from ml import similar

    found = [pair for pair in found if pair[0].id in texts]
    if not found:
        return []
    near = [s for s, _ in found]
    # What was stored need not be computed: a transformer would take a second for it.
    vectors = vector[None, :], np.array([v for _, v in found], np.float32)
    corpus = [texts[s.id] for s in near]
    index, score = similar([text], corpus, len(near), encoder=encoder, vectors=vectors)
    close = {int(i): float(value) for i, value in zip(index[0], score[0], strict=True) if i >= 0}
    # The mean of both finds more than either: the vector alone is right about the few words of an opening (47 of 50
    # in tests/idea/openings.py, the close comparison 44), both about the same about a whole text.
    means = [
        Similar(s.id, s.title, s.votes, round((s.score + close.get(i, 0.0)) / 2, 4))
        for i, s in enumerate(near)
    ]
    return sorted((s for s in means if s.score >= LEAST), key=lambda s: (-s.score, s.id))[:limit]


async def nearest(
    campaign: int, version: str, vector: np.ndarray, limit: int, exclude: int | None, *, widely: bool
) -> list[tuple[Similar, np.ndarray]]:
    """The nearest visible ideas by cosine, and their vectors; by the index where `widely`, else by comparing all."""
    # Hidden ideas and the idea itself have vectors, too: some more are fetched than are wanted.
    order = "ORDER BY e.vector <=> $3 LIMIT $4 + 8" if widely else ""
    sql = f"""
        WITH near AS MATERIALIZED (SELECT e.idea, e.vector, e.vector <=> $3 AS distance FROM embedding e
            WHERE e.campaign = $1 AND e.version = $2 {order})
        SELECT i.id, i.title, i.support AS votes, least(1, greatest(0, 1 - near.distance))::float8 AS score, near.vector
        FROM near JOIN idea i ON i.id = near.idea
        WHERE i.hidden IS NULL AND i.id IS DISTINCT FROM $5::bigint ORDER BY near.distance, i.id LIMIT $4"""
    args = (campaign, version, vector, limit, exclude)
    if not widely:
        rows = await database.fetch(sql, *args)
    else:
        async with database.transaction() as c:
            # The index is shared by all campaigns: it looks on until enough of this one are found.
            await c.execute("SET LOCAL hnsw.iterative_scan = 'relaxed_order'; SET LOCAL hnsw.ef_search = 120")
            rows = await c.fetch(sql, *args)
    return [(Similar(r["id"], r["title"], r["votes"], round(r["score"], 4)), r["vector"]) for r in rows]


async def _encoder(model: int, version: str) -> Encoder | None:
    """The encoder of a version, loaded once in this process; None while that takes too long."""
    if version in _encoders:
        return _encoders[version]
    if version not in _loading:
        data = await database.fetch_value("SELECT data FROM model WHERE id = $1", model)
        if version not in _loading:
            _loading[version] = asyncio.create_task(_load(version, data))
    done, _ = await asyncio.wait([_loading[version]], timeout=PATIENCE)
    return next(iter(done)).result() if done else None


async def _load(version: str, data: bytes | None) -> Encoder | None:
    try:
        encoder = await asyncio.to_thread(_read, data) if data else None
    except ValueError:
        log.exception("the encoder %s cannot be read", version)
        encoder = None
    _loading.pop(version, None)
    if encoder is not None:
        while len(_encoders) >= KEPT:
            _encoders.pop(next(iter(_encoders)))
        _encoders[version] = encoder
    return encoder


def _read(data: bytes) -> Encoder:
    from ml import Encoder

    encoder = Encoder.from_bytes(data, model.at_hand())
    encoder.encode(["проба"])  # what is made ready once is made ready now
    return encoder
