"""Reads about what the tagger has learned: its versions, its live precision, what it would learn most from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from ideas import database
from ideas.account import scopes
from ideas.errors import NotFound, message
from ideas.i18n import CITY_TIME
from ideas.teaching.rules import Live

VERSIONS = 30
WEEKS = 26


class PrincipleFigures(msgspec.Struct):
    """Held-out figures of one principle; see `ml.PrincipleReport`."""

    slug: str
    labels: int
    precision: float
    recall: float
    f1: float
    calibration_error: float
    coverage: float
    coverage_threshold: float = 1.0


class Figures(msgspec.Struct):
    """Cross-validated on moderators' words: each idea is judged by a model that has not seen it. See `ml.Report`."""

    texts: int
    micro_f1: float
    macro_f1: float
    calibration_error: float
    coverage: float
    covered_texts: float
    asked_precision: float
    principles: list[PrincipleFigures]


class Said(msgspec.Struct):
    """What a version said of the ideas that it was asked about last: of how many it was not sure, or found none."""

    ideas: int = 0
    unsure: int = 0
    none: int = 0


class Version(msgspec.Struct):
    """A version of a campaign's tagger; `number` counts them from 1. lessons: words of moderators it was taught."""

    id: int
    campaign: int
    number: int
    version: str
    created: datetime
    active: bool
    pinned: datetime | None
    pinned_by: str | None
    lessons: int
    figures: Figures | None
    said: Said | None
    newest: bool = False


_VERSIONS = """
SELECT * FROM (SELECT m.id, m.campaign, row_number() OVER (PARTITION BY m.campaign ORDER BY m.id) AS number,
    m.id = max(m.id) OVER (PARTITION BY m.campaign) AS newest, m.version, m.created, m.active, m.pinned,
    a.name AS pinned_by, m.report
FROM model m LEFT JOIN account a ON a.id = m.pinned_by WHERE m.kind = 'tagger' AND {0}) v
"""


def _version(row: Any) -> Version:
    report = database.from_json(row["report"])
    return Version(
        **{k: row[k] for k in row if k != "report"}, lessons=report.get("lessons", 0),
        figures=msgspec.convert(report.get("figures"), Figures | None),
        said=msgspec.convert(report.get("said"), Said | None),
    )  # fmt: skip


async def versions(campaign: int) -> list[Version]:
    """The latest versions of a campaign's tagger, the newest first, and the active one whatever its age."""
    rows = await database.fetch(
        f"""{_VERSIONS.format("m.campaign = $1")} WHERE active OR number > (SELECT count(*) FROM model
            WHERE campaign = $1 AND kind = 'tagger') - {VERSIONS} ORDER BY id DESC""",
        campaign,
    )
    return [_version(dict(row)) for row in rows]


async def version(id: int) -> Version:
    """One version; NotFound where there is none."""
    row = await database.fetch_one(
        f"""{_VERSIONS.format("m.campaign = (SELECT campaign FROM model WHERE id = $1)")} WHERE id = $1""", id
    )
    if row is None:
        raise NotFound(message("There is no such version."))
    return _version(dict(row))


_LIVE = """
count(*) FILTER (WHERE NOT l.unsure AND l.suggested @> l.given AND l.given @> l.suggested) AS confirmed,
count(*) FILTER (WHERE NOT l.unsure AND NOT (l.suggested @> l.given AND l.given @> l.suggested)) AS corrected,
count(*) FILTER (WHERE l.unsure) AS abstained,
coalesce(sum((SELECT count(*) FROM jsonb_array_elements_text(l.suggested) s WHERE l.given ? s)), 0)::int AS hits,
coalesce(sum(jsonb_array_length(l.suggested)), 0)::int AS suggested,
coalesce(sum(jsonb_array_length(l.given)), 0)::int AS given
"""


class Week(msgspec.Struct):
    """Live figures of the week that begins with a Monday."""

    monday: date
    live: Live


async def weeks(campaign: int) -> list[Week]:
    """Live figures of the latest weeks that have any, the oldest first."""
    rows = await database.fetch(
        f"""SELECT * FROM (SELECT date_trunc('week', l.created, 'Europe/Moscow') AS monday, {_LIVE} FROM lesson l
            WHERE l.campaign = $1 GROUP BY 1 ORDER BY 1 DESC LIMIT {WEEKS}) w ORDER BY monday""",
        campaign,
    )
    return [
        Week(row["monday"].astimezone(CITY_TIME).date(), Live(**{k: row[k] for k in Live.__struct_fields__}))
        for row in rows
    ]


async def live_by_version(campaign: int) -> dict[str, Live]:
    """Live figures of each version of the tagger."""
    rows = await database.fetch(
        f"SELECT l.version, {_LIVE} FROM lesson l WHERE l.campaign = $1 GROUP BY l.version", campaign
    )
    return {row["version"]: Live(**{k: row[k] for k in Live.__struct_fields__}) for row in rows}


