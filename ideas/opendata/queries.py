"""Reads about public datasets."""

from __future__ import annotations

import msgspec

from ideas import database
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import NotFound, message
from ideas.opendata.rules import FORMATS, TABLES, File
from ideas.planning import disclosure
from ideas.planning.disclosure import Disclosure
from ideas.planning.manifest import Manifest

_FILES = """SELECT DISTINCT ON (what, format) id AS export, what, format, coalesce(rows, 0) AS rows, size, sha256,
    finished AS built FROM export WHERE campaign = $1 AND way = 'open' AND state = 'ready'
ORDER BY what, format, id DESC"""


async def public(slug: str) -> tuple[Campaign, Disclosure]:
    """A campaign with a public dataset, and its rules; NotFound for one without."""
    where = await campaigns.campaign(slug)
    rules = await disclosure.of(where.id)
    if not rules.open:
        raise NotFound(message("This project has no public dataset."))
    return where, rules


async def files(campaign: int) -> list[File]:
    """The files as they were built last, in the order of the page."""
    rows = await database.fetch(_FILES, campaign)
    order = {(what, format): n for n, (what, format) in enumerate((w, f) for w in TABLES for f in FORMATS)}
    found = [File(**row) for row in rows if (row["what"], row["format"]) in order]
    return sorted(found, key=lambda f: order[f.what, f.format])


async def file(campaign: int, name: str) -> File:
    """One file by its name; NotFound for any other."""
    for found in await files(campaign):
        if found.name == name:
            return found
    raise NotFound(message("There is no such file in this dataset."))


async def manifest(campaign: int, what: str) -> Manifest:
    """What made the CSV file of a table."""
    found = await file(campaign, f"{what}.csv")
    text = await database.fetch_value("SELECT manifest FROM export WHERE id = $1", found.export)
    return msgspec.json.decode(text, type=Manifest)


async def all_public() -> list[tuple[Campaign, Disclosure, list[File]]]:
    """Every campaign with a public dataset that has been built."""
    found = []
    for where in await campaigns.campaigns():
        rules = await disclosure.of(where.id)
        if rules.open and (built := await files(where.id)):
            found.append((where, rules, built))
    return found
