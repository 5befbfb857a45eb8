"""The worker: runs the jobs of the queue, any number of them on any number of hosts."""

from __future__ import annotations

import asyncio
import os

import procrastinate

from ideas import database
from ideas.serve import Line
from ideas.settings import Settings

# A worker that has said nothing for so long (seconds) is dead, and its jobs are run again.
HEARTBEAT, SILENCE, LOOK = 4.0, 12.0, 5.0


def work(settings: Settings) -> None:
    """Run jobs until SIGTERM; the one under way gets a moment, or runs again at the next start."""
    line = Line()
    # Grouping takes a whole core for minutes; pages come first.
    os.nice(5)
    from ideas import queue  # its address is read when it is imported

    async def main() -> None:
        await database.open_pool(smallest=1, largest=max(4, settings.pool_largest))
        try:
            async with queue.app.open_async():
                rescue = asyncio.create_task(_rescue(queue.app))
                line.ready()
                try:
                    await _lanes(queue.app)
                finally:
                    rescue.cancel()
        finally:
            await database.close_pool()

    line.wait()
    asyncio.run(main())


async def _lanes(app: procrastinate.App) -> None:
    """Both queues until SIGTERM. A new idea is placed within seconds, also while whole campaigns are worked on."""
    quick = asyncio.create_task(_lane(app, "default", 3, signals=True))
    slow = asyncio.create_task(_lane(app, "slow", 2, signals=False))
    done, left = await asyncio.wait((quick, slow), return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for task in done:
        task.result()


async def _lane(app: procrastinate.App, name: str, at_once: int, *, signals: bool) -> None:
    await app.run_worker_async(
        queues=[name],
        concurrency=at_once,
        install_signal_handlers=signals,
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=SILENCE,
        shutdown_graceful_timeout=1.0,
        fetch_job_polling_interval=2.0,
    )


async def _rescue(app: procrastinate.App) -> None:
    """Queue the jobs of dead workers again; a job in hand would else hold its lock for ever."""
    jobs = app.job_manager
    while True:
        for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=SILENCE):
            await jobs.retry_job(job)
        await asyncio.sleep(LOOK)
