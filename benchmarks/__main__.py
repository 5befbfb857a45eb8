"""`python -m benchmarks`: the numbers of the web product as one table, ratios of one run on this machine.

Starts a scratch database (durable, as in production) and one server process, both on this machine, and stops them.
`--seconds N` for each case (5), `--rounds N` (3; the median is shown), `--markdown` for docs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import data, load
from ideas import postgres
from ideas.datafolder import server_account
from ideas.migrate import migrate
from ideas.pgbinaries import binaries

_VOTE = """
local first, last, people, hot = 0, 0, 0, false
local n = 0
function init(args)
  first, last, people = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
  hot, n = args[4] == "hot", tonumber(args[5])
  math.randomseed(tonumber(args[5]))
end
function request()
  n = n + 1
  local person = hot and (1 + n % people) or math.random(1, people)
  local idea = hot and last or math.random(first, last - 1)
  return wrk.format("PUT", "/api/ideas/" .. idea .. "/vote", {["Authorization"] = "Bearer bench-" .. person})
end
"""
_SIGNED_IN = """
local people = 0
function init(args)
  people = tonumber(args[1])
  math.randomseed(tonumber(args[2]))
end
function request()
  return wrk.format("GET", nil, {["Authorization"] = "Bearer bench-" .. math.random(1, people)})
