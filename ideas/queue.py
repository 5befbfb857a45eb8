"""The job queue: procrastinate in the same database, fed inside the caller's own transaction."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import procrastinate

from ideas import database

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(
        conninfo=os.environ.get("DATABASE_URL", ""), min_size=1, max_size=4
    ),
    import_paths=[
        f"ideas.{name}.jobs"
        for name in (
            "idea",
            "draft",
            "notice",
            "cluster",
            "moderation",
            "report",
            "map",
            "ranking",
            "dashboard",
            "planning",
            "opendata",
            "webhook",
        )
    ],
)

SLOW = frozenset(
    {
        "ideas.cluster.jobs.run",
        "ideas.map.jobs.draw",
        "ideas.ranking.jobs.refresh",
        "ideas.dashboard.jobs.refresh",
        "ideas.opendata.jobs.publish",
        "ideas.planning.jobs.make",
        "ideas.report.jobs.write",
    }
)
"""Work on whole campaigns: it waits in a queue of its own, so that a new idea never waits behind it."""

# procrastinate's own `defer` uses a connection of its own, so a job could start before (or without) the rows it
# is about; this writes the same row in the running transaction. One waiting job for a queueing lock is enough.
_DEFER = """INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
VALUES ($7, $1, $2, $3, $4, $5::jsonb, $6) ON CONFLICT DO NOTHING"""


async def defer(
    task: str,
    *,
    lock: str | None = None,
    once: str | None = None,
    priority: int = 0,
    at: datetime | None = None,
    **args: Any,
) -> None:
    """Queue a task by name. Jobs with the same `lock` never run at once; of those with the same `once`, one waits."""
    lane = "slow" if task in SLOW else "default"
    await database.execute(_DEFER, task, priority, lock, once, database.to_json(args), at, lane)
