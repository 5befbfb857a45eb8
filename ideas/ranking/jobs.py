"""Background work of ranking: copies of texts are found, then everything is counted and put into its orders."""

from __future__ import annotations

import asyncio
import time

from procrastinate import RetryStrategy

from ideas import database, queue
from ideas.ranking import actions

_retry = RetryStrategy(max_attempts=5, exponential_wait=5)


@queue.app.task(name="ideas.ranking.jobs.refresh", retry=_retry)
async def refresh(campaign: int, timestamp: int = 0) -> None:
    """Make a campaign's numbers anew, if anything in it has changed."""
    await find_waves(campaign)
    await actions.refresh(campaign)


@queue.app.periodic(cron="*/10 * * * *")
@queue.app.task(name="ideas.ranking.jobs.look", queueing_lock="ranking", lock="ranking")
async def look(timestamp: int = 0) -> None:
    """Every ten minutes: all campaigns. Where nothing has changed this is two short looks."""
    for row in await database.fetch("SELECT id FROM campaign ORDER BY id"):
        await actions.queue_refresh(row["id"])


async def find_waves(campaign: int) -> int:
    """Find near-identical texts among a campaign's visible ideas and keep who belongs to which wave; how many do."""
    from ml.waves import waves

    mark = await database.fetch_value(
        """SELECT concat_ws(' ', count(*), max(greatest(created, edited)), max(hidden), count(hidden)) FROM idea
        WHERE campaign = $1""",
        campaign,
    )
    before = await database.fetch_value(
        "SELECT mark FROM counted WHERE campaign = $1 AND kind = 'waves'", campaign
    )
    if before == mark[:80]:
        return 0
    began = time.monotonic()
    rows = await database.fetch(
        """SELECT id, title || ' ' || left(text, 5000) AS text FROM idea
        WHERE campaign = $1 AND hidden IS NULL ORDER BY created, id""",
        campaign,
    )
    found = await asyncio.to_thread(waves, [row["text"] for row in rows])
    members = {rows[n]["id"]: rows[wave]["id"] for n, wave in enumerate(found.tolist()) if wave >= 0}
    async with database.transaction():
        await database.execute(
            "DELETE FROM wave_idea WHERE campaign = $1 AND NOT idea = ANY ($2::bigint[])",
            campaign,
            list(members),
        )
        # An idea that is gone by now brings no row.
        await database.execute(
            """INSERT INTO wave_idea AS w (campaign, idea, wave) SELECT $1, i.id, u.wave
            FROM unnest($2::bigint[], $3::bigint[]) u (idea, wave) JOIN idea i ON i.id = u.idea
            ON CONFLICT (idea) DO UPDATE SET wave = excluded.wave WHERE w.wave <> excluded.wave""",
            campaign, list(members), list(members.values()),
        )  # fmt: skip
        await actions.note(campaign, "waves", mark, began, {"ideas": len(members)})
    return len(members)
