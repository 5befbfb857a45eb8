"""Rows of models, vectors and tags: what the encoder and the tagger of a campaign leave in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from ideas import database

CHUNK = 1000


class Stored(msgspec.Struct):
    """The active model of a kind, without its data."""

    id: int
    version: str
    report: dict[str, Any]
    pinned: bool = False
    """A person put it back: no learning takes its place."""


class Tagged(msgspec.Struct):
    """What the tagger says of an idea: (principle, probability, deciding words); `unsure` is not "none".

    doubt: (principle, probability, its distance from the threshold, deciding words) of what it is least sure about.
    """

    idea: int
    tags: list[tuple[int, float, list[str]]]
    unsure: bool
    doubt: tuple[int, float, float, list[str]] | None = None


class Waiting(msgspec.Struct):
    """An idea whose text has no vector of the active version yet."""

    id: int
    text: str
    moment: datetime
    cluster: int | None
    tagged: str | None
    held: bool
    """A person's links or a decision keep it where it is."""


async def active(campaign: int, kind: str) -> Stored | None:
    """The active encoder or tagger."""
    row = await database.fetch_one(
        """SELECT id, version, report, pinned IS NOT NULL AS pinned FROM model
        WHERE campaign = $1 AND kind = $2 AND active""",
        campaign, kind,
    )  # fmt: skip
    return Stored(**{**row, "report": database.from_json(row["report"])}) if row else None


async def data(model: int) -> bytes | None:
    """The model itself; None where it has been replaced meanwhile."""
    return await database.fetch_value("SELECT data FROM model WHERE id = $1", model)


async def activate(campaign: int, kind: str, version: str, content: bytes, report: dict[str, Any]) -> None:
    """Make a version the active one. Encoders of before go, with their vectors; taggers stay, to roll back to."""
    await database.execute(
        """UPDATE model SET active = false, pinned = NULL, pinned_by = NULL
        WHERE campaign = $1 AND kind = $2 AND active AND version <> $3""",
        campaign, kind, version,
    )  # fmt: skip
    await database.execute(
        """INSERT INTO model (campaign, kind, version, data, report) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (campaign, kind, version) DO UPDATE SET active = true, report = excluded.report""",
        campaign, kind, version, content, database.to_json(report),
    )  # fmt: skip
    if kind == "encoder":
        await database.execute(
            "DELETE FROM embedding WHERE campaign = $1 AND version <> $2", campaign, version
        )
        await database.execute(
            "DELETE FROM model WHERE campaign = $1 AND kind = 'encoder' AND NOT active", campaign
        )


async def set_report(model: int, report: dict[str, Any]) -> None:
    """Replace what is noted about a model."""
    await database.execute("UPDATE model SET report = $2 WHERE id = $1", model, database.to_json(report))


async def applied(campaign: int, version: str, tags: Sequence[Tagged]) -> None:
    """Note that ideas are tagged with a version of the tagger, where it is the active one still, and what it said."""
    stored = await active(campaign, "tagger")
    if stored is None or stored.version != version:
        return
    report = stored.report
    if not report.get("applied") and tags:
        report["said"] = {
            "ideas": len(tags),
            "unsure": sum(t.unsure for t in tags),
            "none": sum(not t.tags and not t.unsure for t in tags),
        }
    await set_report(stored.id, report | {"applied": True})


async def save_vectors(
    campaign: int, version: str, ideas: Sequence[int], moments: Sequence[datetime], vectors: np.ndarray
) -> None:
    """Store vectors of texts as they were written at `moments`; a vector of a later text stays."""
    for start in range(0, len(ideas), CHUNK):
        part = slice(start, start + CHUNK)
        async with database.transaction() as c:
            await c.executemany(
                """INSERT INTO embedding AS e (idea, campaign, version, text_of, vector) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (idea, version) DO UPDATE SET vector = excluded.vector, text_of = excluded.text_of
                WHERE e.text_of < excluded.text_of""",
                [
                    (idea, campaign, version, moment, vector)
                    for idea, moment, vector in zip(ideas[part], moments[part], vectors[part], strict=True)
                ],
            )


async def stored_vectors(campaign: int, version: str) -> dict[int, tuple[datetime, np.ndarray]]:
    """Every vector of a version by idea, with the moment of its text."""
    rows = await database.fetch(
        "SELECT idea, CASE WHEN isfinite(text_of) THEN text_of END AS text_of, vector FROM embedding "
        "WHERE campaign = $1 AND version = $2",
        campaign, version,
    )  # fmt: skip
    return {row["idea"]: (row["text_of"], row["vector"]) for row in rows}


