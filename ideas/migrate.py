"""Bring the database's tables to this version; several hosts may start at once."""

from __future__ import annotations

import contextlib
import io

import asyncpg

# Whoever migrates holds this advisory lock; the number means nothing else.
LOCK = 0x1DEA5


class MigrationError(Exception):
    """A migration failed; the message is one line for the person."""


async def migrate(url: str) -> int:
    """Apply what is missing, one process at a time. Returns how many migrations were applied."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        before = await _applied(connection)
        await _forwards()
        if await connection.fetchval("SELECT to_regclass('procrastinate_jobs')") is None:
            await _make_queue(connection)
        return await _applied(connection) - before
    finally:
        await connection.close()


async def _applied(connection: asyncpg.Connection) -> int:
    if await connection.fetchval("SELECT to_regclass('migration')") is None:
        return 0
    return await connection.fetchval("SELECT count(*) FROM migration") or 0


async def _forwards() -> None:
    from piccolo.apps.migrations.commands.forwards import run_forwards

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        result = await run_forwards("ideas")
    if not result.success:
        raise MigrationError(f"migration failed: {result.message}")


async def _make_queue(connection: asyncpg.Connection) -> None:
    """The tables of the job queue, all or none."""
    from procrastinate.schema import SchemaManager

    async with connection.transaction():
        await connection.execute(SchemaManager.get_schema())
