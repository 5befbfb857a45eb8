"""Making the standings: counted from rows, put into orders, and written where they have changed.

Readers are never kept waiting: they see the numbers before until the transaction ends. Two workers that begin at
once do not both count: the second finds the lock taken and leaves it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from ideas import database, queue
from ideas.campaign import queries as campaigns
from ideas.ranking import counting, packed, rules
from ideas.ranking.weighing import Weighed, weigh

LOCK = 7304
"""The first half of the advisory lock's key; the second is the campaign."""
_BATCH = 10_000
_COLUMNS = (
    ("item", "bigint"), ("ideas", "int"), ("proposals", "int"), ("people", "int"), ("votes", "int"),
    ("imported", "int"), ("against", "int"), ("eyes", "float8"), ("known", "int"),
    ("exposure", "real"), ("exposure_low", "real"), ("exposure_high", "real"),
    ("share", "real"), ("share_low", "real"), ("share_high", "real"),
    ("split", "real"), ("split_low", "real"), ("split_high", "real"),
    ("people_first", "int"), ("people_last", "int"), ("exposure_first", "int"), ("exposure_last", "int"),
    ("share_first", "int"), ("share_last", "int"), ("split_first", "int"), ("split_last", "int"),
)  # fmt: skip
_NAMES = [name for name, _ in _COLUMNS]
_UPSERT = f"""
INSERT INTO standing AS s (campaign, kind, {", ".join(_NAMES)})
SELECT $1, $2, u.* FROM unnest({", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(_COLUMNS, 3))}) u
ON CONFLICT (campaign, kind, item) DO UPDATE SET {", ".join(f"{n} = excluded.{n}" for n in _NAMES[1:])}
WHERE ({", ".join(f"s.{n}" for n in _NAMES[1:])}) IS DISTINCT FROM ({", ".join(f"excluded.{n}" for n in _NAMES[1:])})
"""


async def refresh(campaign: int, *, always: bool = False) -> bool:
    """Make a campaign's standings anew, if anything has changed or `always`; whether they were made."""
    known = await campaigns.campaign_by_id(campaign)
    began = time.monotonic()
    async with database.transaction():
        if not await database.fetch_value(
            "SELECT pg_try_advisory_xact_lock($1::int, $2::int)", LOCK, campaign
        ):
            return False
        mark = await database.fetch_value(counting.MARK, campaign)
        before = await database.fetch_value(
            "SELECT mark FROM counted WHERE campaign = $1 AND kind = 'ranking'", campaign
        )
        if before == mark[:80] and not always:
            await database.execute(
                "UPDATE counted SET made = now() WHERE campaign = $1 AND kind = 'ranking'", campaign
            )
            return False
        # Of this transaction alone; what counts a million votes should not spill to disk.
        await database.execute("SET LOCAL work_mem = '128MB'")
        await database.execute("SET LOCAL jit = off")
        weighed = await weigh(known)
        totals = await database.fetch_one(
            counting.TOTALS.format(where="i.campaign = $1 AND i.hidden IS NULL"), campaign
        )
        assert totals is not None
        items = {kind: await _stand(campaign, kind, weighed) for kind in rules.KINDS}
        state = {"totals": dict(totals), "weighed": weighed, "items": items}
        await note(campaign, "ranking", mark, began, state)
        await _pack(campaign, mark)
    return True


async def note(campaign: int, kind: str, mark: str, began: float, state: Any) -> None:
    """Write down that a campaign's numbers were made now, of what, and what there is to say about them."""
    await database.execute(
        """INSERT INTO counted (campaign, kind, made, mark, seconds, state) VALUES ($1, $2, now(), $3, $4, $5::jsonb)
        ON CONFLICT (campaign, kind) DO UPDATE SET made = excluded.made, mark = excluded.mark,
            seconds = excluded.seconds, state = excluded.state""",
        campaign, kind, mark[:80], time.monotonic() - began, database.to_json(state),
    )  # fmt: skip


async def _pack(campaign: int, mark: str) -> None:
    """Keep the campaign packed, for the totals of filters."""
    began = time.monotonic()
    rows = await database.fetch(counting.PACKED, campaign)
    content = await asyncio.to_thread(packed.pack, rows)
    await note(campaign, "packed", mark, began, {})
    await database.execute(
        "UPDATE counted SET content = $2 WHERE campaign = $1 AND kind = 'packed'", campaign, content
    )


