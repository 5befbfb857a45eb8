"""Background work of ideas: the fair order."""

from __future__ import annotations

from ideas import database
from ideas.queue import app

CHUNK = 2000


@app.periodic(cron="*/10 * * * *")
@app.task(name="ideas.idea.jobs.refresh_fair", queueing_lock="refresh_fair", lock="refresh_fair")
async def refresh_fair(timestamp: int = 0) -> None:
    """Draw the fair order anew: ideas that few have seen first (by powers of two), chance among equals."""
    last = 0
    while last is not None:
        # Small steps in the order of ids that skip what is locked: no vote waits for this, or it for a vote.
        last = await database.fetch_value(
            """WITH step AS (SELECT i.id FROM idea i WHERE i.id > $1 AND i.hidden IS NULL AND EXISTS (
                    SELECT FROM stage s WHERE s.campaign = i.campaign AND s.opens <= now() AND now() < s.closes)
                ORDER BY i.id LIMIT $2),
            free AS MATERIALIZED (SELECT id FROM idea WHERE id IN (SELECT id FROM step) ORDER BY id
                FOR NO KEY UPDATE SKIP LOCKED),
            drawn AS (UPDATE idea i SET fair = floor(log(2, impressions + 1)) + random()
                FROM free WHERE free.id = i.id)
            SELECT max(id) FROM step""",
            last,
            CHUNK,
        )
