"""The `ideas` command line."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ideas.datafolder import DataError
from ideas.progress import progress
from ideas.settings import Settings, SettingsError


class CommandError(Exception):
    """A command cannot do what it was asked; the message is one line for the person."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command. Exits with 1 on a failure and 2 on wrong use, each with one line on standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.run(Settings.from_environment(), options)
    except SettingsError as error:
        _fail(str(error), 2)
    except KeyboardInterrupt:
        _fail("interrupted; it can be run again", 130)
    except Exception as error:
        said = _for_person(error)
        if said is None:
            raise
        _fail(said, 1)


def _fail(said: str, status: int) -> None:
    # The reader may be gone (`ideas export | head`); there is then nobody to tell.
    try:
        print(f"ideas: {said}", file=sys.stderr, flush=True)
    finally:
        raise SystemExit(status)


def _for_person(error: Exception) -> str | None:
    """One line for a failure that a person can do something about, None for a fault of ours."""
    if isinstance(error, (DataError, CommandError)):
        return str(error)
    # Whatever raised these has imported them; `run` starts faster without.
    kinds = {
        "ideas.supervisor": ("Failed",),
        "ideas.migrate": ("MigrationError",),
        "ideas.errors": ("DomainError",),
    }
    for module, names in kinds.items():
        if module in sys.modules and isinstance(error, tuple(getattr(sys.modules[module], n) for n in names)):
            fields = getattr(error, "errors", None) or {}
            return "; ".join([str(error), *(f"{field}: {_plain(text)}" for field, text in fields.items())])
    if "asyncpg" in sys.modules:
        import asyncpg

        if isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError)):
            return f"the database refused: {error}"
    if isinstance(error, ConnectionError):
        return f"the database cannot be reached, see DATABASE_URL: {error.strerror or error}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return None


def _plain(message: Any) -> str:
    return (
        message.msgid % message.params
        if getattr(message, "params", None)
        else getattr(message, "msgid", str(message))
    )


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The address of the database: DATABASE_URL, else the embedded server, running or started for this."""
    if settings.database_url:
        yield settings.database_url
        return
    from ideas import postgres

    # SIGTERM shall end a command as Ctrl-C does, so that its database is stopped in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with postgres.embedded(settings.data_dir) as url:
        # Children and the modules that read their address when imported find it here.
        os.environ["DATABASE_URL"] = url
        yield url


def _in_database(settings: Settings, body: Callable[[], Awaitable[Any]], *, tables: bool = True) -> Any:
    """Run `body` with an open pool on a database whose tables are of this version."""

    async def work(url: str) -> Any:
        from ideas import database
        from ideas.migrate import migrate

        if tables:
            await migrate(url)
        await database.open_pool(url, smallest=1, largest=settings.pool_largest)
        try:
            return await body()
        finally:
            await database.close_pool()

    with _database(settings) as url:
        os.environ["DATABASE_URL"] = url
        return asyncio.run(work(url))


def _run(settings: Settings, options: argparse.Namespace) -> None:
    from ideas import process, supervisor

    if options.with_parent:
        process.die_with_parent(signal.SIGTERM)
    supervisor.run(settings)


def _serve(settings: Settings, options: argparse.Namespace) -> None:
    from ideas.serve import serve

    serve(settings)


def _work(settings: Settings, options: argparse.Namespace) -> None:
    from ideas.worker import work

    with _database(settings) as url:
        os.environ["DATABASE_URL"] = url
        work(settings)


def _migrate(settings: Settings, options: argparse.Namespace) -> None:
    async def body(url: str) -> None:
        from ideas.migrate import migrate

        applied = await migrate(url)
        if applied or not options.quiet:
            print(
                f"{applied} migrations applied" if applied else "the tables are of this version", flush=True
            )
        if options.fill:
            from ideas.demo.start import fill_empty

            await fill_empty(url)

    with _database(settings) as url:
        os.environ["DATABASE_URL"] = url
        asyncio.run(body(url))


def _demo(settings: Settings, options: argparse.Namespace) -> None:
    async def body() -> Any:
        from ideas.demo.load import load

        with progress("Demo campaign") as report:
            return await load(report)

    done = _in_database(settings, body)
    said = "filled" if done.added else "was there before"
    print(f"the demo campaign {said}: {done.ideas} ideas, {done.votes} votes, {done.comments} comments")


def _cluster(settings: Settings, options: argparse.Namespace) -> None:
    async def body() -> list[Any]:
        from ideas import database
        from ideas.cluster.jobs import run_campaign

        slugs = options.campaign or [
            r["slug"] for r in await database.fetch("SELECT slug FROM campaign ORDER BY id")
        ]
        done = []
        for slug in slugs:
            with progress(slug) as report:
                done.append(await run_campaign(slug, report))
        return done

    for one in _in_database(settings, body):
        changes = ", ".join(f"{n} {what}" for what, n in one.changes.items() if n)
        print(
            f"{one.campaign}: {one.ideas} ideas in {one.clusters} groups ({changes or 'as before'}), "
            f"{one.alone} alone, {one.themes} themes, {one.seconds:.1f} s"
        )


def _user_add(settings: Settings, options: argparse.Namespace) -> None:
    from getpass import getpass

    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else getpass("Password: ")

    async def body() -> None:
        from ideas.account.actions import register

        await register(options.email, password, options.name or options.email.split("@")[0], options.role)

    _in_database(settings, body)
    print(f"{options.email} is now a {options.role}")


def _user_role(settings: Settings, options: argparse.Namespace) -> None:
    async def body() -> None:
        from ideas.account.actions import set_role

        await set_role(options.email, options.role)

    _in_database(settings, body)
    print(f"{options.email} is now a {options.role}")


_ROLES = ("citizen", "moderator", "planner", "admin")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ideas",
        description="Crowdsourcing for public service centres.",
        epilog="Settings are variables of the environment: PORT, DATA_DIR, DATABASE_URL, WORKERS and others; "
        "docs/operating.md lists them.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="server, worker and database; Ctrl-C stops all")
    run.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    run.set_defaults(run=_run)

    migrate = commands.add_parser("migrate", help="bring the tables to this version")
    migrate.add_argument("--quiet", action="store_true", help="say nothing where there is nothing to do")
    migrate.add_argument("--fill", action="store_true", help="fill an empty database with the demo campaign")
    migrate.set_defaults(run=_migrate)

    commands.add_parser("demo", help="fill the demo campaign «Мой офис госуслуг»").set_defaults(run=_demo)

    cluster = commands.add_parser("cluster", help="group a campaign's ideas anew, now")
    cluster.add_argument("campaign", nargs="*", help="short names of campaigns; all by default")
    cluster.set_defaults(run=_cluster)

    commands.add_parser("worker", help="run background jobs; any number may run").set_defaults(run=_work)
    commands.add_parser("serve").set_defaults(run=_serve)

    user = commands.add_parser("user", help="accounts").add_subparsers(metavar="ACTION", required=True)
    add = user.add_parser("add", help="make an account")
    add.add_argument("email")
    add.add_argument("--name", help="public name; by default the address before the @")
    add.add_argument("--role", choices=_ROLES, default="citizen")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    add.set_defaults(run=_user_add)
    role = user.add_parser("role", help="give an account another role")
    role.add_argument("email")
    role.add_argument("role", choices=_ROLES)
    role.set_defaults(run=_user_role)
    return parser
