"""`python -m benchmarks.export`: a million ideas as CSV while people read pages; a workbook of 100,000 rows.

Starts a scratch database (durable) and one server process, both on this machine. Pages are asked for at a steady
rate, one after the other, in rounds: while nothing else happens, then as long while the file is downloaded again and
again, so that both see the same machine. Each round has its own ratio of both p99; the median of the rounds counts.
The first download is kept and its rows are counted; those of the rounds are thrown away: the reader's disk is no part
of the server. Whoever asks for pages and whoever reads the file share the processors with the server and the database
here; the reader gives way (nice 10), since it would be another machine. The memory is the server's own peak (VmHWM, set
back before each round). Needs curl. `--ideas N`, `--book N` for less; `--rounds N`, `--seconds N` for more.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.export_book import book
from ideas import postgres
from ideas.migrate import migrate

PLANNER = "bench-planner"
PAGES = ("/ideas?campaign=bench", "/api/ideas?campaign=bench&sort=top", "/ideas/{idea}", "/campaigns/bench")
"""Each by a stranger, whose answers may be some seconds old, and by somebody signed in, who always gets the newest."""
RATE = 40.0
RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ideas export'"
FLOORS = {"growth of the server's peak, MB": 50, "p99 of pages, times idle": 2, "query gone after, s": 2}


async def fill(url: str, ideas: int, book: int) -> int:
    """Two campaigns of synthetic ideas with votes, groups and tags; the number of an idea to open."""
    c = await asyncpg.connect(url)
    await c.execute("SET synchronous_commit = off")
    people = await c.fetchval(
        """WITH made AS (INSERT INTO account (email, name, role, password)
            SELECT 'bench' || n || '@example.org', 'Житель ' || n, 'citizen', 'x' FROM generate_series(1, 1000) n
            RETURNING id) SELECT min(id) FROM made"""
    )
    planner = await c.fetchval(
        """INSERT INTO account (email, name, role, password) VALUES ('planner@bench', 'Плановик', 'planner', 'x')
        RETURNING id"""
    )
    await c.execute(
        """INSERT INTO session (account, hash, kind, expires)
        VALUES ($1, sha256(convert_to($2, 'UTF8')), 'token', now() + interval '1 day')""",
        planner, PLANNER,
    )  # fmt: skip
    first = 0
    for slug, count in (("bench", ideas), ("book", book)):
        campaign = await c.fetchval(
            'INSERT INTO campaign (slug, title) VALUES ($1, \'{"ru": "Проба", "en": "Trial"}\') RETURNING id',
            slug,
        )
        await c.execute(
            """INSERT INTO stage (campaign, title, opens, closes, submit, vote)
            VALUES ($1, '{"ru": "Этап"}', now() - interval '9 day', now() + interval '9 day', true, true)""",
            campaign,
        )
        for start in range(0, count, 100_000):
            await c.execute(
                """INSERT INTO idea (campaign, author, title, text, votes)
                SELECT $1, $2 + n % 1000, CASE WHEN n % 7 = 0 THEN '=СУММ(A1;' || n || ')' ELSE 'Идея номер ' || n END,
                    'Пусть талон приходит на телефон, «очередь» ' || n || E',\nа окно ' || n % 12 || ' работает; '
                    || md5(n::text),
                    n % 100
                FROM generate_series($3::int, $4::int) n""",
                campaign, people, start + 1, min(start + 100_000, count),
            )  # fmt: skip
        first = first or await c.fetchval("SELECT min(id) FROM idea WHERE campaign = $1", campaign)
    await c.execute("VACUUM ANALYZE idea")
    await c.close()
    return first


@contextmanager
def server_of(url: str) -> Iterator[tuple[str, int]]:
    """One server process on a database: its address and number."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "RATE_LIMITS": "off",
        "SECRET": "a secret for benchmarks",
    }
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.server", str(port)], env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            with suppress(OSError):
                urllib.request.urlopen(f"{address}/ready", timeout=2).read()
                break
            time.sleep(0.1)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(10)


def _peak(pid: int, *, reset: bool = False) -> float:
    """The peak of a process's own memory, MB."""
    if reset:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


class Pages:
    """Asks for pages at a steady rate in a thread of its own; milliseconds of each answer."""

    def __init__(self, address: str, idea: int) -> None:
        signed_in = {"Authorization": f"Bearer {PLANNER}"}
        self.asked = [
            urllib.request.Request(address + p.format(idea=idea), headers=who)
            for who in ({}, signed_in)
            for p in PAGES
        ]

    def ask(self, until: Any) -> list[float]:
        """Ask until `until()` is true."""
        took, n, begin = [], 0, time.perf_counter()
        while not until():
            n += 1
            at = begin + n / RATE
            if (wait := at - time.perf_counter()) > 0:
                time.sleep(wait)
            # Counted from when it was due, so that a server that stands still is not asked less.
            urllib.request.urlopen(self.asked[n % len(self.asked)], timeout=60).read()
            took.append((time.perf_counter() - at) * 1000)
        return took


