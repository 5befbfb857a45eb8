"""Databases for tests: one server for the run, one migrated database for each worker, a transaction for each test.

Loaded as a pytest plugin by `conftest.py`. TEST_DATABASE_URL names a server where the role may create databases;
without it an embedded server that keeps nothing safe is started in a temporary folder.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from piccolo.engine.postgres import PostgresTransaction

from ideas import database as access
from ideas import postgres
from ideas.datafolder import DataLock, prepare, remove
from piccolo_conf import DB

SERVER = "TEST_DATABASE_URL"
_own: tuple[postgres.Server, DataLock, Path] | None = None


def pytest_configure(config: pytest.Config) -> None:
    # The processes of xdist are started after this and inherit the address.
    parallel = getattr(config.option, "numprocesses", None)
    if parallel and not hasattr(config, "workerinput"):
        _server()


def pytest_unconfigure(config: pytest.Config) -> None:
    global _own
    if _own:
        server, lock, folder = _own
        _own = None
        del os.environ[SERVER]
        server.stop()
        lock.release()
        remove(folder)


def _server() -> str:
    """The address of the server's first database, started where nobody has done so yet."""
    global _own
    if SERVER not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="ideas-tests-"))
        prepare(folder)
        lock = DataLock(folder)
        lock.take()
        server = postgres.start(folder, lock, durable=False)
        server.wait_ready()
        _own = (server, lock, folder)
        os.environ[SERVER] = server.url
    return os.environ[SERVER]


def named(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return re.sub(r"^(\w+://[^/]*/)[^?]*", lambda found: found[1] + name, url)


def _statement(url: str, *statements: str) -> None:
    async def work() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    _in_thread(work)


def _in_thread(work) -> None:
    """Run a coroutine on a loop of its own, also while the tests' loop runs."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(work())).result()


@contextmanager
def new_database(template: str | None = None) -> Iterator[str]:
    """The URL of a new database, empty or a copy of `template`; dropped afterwards."""
    server = _server()
    name = f"test_{secrets.token_hex(6)}"
    _statement(
        server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template} STRATEGY file_copy" if template else "")
    )
    try:
        yield named(server, name)
    finally:
        _statement(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def template_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database that nobody is connected to, to be copied."""
    with new_database() as url:
        migrate(url)
        yield url.split("?")[0].rpartition("/")[2]


def migrate(url: str) -> None:
    """Bring a database's tables to this version, as `ideas migrate` does."""
    command = [sys.executable, "-m", "ideas", "migrate", "--quiet"]
    done = subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def database_url(template_database: str) -> Iterator[str]:
    """The URL of this worker's migrated database."""
    with new_database(template_database) as url:
        yield url


@pytest.fixture
def scratch_database(template_database: str) -> Iterator[str]:
    """The URL of a fresh migrated database, for tests with real commits or with processes."""
    with new_database(template_database) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _pool(database_url: str) -> AsyncIterator[None]:
    await access.open_pool(database_url, smallest=1, largest=4)
    yield
    await access.close_pool()


@pytest_asyncio.fixture(loop_scope="session")
async def database(_pool: None) -> AsyncIterator[Any]:
    """A connection in a transaction that is rolled back; all that the test's own task does runs in it."""
    # Piccolo's own class, whose end we decide: the product's would commit.
    outer = PostgresTransaction(DB)
    await outer.__aenter__()
    try:
        yield outer.connection
    finally:
        await outer.rollback()
        assert DB.pool is not None
        await DB.pool.release(outer.connection)
        DB.current_transaction.set(None)


@pytest_asyncio.fixture(loop_scope="session")
async def scratch_pool(scratch_database: str) -> AsyncIterator[str]:
    """As `scratch_database`, and the product's pool is open on it: real commits within this process."""
    engine = DB
    before = engine.pool, engine.config
    engine.pool = None
    await access.open_pool(scratch_database, smallest=1, largest=10)
    try:
        yield scratch_database
    finally:
        await access.close_pool()
        engine.pool, engine.config = before