end
"""
_HELLO_POST = 'wrk.method = "POST"\nwrk.headers["Authorization"] = "Bearer bench-1"\n'
_RAW_HOT = """\\set person random(1, 1000000000)
BEGIN;
INSERT INTO raw_vote (idea, account) VALUES (1, :person) ON CONFLICT DO NOTHING;
UPDATE raw_idea SET votes = votes + 1 WHERE id = 1;
COMMIT;
"""
_RAW_SPREAD = (
    _RAW_HOT.replace("BEGIN", "\\set idea random(1, 10000)\nBEGIN")
    .replace("VALUES (1,", "VALUES (:idea,")
    .replace("id = 1;", "id = :idea;")
)


@contextmanager
def product(folder: Path) -> Iterator[tuple[str, str]]:
    """A filled scratch database and a server process: their addresses."""
    with postgres.embedded(folder) as url:
        os.environ["DATABASE_URL"] = url
        asyncio.run(migrate(url))
        first, last = asyncio.run(data.fill(url))
        os.environ["BENCH_IDEAS"] = f"{first} {last}"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, "RATE_LIMITS": "off", "SECRET": "a secret for benchmarks"}
        server = subprocess.Popen([sys.executable, "-m", "benchmarks.server", str(port)], env=environment)
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"{address}/ready", timeout=2).read()
                    break
                except OSError:
                    time.sleep(0.1)
            yield url, address
        finally:
            server.terminate()
            server.wait(10)


def cases(url: str, address: str, folder: Path, seconds: int, round_: int) -> dict[str, load.Load]:
    """One round of every case."""
    first, last = os.environ["BENCH_IDEAS"].split()
    listed = f"{address}/api/ideas?campaign={data.CAMPAIGN}"
    start = str(round_ * 20_000)
    found = {}

    def case(
        name: str, path: str, script: str = "", arguments: list[str] | None = None, connections: int = 32
    ) -> None:
        load.run(path, seconds=1, script=script, arguments=arguments, connections=connections)
        found[name] = load.run(
            path, seconds=seconds, script=script, arguments=arguments, connections=connections
        )

    case("hello", f"{address}/api/hello")
    case("hello post", f"{address}/api/hello", _HELLO_POST)
    case("vote", address, _VOTE, [first, last, "2000", "spread", str(round_ + 1)])
    case("vote hot", address, _VOTE, [first, last, "60000", "hot", start], connections=64)
    case("list", listed)
    case("list signed in", listed, _SIGNED_IN, ["2000", str(round_ + 1)])
    case("list top", f"{listed}&sort=top")
    case("list page", f"{address}/ideas?campaign={data.CAMPAIGN}")
    case("idea page", f"{address}/ideas/{last}")
    tools = binaries(server_account(folder))
    for name, sql in (("raw hot", _RAW_HOT), ("raw spread", _RAW_SPREAD)):
        rate = load.pgbench(tools, url, sql, seconds=seconds)
        found[name] = load.Load(rate, 16000 / rate, 0.0, 0)
    return found


ROWS: list[tuple[str, str, str, float, float]] = [
    ("votes, spread over 10,000 ideas (durable, signed in)", "vote", "hello post", 0.4, 0.7),
    ("votes on one hot idea (64 connections)", "vote hot", "raw hot", 2.0, 4.0),
    ("list of 20 ideas, JSON", "list", "hello", 0.25, 0.5),
    ("list of 20 ideas, JSON, signed in (always the newest)", "list signed in", "hello", 0.25, 0.5),
    ("list by support, JSON", "list top", "hello", 0.25, 0.5),
    ("HTML list page of 20 ideas", "list page", "hello", 0.04, 0.08),
    ("HTML idea page", "idea page", "hello", 0.04, 0.08),
]


_BASES = {
    "hello": "hello, GET",
    "hello post": "hello, POST",
    "raw hot": "pgbench: insert + update, one hot row",
    "raw spread": "pgbench: insert + update, spread",
}


def report(rounds: list[dict[str, load.Load]], console: Console, markdown: bool) -> bool:
    """Print the tables; whether every floor holds."""
    ratios = {name: [r[name].rate / r[base].rate for r in rounds] for _, name, base, _, _ in ROWS}

    def middle(get: Callable[[load.Load], float], name: str) -> float:
        return statistics.median(get(r[name]) for r in rounds)

    head = ["what", "of", "ratio", "floor", "aim", "answers/s", "p50 ms", "p99 ms", "failed"]
    lines = []
    for title, name, base, floor, aim in ROWS:
        ratio = statistics.median(ratios[name])
        spread = f"{ratio:.2f} ({min(ratios[name]):.2f}–{max(ratios[name]):.2f})"
        failed = sum(r[name].failed for r in rounds)
        lines.append(
            [title, base, spread, f"{floor}", f"{aim}", f"{middle(lambda x: x.rate, name):,.0f}",
             f"{middle(lambda x: x.p50, name):.1f}", f"{middle(lambda x: x.p99, name):.1f}", str(failed)]
        )  # fmt: skip
    for name, title in _BASES.items():
        p99 = "" if name.startswith("raw") else f"{middle(lambda x: x.p99, name):.1f}"
        p50 = f"{middle(lambda x: x.p50, name):.1f}"
        lines.append([title, "", "", "", "", f"{middle(lambda x: x.rate, name):,.0f}", p50, p99, ""])
    if markdown:
        print("| " + " | ".join(head) + " |\n" + "|" + " --- |" * len(head))
        for line in lines:
            print("| " + " | ".join(line) + " |")
    else:
        table = Table(*head)
        for line in lines:
            table.add_row(*line)
        console.print(table)
    return all(statistics.median(ratios[name]) >= floor for _, name, _, floor, _ in ROWS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    console = Console(width=150)
    load.wrk()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with product(folder / "data") as (url, address):
            asyncio.run(_raw_tables(url))
            rounds = [cases(url, address, folder / "data", options.seconds, n) for n in range(options.rounds)]
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"1 server process, median of {options.rounds} rounds of {options.seconds} s, 32 connections")  # fmt: skip
    return 0 if report(rounds, console, options.markdown) else 1


async def _raw_tables(url: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.execute(
        """CREATE TABLE raw_idea (id int PRIMARY KEY, votes int NOT NULL DEFAULT 0);
        INSERT INTO raw_idea SELECT n FROM generate_series(1, 10000) n;
        CREATE TABLE raw_vote (idea int, account int, PRIMARY KEY (idea, account))"""
    )
    await connection.close()


if __name__ == "__main__":
    sys.exit(main())
