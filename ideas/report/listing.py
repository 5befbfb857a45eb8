"""Reads about reports that were asked for, and their files."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ideas import database
from ideas.errors import NotFound, message


class Row(msgspec.Struct):
    """A report: `state` waiting, running, done or failed; `percent` of the work done."""

    id: int
    campaign: int
    lang: str
    state: str
    percent: int
    created: datetime
    finished: datetime | None
    author: str


_ROW = """SELECT r.id, r.campaign, r.lang, r.state, r.percent, r.created, r.finished, a.name AS author
FROM campaign_report r JOIN account a ON a.id = r.account"""


async def reports(campaign: int, most: int = 20) -> list[Row]:
    """A campaign's reports, the newest first."""
    rows = await database.fetch(f"{_ROW} WHERE r.campaign = $1 ORDER BY r.id DESC LIMIT $2", campaign, most)
    return database.structs(Row, rows)


async def report(id: int) -> Row:
    """One report; NotFound where there is none (any more)."""
    row = await database.fetch_one(f"{_ROW} WHERE r.id = $1", id)
    if row is None:
        raise NotFound(message("There is no such report."))
    return Row(**row)


async def file(report: int, format: str) -> bytes:
    """A report's file; NotFound where it is not made."""
    found = await database.fetch_value(
        "SELECT content FROM report_file WHERE report = $1 AND format = $2", report, format
    )
    if found is None:
        raise NotFound(message("There is no such report."))
    return found