class Doubt(msgspec.Struct):
    """An idea that the tagger would learn from: `principle` is what it doubts, `tags` what it would say now."""

    idea: int
    title: str
    text: str
    principle: str
    probability: float
    because: list[str]
    unsure: bool
    tags: list[str]


async def doubts(campaign: int, moderator: int, limit: int = 5) -> list[Doubt]:
    """Where a moderator's word teaches most, within their limits: nearest to a threshold, one idea of each group.

    Uncertainty sampling: Lewis & Gale 1994.
    """
    rows = await database.fetch(
        f"""SELECT d.idea, i.title, left(i.text, 600) AS text, p.slug AS principle, d.probability, d.because, i.unsure,
            (SELECT coalesce(jsonb_agg(q.slug ORDER BY t.probability DESC), '[]') FROM tag t
                JOIN principle q ON q.id = t.principle WHERE t.idea = i.id) AS tags
        FROM (SELECT d.*, row_number() OVER (PARTITION BY coalesce(i.cluster, -i.id) ORDER BY d.margin, d.idea) AS nth
            FROM doubt d JOIN idea i ON i.id = d.idea AND i.tagged = 'model' AND i.hidden IS NULL
            WHERE d.campaign = $1 AND {scopes.of_ideas("$3")}) d
        JOIN idea i ON i.id = d.idea JOIN principle p ON p.id = d.principle
        WHERE d.nth = 1 ORDER BY d.margin, d.idea LIMIT $2""",
        campaign, limit, moderator,
    )  # fmt: skip
    read = database.from_json
    return [Doubt(**{**row, "because": read(row["because"]), "tags": read(row["tags"])}) for row in rows]


class Coverage(msgspec.Struct):
    """Who has tagged the visible ideas: moderators; the model, of which `unsure` (it abstained) and `none`; nobody."""

    ideas: int
    moderator: int
    model: int
    unsure: int
    none: int


async def coverage(campaign: int) -> Coverage:
    """Counts of a campaign's ideas by who has tagged them."""
    row: Any = await database.fetch_one(
        """SELECT count(*) AS ideas, count(*) FILTER (WHERE tagged = 'moderator') AS moderator,
            count(*) FILTER (WHERE tagged = 'model') AS model,
            count(*) FILTER (WHERE tagged = 'model' AND unsure) AS unsure,
            count(*) FILTER (WHERE tagged = 'model' AND NOT unsure
                AND NOT EXISTS (SELECT FROM tag t WHERE t.idea = i.id)) AS none
        FROM idea i WHERE campaign = $1 AND hidden IS NULL""",
        campaign,
    )
    return Coverage(**row)


class Grouping(msgspec.Struct):
    """What people said about groups. Every run keeps to `together` and `apart`, the links that stand now.

    merges, splits, moves: of moderators, not undone; accepted, kept: answers to what runs proposed on decided groups;
    asked_same, asked_different: moderators' answers to "same or not?"; same, different: citizens' while writing.
    """

    merges: int
    splits: int
    moves: int
    accepted: int
    kept: int
    together: int
    apart: int
    asked_same: int
    asked_different: int
    same: int
    different: int


async def grouping(campaign: int) -> Grouping:
    """Counts of what people said about groups."""
    row: Any = await database.fetch_one(
        """SELECT count(*) FILTER (WHERE e.kind = 'merge') AS merges,
            count(*) FILTER (WHERE e.kind = 'split') AS splits,
            count(*) FILTER (WHERE e.kind = 'move') AS moves,
            (SELECT count(*) FROM proposal WHERE campaign = $1 AND state = 'accepted') AS accepted,
            (SELECT count(*) FROM proposal WHERE campaign = $1 AND state = 'kept') AS kept,
            (SELECT count(*) FROM link WHERE campaign = $1 AND kind = 'must') AS together,
            (SELECT count(*) FROM link WHERE campaign = $1 AND kind = 'cannot') AS apart,
            (SELECT count(*) FROM question WHERE campaign = $1 AND state = 'same') AS asked_same,
            (SELECT count(*) FROM question WHERE campaign = $1 AND state = 'different') AS asked_different,
            (SELECT count(*) FROM choice WHERE campaign = $1 AND answer = 'same') AS same,
            (SELECT count(*) FROM choice WHERE campaign = $1 AND answer = 'different') AS different
        FROM cluster_event e JOIN cluster c ON c.id = e.cluster
        WHERE c.campaign = $1 AND e.kind IN ('merge', 'split', 'move') AND e.account IS NOT NULL AND e.data ? 'before'
            AND NOT EXISTS (SELECT FROM cluster_event u WHERE u.cluster = e.cluster AND u.kind = 'undo'
                AND (u.data->>'change')::bigint = e.id)""",
        campaign,
    )
    return Grouping(**row)
