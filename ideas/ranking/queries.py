"""Reads of the standings: a page of an order, and why something stands where it does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ideas import database
from ideas.errors import NotFound, message
from ideas.ranking.packed import Totals
from ideas.ranking.rules import ORDERS
from ideas.ranking.search import Search
from ideas.ranking.weighing import Weighed

PAGE = 25
NEIGHBOURS = 2


class Numbers(msgspec.Struct):
    """A campaign's numbers: when they were made, of everything in it, and how far people stand for the city."""

    made: datetime
    totals: Totals
    weighed: Weighed
    items: dict[str, int]


class Value(msgspec.Struct):
    """One order's number: its interval, places `first` to `last`, and what it rests on. None: cannot be said."""

    value: float | None
    low: float | None
    high: float | None
    first: int
    last: int
    rests_on: float


class Ranked(msgspec.Struct):
    """An idea, cluster or theme with its numbers in every order. `wave`: copies it is one of or holds, or 0."""

    id: int
    kind: str
    name: str
    status: str
    note: str
    ideas: int
    proposals: int
    people: int
    votes: int
    imported: int
    against: int
    eyes: float
    known: int
    wave: int
    orders: dict[str, Value]


class Wave(msgspec.Struct):
    """Near-identical texts: how many, by how many people, from when to when."""

    id: int
    title: str
    ideas: int
    people: int
    first: datetime
    last: datetime


_ITEMS = {
    "idea": ("idea i", "i.id", "i.title", "i.status", "coalesce((SELECT name FROM cluster WHERE id = i.cluster), '')"),
    "cluster": ("cluster c", "c.id", "c.name", "c.state", "coalesce((SELECT name FROM theme WHERE id = c.theme), '')"),
    "theme": ("theme t", "t.id", "t.name", "''", "''"),
}  # fmt: skip
_VALUES = (
    "s.item, s.kind, s.ideas, s.proposals, s.people, s.votes, s.imported, s.against, s.eyes, s.known, "
    + ", ".join(f"s.{o}, s.{o}_low, s.{o}_high" for o in ORDERS[1:])
    + ", " + ", ".join(f"s.{o}_first, s.{o}_last" for o in ORDERS)
)  # fmt: skip
_WAVES = """SELECT w.wave AS id, y.title, count(*) AS ideas, count(DISTINCT i.author) AS people,
    min(i.created) AS first, max(i.created) AS last
FROM wave_idea w JOIN idea i ON i.id = w.idea AND i.hidden IS NULL JOIN idea y ON y.id = w.wave
WHERE {where} GROUP BY w.wave, y.title ORDER BY count(*) DESC, w.wave"""


async def numbers(campaign: int) -> Numbers | None:
    """What was counted of a campaign; None before the first count."""
    row = await database.fetch_one(
        "SELECT made, state FROM counted WHERE campaign = $1 AND kind = 'ranking'", campaign
    )
    if row is None:
        return None
    return msgspec.convert({"made": row["made"], **database.from_json(row["state"])}, Numbers)


async def page(found: Search) -> tuple[list[Ranked], bool]:
    """A page of the order, and whether there is another one."""
    where, args = found.where(4)
    rows = await database.fetch(
        _SELECT.format(**_parts(found.kind), where=where, order=found.order),
        found.campaign.id, found.kind, (found.page - 1) * PAGE, *args,
    )  # fmt: skip
    return [_ranked(row) for row in rows[:PAGE]], len(rows) > PAGE


# Names and notes are looked up for those shown alone, not for all that come before them.
_SELECT = f"""
SELECT {_VALUES}, {{name}} AS name, {{status}} AS status, {{note}} AS note,
    (SELECT count(*) FROM wave_idea w WHERE s.kind = 'idea'
        AND w.campaign = $1 AND w.wave = (SELECT wave FROM wave_idea WHERE idea = s.item)) AS wave
FROM (SELECT s.item, s.{{order}}_first AS place FROM standing s JOIN {{table}} ON {{key}} = s.item
        WHERE s.campaign = $1 AND s.kind = $2 AND {{where}}
        ORDER BY s.{{order}}_first, s.item LIMIT {PAGE + 1} OFFSET $3) x
    JOIN standing s ON s.campaign = $1 AND s.kind = $2 AND s.item = x.item JOIN {{table}} ON {{key}} = s.item
ORDER BY x.place, x.item
"""


def _parts(kind: str) -> dict[str, str]:
    return dict(zip(("table", "key", "name", "status", "note"), _ITEMS[kind], strict=True))


def _ranked(row: Any) -> Ranked:
    rests = {"people": row["people"], "exposure": max(float(row["votes"]), row["eyes"]), "share": row["known"],
             "split": row["people"] + row["against"]}  # fmt: skip
    orders = {
        "people": Value(row["people"], None, None, row["people_first"], row["people_last"], row["people"])
    }
    for o in ORDERS[1:]:
        orders[o] = Value(
            row[o], row[f"{o}_low"], row[f"{o}_high"], row[f"{o}_first"], row[f"{o}_last"], rests[o]
        )
    # Copies within a group or theme are what its distinct proposals fall short of its ideas.
    wave = row["wave"] if row["kind"] == "idea" else row["ideas"] - row["proposals"]
    return Ranked(
        row["item"], row["kind"], row["name"], row["status"], row["note"], row["ideas"], row["proposals"],
        row["people"], row["votes"], row["imported"], row["against"], row["eyes"], row["known"], wave, orders,
    )  # fmt: skip


