"""Writes of organisers: a campaign, its stages, principles, places and words. Each is noted in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from ideas import audit, database, queue
from ideas.account.rules import Person
from ideas.campaign import lines, queries
from ideas.campaign.rules import KINDS, Campaign
from ideas.database import to_json
from ideas.errors import Conflict, Invalid, Message, NotFound, message

LANGS = ("ru", "en", "mixed", "de", "es", "fr", "it", "pt", "nl", "sv", "fi", "da", "no", "hu", "ro", "tr")
MOST_CAMPAIGNS = 500
MOST_STAGES = 30
MOST_PRINCIPLES = 30
LONGEST = {"title": 120, "summary": 2000, "name": 120, "description": 1000}
MOST_KEYWORDS = 60


class Texts(msgspec.Struct):
    """A campaign's head as an organiser writes it."""

    title: dict[str, str]
    summary: dict[str, str]
    lang: str


class StageInput(msgspec.Struct):
    title: dict[str, str]
    summary: dict[str, str]
    opens: datetime | None
    closes: datetime | None
    kinds: frozenset[str]


class PrincipleInput(msgspec.Struct):
    """`slug` counts for a new one only: it is in addresses and in the model."""

    slug: str
    name: dict[str, str]
    description: dict[str, str]
    keywords: list[str]


@asynccontextmanager
async def _change(person: Person, campaign: int, what: str, **data: Any):
    """A transaction that notes a deed and lets every process see the campaign as it is now."""
    async with database.transaction() as c:
        yield c
        await audit.note(person.id, "campaign", f"campaign:{campaign}", campaign, what=what, **data)
    queries.forget_campaigns()


async def create(person: Person, slug: str, texts: Texts, like: str = "") -> str:
    """A new campaign without stages; principles, districts and centres are those of the campaign `like`, if any."""
    errors = _wrong_texts(texts)
    if not lines.SLUG.fullmatch(slug) or not 3 <= len(slug) <= lines.LONGEST_SLUG:
        errors["slug"] = message("3 to 60 of a-z, 0-9 and hyphens")
    if errors:
        raise Invalid(errors=errors)
    source = (await queries.campaign(like)).id if like else None
    async with database.transaction() as c:
        if await c.fetchval("SELECT count(*) FROM campaign") >= MOST_CAMPAIGNS:
            raise Conflict(message("There are too many campaigns."))
        id = await c.fetchval(
            """INSERT INTO campaign (slug, title, summary, lang, words) VALUES ($1, $2, $3, $4, coalesce((SELECT words
                FROM campaign WHERE id = $5), '{}')) ON CONFLICT (slug) DO NOTHING RETURNING id""",
            slug, to_json(texts.title), to_json(texts.summary), texts.lang, source,
        )  # fmt: skip
        if id is None:
            raise Invalid(errors={"slug": message("There is a campaign at this address already")})
        if source is not None:
            await _copy(c, source, id)
        await audit.note(person.id, "campaign", f"campaign:{id}", id, what="create", like=like)
    queries.forget_campaigns()
    return slug


async def _copy(c: Any, source: int, id: int) -> None:
    await c.execute(
        """INSERT INTO principle (campaign, slug, name, description, keywords, position)
        SELECT $2, slug, name, description, keywords, position FROM principle WHERE campaign = $1""",
        source, id,
    )  # fmt: skip
    await c.execute(
        """INSERT INTO district (campaign, slug, name, area, population)
        SELECT $2, slug, name, area, population FROM district WHERE campaign = $1""",
        source, id,
    )  # fmt: skip
    await c.execute(
        """INSERT INTO office (campaign, district, slug, name) SELECT $2, n.id, o.slug, o.name FROM office o
            LEFT JOIN district d ON d.id = o.district LEFT JOIN district n ON n.campaign = $2 AND n.slug = d.slug
        WHERE o.campaign = $1""",
        source, id,
    )  # fmt: skip


async def rewrite(person: Person, campaign: Campaign, texts: Texts) -> None:
    """Another title, summary or language of a campaign."""
    if errors := _wrong_texts(texts):
        raise Invalid(errors=errors)
    before = {"title": campaign.title, "lang": campaign.lang}
    async with _change(
        person, campaign.id, "texts", before=before, after={"title": texts.title, "lang": texts.lang}
    ) as c:
        await c.execute(
            "UPDATE campaign SET title = $2, summary = $3, lang = $4 WHERE id = $1",
            campaign.id, to_json(texts.title), to_json(texts.summary), texts.lang,
        )  # fmt: skip


