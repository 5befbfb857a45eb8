"""Load by `wrk` (one thread, so that the server keeps a core) and by `pgbench`."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec


class Load(msgspec.Struct):
    """What a run gave: answers a second, milliseconds, and how many answers were no success."""

    rate: float
    p50: float
    p99: float
    failed: int


def wrk() -> str:
    """The path of wrk; RuntimeError says how to get it."""
    found = shutil.which("wrk")
    if not found:
        raise RuntimeError("the benchmarks need wrk: apt-get install wrk")
    return found


def run(
    url: str, *, seconds: int = 5, connections: int = 32, script: str = "", arguments: list[str] | None = None
) -> Load:
    """Ask for a URL over and over; `script` is Lua for wrk."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script + _COUNT_FAILURES)
        file.flush()
        command = [wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", file.name, url]
        command += ["--", *(arguments or [])]
        said = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + 60, check=True
        ).stdout
    return Load(
        rate=float(_find(r"Requests/sec:\s+([\d.]+)", said)),
        p50=_milliseconds(_find(r"50%\s+([\d.]+[a-z]+)", said)),
        p99=_milliseconds(_find(r"99%\s+([\d.]+[a-z]+)", said)),
        failed=int(_find(r"failed: (\d+)", said)),
    )


_COUNT_FAILURES = """
function done(summary, latency, requests)
  io.write(string.format("failed: %d\\n", summary.errors.status + summary.errors.timeout + summary.errors.connect))
end
"""


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError(f"wrk said something else: {text[:1500]}")
    return found[1]


def _milliseconds(text: str) -> float:
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def pgbench(tools: Path, url: str, sql: str, *, seconds: int = 5, clients: int = 16) -> float:
    """Transactions a second of a script of statements, prepared."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(sql)
        file.flush()
        command = [
            str(tools / "pgbench"),
            "-n",
            "-M",
            "prepared",
            f"-c{clients}",
            "-j1",
            f"-T{seconds}",
            "-f",
            file.name,
            url,
        ]
        said = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + 60, check=True
        ).stdout
    return float(_find(r"tps = ([\d.]+)", said))
