"""A real server and a real reader: one who leaves ends the query, one who is cut off goes on, a job makes files."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import sys
import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest_asyncio

from ideas import database
from ideas.planning import export_store, making
from tests import factories

_SERVER = """import sys, uvicorn
from ideas.app import create_app
uvicorn.run(create_app(), port=int(sys.argv[1]), log_level="error")"""
RUNNING = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = 'ideas export' AND state = 'active'"""


@pytest_asyncio.fixture(loop_scope="session")
async def served(scratch_pool) -> AsyncIterator[tuple[str, factories.TestPerson, str]]:
    """(address, a planner, a campaign of 50,000 ideas) of a server process."""
    campaign, citizen = await factories.campaign(), await factories.person()
    planner = await factories.person("planner")
    await database.execute(
        """INSERT INTO idea (campaign, author, title, text)
        SELECT $1, $2, 'Идея ' || n, repeat('Текст ', 40) FROM generate_series(1, 50000) n""",
        campaign.id, citizen.id,
    )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": scratch_pool, "SECRET": "a secret for tests only"}
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", _SERVER, str(port), env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(300):
                try:
                    if (await client.get(f"{address}/ready")).status_code == 200:
                        break
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
        yield address, planner, campaign.slug
    finally:
        child.terminate()
        await child.wait()


async def _until(statement: str, wanted: int, seconds: float, url: str) -> float:
    """Seconds until a statement gives a number; it fails after so many."""
    watcher = await asyncpg.connect(url)
    try:
        begin = time.monotonic()
        while (found := await watcher.fetchval(statement)) != wanted:
            assert time.monotonic() - begin < seconds, f"still {found}"
            await asyncio.sleep(0.02)
        return time.monotonic() - begin
    finally:
        await watcher.close()


async def test_who_leaves_stops_the_query_and_who_is_cut_off_goes_on(served, scratch_pool):
    address, planner, slug = served
    async with httpx.AsyncClient(base_url=address, headers=planner.bearer, timeout=60) as client:
        for file in ("ideas.csv", "ideas.jsonl", "ideas.parquet"):
            async with client.stream("GET", f"/api/export/{file}?campaign={slug}") as answer:
                assert answer.status_code == 200
                pieces = answer.aiter_raw(1000)
                if "parquet" not in file:
                    await anext(pieces)
                await _until(RUNNING.replace("state = 'active'", "state <> 'idle'"), 1, 20, scratch_pool)
            await _until(RUNNING.replace(" AND state = 'active'", ""), 0, 2, scratch_pool)
        stopped = (
            "SELECT count(*) FROM export WHERE way = 'stream' AND state = 'stopped' AND finished IS NOT NULL"
        )
        await _until(stopped, 3, 5, scratch_pool)
        body = {
            "file": "ideas.csv",
            "campaign": slug,
            "columns": ["id", "title", "text"],
            "filters": {"order": "new"},
        }
        made = (await client.post("/api/exports", json=body)).json()
        assert (made["state"], made["rows"]) == ("waiting", 50000)
        await making.make(made["id"])
        made = (await client.get(f"/api/exports/{made['id']}")).json()
        assert (made["state"], made["done"]) == ("ready", 50000)
        assert made["bytes"] > export_store.CHUNK * 2
        whole = (await client.get(made["url"])).content
        assert hashlib.sha256(whole).hexdigest() == made["sha256"]
        # Cut off after a third, then the rest; a piece across the border of two chunks; the last bytes.
        third = len(whole) // 3
        rest = await client.get(made["url"], headers={"Range": f"bytes={third}-"})
        assert (rest.status_code, whole[:third] + rest.content) == (206, whole)
        assert rest.headers["content-range"] == f"bytes {third}-{len(whole) - 1}/{len(whole)}"
        first, last = export_store.CHUNK - 5, export_store.CHUNK + 5
        part = await client.get(made["url"], headers={"Range": f"bytes={first}-{last}"})
        assert part.content == whole[first : last + 1]
        part = await client.get(made["url"], headers={"Range": "bytes=-7"})
        assert part.content == whole[-7:]
        beyond = await client.get(made["url"], headers={"Range": f"bytes={len(whole)}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole)}")
        other = {"Range": "bytes=0-9", "If-Range": '"another file"'}
        assert (await client.get(made["url"], headers=other)).status_code == 200
        same = await client.get(made["url"], headers={"If-None-Match": rest.headers["etag"]})
        assert same.status_code == 304
        manifest = (await client.get(made["manifest"])).json()
        assert (manifest["rows"], manifest["sha256"], manifest["order"]) == (50000, made["sha256"], "new")
        # A large workbook is made by a process of its own.
        book = await client.get(f"/api/export/ideas.xlsx?campaign={slug}&columns=id,title")
        assert book.content.startswith(b"PK")
        manifest = (await client.get(book.headers["link"].split(">")[0][1:])).json()
        assert (manifest["rows"], manifest["bytes"]) == (50000, len(book.content))
