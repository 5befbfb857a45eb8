"""`ideas run` and the other commands as a person starts them: real processes, real signals."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ideas import process
from ideas.postgres import socket_key

PATIENCE = 60.0  # seconds; the machine of the tests may be busy
CODE = Path(__file__).parent.parent


class Product:
    """One `ideas run`."""

    def __init__(self, folder: Path, command: list[str] | None = None, **environment: str) -> None:
        self.folder = folder
        self.port = int(environment.get("PORT", "0")) or free_port()
        self.environment = {**os.environ, "DATA_DIR": str(folder), "PORT": str(self.port), "DEMO": "off"}
        self.environment.pop("DATABASE_URL", None)
        self.environment.update(environment)
        self.process = subprocess.Popen(
            command or [sys.executable, "-m", "ideas", "run"],
            cwd=CODE,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.said: list[str] = []

    def ready(self) -> Product:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Ready"):
                return self
        raise AssertionError("it did not become ready: " + "".join(self.said))

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def family(self) -> set[int]:
        """The numbers of all its processes, children's children too."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
        family = {self.process.pid}
        while grown := {n for n, parent in parents.items() if parent in family} - family:
            family |= grown
        return family

    def child(self, words: str) -> int:
        """The number of the child whose command line ends so."""
        for number in self.family():
            command = Path(f"/proc/{number}/cmdline").read_bytes().decode().replace("\0", " ").strip()
            if command.endswith(words):
                return number
        raise AssertionError(f"no process {words!r}")

    def database(self) -> int:
        """The number of the database's first process."""
        return next(
            n for n in self.family() if process.name(n) == "postgres" and parent(n) == self.process.pid
        )

    def rest(self) -> str:
        """What it said, after its end."""
        output, _ = self.process.communicate(timeout=PATIENCE)
        return "".join(self.said) + output


