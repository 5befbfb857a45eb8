"""`ideas run`: the parent of the database, the server processes and the worker.

It imports nothing of the web product, so it is up at once; the children load while the database starts.
Each child has one end of a socket pair: it waits there for leave to begin, and says there that it is ready.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from typing import Any

from ideas import datafolder, postgres, process
from ideas.datafolder import DataError
from ideas.settings import Settings

# More failures of a server within the window, and everything stops: something is wrong that a restart cannot mend.
# A failing worker only waits longer and longer: the pages do without it.
CRASHES, WINDOW = 5, 60.0
BACKLOG = 2048
_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as `nohup` leaves it
    _SIGNALS.add(signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked us to end."""


class Failed(Exception):
    """It cannot go on; the message is one line for the person."""


class Child:
    """A process of the product, started again when it fails."""

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        descriptors: Iterable[int],
        vital: bool,
    ) -> None:
        self.name = name
        self.vital = vital
        self.command = command
        self.environment = environment
        self.descriptors = tuple(descriptors)
        self.failures: list[float] = []
        self.due = 0.0
        self.ready = False
        self.process: process.Process | None = None
        self.line: socket.socket | None = None

    def start(self) -> None:
        """Start it; it loads what it needs and then waits for `go`."""
        self.line, theirs = socket.socketpair()
        self.line.setblocking(False)
        self.ready = False
        with theirs:
            # Nothing of theirs needs tidying up: what was answered is durable, and a job that broke off runs again.
            self.process = process.spawn(
                self.command,
                death_signal=signal.SIGKILL,
                env={**self.environment, "IDEAS_LINE": str(theirs.fileno())},
                pass_fds=(theirs.fileno(), *self.descriptors),
            )

    def go(self) -> None:
        """Let it begin."""
        assert self.line is not None
        with suppress(OSError):  # it may have died at once, which is seen elsewhere
            self.line.send(b"g")

    def look(self) -> bool:
        """Whether it has become ready since the last look."""
        if self.ready or self.line is None:
            return False
        try:
            self.ready = self.line.recv(1) == b"r"
        except OSError:  # nothing said yet, or it has died
            return False
        return self.ready

    def ended(self) -> int | None:
        """The exit status where it has ended by itself."""
        return self.process.poll() if self.process else None

    def failed(self, now: float) -> None:
        """Note a failure and when to start again. Raises Failed after too many."""
        assert self.process is not None
        if self.line:
            self.line.close()
        status, self.process = self.process.returncode, None
        how = f"signal {-status}" if status < 0 else f"status {status}"
        self.failures = [*(t for t in self.failures if now - t < WINDOW), now]
        if len(self.failures) > CRASHES and self.vital:
            raise Failed(
                f"the {self.name} ended {CRASHES + 1} times within a minute (last with {how}); giving up"
            )
        wait = 0.0 if len(self.failures) == 1 else min(30.0, 0.25 * 2 ** len(self.failures))
        _tell(f"The {self.name} ended with {how}; starting it again" + (f" in {wait:g} s" if wait else ""))
        self.due = now + wait

    def stop(self, patience: float) -> None:
        """Ask it to end, then make it."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


def listen(host: str, port: int) -> socket.socket:
    """The listening socket that all server processes share. Raises Failed with what to do."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Failed(f"HOST={host} is no address of this computer: {error.strerror}") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        why = {98: "is taken", 13: "needs the rights of root", 99: "is on no address of this computer"}
        said = why.get(error.errno or 0, f"cannot be used ({error.strerror})")
        raise Failed(
            f"port {port} on {host} {said}: choose another with PORT=…, e.g. PORT={port + 1}"
        ) from error
    return listener


