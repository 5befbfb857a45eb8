"""`kill -9` of server, worker and database while votes come in: none that was answered is lost, none doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from ideas import postgres

PEOPLE, IDEAS, CALLERS = 400, 12, 16

FILL = """
INSERT INTO campaign (slug, title) VALUES ('load', '{"ru": "Нагрузка"}');
INSERT INTO stage (campaign, title, opens, closes, vote)
    SELECT id, '{}', now() - interval '1 day', now() + interval '1 day', true FROM campaign;
INSERT INTO account (email, name) SELECT 'p' || n || '@example.org', 'P' || n FROM generate_series(1, %d) n;
INSERT INTO session (account, hash, kind, expires)
    SELECT id, sha256(convert_to(email, 'UTF8')), 'token', now() + interval '1 day' FROM account;
INSERT INTO account (email, name) VALUES ('author@example.org', 'Author');
INSERT INTO idea (campaign, author, title, text)
    SELECT c.id, a.id, 'Идея ' || n, 'Текст' FROM campaign c, account a, generate_series(1, %d) n
    WHERE a.email = 'author@example.org';
"""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("durability") / "data"


@pytest.fixture
def product(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`ideas run` in a folder of its own, ready, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"PORT": str(port), "DATA_DIR": str(folder), "DEMO": "off", "RATE_LIMITS": "off"}
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "SECRET")} | settings
    child = subprocess.Popen(
        [sys.executable, "-m", "ideas", "run"], env=environment, stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_ready(child, address)
        yield child, address
    finally:
        child.terminate()
        child.wait(20)


def _wait_ready(child: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(600):
        assert child.poll() is None, "it ended instead of starting"
        try:
            if httpx.get(f"{address}/ready", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("not ready after a minute")


def _children(parent: int, word: str) -> list[int]:
    """The processes below `parent` whose command line has a word."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if int(status[1]) == parent and word in command:
            found.append(int(entry.name))
    return found


async def _vote_until(
    stop: asyncio.Event, address: str, caller: int, answered: list[tuple[int, int]]
) -> None:
    """Vote as every `CALLERS`-th person on every idea, over again; note what was answered."""
    async with httpx.AsyncClient(base_url=address, timeout=10) as client:
        for person in range(1 + caller, PEOPLE + 1, CALLERS):
            for idea in range(1, IDEAS + 1):
                while not stop.is_set():
                    try:
                        headers = {"Authorization": f"Bearer p{person}@example.org"}
                        answer = await client.put(f"/api/ideas/{idea}/vote", headers=headers)
                    except httpx.HTTPError:
                        await asyncio.sleep(0.05)
                        continue
                    if answer.status_code == 200:
                        assert answer.json()["voted"] is True
                        answered.append((idea, person))
                        break
                    assert answer.status_code in (500, 503), answer.text
                    await asyncio.sleep(0.05)
                if stop.is_set():
                    return


async def test_no_answered_vote_is_lost_or_doubled(
    product: tuple[subprocess.Popen[bytes], str], folder: Path
) -> None:
    parent, address = product
    url = postgres.running(folder)
    assert url
    connection = await asyncpg.connect(url)
    await connection.execute(FILL % (PEOPLE, IDEAS))
    await connection.close()

    stop = asyncio.Event()
    answered: list[tuple[int, int]] = []
    load = [asyncio.create_task(_vote_until(stop, address, n, answered)) for n in range(CALLERS)]
    seen = []
    for word in ("ideas serve", "ideas worker", "postgres"):
        await asyncio.sleep(0.7)
        before = len(answered)
        victims = _children(parent.pid, word)
        assert victims, f"no child process with {word!r}"
        os.kill(victims[0], signal.SIGKILL)
        for _ in range(300):
            if len(answered) > before + 50:
                break
            await asyncio.sleep(0.1)
        seen.append(len(answered) - before)
        assert len(answered) > before, f"no vote was answered after {word} was killed"
    stop.set()
    await asyncio.gather(*load)

    url = postgres.running(folder)
    assert url
    connection = await asyncpg.connect(url)
    try:
        rows = {
            (row["idea"], int(row["email"][1:].split("@")[0]))
            for row in await connection.fetch(
                "SELECT v.idea, a.email FROM vote v JOIN account a ON a.id = v.account"
            )
        }
        assert set(answered) <= rows
        counted = await connection.fetch(
            """SELECT i.id FROM idea i LEFT JOIN vote v ON v.idea = i.id
            GROUP BY i.id HAVING i.votes <> count(v.idea)"""
        )
        assert counted == []
        doubled = await connection.fetch(
            """SELECT idea, account FROM ledger WHERE kind = 'vote' GROUP BY idea, account HAVING count(*) > 1"""
        )
        assert doubled == []
        assert await connection.fetchval("SELECT count(*) FROM ledger WHERE kind = 'vote'") == len(rows)
    finally:
        await connection.close()
