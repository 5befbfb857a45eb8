"""Reads of the dashboards' tables: one statement for all that a view shows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from ideas import database


class Figures(msgspec.Struct):
    """Tables by name, of the part that was asked for; when they were made."""

    made: datetime
    data: dict[str, Any]

    def get(self, name: str, default: Any) -> Any:
        found = self.data.get(name)
        return default if found is None else found


async def figures(campaign: int, part: str, of: int, names: tuple[str, ...]) -> Figures | None:
    """The named tables; None before the first count."""
    rows = await database.fetch(
        """SELECT c.made, f.name, f.data FROM counted c LEFT JOIN figure f ON f.campaign = c.campaign
            AND f.name = ANY ($4::text[]) AND f.part = $2 AND f.of = $3
        WHERE c.campaign = $1 AND c.kind = 'figures'""",
        campaign, part, of, list(names),
    )  # fmt: skip
    if not rows:
        return None
    return Figures(rows[0]["made"], {r["name"]: database.from_json(r["data"]) for r in rows if r["name"]})


class ThemeFigures(msgspec.Struct):
    """A theme with its days and totals."""

    id: int
    name: str
    days: list[list[Any]]
    total: dict[str, int]


async def themes(campaign: int) -> list[ThemeFigures]:
    """Every live theme that has ideas."""
    rows = await database.fetch(
        """SELECT t.id, t.name, d.data AS days, n.data AS total FROM theme t
            JOIN figure d ON d.campaign = $1 AND d.part = 'theme' AND d.of = t.id AND d.name = 'days'
            JOIN figure n ON n.campaign = $1 AND n.part = 'theme' AND n.of = t.id AND n.name = 'total'
        WHERE t.campaign = $1 AND t.retired IS NULL ORDER BY t.id""",
        campaign,
    )
    return [
        ThemeFigures(r["id"], r["name"], database.from_json(r["days"]), database.from_json(r["total"]))
        for r in rows
    ]


async def districts(campaign: int) -> dict[int, dict[str, int]]:
    """Totals by district of the centres that ideas are about."""
    rows = await database.fetch(
        "SELECT of, data FROM figure WHERE campaign = $1 AND part = 'district' AND name = 'total'", campaign
    )
    return {r["of"]: database.from_json(r["data"]) for r in rows}


async def theme_names(campaign: int) -> list[tuple[int, str]]:
    """Live themes for a filter, by name."""
    rows = await database.fetch(
        "SELECT id, name FROM theme WHERE campaign = $1 AND retired IS NULL ORDER BY name, id LIMIT 300",
        campaign,
    )
    return [(r["id"], r["name"]) for r in rows]


async def visits(first: date | None, last: date | None) -> list[tuple[date, int]]:
    """Visits of the site by day."""
    rows = await database.fetch(
        """SELECT day, visits FROM visit WHERE ($1::date IS NULL OR day >= $1) AND ($2::date IS NULL OR day <= $2)
        ORDER BY day""",
        first, last,
    )  # fmt: skip
    return [(r["day"], r["visits"]) for r in rows]


async def names_of(accounts: list[int]) -> dict[int, str]:
    """Public names of members of the team."""
    rows = await database.fetch("SELECT id, name FROM account WHERE id = ANY ($1::bigint[])", accounts)
    return {r["id"]: r["name"] for r in rows}
