"""The demo campaign itself: its stages around today, the principles, districts and 96 centres."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ideas.database import to_json
from ideas.demo import material
from ideas.demo.story import stage_times

TITLE = {"ru": "Мой офис госуслуг", "en": "My Public Services Office"}
SUMMARY = {
    "ru": (
        "Что мешает в центрах госуслуг, что в них уже хорошо и что стоит поменять? Предложите своё и поддержите "
        "чужое: из самых важных для людей идей сложится стандарт, по которому будут работать все центры города."
    ),
    "en": (
        "What gets in the way at public service centres, what is good there already and what should change? Propose "
        "ideas and support those of others: what matters most to people becomes the standard of every centre."
    ),
}
# Title, summary, and what is open: submit, comment, vote.
STAGES = (
    (
        {"ru": "Трудности", "en": "Difficulties"},
        {
            "ru": "Рассказываем, с чем столкнулись в центре госуслуг и что от этого пострадало.",
            "en": "We tell what went wrong at a service centre and what came of it.",
        },
        (True, True, True),
    ),
    (
        {"ru": "Лучшие практики", "en": "Best practices"},
        {
            "ru": "Делимся тем, что уже сделано хорошо, здесь или в другом месте, и стоит перенять.",
            "en": "We share what is done well already, here or elsewhere, and is worth taking over.",
        },
        (True, True, True),
    ),
    (
        {"ru": "Тематическое обсуждение", "en": "Themed discussion"},
        {
            "ru": "Обсуждаем и поддерживаем собранное по темам; новые идеи ещё принимаются.",
            "en": "We discuss and support by theme what has been gathered; new ideas are still welcome.",
        },
        (True, True, True),
    ),
    (
        {"ru": "Экспертная проработка", "en": "Experts' study"},
        {
            "ru": "Эксперты разбирают группы идей и отвечают на каждую; предложения и голоса уже собраны.",
            "en": "Experts study the groups of ideas and answer each; proposals and votes are in.",
        },
        (False, False, False),
    ),
)


class Place(msgspec.Struct):
    """Ids of the campaign, and of its districts and offices by slug."""

    id: int
    districts: dict[str, int]
    offices: dict[str, int]


async def create(c: Any, slug: str, now: datetime) -> Place:
    """Write the campaign and everything that is data of it, on the connection of the running transaction."""
    id = await c.fetchval(
        "INSERT INTO campaign (slug, title, summary, lang, created) VALUES ($1, $2, $3, 'mixed', $4) RETURNING id",
        slug, to_json(TITLE), to_json(SUMMARY), stage_times(now)[0].opens,
    )  # fmt: skip
    for (title, summary, opened), times in zip(STAGES, stage_times(now), strict=True):
        await c.execute(
            """INSERT INTO stage (campaign, title, summary, opens, closes, submit, comment, vote)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
            id, to_json(title), to_json(summary), times.opens, times.closes, *opened,
        )  # fmt: skip
    await add_principles(c, id)
    city = material.city()
    districts = await c.fetch(
        """INSERT INTO district (campaign, slug, name, area, population)
        SELECT $1, * FROM unnest($2::text[], $3::jsonb[], $4::jsonb[], $5::int[]) RETURNING slug, id""",
        id,
        [d.slug for d in city.districts],
        [to_json({"ru": d.ru, "en": d.en}) for d in city.districts],
        [to_json(city.areas[d.area]) for d in city.districts],
        [d.population for d in city.districts],
    )
    of_district = {r["slug"]: r["id"] for r in districts}
    centres = [d for d in city.districts if d.centre]
    offices = await c.fetch(
        """INSERT INTO office (campaign, district, slug, name)
        SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::jsonb[]) RETURNING slug, id""",
        id,
        [of_district[d.slug] for d in centres],
        [d.slug for d in centres],
        [
            to_json({"ru": f"Центр госуслуг района {d.ru}", "en": f"{d.en} public service centre"})
            for d in centres
        ],
    )
    return Place(id, of_district, {r["slug"]: r["id"] for r in offices})


async def add_principles(c: Any, campaign: int) -> None:
    """Give a campaign the eight principles of the standard."""
    principles = material.principles()
    await c.execute(
        """INSERT INTO principle (campaign, slug, name, description, keywords, position)
        SELECT $1, * FROM unnest($2::text[], $3::jsonb[], $4::jsonb[], $5::jsonb[], $6::int[])""",
        campaign,
        [p.slug for p in principles],
        [to_json(p.name) for p in principles],
        [to_json(p.description) for p in principles],
        [to_json(p.keywords) for p in principles],
        list(range(len(principles))),
    )