def _p(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _curl(address: str, out: str, file: str = "ideas.csv") -> subprocess.Popen[bytes]:
    command = ["nice", "-n", "10", "curl", "-sf", "-o", out, "-H", f"Authorization: Bearer {PLANNER}"]
    return subprocess.Popen([*command, f"{address}/api/export/{file}?campaign=bench"])


def _reading(address: str, file: str, seconds: float, took: list[float]) -> Callable[[], bool]:
    """Reads a file again and again for so long; whether the last reading is over. `took`: seconds of each."""
    begun = time.monotonic()
    running = [(begun, _curl(address, "/dev/null", file))]

    def over() -> bool:
        begin, reader = running[0]
        if reader.poll() is None:
            return False
        assert reader.returncode == 0, f"curl ended with {reader.returncode}"
        took.append(time.monotonic() - begin)
        if time.monotonic() - begun >= seconds:
            return True
        running[0] = (time.monotonic(), _curl(address, "/dev/null", file))
        return False

    return over


def _round(pages: Pages, address: str, pid: int, options: argparse.Namespace) -> dict[str, float]:
    """Pages while nothing else happens, then as long or longer while a file is read."""
    idle = pages.ask(lambda end=time.monotonic() + options.seconds: time.monotonic() > end)
    before, took = _peak(pid, reset=True), []
    busy = pages.ask(_reading(address, options.file, options.seconds, took))
    return {
        "rows/s": options.ideas / statistics.median(took), "files": len(took), "growth": _peak(pid) - before,
        "before": before, "idle": len(idle), "busy": len(busy), "p50 idle": _p(idle, 0.5), "p50 busy": _p(busy, 0.5),
        "p99 idle": _p(idle, 0.99), "p99 busy": _p(busy, 0.99), "ratio": _p(busy, 0.99) / _p(idle, 0.99),
    }  # fmt: skip


def stream(address: str, pid: int, idea: int, folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """The figures of the CSV: speed, memory, other pages."""
    pages = Pages(address, idea)
    out = folder / "ideas.csv"
    # Once beforehand: to warm everything up, and to count what came.
    reader = _curl(address, str(out))
    pages.ask(lambda: reader.poll() is not None)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = sum(1 for _ in csv.reader(file)) - 1
    size = out.stat().st_size / 1e6
    out.unlink()
    rounds = []
    for n in range(options.rounds):
        made = _round(pages, address, pid, options)
        rounds.append(made)
        print(f"round {n + 1}: " + ", ".join(f"{k} {v:,.1f}" for k, v in made.items()), flush=True)

    def middle(name: str) -> float:
        return statistics.median(r[name] for r in rounds)

    return {
        "rows": rows, "MB": size, "rounds": len(rounds), "rows/s, median": middle("rows/s"),
        "growth of the server's peak, MB": max(r["growth"] for r in rounds),
        "server's memory before, MB": middle("before"),
        "p50 of pages, idle, ms, median": middle("p50 idle"), "p50 of pages, streaming, ms, median": middle("p50 busy"),
        "p99 of pages, idle, ms, median": middle("p99 idle"), "p99 of pages, streaming, ms, median": middle("p99 busy"),
        "p99 of pages, times idle": middle("ratio"), "pages in a round, idle": middle("idle"),
        "pages in a round, streaming": middle("busy"),
    }  # fmt: skip


async def _until(watcher: asyncpg.Connection, wanted: int) -> None:
    """Look until so many export queries run."""
    for _ in range(6000):
        if await watcher.fetchval(RUNNING) == wanted:
            return
        await asyncio.sleep(0.01)
    raise RuntimeError(f"never {wanted} queries")


async def leave(address: str, url: str) -> float:
    """Seconds from a reader's going to the end of the query; the slowest of five."""
    watcher = await asyncpg.connect(url)
    slowest = 0.0
    for after in (0.05, 0.3, 1.0, 2.0, 3.0):
        reader = _curl(address, "/dev/null")
        await _until(watcher, 1)
        await asyncio.sleep(after)
        reader.kill()
        begin = time.monotonic()
        await _until(watcher, 0)
        slowest = max(slowest, time.monotonic() - begin)
        reader.wait()
    await watcher.close()
    return slowest


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export", description=__doc__)
    parser.add_argument("--ideas", type=int, default=1_000_000)
    parser.add_argument("--book", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each half of a round lasts")
    parser.add_argument(
        "--file", default="ideas.csv", choices=("ideas.csv", "ideas.jsonl"), help="what rounds read"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres.embedded(folder / "data") as url:
            os.environ["DATABASE_URL"] = url
            asyncio.run(migrate(url))
            begin = time.monotonic()
            idea = asyncio.run(fill(url, options.ideas, options.book))
            print(
                f"{options.ideas + options.book:,} ideas filled in {time.monotonic() - begin:.0f} s",
                flush=True,
            )
            with server_of(url) as (address, pid):
                figures = stream(address, pid, idea, folder, options)
                figures["query gone after, s"] = asyncio.run(leave(address, url))
                books = book(address, folder, PLANNER)
    for title, table in (
        (f"CSV of {options.ideas:,} ideas", figures),
        (f"XLSX of {options.book:,} ideas", books),
    ):
        print(f"\n{title}\n\n| what | here | at most |\n| --- | --- | --- |")
        for what, value in table.items():
            text = f"{value:,.2f}" if isinstance(value, float) else str(value)
            print(f"| {what} | {text} | {FLOORS.get(what, '')} |")
    held = all(figures[what] < floor for what, floor in FLOORS.items())
    return 0 if held and figures["rows"] == options.ideas and not books["formulas"] else 1


if __name__ == "__main__":
    sys.exit(main())
