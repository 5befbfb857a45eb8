"""Imports: a file's ideas, or its participants' votes, into a campaign.

Rows are written in batches of 1,000, each with all that belongs to it in one transaction, so an import that was
interrupted is finished by running it again: an idea is known by its `source`, a vote by person and idea.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from ideas import database, queue
from ideas.campaign.queries import forget_campaigns
from ideas.errors import BadRequest, Message, NotFound, message
from ideas.idea.rules import language_of
from ideas.transfer import ballots
from ideas.transfer.files import Row, Table, open_table
from ideas.transfer.formats import Format, Item, Reader, recognise
from ideas.transfer.language import language_of_texts
from ideas.transfer.place import Place, authors, place_for
from ideas.transfer.report import ImportReport, Report, silent
from ideas.transfer.text import month_first

BATCH = 1000


async def import_file(
    path: str | Path, campaign_slug: str, *, dry_run: bool = False, report: Report = silent
) -> ImportReport:
    """Import a file into a campaign, which is made where there is none; nothing is written when `dry_run`.

    BadRequest where the file as a whole cannot be read; rows that cannot are in the report, with line and reason.
    """
    began = time.monotonic()
    path = Path(path)
    table = open_table(path)
    done = ImportReport(path.name, campaign_slug, dry_run, table.kind, "", table.encoding, table.delimiter)
    first = list(islice(table.rows, BATCH))
    format = _format(table, first)
    done.source = format.kind
    if format.kind == "polis-votes":
        try:
            place = await place_for(campaign_slug, "", dry_run=dry_run, make=False)
        except NotFound as error:
            raise BadRequest(ballots.NOT_YET) from error
        done.lang = place.lang
        await ballots.import_votes(
            _batches(table, first, ballots.BATCH), place, done, lambda: table.done, report
        )
    else:
        format.us_dates = month_first([row.cells.get(format.columns.get("created", "")) for row in first])
        reader = Reader(format, campaign_slug, datetime.now(UTC))
        place = await _import_ideas(table, first, reader, done, report)
    if done.added and not dry_run:
        forget_campaigns()
        await database.analyze()
        await queue.defer(
            "ideas.cluster.jobs.run", once=f"run:{place.id}", lock=f"run:{place.id}", campaign=place.id
        )
    done.seconds = time.monotonic() - began
    report("done", 1.0)
    return done


def _format(table: Table, first: list[Row]) -> Format:
    """The format by the header; BadRequest where nothing can be read."""
    readable = [row for row in first if row.problem is None]
    if not first:
        raise BadRequest(message("The file has a header but no rows."))
    if not readable:
        why = first[0].problem
        raise BadRequest(
            message("No row of the file can be read. Line %(line)s: %(why)s", line=first[0].line, why=why)
        )
    names = dict.fromkeys(name for row in readable for name in row.cells)
    return recognise(table.header or list(names), table.kind)


def _batches(table: Table, first: list[Row], size: int) -> Iterator[list[Row]]:
    """The rows read already and the others, `size` at a time."""
    for start in range(0, len(first), size):
        yield first[start : start + size]
    while batch := list(islice(table.rows, size)):
        yield batch


async def _import_ideas(
    table: Table, first: list[Row], reader: Reader, done: ImportReport, report: Report
) -> Place:
    place: Place | None = None
    for batch in _batches(table, first, BATCH):
        items = _items(batch, reader, done)
        if place is None:
            lang = language_of_texts(f"{i.title}\n{i.text}" for i in items)
            place = await place_for(done.campaign, lang, dry_run=done.dry_run, make=bool(items))
            done.new_campaign, done.lang = place.new, place.lang
        if items:
            await _write(items, place, done)
        report("ideas", table.done)
    assert place is not None
    done.notes += place.notes()
    return place


def _items(batch: list[Row], reader: Reader, done: ImportReport) -> list[Item]:
    """The ideas of a batch; what is refused goes to the report."""
    items = []
    for row in batch:
        done.rows += 1
        made: Item | Message = row.problem or reader.item(row.line, row.cells)
        if isinstance(made, Message):
            done.refuse(row.line, made)
        else:
            done.repaired += row.mended
            items.append(made)
    return items


_KNOWN = "SELECT source, title FROM idea WHERE campaign = $1 AND source = ANY ($2::text[])"
# What the file says of an own export that comes home: the idea is there under its own number.
_AT_HOME = "SELECT id FROM idea WHERE campaign = $1 AND id = ANY ($2::bigint[])"


async def _known(items: list[Item], place: Place) -> dict[str, str]:
    """The keys that the campaign has already, with the titles that they have there."""
    if not place.id:
        return {}
    keys = {i.key: i.title for i in items}
    known = {r["source"]: r["title"] for r in await database.fetch(_KNOWN, place.id, list(keys))}
    prefix = f"own:{place.slug}:"
    home = {k.removeprefix(prefix): k for k in keys if k.startswith(prefix) and k[len(prefix) :].isdecimal()}
    if home:
        ids = [int(n) for n in home if len(n) < 19]
        own = [home[str(r["id"])] for r in await database.fetch(_AT_HOME, place.id, ids)]
        known |= {key: keys[key] for key in own}
    return known


async def _write(items: list[Item], place: Place, done: ImportReport) -> None:
    """Write the new ones of a batch with their authors and ledger rows, or only count them in a dry run."""
    async with database.transaction():
        known = await _known(items, place)
        new = []
        for item in items:
            if item.key not in known:
                new.append(item)
            elif item.key.startswith("generic:") and known[item.key] != item.title:
                # Nobody says that two nameless files count from 1 for the same ideas.
                done.refuse(
                    item.line, message("the campaign has another idea with this id from another file")
                )
            else:
                done.known += 1
        if done.dry_run:
            fresh = {i.key for i in new}
        else:
            await place.add_districts(new)
            people = await authors(new, place, done)
            fresh = await _insert(new, people, place)
    done.added += len(fresh)
    done.known += len(new) - len(fresh)
    for item in new:
        if item.key in fresh:
            done.hidden += item.hidden is not None
            done.counted_for += item.votes
            done.counted_against += item.against


_INSERT = """
WITH item AS (SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
        $8::int[], $9::int[], $10::text[], $11::timestamptz[], $12::timestamptz[])
    AS t (author, title, text, lang, office, district, votes, against, source, created, hidden)),
fresh AS (INSERT INTO idea (campaign, author, title, text, lang, office, district, imported_votes, imported_against,
        source, created, hidden, fair)
    SELECT $1, author, title, text, lang, office, district, votes, against, source, created, hidden, random()
    FROM item ORDER BY created
    ON CONFLICT (campaign, source) WHERE source IS NOT NULL DO NOTHING RETURNING id, author, source),
noted AS (INSERT INTO ledger (idea, kind, account, data)
    SELECT id, 'submit', author, jsonb_build_object('source', source) FROM fresh ORDER BY id)
SELECT source FROM fresh
"""


async def _insert(items: list[Item], people: dict[str, int], place: Place) -> set[str]:
    """The keys of the ideas that were added."""
    columns = [
        (
            people[i.author_key], i.title, i.text, i.lang or language_of(f"{i.title} {i.text}", place.lang),
            place.office(i.office), place.district(i.district), i.votes, i.against, i.key, i.created, i.hidden,
        )
        for i in items
    ]  # fmt: skip
    if not columns:
        return set()
    rows = await database.fetch(_INSERT, place.id, *(list(c) for c in zip(*columns, strict=True)))
    return {r["source"] for r in rows}
