"""Background work of ideas: the fair order."""

from __future__ import annotations

import random

from ideas import database
from ideas.idea.rules import fair_place
from ideas.queue import app

CHUNK = 2000


@app.periodic(cron="*/10 * * * *")
@app.task(name="ideas.idea.jobs.refresh_fair", queueing_lock="refresh_fair", lock="refresh_fair")
async def refresh_fair(timestamp: int = 0) -> None:
    """Draw the fair order of the ideas of every running stage anew."""
    last = 0
    while True:
        rows = await database.fetch(
            """SELECT i.id, i.eyes FROM idea i WHERE i.id > $1 AND i.hidden IS NULL AND EXISTS (
                SELECT FROM stage s WHERE s.campaign = i.campaign AND s.opens <= now() AND now() < s.closes)
            ORDER BY i.id LIMIT $2""",
            last,
            CHUNK,
        )
        if not rows:
            return
        last = rows[-1]["id"]
        # Small steps in the order of ids that skip what is locked: no vote waits for this, or it for a vote.
        await database.execute(
            """WITH drawn AS (SELECT * FROM unnest($1::bigint[], $2::real[]) AS d(id, place)),
            free AS MATERIALIZED (SELECT id FROM idea WHERE id = ANY ($1::bigint[]) ORDER BY id
                FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE idea i SET fair = d.place FROM drawn d JOIN free f ON f.id = d.id WHERE i.id = d.id""",
            [row["id"] for row in rows],
            [fair_place(row["eyes"], random.random()) for row in rows],
        )
