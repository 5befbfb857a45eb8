"""Child processes that never outlive their parent, and what /proc knows about others."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
Process = subprocess.Popen[Any]
_LIBC = ctypes.CDLL(None, use_errno=True)


def spawn(command: list[str], *, death_signal: signal.Signals, **arguments: Any) -> Process:
    """Start a child in a session of its own (Ctrl-C reaches only us) that gets `death_signal` when we die.

    Further arguments are those of subprocess.Popen; standard input is empty unless given.
    """
    parent = os.getpid()

    def prepare() -> None:
        # Runs in the child after it has given up its rights: a change of user would clear the death signal.
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    arguments.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(command, start_new_session=True, preexec_fn=prepare, **arguments)


def die_with_parent(death_signal: signal.Signals) -> None:
    """Get `death_signal` when the process that started us ends."""
    parent = os.getppid()
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)


def alive(number: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in "ZX"


def name(number: int) -> str | None:
    """The name of a process's program, None where there is no such process."""
    try:
        return Path(f"/proc/{number}/comm").read_text().strip()
    except OSError:
        return None


def folder(number: int) -> Path | None:
    """The working folder of a process, None where it is another user's."""
    try:
        return Path(os.readlink(f"/proc/{number}/cwd"))
    except OSError:
        return None
