"""Building public datasets."""

from __future__ import annotations

from ideas import audit, database, queue
from ideas.account.rules import Person
from ideas.campaign import queries as campaigns
from ideas.errors import Conflict, message
from ideas.idea.filters import Asked
from ideas.opendata.rules import FORMATS, TABLES
from ideas.planning import disclosure, export, making


async def publish(slug: str) -> dict[str, int]:
    """Build a campaign's dataset anew; rows by table. Each file takes the old one's place when it is whole."""
    where = await campaigns.campaign(slug)
    if not (await disclosure.of(where.id)).open:
        raise Conflict(message("This project has no public dataset."))
    lang = "en" if where.lang == "en" else "ru"
    rows = {}
    for what in TABLES:
        wanted = await export.wanted(what, Asked(campaign=slug), {}, lang, public=True)
        for format in FORMATS:
            rows[what] = (await making.publish(where.id, wanted, format)).rows or 0
    return rows


async def publish_all(*, missing_only: bool) -> list[str]:
    """Build every campaign's dataset, or those that have none yet; their short names. Closed ones are taken away."""
    await database.execute(
        """DELETE FROM export e USING disclosure d WHERE d.campaign = e.campaign AND NOT d.open AND e.way = 'open'"""
    )
    built = {
        row["campaign"]
        for row in await database.fetch(
            "SELECT DISTINCT campaign FROM export WHERE way = 'open' AND state = 'ready'"
        )
    }
    done = []
    for where in await campaigns.campaigns():
        if (await disclosure.of(where.id)).open and not (missing_only and where.id in built):
            await publish(where.slug)
            done.append(where.slug)
    return done


async def ask(person: Person, slug: str) -> None:
    """Queue a building; one that waits is enough."""
    where = await campaigns.campaign(slug)
    if not (await disclosure.of(where.id)).open:
        raise Conflict(message("This project has no public dataset."))
    async with database.transaction():
        await audit.note(
            person.id, "export", f"campaign:{where.id}", where.id, what="open", format="csv, jsonl"
        )
        await queue.defer(
            "ideas.opendata.jobs.publish",
            once=f"publish:{where.id}",
            lock=f"publish:{where.id}",
            campaign=slug,
        )
