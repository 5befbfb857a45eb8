"""Those who took part, weighted to the population of districts and age groups. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import msgspec

from ideas import database
from ideas.campaign.rules import Campaign
from ideas.ranking import counting
from ideas.ranking.raking import BOUNDS, Impossible, pooled, rake

LEAST = 5
"""Participants that a district needs to stand by itself; smaller ones of one okrug are put together."""


class Weighed(msgspec.Struct):
    """How far the people stand for the city. `why` says why they do not: "", "populations", "nobody" or "impossible".

    people, told: of those weighted, and of them with a district they said themselves. unknown: people without a
    district (or age group, where ages count) whose population is known. margin, place: what was impossible, or
    furthest off (`off`, a share 0..1). pooled: groups of districts that count as one.
    """

    why: str = ""
    people: int = 0
    told: int = 0
    unknown: int = 0
    effective: float = 0.0
    design: float = 1.0
    total: float = 0.0
    off: float = 0.0
    margin: str = ""
    place: str = ""
    ages: bool = False
    pooled: int = 0
    trimmed: int = 0
    reason: str = ""


async def weigh(campaign: Campaign) -> Weighed:
    """Find everybody's district, rake, and write the weights."""
    await database.execute(counting.PARTICIPANTS, campaign.id)
    rows = await database.fetch(counting.CELLS, campaign.id)
    ages = await database.fetch("SELECT id, slug, population FROM age_group WHERE campaign = $1", campaign.id)
    done, weights = weights_of(
        campaign, [dict(row) for row in rows], {a["id"]: a["population"] for a in ages}
    )
    done.place = next((a["slug"] for a in ages if done.place == f"age:{a['id']}"), done.place)
    cells = [(row["district"], row["age_group"]) for row in rows]
    await database.execute(
        counting.WEIGHTS, campaign.id, [c[0] for c in cells], [c[1] for c in cells],
        [weights.get(cell) for cell in cells],
    )  # fmt: skip
    return done


def weights_of(
    campaign: Campaign, rows: list[dict[str, Any]], ages: dict[int, int]
) -> tuple[Weighed, dict[tuple[Any, Any], float]]:
    """Weights by (district, age group) from rows of `counting.CELLS`. Pure.

    Ages count only if at least half of those with a district have told theirs; whoever has not is then left out.
    """
    residents = {d.id: d.population for d in campaign.districts if d.population}
    everybody = sum(r["people"] for r in rows)
    if not residents:
        return Weighed(why="populations", unknown=everybody), {}
    placed = [r for r in rows if r["district"] in residents]
    with_age = sum(r["people"] for r in placed if r["age_group"] in ages)
    by_age = bool(ages) and sum(ages.values()) > 0 and 2 * with_age >= sum(r["people"] for r in placed) > 0
    used = [r for r in placed if not by_age or r["age_group"] in ages]
    done = Weighed(
        people=sum(r["people"] for r in used), told=sum(r["told"] for r in used), ages=by_age,
        unknown=everybody - sum(r["people"] for r in used),
    )  # fmt: skip
    if not used:
        done.why = "nobody"
        return done, {}
    areas: dict[int, Hashable] = {
        d.id: f"area:{d.area.get('ru') or d.area.get('en') or ''}" for d in campaign.districts
    }
    counts = dict.fromkeys(residents, 0)
    for r in used:
        counts[r["district"]] += r["people"]
    place = pooled(counts, areas, LEAST)
    done.pooled = len({c for c in place.values() if isinstance(c, str)})
    population: dict[Hashable, float] = {}
    for district, inhabitants in residents.items():
        population[place[district]] = population.get(place[district], 0) + inhabitants
    margins: list[tuple[str, dict[Hashable, float]]] = [("district", population)]
    if by_age:
        margins.append(("age", {f"age:{id}": float(n) for id, n in ages.items()}))
    cells: dict[tuple[Hashable, ...], int] = {}
    for r in used:
        cell = _cell(place[r["district"]], r["age_group"], by_age)
        cells[cell] = cells.get(cell, 0) + r["people"]
    try:
        raked = rake(cells, margins, BOUNDS)
    except Impossible as error:
        done.why, done.reason, done.margin = "impossible", error.why, error.margin
        done.place = _name(campaign, error.category)
        return done, {}
    done.effective, done.design, done.off, done.trimmed = (
        raked.effective,
        raked.design,
        raked.off,
        raked.trimmed,
    )
    done.margin, done.place, done.total = raked.margin, _name(campaign, raked.category), float(raked.people)
    return done, {
        (r["district"], r["age_group"]): raked.weights[_cell(place[r["district"]], r["age_group"], by_age)]
        for r in used
    }


def _cell(place: Hashable, age: int | None, by_age: bool) -> tuple[Hashable, ...]:
    return (place, f"age:{age}") if by_age else (place,)


def _name(campaign: Campaign, category: Hashable) -> str:
    """A district's slug, an okrug's name, "age:…" or nothing."""
    if isinstance(category, int):
        return next((d.slug for d in campaign.districts if d.id == category), str(category))
    return str(category or "").removeprefix("area:")