async def waiting(campaign: int, version: str, limit: int) -> list[Waiting]:
    """New and edited ideas, the oldest first."""
    rows = await database.fetch(
        """SELECT i.id, i.title || E'\\n' || i.text AS text, coalesce(i.edited, i.created) AS moment, i.cluster,
            i.tagged, coalesce(c.state <> 'open', false)
                OR EXISTS (SELECT FROM link l WHERE l.first = i.id OR l.second = i.id) AS held
        FROM idea i LEFT JOIN cluster c ON c.id = i.cluster
        LEFT JOIN embedding e ON e.idea = i.id AND e.version = $2
        WHERE i.campaign = $1 AND i.hidden IS NULL
            AND (e.idea IS NULL OR e.text_of < coalesce(i.edited, i.created))
        ORDER BY i.id LIMIT $3""",
        campaign, version, limit,
    )  # fmt: skip
    return database.structs(Waiting, rows)


async def save_tags(found: Iterable[Tagged], version: str) -> None:
    """Replace the model's tags of ideas; a moderator's word stays."""
    said = list(found)
    for start in range(0, len(said), CHUNK):
        part = said[start : start + CHUNK]
        rows = await database.fetch(
            """UPDATE idea i SET tagged = 'model', unsure = n.unsure
            FROM unnest($1::bigint[], $2::bool[]) n (id, unsure)
            WHERE i.id = n.id AND i.tagged IS DISTINCT FROM 'moderator' RETURNING i.id""",
            [t.idea for t in part], [t.unsure for t in part],
        )  # fmt: skip
        free = {row["id"] for row in rows}
        tags = [(t.idea, *tag) for t in part if t.idea in free for tag in t.tags]
        await database.execute("DELETE FROM tag WHERE idea = ANY($1::bigint[])", sorted(free))
        await database.execute(
            """INSERT INTO tag (idea, principle, source, probability, because, version)
            SELECT n.idea, n.principle, 'model', n.probability, n.because::jsonb, $5
            FROM unnest($1::bigint[], $2::bigint[], $3::real[], $4::text[]) n (idea, principle, probability, because)
            JOIN principle p ON p.id = n.principle""",
            [t[0] for t in tags], [t[1] for t in tags], [min(1.0, max(0.0, t[2])) for t in tags],
            [database.to_json(t[3]) for t in tags], version,
        )  # fmt: skip
        await _save_doubts([(t.idea, t.doubt) for t in part if t.idea in free], version)


async def _save_doubts(found: Sequence[tuple[int, Any]], version: str) -> None:
    """Replace what the tagger is least sure about, of each of these ideas."""
    await database.execute("DELETE FROM doubt WHERE idea = ANY($1::bigint[])", [idea for idea, _ in found])
    doubts = [(idea, *doubt) for idea, doubt in found if doubt is not None]
    await database.execute(
        """INSERT INTO doubt (idea, campaign, principle, probability, margin, because, version)
        SELECT n.idea, i.campaign, n.principle, n.probability, n.margin, n.because::jsonb, $6
        FROM unnest($1::bigint[], $2::bigint[], $3::real[], $4::real[], $5::text[])
            n (idea, principle, probability, margin, because)
        JOIN idea i ON i.id = n.idea JOIN principle p ON p.id = n.principle""",
        [d[0] for d in doubts], [d[1] for d in doubts], [min(1.0, max(0.0, d[2])) for d in doubts],
        [min(1.0, d[3]) for d in doubts], [database.to_json(d[4]) for d in doubts], version,
    )  # fmt: skip


async def taught(campaign: int) -> list[tuple[str, list[str]]]:
    """Texts with a moderator's word on them, and the principles given; none is a word, too."""
    rows = await database.fetch(
        """SELECT i.title || E'\\n' || i.text AS text,
            (SELECT coalesce(array_agg(p.slug ORDER BY p.id), '{}') FROM tag t JOIN principle p ON p.id = t.principle
                WHERE t.idea = i.id) AS slugs
        FROM idea i WHERE i.campaign = $1 AND i.tagged = 'moderator' AND i.hidden IS NULL ORDER BY i.id""",
        campaign,
    )
    return [(row["text"], list(row["slugs"])) for row in rows]


async def to_tag(campaign: int, all: bool) -> list[tuple[int, str]]:
    """Ideas that the model has not tagged yet, or all that no moderator has."""
    rows = await database.fetch(
        """SELECT id, title || E'\\n' || text AS text FROM idea WHERE campaign = $1 AND hidden IS NULL
            AND (tagged IS NULL OR ($2 AND tagged = 'model')) ORDER BY id""",
        campaign, all,
    )  # fmt: skip
    return [(row["id"], row["text"]) for row in rows]
