"""A worker for tests: does what was queued about notices, in the test's own transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from ideas import database
from ideas.notice import jobs
from ideas.settings import Settings


@pytest.fixture
def post_settings() -> Settings:
    """Settings of the worker; without a mail server letters are kept."""
    return Settings(secret="a secret for tests only", public_url="https://ideas.example.org")


@pytest.fixture
def work(
    database: None, post_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Awaitable[list[str]]]:
    """`await work()` runs what is queued until nothing is left; the names of the jobs that ran."""
    monkeypatch.setattr(jobs, "settings", lambda: post_settings)
    return run_queued


async def run_queued() -> list[str]:
    ran = []
    while rows := await database.fetch(
        """DELETE FROM procrastinate_jobs WHERE task_name LIKE 'ideas.notice.jobs.%'
        RETURNING id, task_name, args"""
    ):
        for row in sorted(rows, key=lambda r: r["id"]):
            name = row["task_name"].rpartition(".")[2]
            await getattr(jobs, name)(**database.from_json(row["args"]))
            ran.append(name)
    return ran
