"""How many took part, by district and principle or by what people told of themselves, without counts of few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from ideas import database
from ideas.i18n import localised
from ideas.planning.search import Search


class Cell(msgspec.Struct):
    """One district and principle; the counts are None where too few people stand behind them."""

    campaign: str
    area: str | None
    district: str | None
    principle: str | None
    ideas: int | None
    people: int | None
    votes: int | None
    suppressed: bool = False


def suppressed(counts: Mapping[tuple[str, str], int], smallest: int) -> set[tuple[str, str]]:
    """Which cells of a table of people to leave out: those below `smallest`, and what would give them away.

    A row or column with a single cell left out would tell it by its sum, so its next smallest goes, too, until none has
    a single one (primary and complementary suppression as in Hundepool et al., Statistical Disclosure
    Control, 2012, section 4.4; by the simple rule, not the optimum).
    """
    gone = {key for key, n in counts.items() if 0 < n < smallest}
    while True:
        more = set()
        for side in (0, 1):
            lines = defaultdict(list)
            for key in counts:
                lines[key[side]].append(key)
            for keys in lines.values():
                if len([k for k in keys if k in gone]) == 1:
                    left = sorted(
                        (k for k in keys if k not in gone), key=lambda k: (counts[k] == 0, counts[k], k)
                    )
                    more.update(left[:1])
        if not more - gone:
            return gone
        gone |= more


class Lived(msgspec.Struct):
    """People by where they live and how old they are; the counts are None where there are too few."""

    campaign: str
    area: str | None
    district: str | None
    age_group: str | None
    people: int | None
    ideas: int | None
    votes: int | None
    suppressed: bool = False


_CELLS = """
WITH part AS MATERIALIZED (SELECT i.id, i.author, i.district, t.principle, i.votes FROM idea i
    LEFT JOIN tag t ON t.idea = i.id WHERE {where}),
people AS (SELECT district, principle, count(*) AS people FROM (
    SELECT district, principle, author FROM part UNION SELECT p.district, p.principle, v.account FROM part p
    JOIN vote v ON v.idea = p.id) x GROUP BY district, principle),
sums AS (SELECT district, principle, count(*) AS ideas, sum(votes) AS votes FROM part GROUP BY district, principle)
SELECT s.*, n.people FROM sums s JOIN people n ON n.district IS NOT DISTINCT FROM s.district
    AND n.principle IS NOT DISTINCT FROM s.principle
"""


async def rows(search: Search, lang: str, smallest: int) -> list[Cell]:
    """The cells in the order of districts and principles; an idea with two principles counts under both."""
    where, args = search.where()
    campaign = search.campaign
    districts = {d.id: d for d in campaign.districts}
    principles = {p.id: (n, p.slug) for n, p in enumerate(campaign.principles)}
    found = await database.fetch(_CELLS.format(where=where), *args)
    keyed = {(str(r["district"] or ""), str(r["principle"] or "")): r for r in found}
    gone = suppressed({key: r["people"] for key, r in keyed.items()}, smallest)
    cells = []
    for key, r in keyed.items():
        d = districts.get(r["district"])
        name = localised(d.name, lang) if d else None
        place, slug = principles.get(r["principle"], (len(principles), None))
        area = localised(d.area, lang) or None if d else None
        if key in gone:
            cell = Cell(campaign.slug, area, name, slug, None, None, None, True)
        else:
            cell = Cell(campaign.slug, area, name, slug, r["ideas"], r["people"], int(r["votes"]))
        cells.append(((name is None, name or "", place), cell))
    return [cell for _, cell in sorted(cells, key=lambda c: c[0])]


_RESIDENTS = """
WITH found AS MATERIALIZED (SELECT i.id, i.author FROM idea i WHERE {where}),
deeds AS (SELECT author AS account, count(*) AS ideas, 0 AS votes FROM found GROUP BY author
    UNION ALL SELECT v.account, 0, count(*) FROM found f JOIN vote v ON v.idea = f.id GROUP BY v.account),
people AS (SELECT account, sum(ideas) AS ideas, sum(votes) AS votes FROM deeds GROUP BY account)
SELECT r.district, r.age_group, g.slug, count(*) AS people, sum(p.ideas) AS ideas, sum(p.votes) AS votes
FROM people p LEFT JOIN residence r ON r.account = p.account AND r.campaign = {campaign}
    LEFT JOIN age_group g ON g.id = r.age_group
GROUP BY r.district, r.age_group, g.slug, g.youngest ORDER BY g.youngest NULLS LAST
"""


async def residents(search: Search, lang: str, smallest: int) -> list[Lived]:
    """Who takes part, by what they told of themselves: their district and age group."""
    where, args = search.where()
    campaign = search.campaign
    districts = {d.id: d for d in campaign.districts}
    found = await database.fetch(_RESIDENTS.format(where=where, campaign=int(campaign.id)), *args)
    keyed = {(str(r["district"] or ""), str(r["age_group"] or "")): r for r in found}
    gone = suppressed({key: r["people"] for key, r in keyed.items()}, smallest)
    rows = []
    for key, r in keyed.items():
        d = districts.get(r["district"])
        place = (
            campaign.slug,
            localised(d.area, lang) or None if d else None,
            localised(d.name, lang) if d else None,
        )
        if key in gone:
            rows.append(Lived(*place, r["slug"], None, None, None, True))
        else:
            rows.append(Lived(*place, r["slug"], r["people"], int(r["ideas"]), int(r["votes"])))
    return sorted(rows, key=lambda row: (row.district is None, row.district or ""))


COUNTED: dict[str, Callable[[Search, str, int], Awaitable[Sequence[Any]]]] = {
    "participation": rows,
    "residents": residents,
}
"""Tables whose rows are counts of people, small enough to be made as one."""