def parent(number: int) -> int:
    return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def gone(numbers: set[int], seconds: float = 20.0) -> bool:
    """Whether all these processes end within a time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(process.alive(number) for number in numbers):
            return True
        time.sleep(0.05)
    return False


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def start() -> Iterator[Callable[..., Product]]:
    """Starts the product; whatever is left of it after the test is killed."""
    started: list[Product] = []

    def begin(folder: Path, command: list[str] | None = None, **environment: str) -> Product:
        product = Product(folder, command, **environment)
        started.append(product)
        return product

    yield begin
    for product in started:
        if product.process.poll() is None:
            product.process.kill()
        product.process.communicate()
    # A database whose parent was killed leaves the folder of its socket to the next start.
    for folder in {product.folder for product in started}:
        for place in Path("/tmp").glob(f"ideas-*-{socket_key(folder)}"):
            until(lambda place=place: not any(place.iterdir()))
            place.rmdir()


Start = Callable[..., Product]


def test_it_starts_answers_and_leaves_nothing(tmp_path: Path, start: Start) -> None:
    product = start(tmp_path / "data").ready()
    assert f"http://127.0.0.1:{product.port}" in product.said[-1]
    assert product.get("/health") == 200
    assert product.get("/ready") == 200
    until(lambda: product.child("ideas worker"))
    family = product.family()
    assert len(family) > 5
    product.process.send_signal(signal.SIGTERM)
    assert product.rest().endswith("Stopping\n")
    assert product.process.returncode == 0
    assert gone(family, 0.5)


def test_ctrl_c_stops_it(tmp_path: Path, start: Start) -> None:
    product = start(tmp_path / "data").ready()
    family = product.family()
    product.process.send_signal(signal.SIGINT)
    product.rest()
    assert product.process.returncode == 0
    assert gone(family, 0.5)


def test_ctrl_c_while_it_starts(tmp_path: Path, start: Start) -> None:
    product = start(tmp_path / "data")
    until(lambda: (tmp_path / "data" / "postgres").exists())
    family = product.family()
    product.process.send_signal(signal.SIGINT)
    assert "Traceback" not in product.rest()
    assert gone(family, 5)


def test_kill_9_leaves_no_orphan_and_it_starts_again(tmp_path: Path, start: Start) -> None:
    first = start(tmp_path / "data").ready()
    family = first.family()
    first.process.kill()
    # At once, while the database of the first may still be ending.
    second = start(tmp_path / "data").ready()
    assert gone(family)
    assert second.get("/ready") == 200


def test_killed_children_come_back(tmp_path: Path, start: Start) -> None:
    product = start(tmp_path / "data").ready()
    for child in (
        lambda: product.child("ideas serve"),
        lambda: product.child("ideas worker"),
        product.database,
    ):
        until(lambda child=child: _found(child))
        before = child()
        os.kill(before, signal.SIGKILL)
        until(lambda child=child, before=before: _found(child) not in (None, before))
    until(lambda: product.get("/ready") == 200)


def _found(child: Callable[[], int]) -> int | None:
    try:
        return child()
    except (AssertionError, StopIteration, OSError):
        return None


def test_several_server_processes(tmp_path: Path, start: Start) -> None:
    product = start(tmp_path / "data", WORKERS="2").ready()
    servers = [
        n for n in product.family() if Path(f"/proc/{n}/cmdline").read_bytes().endswith(b"ideas\0serve\0")
    ]
    assert len(servers) == 2
    assert product.get("/ready") == 200


def test_a_taken_port(tmp_path: Path, start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        product = start(tmp_path / "data", PORT=str(other.getsockname()[1]))
        said = product.rest()
    assert product.process.returncode == 1
    assert "is taken" in said
    assert "PORT=" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_a_second_run_in_the_same_folder(tmp_path: Path, start: Start) -> None:
    first = start(tmp_path / "data").ready()
    second = start(tmp_path / "data")
    said = second.rest()
    assert second.process.returncode == 1
    assert f"in use by process {first.process.pid}" in said
    assert said.count("\n") == 1
    assert first.get("/ready") == 200


def test_a_plain_system(tmp_path: Path, start: Start) -> None:
    """No language, no home, hardly a variable, a long path."""
    folder = tmp_path / ("длинный путь " * 8) / ("d" * 120)
    product = start(folder, LANG="C", LC_ALL="C", HOME="/nonexistent", PATH="/usr/bin:/bin").ready()
    assert product.get("/ready") == 200


def test_a_file_as_data_folder(tmp_path: Path, start: Start) -> None:
    (tmp_path / "data").write_text("")
    product = start(tmp_path / "data")
    assert product.rest() == f"ideas: DATA_DIR={tmp_path / 'data'} is not a folder\n"
    assert product.process.returncode == 1


def test_a_bad_setting(tmp_path: Path, start: Start) -> None:
    product = start(tmp_path / "data", WORKERS="many")
    assert product.rest() == "ideas: WORKERS='many' is not a whole number from 1 to 64\n"
    assert product.process.returncode == 2


def test_on_another_database(tmp_path: Path, start: Start, scratch_database: str) -> None:
    product = start(tmp_path / "data", DATABASE_URL=scratch_database, SECRET="enough of a secret").ready()
    assert product.get("/ready") == 200
    assert not (tmp_path / "data").exists()


def test_a_database_that_is_not_there(tmp_path: Path, start: Start) -> None:
    url = f"postgresql://ideas@127.0.0.1:{free_port()}/ideas"
    product = start(tmp_path / "data", DATABASE_URL=url, SECRET="enough of a secret")
    said = product.rest()
    assert product.process.returncode == 1
    assert "Traceback" not in said
    assert said.startswith("ideas: the database cannot be reached, see DATABASE_URL")


def test_commands_use_the_running_database(tmp_path: Path, start: Start) -> None:
    product = start(tmp_path / "data").ready()
    add = [
        sys.executable,
        "-m",
        "ideas",
        "user",
        "add",
        "anna@example.org",
        "--role",
        "planner",
        "--password-stdin",
    ]
    arguments: dict[str, Any] = {
        "cwd": CODE,
        "env": product.environment,
        "capture_output": True,
        "text": True,
    }
    done = subprocess.run(add, input="long enough to do\n", **arguments)
    assert done.returncode == 0, done.stderr
    again = subprocess.run(add, input="long enough to do\n", **arguments)
    assert again.returncode == 1
    assert again.stderr.startswith("ideas: ")
    assert again.stderr.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv here")
class TestUsers:
    def test_an_ordinary_user(self, start: Start, open_folder: Path) -> None:
        product = start(open_folder / "data", as_nobody()).ready()
        assert product.get("/ready") == 200
        assert Path(f"/proc/{product.database()}").stat().st_uid == 65534

    def test_after_root_in_the_users_folder(self, start: Start, open_folder: Path) -> None:
        first = start(open_folder / "data").ready()
        first.process.kill()
        for name in ("lock", "postgres.log"):
            os.chown(open_folder / "data" / name, 0, 0)
        product = start(open_folder / "data", as_nobody()).ready()
        assert product.get("/ready") == 200

    def test_in_roots_folder(self, start: Start, open_folder: Path) -> None:
        os.chown(open_folder, 0, 0)
        product = start(open_folder / "data", as_nobody())
        assert "cannot be written by nobody" in product.rest()
        assert product.process.returncode == 1


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of nobody's, with a copy of nothing but open ways to it."""
    if not _open(CODE) or not _open(Path(sys.executable).resolve()):
        pytest.skip("the code stands in a folder that other users cannot read")
    folder = Path("/tmp") / f"ideas-test-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir(mode=0o755)
    os.chown(folder, 65534, 65534)
    yield folder
    shutil.rmtree(folder)


def _open(path: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def as_nobody() -> list[str]:
    return [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        sys.executable,
        "-m",
        "ideas",
        "run",
    ]