def run(settings: Settings) -> None:
    """Start everything, keep it running, and stop it on SIGINT, SIGTERM or SIGHUP.

    Raises Failed or DataError with one line for the person.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(settings.host, settings.port))
        try:
            _Run(settings, listener, stack).serve()
        except Stopped:
            _tell("Stopping")


class _Run:
    """One run: the parts and what is to be done about them."""

    def __init__(self, settings: Settings, listener: socket.socket, stack: ExitStack) -> None:
        self.settings = settings
        self.listener = listener
        self.lock: datafolder.DataLock | None = None
        self.database: postgres.Server | None = None
        self.database_failures: list[float] = []
        self.environment = dict(os.environ)
        self.children: list[Child] = []
        # Leaving the stack goes backwards: server, worker, database.
        if settings.database_url is None:
            self._start_database(stack)
        if not os.environ.get("SECRET"):
            datafolder.prepare(settings.data_dir)
            self.environment["SECRET"] = datafolder.secret(settings.data_dir)
        self.worker = self._child("worker", ["worker"])
        self.children.append(self.worker)
        stack.callback(lambda: self.worker.stop(2.0))
        self.servers = [self._server(n) for n in range(settings.workers)]
        self.children += self.servers
        stack.callback(self._stop_servers)

    def serve(self) -> None:
        # In a process of its own, while the database starts.
        if self.settings.encoder and not self._done("model", "check", "--quiet"):
            raise Failed(f"ENCODER={self.settings.encoder} cannot be used; the reason stands above")
        for child in self.servers:
            child.start()
        self._wait_database()
        self._prepare_tables()
        for child in self.servers:
            child.go()
        while not all(child.ready for child in self.servers):
            self._first_looks()
        self.worker.start()
        self.worker.go()
        _tell(f"Ready: {self._address()}   (Ctrl-C stops everything)")
        while True:
            _pause(5.0 if all(child.process for child in self.children) else 0.1)
            self._mend()

    def _start_database(self, stack: ExitStack) -> None:
        folder = self.settings.data_dir
        datafolder.prepare(folder)
        self.lock = stack.enter_context(datafolder.DataLock(folder))
        if not self.lock.take():
            who = self.lock.holder()
            raise Failed(
                f"DATA_DIR={folder} is in use by process {who or 'of another user'} (`ideas run` or another command): "
                "stop it or choose another DATA_DIR"
            )
        stack.callback(self._stop_database)
        self.database = postgres.start(folder, self.lock)
        self.environment["DATABASE_URL"] = self.database.url

    def _wait_database(self) -> None:
        while self.database and not self.database.ready():
            _pause(0.02)

    def _prepare_tables(self) -> None:
        if not self._done("migrate", "--quiet", *(["--fill"] if self.settings.demo else [])):
            raise Failed("the database could not be prepared; the reason stands above")

    def _done(self, *words: str) -> bool:
        """Run a command of ours to its end, and say whether it went well; it does not outlive an interruption."""
        command = [sys.executable, "-m", "ideas", *words]
        child = process.spawn(command, death_signal=signal.SIGTERM, env=self.environment)
        try:
            while child.poll() is None:
                _pause(1.0)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
        return child.returncode == 0

    def _first_looks(self) -> None:
        _pause(0.05)
        for child in self.servers:
            child.look()
            if child.ended() is not None:
                raise Failed("the server did not start; the reason stands above")

    def _mend(self) -> None:
        """Start again what has failed."""
        now = time.monotonic()
        if self.database:
            postgres.trim_log(self.settings.data_dir)
            if self.database.child.poll() is not None:
                self._mend_database()
        for child in self.children:
            child.look()
            if child.process is None:
                if now >= child.due:
                    child.start()
                    child.go()
            elif child.ended() is not None:
                child.failed(now)

    def _mend_database(self) -> None:
        """Start the database again; it recovers what was committed. Its last processes may still be ending."""
        assert self.lock is not None
        now = time.monotonic()
        self.database_failures = [*(t for t in self.database_failures if now - t < WINDOW), now]
        if len(self.database_failures) > CRASHES:
            raise Failed(
                f"the database ended {CRASHES + 1} times within a minute; see postgres.log in DATA_DIR"
            )
        _tell("The database ended; starting it again")
        for attempt in range(8):
            try:
                self.database = postgres.start(self.settings.data_dir, self.lock)
                self._wait_database()
                return
            except DataError as error:
                if attempt == 7:
                    raise Failed(str(error)) from error
                _pause(0.25 * 2**attempt)

    def _child(self, name: str, words: list[str], descriptors: Iterable[int] = (), **variables: Any) -> Child:
        command = [sys.executable, "-m", "ideas", *words]
        return Child(name, command, {**self.environment, **variables}, descriptors, vital=name != "worker")

    def _server(self, number: int) -> Child:
        shared = self.listener.fileno()
        name = "server" if self.settings.workers == 1 else f"server {number + 1}"
        return self._child(name, ["serve"], [shared], IDEAS_LISTENER=str(shared))

    def _stop_servers(self) -> None:
        for child in self.servers:
            if child.process:
                child.process.terminate()
        for child in self.servers:
            child.stop(2.5)

    def _stop_database(self) -> None:
        if self.database:
            self.database.stop()
            self.database = None

    def _address(self) -> str:
        if self.settings.public_url:
            return self.settings.public_url
        port = self.listener.getsockname()[1]
        host = self.settings.host
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
        return f"http://{shown}:{port}"


def _pause(seconds: float) -> None:
    """Sleep until a child ends or the time is over. Raises Stopped when we are asked to end."""
    got = signal.sigtimedwait(_SIGNALS, seconds)
    if got and got.si_signo != signal.SIGCHLD:
        raise Stopped


def _tell(line: str) -> None:
    print(line, flush=True)
