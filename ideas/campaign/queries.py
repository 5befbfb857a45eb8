"""Reads about campaigns. They change rarely and every page needs them, so a process remembers them for seconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from ideas import database
from ideas.campaign.rules import Campaign, newest_open
from ideas.errors import NotFound, message

_REMEMBERED = 5.0
_known: dict[str, tuple[float, list[Campaign]]] = {}


class Numbers(msgspec.Struct):
    """A campaign at a glance."""

    ideas: int
    votes: int
    people: int
    comments: int
    clusters: int
    answered: int


def forget_campaigns() -> None:
    """Drop what is remembered, after a campaign has changed."""
    _known.clear()


_ALL = """
SELECT c.id, c.slug, c.title, c.summary, c.lang,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'title', s.title, 'summary', s.summary,
        'opens', s.opens, 'closes', s.closes, 'submit', s.submit, 'comment', s.comment, 'vote', s.vote)
        ORDER BY s.opens, s.id), '[]') FROM stage s WHERE s.campaign = c.id) AS stages,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'slug', p.slug, 'name', p.name,
        'description', p.description, 'keywords', p.keywords) ORDER BY p.position, p.id), '[]')
        FROM principle p WHERE p.campaign = c.id) AS principles,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'slug', d.slug, 'name', d.name, 'area', d.area,
        'population', d.population) ORDER BY d.name->>'ru', d.id), '[]')
        FROM district d WHERE d.campaign = c.id) AS districts,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'slug', o.slug, 'name', o.name,
        'district', o.district) ORDER BY o.name->>'ru', o.id), '[]')
        FROM office o WHERE o.campaign = c.id) AS offices
FROM campaign c ORDER BY c.id LIMIT 500
"""


def _campaign(row: Any) -> Campaign:
    parts = {k: database.from_json(row[k]) for k in dict(row) if k not in ("id", "slug", "lang")}
    return msgspec.convert({"id": row["id"], "slug": row["slug"], "lang": row["lang"], **parts}, Campaign)


async def campaigns() -> list[Campaign]:
    """Every campaign, the oldest first."""
    known = _known.get("all")
    if known and known[0] > time.monotonic() and not database.in_transaction():
        return known[1]
    found = [_campaign(row) for row in await database.fetch(_ALL)]
    if not database.in_transaction():
        _known["all"] = (time.monotonic() + _REMEMBERED, found)
    return found


async def campaign(slug: str) -> Campaign:
    """One campaign; NotFound where there is none."""
    for found in await campaigns():
        if found.slug == slug:
            return found
    raise NotFound(message("There is no such campaign."))


async def campaign_by_id(id: int) -> Campaign:
    """One campaign by its number."""
    for found in await campaigns():
        if found.id == id:
            return found
    raise NotFound(message("There is no such campaign."))


async def default_campaign() -> Campaign:
    """The newest campaign that runs now, else the newest of all; NotFound where there is none yet."""
    found = newest_open(await campaigns(), datetime.now(UTC))
    if found is None:
        raise NotFound(message("There is no campaign yet."))
    return found


async def numbers(campaign: int) -> Numbers:
    """Counts for the front page."""
    row = await database.fetch_one(
        """SELECT count(*) AS ideas, coalesce(sum(support), 0) AS votes, coalesce(sum(comments), 0) AS comments,
            count(*) FILTER (WHERE status <> 'submitted') AS answered,
            (SELECT count(*) FROM cluster c WHERE c.campaign = $1 AND c.retired IS NULL) AS clusters,
            (SELECT count(*) FROM (SELECT author FROM idea WHERE campaign = $1 UNION
                SELECT v.account FROM vote v JOIN idea i ON i.id = v.idea WHERE i.campaign = $1) p) AS people
        FROM idea WHERE campaign = $1 AND hidden IS NULL""",
        campaign,
    )
    assert row is not None
    return Numbers(**row)


async def words(campaign: int) -> dict[str, dict[str, list[str]]]:
    """The organisers' own thesaurus; the grouping alone needs it, so it is not remembered."""
    return (
        database.from_json(await database.fetch_value("SELECT words FROM campaign WHERE id = $1", campaign))
        or {}
    )