async def _stand(campaign: int, kind: str, weighed: Weighed) -> int:
    """Count, order and write the standings of one kind; how many there are."""
    counted = await database.fetch(counting.COUNTS.format(item=counting.ITEM[kind]), campaign)
    columns = await asyncio.to_thread(ordered, counted, weighed)
    for start in range(0, len(counted), _BATCH):
        await database.execute(
            _UPSERT, campaign, kind, *(column[start : start + _BATCH] for column in columns)
        )
    await database.execute(
        "DELETE FROM standing WHERE campaign = $1 AND kind = $2 AND NOT item = ANY ($3::bigint[])",
        campaign, kind, columns[0],
    )  # fmt: skip
    return len(counted)


def ordered(counted: Iterable[Any], weighed: Weighed) -> list[list[Any]]:
    """Rows of `counting.COUNTS` with their intervals and places, as the columns of `standing` from `item` on. Pure."""
    rows = list(counted)
    plain = [[row[name] for row in rows] for name in _NAMES[:9]]
    empty = (None, None, None)
    exposure = [rules.exposure(row["votes"], row["eyes"]) or empty for row in rows]
    # Sums of weights depend on the order of their rows in the last digits, and equals must stay equal.
    share = [
        rules.share(round(row["weight"], 6), weighed.total, weighed.effective) or empty
        if weighed.total else empty
        for row in rows
    ]  # fmt: skip
    split = [rules.split(row["people"], row["against"]) or empty for row in rows]
    orders = [
        [row["people"] for row in rows],
        *([low for _, low, _ in found] for found in (exposure, share, split)),
    ]
    triples = [[part[n] for part in found] for found in (exposure, share, split) for n in range(3)]
    places = [rules.places(values) for values in orders]
    return [*plain, *triples, *([place[n] for place in found] for found in places for n in range(2))]


async def queue_refresh(campaign: int) -> None:
    """Have the numbers made by a worker, once for all who ask."""
    await queue.defer(
        "ideas.ranking.jobs.refresh",
        once=f"ranking:{campaign}",
        lock=f"ranking:{campaign}",
        campaign=campaign,
    )


async def tell_residence(campaign: int, account: int, district: int | None, age_group: int | None) -> None:
    """Keep where a person lives and how old they are; neither takes back what was told."""
    if district is None and age_group is None:
        await database.execute(
            "DELETE FROM residence WHERE campaign = $1 AND account = $2", campaign, account
        )
        return
    await database.execute(
        """INSERT INTO residence (campaign, account, district, age_group) VALUES ($1, $2, $3, $4)
        ON CONFLICT (campaign, account) DO UPDATE SET district = excluded.district, age_group = excluded.age_group,
            told = now()""",
        campaign, account, district, age_group,
    )  # fmt: skip


async def set_ages(campaign: int, groups: list[dict[str, Any]]) -> None:
    """Replace a campaign's age groups; what people told of groups that go is forgotten."""
    async with database.transaction():
        await database.execute(
            "UPDATE participant SET age_group = NULL WHERE campaign = $1 AND age_group IS NOT NULL", campaign
        )
        await database.execute(
            """DELETE FROM residence WHERE campaign = $1 AND district IS NULL AND age_group IN (
                SELECT id FROM age_group WHERE campaign = $1 AND NOT slug = ANY ($2::text[]))""",
            campaign, [g["slug"] for g in groups],
        )  # fmt: skip
        await database.execute(
            """UPDATE residence r SET age_group = NULL FROM age_group a WHERE r.age_group = a.id AND a.campaign = $1
                AND NOT a.slug = ANY ($2::text[])""",
            campaign, [g["slug"] for g in groups],
        )  # fmt: skip
        await database.execute(
            "DELETE FROM age_group WHERE campaign = $1 AND NOT slug = ANY ($2::text[])",
            campaign, [g["slug"] for g in groups],
        )  # fmt: skip
        for g in groups:
            await database.execute(
                """INSERT INTO age_group (campaign, slug, name, youngest, oldest, population)
                VALUES ($1, $2, $3::jsonb, $4, $5, $6) ON CONFLICT (campaign, slug) DO UPDATE SET name = excluded.name,
                    youngest = excluded.youngest, oldest = excluded.oldest, population = excluded.population""",
                campaign, g["slug"], database.to_json(g["name"]), g["youngest"], g["oldest"], g["population"],
            )  # fmt: skip