async def ranked(campaign: int, kind: str, item: int) -> Ranked:
    """One item's numbers; NotFound where it is none of the campaign, or not counted yet."""
    rows = await database.fetch(
        _SELECT.format(**_parts(kind), where="s.item = $4", order="people"), campaign, kind, 0, item
    )
    if not rows:
        raise NotFound(message("This is not in the ranking: it is new, hidden or was merged."))
    return _ranked(rows[0])


async def neighbours(campaign: int, one: Ranked) -> dict[str, list[Ranked]]:
    """By order: those just above and just below an item, itself among them, in the order's own sequence."""
    sides = []
    args: list[Any] = [campaign, one.kind, one.id]
    parts = _parts(one.kind)
    select = (
        f"SELECT {_VALUES}, {parts['name']} AS name, {parts['status']} AS status, {parts['note']} AS note"
    )
    for order in ORDERS:
        args.append(one.orders[order].first)
        place = f"(s.{order}_first, s.item)"
        for sign, way in (("<", "DESC"), (">=", "ASC")):
            limit = NEIGHBOURS + (sign == ">=")
            sides.append(
                f"(SELECT '{order}' AS of, n.* FROM ({select}, 0 AS wave FROM standing s JOIN {parts['table']} "
                f"ON {parts['key']} = s.item "
                f"WHERE s.campaign = $1 AND s.kind = $2 AND {place} {sign} (${len(args)}, $3)"
                f" ORDER BY s.{order}_first {way}, s.item {way} LIMIT {limit}) n)"
            )
    rows = await database.fetch(" UNION ALL ".join(sides), *args)
    found: dict[str, list[Ranked]] = {order: [] for order in ORDERS}
    for row in rows:
        found[row["of"]].append(_ranked(row))
    for order, items in found.items():
        items.sort(key=lambda r: (r.orders[order].first, r.id))
    return found


async def could_stand(campaign: int, one: Ranked) -> dict[str, tuple[int, int]]:
    """By order with intervals: the best and worst place that the intervals leave open.

    Surely above are those whose whole interval lies above this one's; surely below those whose whole lies below.
    """
    columns = ", ".join(
        f"count(*) FILTER (WHERE {o}_low > ${n})::int AS {o}_above, "
        f"count(*) FILTER (WHERE {o}_high < ${n + 1} OR {o} IS NULL)::int AS {o}_below"
        for n, o in zip((3, 5, 7), ORDERS[1:], strict=True)
    )
    bounds = [b for o in ORDERS[1:] for b in (one.orders[o].high, one.orders[o].low)]
    row = await database.fetch_one(
        f"SELECT count(*)::int AS every, {columns} FROM standing WHERE campaign = $1 AND kind = $2",
        campaign, one.kind, *bounds,
    )  # fmt: skip
    assert row is not None
    return {
        o: (row[f"{o}_above"] + 1, row["every"] - row[f"{o}_below"])
        for o in ORDERS[1:]
        if one.orders[o].low is not None
    }


async def waves(campaign: int, limit: int = 50) -> list[Wave]:
    """The largest waves of a campaign."""
    rows = await database.fetch(f"{_WAVES.format(where='w.campaign = $1')} LIMIT {limit}", campaign)
    return database.structs(Wave, rows)


async def waves_of(one: Ranked) -> list[Wave]:
    """The waves that an item stands in or holds, the largest first, ten at most."""
    where = {
        "idea": "w.wave = (SELECT wave FROM wave_idea WHERE idea = $1)",
        "cluster": "w.wave IN (SELECT k.wave FROM wave_idea k JOIN idea m ON m.id = k.idea WHERE m.cluster = $1)",
        "theme": "w.wave IN (SELECT k.wave FROM wave_idea k JOIN idea m ON m.id = k.idea WHERE m.theme = $1)",
    }[one.kind]
    return database.structs(Wave, await database.fetch(f"{_WAVES.format(where=where)} LIMIT 10", one.id))


class Copy(msgspec.Struct):
    """One text of a wave: who sent it in, and when."""

    id: int
    title: str
    author: str
    created: datetime
    votes: int


async def copies(campaign: int, wave: int) -> tuple[Wave, list[Copy]]:
    """A wave and its texts in the order they came, the first thousand; NotFound where there is none."""
    found = await database.fetch(f"{_WAVES.format(where='w.campaign = $1 AND w.wave = $2')}", campaign, wave)
    if not found:
        raise NotFound()
    rows = await database.fetch(
        """SELECT i.id, i.title, a.name AS author, i.created, i.votes FROM wave_idea w
            JOIN idea i ON i.id = w.idea AND i.hidden IS NULL JOIN account a ON a.id = i.author
        WHERE w.campaign = $1 AND w.wave = $2 ORDER BY i.created, i.id LIMIT 1000""",
        campaign, wave,
    )  # fmt: skip
    return database.structs(Wave, found)[0], database.structs(Copy, rows)


async def age_groups(campaign: int) -> list[dict[str, Any]]:
    """A campaign's age groups, the youngest first."""
    rows = await database.fetch(
        "SELECT id, slug, name, youngest, oldest, population FROM age_group WHERE campaign = $1 ORDER BY youngest, id",
        campaign,
    )
    return [{**row, "name": database.from_json(row["name"])} for row in rows]


async def residence(campaign: int, account: int) -> dict[str, Any]:
    """What a person has told of where they live and how old they are."""
    row = await database.fetch_one(
        "SELECT district, age_group FROM residence WHERE campaign = $1 AND account = $2", campaign, account
    )
    return dict(row) if row else {"district": None, "age_group": None}


async def ideas_in(campaign: int) -> int:
    """How many ideas a campaign has, counted up to a few thousand."""
    return await database.fetch_value(
        "SELECT count(*) FROM (SELECT FROM idea WHERE campaign = $1 LIMIT 5000) i", campaign
    )
