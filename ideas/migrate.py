"""Bring the database's tables to this version; several hosts may start at once."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

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
        if not _ours() <= before:
            await _forwards()
        if await connection.fetchval("SELECT to_regclass('procrastinate_jobs')") is None:
            await _make_queue(connection)
        return len(await _applied(connection) - before)
    finally:
        await connection.close()


def _ours() -> set[str]:
    """The ids of this version's migrations, read without importing them and Piccolo: every start asks."""
    files = (Path(__file__).parent / "migrations").glob("*.py")
    found = (re.search(r'^ID = "(.+)"$', file.read_text(encoding="utf-8"), re.MULTILINE) for file in files)
    return {match[1] for match in found if match}


async def _applied(connection: asyncpg.Connection) -> set[str]:
    if await connection.fetchval("SELECT to_regclass('migration')") is None:
        return set()
    return {
        row["name"] for row in await connection.fetch("SELECT name FROM migration WHERE app_name = 'ideas'")
    }


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
