"""`python -m tests.fuzz`: whether the OpenAPI document and the running server say the same, for every role.

schemathesis makes calls out of the document, valid ones and broken ones, and checks every answer against it: statuses,
types of content, shapes, headers, methods, that what needs a token refuses without one. `--examples N` calls of each
kind for an operation (30), `--seed N`, `--role NAME`. `test_openapi.py` runs a short one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from ideas import database, postgres
from tests import factories
from tests.database import migrate

ROLES = ("citizen", "moderator", "planner", "admin")
ROOT = Path(__file__).parent.parent
_SERVER = """import sys, uvicorn
from ideas.app import create_app
uvicorn.run(create_app(), port=int(sys.argv[1]), log_level="error")"""


async def fill() -> dict[str, str]:
    """Something of everything, in the open pool; a token for each role."""
    campaign = await factories.campaign("my-office")
    people = {role: await factories.person(role) for role in ROLES}
    for n in range(12):
        idea = await factories.idea(campaign, people["citizen"], f"Идея {n}", f"Пусть будет лучше, раз {n}")
        if n < 6:
            cluster = await database.fetch_value(
                """INSERT INTO cluster (campaign, name, size, supporters, typical) VALUES ($1, $2, 1, 1, $3)
                RETURNING id""",
                campaign.id, f"Группа {n}", idea,
            )  # fmt: skip
            await database.execute("UPDATE idea SET cluster = $1 WHERE id = $2", cluster, idea)
        await database.execute(
            "INSERT INTO comment (idea, author, side, text) VALUES ($1, $2, 'for', 'Да')",
            idea,
            people["moderator"].id,
        )
    return {role: person.token for role, person in people.items()}


@contextmanager
def server(url: str) -> Iterator[str]:
    """A server process without rate limits on a database: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SECRET": "a secret for tests only",
        "RATE_LIMITS": "off",
    }
    child = subprocess.Popen([sys.executable, "-c", _SERVER, str(port)], env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                if httpx.get(f"{address}/ready", timeout=2).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        yield address
    finally:
        child.terminate()
        child.wait(10)


def run(
    address: str, token: str, *, examples: int, seed: int, phases: str = "examples,coverage,fuzzing"
) -> tuple[int, str]:
    """One run with a token: its exit status and what it said."""
    # The token of the call is what this operation revokes.
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "tests" / "schemathesis.toml"), "run",
        f"{address}/api/schema/openapi.json", "--header", f"Authorization: Bearer {token}", "--checks", "all",
        "--phases", phases, "--max-examples", str(examples), "--seed", str(seed), "--exclude-operation-id",
        "account.sign_out", "--no-color", "--continue-on-failure", "--request-timeout", "20", "--warnings", "off",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=3600)
    return done.returncode, done.stdout + done.stderr


def summary(said: str) -> str:
    """Cases and failures of a run in a line."""
    found = re.findall(
        r"^\s+(\d+ generated.*|\d+ (?:unique )?failures?.*|.*[Tt]est cases:.*)$", said, re.MULTILINE
    )
    return "; ".join(line.strip() for line in found) or said[-300:]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=ROLES, action="append")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres.embedded(folder / "data") as url:
            os.environ["DATABASE_URL"] = url

            async def prepare() -> dict[str, str]:
                await database.open_pool(url)
                try:
                    return await fill()
                finally:
                    await database.close_pool()

            migrate(url)
            tokens = asyncio.run(prepare())
            with server(url) as address:
                for role in options.role or ROLES:
                    begin = time.monotonic()
                    status, said = run(address, tokens[role], examples=options.examples, seed=options.seed)
                    failed = failed or status != 0
                    print(f"{role}: {'failures' if status else 'no failure'} in {time.monotonic() - begin:.0f} s; "
                          f"{summary(said)}", flush=True)  # fmt: skip
                    if status:
                        print(said, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
