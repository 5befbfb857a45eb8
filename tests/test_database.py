"""The databases that tests stand on."""

from __future__ import annotations

import asyncio

import asyncpg

from ideas import database as access


async def test_text_is_unicode(database: asyncpg.Connection) -> None:
    row = await access.fetch_one("SELECT lower('ПРИВЕТ'), 'ё' < 'я', to_tsvector('russian', 'идеи')::text")
    assert row is not None
    assert row[0] == "привет"
    assert row[2] == "'ид':1"


async def test_writes_are_rolled_back(database: asyncpg.Connection) -> None:
    for _ in range(2):
        await access.execute("CREATE TABLE rolled_back ()")
        async with access.transaction():
            await access.execute("DROP TABLE rolled_back")
    assert await access.fetch_value("SELECT to_regclass('rolled_back')") is None


async def test_nothing_is_left(database: asyncpg.Connection) -> None:
    await test_writes_are_rolled_back(database)


async def test_scratch_pool_commits(scratch_pool: str) -> None:
    await access.execute("CREATE TABLE kept (n int)")
    await asyncio.gather(*(access.execute("INSERT INTO kept VALUES ($1)", n) for n in range(20)))
    other = await asyncpg.connect(scratch_pool)
    assert await other.fetchval("SELECT count(*) FROM kept") == 20
    await other.close()


async def test_after_scratch_the_shared_database_is_back(
    database: asyncpg.Connection, database_url: str
) -> None:
    name = await access.fetch_value("SELECT current_database()")
    assert f"/{name}?" in database_url
    assert await access.fetch_value("SELECT count(*) FROM migration") >= 3
