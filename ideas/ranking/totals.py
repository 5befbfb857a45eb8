"""Totals of what a ranking's filters leave: volume and breadth, of the time when the other numbers were made."""

from __future__ import annotations

import asyncio

import msgspec
import numpy as np

from ideas import database, remembered
from ideas.idea.filters import Filters, conditions
from ideas.ranking import counting, packed
from ideas.ranking.packed import Totals
from ideas.ranking.queries import Numbers
from ideas.ranking.search import Search


async def totals(found: Search, known: Numbers) -> Totals:
    """Sums over the visible ideas that the filters leave: counted now, or with the rest where there is no filter."""
    if not found.narrowed:
        return known.totals
    # Of the time of the other numbers, so they need not be counted again before those are.
    key = ("ranking totals", found.campaign.id, found.kind, known.made, tuple(sorted(found.given.items())))
    return await remembered.shared(key, lambda: _summed(found), 600)


async def _summed(found: Search) -> Totals:
    """Over the packed campaign; by SQL where there is none yet."""
    campaign = found.campaign.id
    content = await database.fetch_value(
        "SELECT content FROM counted WHERE campaign = $1 AND kind = 'packed'", campaign
    )
    if content is None:
        return await plain(found)
    among = None
    if found.filters.q:
        # What a text is found by is known to the database alone.
        where, args = conditions(Filters(campaign=campaign, q=found.filters.q))
        ids = await database.fetch_value(
            f"SELECT string_agg(int8send(i.id), ''::bytea) FROM idea i WHERE {where}", *args
        )
        among = np.frombuffer(ids or b"", dtype=">i8")
    filters = msgspec.structs.asdict(found.filters)
    # In a thread, since a large campaign takes longer than other pages should wait.
    return await asyncio.to_thread(packed.totals, content, found.kind, filters, found.state, among)


async def plain(found: Search) -> Totals:
    """The same counted from the rows as they are now: exact and, where filters leave much, slow."""
    where, args = found.where(1)
    if found.kind != "idea":
        letter = found.kind[0]
        where = (
            f"i.hidden IS NULL AND i.{found.kind} IN (SELECT {letter}.id FROM {found.kind} {letter} WHERE {where} "
            f"AND {letter}.campaign = ${len(args) + 1})"
        )
        args = [*args, found.campaign.id]
    row = await database.fetch_one(counting.TOTALS.format(where=where), *args)
    assert row is not None
    return Totals(**row)