async def save_stage(person: Person, campaign: Campaign, id: int | None, given: StageInput) -> None:
    """Write a stage; `id` None makes a new one."""
    errors = _wrong("title", given.title) | _wrong("summary", given.summary, needed=False)
    if given.opens is None:
        errors["opens"] = message("Give the day and time")
    if given.closes is None:
        errors["closes"] = message("Give the day and time")
    if given.opens and given.closes and given.closes <= given.opens:
        errors["closes"] = message("A stage ends after it begins")
    if errors:
        raise Invalid(errors=errors)
    values = (
        to_json(given.title),
        to_json(given.summary),
        given.opens,
        given.closes,
        *(k in given.kinds for k in KINDS),
    )
    said = {"opens": str(given.opens), "closes": str(given.closes), "open": sorted(given.kinds)}
    async with _change(person, campaign.id, "stage", stage=id, **said) as c:
        if id is None:
            if len(campaign.stages) >= MOST_STAGES:
                raise Conflict(message("There are too many stages."))
            await c.execute(
                """INSERT INTO stage (campaign, title, summary, opens, closes, submit, comment, vote)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
                campaign.id, *values,
            )  # fmt: skip
        elif not await c.fetchval(
            """UPDATE stage SET title = $3, summary = $4, opens = $5, closes = $6, submit = $7, comment = $8, vote = $9
            WHERE id = $2 AND campaign = $1 RETURNING id""",
            campaign.id, id, *values,
        ):  # fmt: skip
            raise NotFound(message("There is no such stage."))


async def remove_stage(person: Person, campaign: Campaign, id: int) -> None:
    """Take a stage out; twice is once."""
    async with _change(person, campaign.id, "stage removed", stage=id) as c:
        await c.execute("DELETE FROM stage WHERE id = $2 AND campaign = $1", campaign.id, id)


async def save_principle(person: Person, campaign: Campaign, slug: str, given: PrincipleInput) -> None:
    """Write a principle; `slug` empty makes a new one. Ideas are tagged again by what it says now."""
    errors = _wrong("name", given.name) | _wrong("description", given.description, needed=False)
    if len(given.keywords) > MOST_KEYWORDS or any(len(k) > LONGEST["name"] for k in given.keywords):
        errors["keywords"] = message("At most %(most)s words", most=MOST_KEYWORDS)
    if not slug and (not lines.SLUG.fullmatch(given.slug) or len(given.slug) > lines.LONGEST_SLUG):
        errors["slug"] = message("a-z, 0-9 and hyphens")
    if errors:
        raise Invalid(errors=errors)
    values = (to_json(given.name), to_json(given.description), to_json(given.keywords))
    async with _change(person, campaign.id, "principle", principle=slug or given.slug) as c:
        if slug:
            done = await c.fetchval(
                """UPDATE principle SET name = $3, description = $4, keywords = $5
                WHERE campaign = $1 AND slug = $2 RETURNING id""",
                campaign.id, slug, *values,
            )  # fmt: skip
            if done is None:
                raise NotFound(message("There is no such principle."))
        else:
            if len(campaign.principles) >= MOST_PRINCIPLES:
                raise Conflict(message("There are too many principles."))
            done = await c.fetchval(
                """INSERT INTO principle (campaign, slug, name, description, keywords, position)
                SELECT $1, $2, $3, $4, $5, coalesce(max(position) + 1, 0) FROM principle WHERE campaign = $1
                ON CONFLICT (campaign, slug) DO NOTHING RETURNING id""",
                campaign.id, given.slug, *values,
            )  # fmt: skip
            if done is None:
                raise Invalid(errors={"slug": message("There is a principle of this name already")})
        await _learn(campaign)


async def remove_principle(person: Person, campaign: Campaign, slug: str) -> None:
    """Take out a principle that no person has tagged an idea with; the program's own tags go with it."""
    async with _change(person, campaign.id, "principle removed", principle=slug) as c:
        used = await c.fetchval(
            """SELECT count(*) FROM tag t JOIN principle p ON p.id = t.principle
            WHERE p.campaign = $1 AND p.slug = $2 AND t.source = 'moderator'""",
            campaign.id, slug,
        )  # fmt: skip
        if used:
            raise Conflict(message("Moderators have given this principle to ideas: it stays."))
        try:
            await c.execute("DELETE FROM principle WHERE campaign = $1 AND slug = $2", campaign.id, slug)
        except asyncpg.IntegrityConstraintViolationError:
            raise Conflict(message("Something refers to this principle: it stays.")) from None
        await _learn(campaign)


async def set_districts(person: Person, campaign: Campaign, given: Sequence[lines.DistrictLine]) -> None:
    """Make the districts those of the list. One that ideas or centres stand in cannot go."""
    async with _change(person, campaign.id, "districts", count=len(given)) as c:
        await c.execute(
            """INSERT INTO district AS d (campaign, slug, name, area, population)
            SELECT $1, * FROM unnest($2::text[], $3::jsonb[], $4::jsonb[], $5::int[]) ON CONFLICT (campaign, slug)
            DO UPDATE SET name = excluded.name, area = excluded.area, population = excluded.population""",
            campaign.id, [d.slug for d in given], [to_json(d.name) for d in given],
            [to_json(d.area) for d in given], [d.population for d in given],
        )  # fmt: skip
        await _drop(c, "district", campaign.id, [d.slug for d in given])


async def set_offices(person: Person, campaign: Campaign, given: Sequence[lines.OfficeLine]) -> None:
    """Make the centres those of the list. One that ideas name cannot go."""
    async with _change(person, campaign.id, "offices", count=len(given)) as c:
        await c.execute(
            """INSERT INTO office AS o (campaign, slug, name, district)
            SELECT $1, n.slug, n.name, d.id FROM unnest($2::text[], $3::jsonb[], $4::text[]) n (slug, name, district)
                LEFT JOIN district d ON d.campaign = $1 AND d.slug = n.district
            ON CONFLICT (campaign, slug) DO UPDATE SET name = excluded.name, district = excluded.district""",
            campaign.id, [o.slug for o in given], [to_json(o.name) for o in given], [o.district for o in given],
        )  # fmt: skip
        await _drop(c, "office", campaign.id, [o.slug for o in given])


async def _drop(c: Any, table: str, campaign: int, kept: list[str]) -> None:
    """Delete the rows that are not on the list; Invalid names the first that something refers to."""
    gone = await c.fetch(
        f"SELECT id, slug FROM {table} WHERE campaign = $1 AND slug <> ALL($2::text[]) ORDER BY id",
        campaign,
        kept,
    )
    for row in gone:
        try:
            await c.execute(f"DELETE FROM {table} WHERE id = $1", row["id"])
        except asyncpg.IntegrityConstraintViolationError:
            why = message("“%(slug)s” is in use and cannot be taken off the list", slug=row["slug"])
            raise Invalid(errors={"lines": why}) from None


async def set_words(person: Person, campaign: Campaign, words: dict[str, dict[str, list[str]]]) -> None:
    """The city's own words for the grouping; ideas are grouped again with them."""
    async with _change(person, campaign.id, "words", count=len(words)) as c:
        await c.execute("UPDATE campaign SET words = $2 WHERE id = $1", campaign.id, to_json(words))
        await queue.defer(
            "ideas.cluster.jobs.run", once=f"run:{campaign.id}", lock=f"run:{campaign.id}", priority=-10,
            campaign=campaign.id,
        )  # fmt: skip


async def _learn(campaign: Campaign) -> None:
    await queue.defer(
        "ideas.cluster.jobs.learn", once=f"learn:{campaign.id}", lock=f"learn:{campaign.id}", priority=-5,
        campaign=campaign.id,
    )  # fmt: skip


def _wrong_texts(texts: Texts) -> dict[str, Message]:
    errors = _wrong("title", texts.title) | _wrong("summary", texts.summary, needed=False)
    if texts.lang not in LANGS:
        errors["lang"] = message("Choose a language")
    return errors


def _wrong(field: str, texts: dict[str, str], *, needed: bool = True) -> dict[str, Message]:
    """Errors by the form's fields `<field>_ru`, `<field>_en`."""
    errors = {
        f"{field}_{lang}": message("At most %(most)s characters", most=LONGEST[field])
        for lang, text in texts.items()
        if len(text) > LONGEST[field]
    }
    if needed and not texts.get("ru"):
        errors[f"{field}_ru"] = message("Write it in Russian; other languages fall back to it")
    return errors
