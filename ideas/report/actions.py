"""Making reports: asked for by a planner, made by a job step by step, or by the command line at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from ideas import audit, database, queue
from ideas.account.rules import Person
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import Invalid, message
from ideas.i18n import LANGUAGES, translator
from ideas.report import paper, queries
from ideas.report.files import FORMATS

KEPT = 10
"""So many reports of a campaign are kept."""
PATIENCE = timedelta(hours=1)
GATHERED = 70
"""Percent of the work that is done once the numbers are there."""

Progress = Callable[[float], Awaitable[None]]


async def make(where: Campaign, lang: str, address: str, progress: Progress) -> dict[str, bytes]:
    """The three files of a report by their format; `progress` hears percents."""

    async def gathered(part: float) -> None:
        await progress(GATHERED * part)

    figures = await queries.gather(where, gathered)
    found = paper.report(where, figures, address, lang, translator(lang))
    files = {}
    for n, (format, write) in enumerate(FORMATS.items(), 1):
        files[format] = await asyncio.to_thread(write, found)
        await progress(GATHERED + (100 - GATHERED) * n / len(FORMATS))
    return files


async def ask(person: Person, where: Campaign, lang: str) -> int:
    """Ask for a report; its number. While one is being made for the same campaign and language, it is that one."""
    if lang not in LANGUAGES:
        raise Invalid(errors={"lang": message("Choose a language")})
    async with database.transaction():
        # Two who ask at once get the same one.
        await database.execute("SELECT pg_advisory_xact_lock(7312, $1::int)", where.id % 2**31)
        known = await database.fetch_value(
            """SELECT id FROM campaign_report WHERE campaign = $1 AND lang = $2 AND state IN ('waiting', 'running')
                AND created > $3""",
            where.id, lang, datetime.now(UTC) - PATIENCE,
        )  # fmt: skip
        if known:
            return known
        id = await database.fetch_value(
            "INSERT INTO campaign_report (campaign, lang, account) VALUES ($1, $2, $3) RETURNING id",
            where.id, lang, person.id,
        )  # fmt: skip
        await database.execute(
            """DELETE FROM campaign_report WHERE campaign = $1 AND id NOT IN (
                SELECT id FROM campaign_report WHERE campaign = $1 ORDER BY id DESC LIMIT $2)""",
            where.id, KEPT,
        )  # fmt: skip
        await queue.defer("ideas.report.jobs.write", lock="report", report=id)
        await audit.note(person.id, "export", f"campaign:{where.id}", where.id, what="report", format=lang)
        return id


async def write(report: int, address: str) -> None:
    """Make a report that was asked for. Run again, it is made afresh; one that is taken away meanwhile is left."""
    row = await database.fetch_one(
        "UPDATE campaign_report SET state = 'running', percent = 0 WHERE id = $1 AND state <> 'done' "
        "RETURNING campaign, lang",
        report,
    )
    if row is None:
        return
    where = await campaigns.campaign_by_id(row["campaign"])

    async def progress(percent: float) -> None:
        await database.execute(
            "UPDATE campaign_report SET percent = $2 WHERE id = $1", report, min(99, int(percent))
        )

    files = await make(where, row["lang"], address, progress)
    async with database.transaction():
        there = await database.fetch_value("SELECT id FROM campaign_report WHERE id = $1 FOR UPDATE", report)
        if there is None:
            return
        for format, content in files.items():
            await database.execute(
                """INSERT INTO report_file (report, format, content) VALUES ($1, $2, $3)
                ON CONFLICT (report, format) DO UPDATE SET content = $3""",
                report, format, content,
            )  # fmt: skip
        await database.execute(
            "UPDATE campaign_report SET state = 'done', percent = 100, finished = now() WHERE id = $1", report
        )


async def fail(report: int) -> None:
    """Say that a report could not be made."""
    await database.execute(
        "UPDATE campaign_report SET state = 'failed', finished = now() WHERE id = $1 AND state <> 'done'",
        report,
    )
