"""The data folder: whose it is, who may use it now, and the secret that stands in it."""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import secrets
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from ideas import process

# Who runs the database for root, where the folder's owner says nothing else.
_UNPRIVILEGED = ("postgres", "nobody")


class DataError(Exception):
    """The data folder or its database cannot be used; the message is one line for the person."""


class Account(NamedTuple):
    """The user whom the database runs as."""

    uid: int
    gid: int

    @property
    def name(self) -> str:
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return f"user {self.uid}"

    def arguments(self) -> dict[str, Any]:
        """Arguments of subprocess.Popen that make a child of root run as this user."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make this user the owner, where we are root."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def prepare(folder: Path) -> None:
    """Make the data folder if it is missing and see that it can be written. Raises DataError."""
    try:
        if not folder.exists():
            above = next(parent for parent in folder.parents if parent.exists())
            folder.mkdir(mode=0o700, parents=True)
            if os.geteuid() == 0:
                # Root in another's checkout leaves files that the owner can go on with.
                os.chown(folder, above.stat().st_uid, above.stat().st_gid)
        elif not folder.is_dir():
            raise DataError(f"DATA_DIR={folder} is not a folder")
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DataError(_why_not(folder, error)) from error


def _why_not(folder: Path, error: OSError) -> str:
    who = Account(os.geteuid(), os.getegid()).name
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"DATA_DIR={folder} cannot be written by {who}: choose another DATA_DIR or change its owner"
    return f"DATA_DIR={folder} cannot be written: {error.strerror}"


def server_account(folder: Path) -> Account:
    """Who runs the database in `folder`: we, or where we are root the owner of the cluster or of the folder."""
    cluster = folder / "postgres"
    owner = cluster.stat() if cluster.exists() else None
    if os.geteuid() != 0:
        ours = Account(os.geteuid(), os.getegid())
        if owner and owner.st_uid != ours.uid:
            whose = Account(owner.st_uid, owner.st_gid).name
            raise DataError(f"{cluster} belongs to {whose}: start as {whose}, or choose another DATA_DIR")
        _known(ours)
        return ours
    for candidate in (owner, folder.stat()):
        if candidate and candidate.st_uid != 0 and _is_known(candidate.st_uid):
            return Account(candidate.st_uid, candidate.st_gid)
    for user in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            continue
        account = Account(entry.pw_uid, entry.pw_gid)
        if owner and owner.st_uid != account.uid:
            _give_tree(cluster, account)
        return account
    raise DataError("the database does not run as root, and there is neither a user postgres nor nobody")


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _known(account: Account) -> None:
    if not _is_known(account.uid):
        raise DataError(
            f"user {account.uid} has no line in /etc/passwd, which PostgreSQL needs: add one or set DATABASE_URL"
        )


def _give_tree(top: Path, account: Account) -> None:
    for path, _, files in os.walk(top):
        account.give(Path(path))
        for file in files:
            account.give(Path(path, file))


def secret(folder: Path) -> str:
    """The secret of this installation, made once; only its owner can read it."""
    file = folder / "secret"
    try:
        if not file.exists():
            fresh = folder / f".secret-{os.getpid()}"
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
                output.write(secrets.token_hex(32))
            if os.geteuid() == 0:
                os.chown(fresh, folder.stat().st_uid, folder.stat().st_gid)
            fresh.rename(file)
        text = file.read_text().strip()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}; remove it or set SECRET") from error
    if len(text) < 16:
        raise DataError(
            f"{file} holds no secret: remove it, a new one is then made (everybody signs in again)"
        )
    return text


class DataLock:
    """The right to run a database in a data folder. Children that inherit `descriptor` hold it as well."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "lock"
        try:
            # Reading is enough to lock, also where root left the file.
            self.descriptor = os.open(self.file, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise DataError(f"{self.file} cannot be opened: {error.strerror}; remove it") from error

    def __enter__(self) -> DataLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def take(self, patience: float = 20.0) -> bool:
        """Take it; False where a living process has it. A dying run's database is waited for."""
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if self.holder() is not None or time.monotonic() > end:
                    return False
                time.sleep(0.05)
            else:
                self._sign()
                return True

    def holder(self) -> int | None:
        """The living process that took it, None where that has ended."""
        try:
            number = int(self.file.read_text())
        except (OSError, ValueError):
            return None
        return number if process.alive(number) else None

    def release(self) -> None:
        """Give it back; a server that we started must have ended before."""
        os.close(self.descriptor)

    def _sign(self) -> None:
        try:
            self.file.write_text(f"{os.getpid()}\n")
            if os.geteuid() == 0:
                owner = self.file.parent.stat()
                os.chown(self.file, owner.st_uid, owner.st_gid)
        except OSError:
            pass


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it, if it is there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
