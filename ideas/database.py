"""Access to PostgreSQL through Piccolo's pool: plain statements, transactions, codecs."""

from __future__ import annotations

import os
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import msgspec
import numpy as np

from piccolo_conf import DB

T = TypeVar("T")


async def open_pool(url: str | None = None, *, smallest: int = 2, largest: int = 10) -> None:
    """Open the pool that Piccolo and plain statements share."""
    DB.config = {"dsn": url or os.environ["DATABASE_URL"]}
    await DB.start_connection_pool(
        min_size=smallest, max_size=largest, init=_prepare, reset=_keep, command_timeout=600
    )


async def close_pool() -> None:
    """Close the pool; idle connections end at once."""
    if DB.pool is not None:
        await DB.close_connection_pool()


async def _keep(_: asyncpg.Connection) -> None:
    """Nothing here changes a session's settings, so the driver's round trip to reset them after each use is saved."""


async def _prepare(connection: asyncpg.Connection) -> None:
    """Teach a new connection pgvector's binary format (int16 dimension, int16 zero, float32 values)."""

    def encode(vector: np.ndarray) -> bytes:
        return struct.pack(">HH", len(vector), 0) + np.asarray(vector, dtype=">f4").tobytes()

    def decode(data: bytes) -> np.ndarray:
        return np.frombuffer(data, dtype=">f4", offset=4).astype(np.float32)

    schema = await connection.fetchval(
        "SELECT n.nspname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'vector'"
    )
    if schema:
        await connection.set_type_codec(
            "vector", schema=schema, encoder=encode, decoder=decode, format="binary"
        )


@asynccontextmanager
async def connection() -> AsyncIterator[Any]:
    """The running transaction's connection, else one of the pool."""
    current = DB.current_transaction.get()
    if current is not None:
        yield current.connection
        return
    assert DB.pool is not None, "open_pool() first"
    async with DB.pool.acquire() as free:
        yield free


@asynccontextmanager
async def transaction() -> AsyncIterator[Any]:
    """A transaction for Piccolo's queries and plain statements alike; inside another one, a savepoint."""
    current = DB.current_transaction.get()
    if current is not None:
        async with current.connection.transaction():
            yield current.connection
        return
    async with DB.transaction() as own:
        yield own.connection


def in_transaction() -> bool:
    """Whether the caller stands in a transaction."""
    return DB.current_transaction.get() is not None


async def fetch(sql: str, *args: Any) -> list[asyncpg.Record]:
    """Rows of one statement."""
    async with connection() as c:
        return await c.fetch(sql, *args)


async def fetch_one(sql: str, *args: Any) -> asyncpg.Record | None:
    """The first row of one statement, or None."""
    async with connection() as c:
        return await c.fetchrow(sql, *args)


async def fetch_value(sql: str, *args: Any) -> Any:
    """The first column of the first row, or None."""
    async with connection() as c:
        return await c.fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> str:
    """Run one statement; the answer is PostgreSQL's command tag."""
    async with connection() as c:
        return await c.execute(sql, *args)


async def analyze() -> None:
    """Have the database count its rows: plans made while tables were empty take minutes on what has come since."""
    await execute("ANALYZE")


def structs(kind: type[T], rows: Sequence[asyncpg.Record]) -> list[T]:
    """Rows as msgspec structs; the columns are named like the fields."""
    return [kind(**row) for row in rows]


def to_json(value: Any) -> str:
    """A value as text for a jsonb parameter."""
    return msgspec.json.encode(value).decode()


def from_json(value: str | None) -> Any:
    """A jsonb column as asyncpg gives it (text) back to Python."""
    return None if value is None else msgspec.json.decode(value)
