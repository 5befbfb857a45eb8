"""Reads for the front page. They count everything, so a process remembers them for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ideas import database, remembered
from ideas.campaign import queries as campaigns
from ideas.campaign.queries import Numbers

_REMEMBERED = 30.0


class Theme(msgspec.Struct):
    """A theme with its ideas and the distinct people behind them; `weight` 1..4 is its rank in size."""

    id: int
    name: str
    ideas: int
    supporters: int
    weight: int = 1


class Decided(msgspec.Struct):
    """A decision on `ideas` ideas; `cluster` or else `idea` is what it is about."""

    id: int
    verdict: str
    reason: str
    date: datetime
    title: str
    ideas: int
    cluster: int | None
    idea: int | None


class Overview(msgspec.Struct):
    """A campaign at a glance; `principles` counts ideas by principle."""

    numbers: Numbers
    themes: list[Theme]
    principles: dict[int, int]
    decisions: list[Decided]


async def overview(campaign: int) -> Overview:
    """What the front page tells of a campaign; at most a minute old."""
    return await remembered.shared(("overview", campaign), lambda: _count(campaign), _REMEMBERED)


async def _count(campaign: int) -> Overview:
    row = await database.fetch_one(
        """SELECT
        (SELECT jsonb_agg(x) FROM (SELECT t.id, t.name, s.ideas, s.supporters FROM theme t JOIN (
            SELECT i.theme, count(DISTINCT i.id) AS ideas, count(DISTINCT p.person) AS supporters
            FROM idea i CROSS JOIN LATERAL (SELECT i.author AS person UNION ALL
                SELECT v.account FROM vote v WHERE v.idea = i.id AND v.value = 1) p
            WHERE i.campaign = $1 AND i.hidden IS NULL AND i.theme IS NOT NULL GROUP BY i.theme) s ON s.theme = t.id
            WHERE t.retired IS NULL ORDER BY s.ideas DESC, t.id LIMIT 12) x) AS themes,
        (SELECT jsonb_object_agg(principle, n) FROM (SELECT t.principle, count(*) AS n FROM tag t
            JOIN idea i ON i.id = t.idea WHERE i.campaign = $1 AND i.hidden IS NULL GROUP BY 1) x) AS principles,
        (SELECT jsonb_agg(x) FROM (SELECT d.id, d.verdict, left(d.reason, 300) AS reason, d.created AS date,
            coalesce(c.name, i.title) AS title, d.cluster, i.id AS idea, r.ideas
            FROM decision d LEFT JOIN cluster c ON c.id = d.cluster
            CROSS JOIN LATERAL (SELECT count(*) AS ideas, min(idea) AS first FROM ruling WHERE decision = d.id) r
            LEFT JOIN idea i ON i.id = r.first
            WHERE d.campaign = $1 AND d.undone IS NULL AND r.ideas > 0 ORDER BY d.id DESC LIMIT 4) x) AS decisions""",
        campaign,
    )
    assert row is not None
    read: Any = {key: database.from_json(value) or [] for key, value in row.items()}
    themes = msgspec.convert(read["themes"], list[Theme])
    for place, theme in enumerate(themes):
        theme.weight = 4 if place == 0 else 3 if place < 3 else 2 if place < 7 else 1
    return Overview(
        await campaigns.numbers(campaign),
        themes,
        {int(k): n for k, n in dict(read["principles"] or {}).items()},
        msgspec.convert(read["decisions"], list[Decided]),
    )


SITEMAP = 20_000


async def addresses() -> list[tuple[str, datetime | None]]:
    """Pages that a search engine may know, with when they last changed: the newest ideas and every live group."""
    return await remembered.shared(("addresses",), _addresses, 600)


async def _addresses() -> list[tuple[str, datetime | None]]:
    rows = await database.fetch(
        """(SELECT '/campaigns/' || slug AS address, NULL::timestamptz AS changed FROM campaign
            ORDER BY id DESC LIMIT 500)
        UNION ALL (SELECT '/clusters/' || id, changed FROM cluster WHERE retired IS NULL AND size > 1
            ORDER BY id DESC LIMIT $1)
        UNION ALL (SELECT '/ideas/' || id, coalesce(edited, created) FROM idea WHERE hidden IS NULL
            ORDER BY id DESC LIMIT $1)""",
        SITEMAP,
    )
    return [(row["address"], row["changed"]) for row in rows]
