"""What the commands do that work on a database: fill, import, export, group, recount, people.

Each function takes the settings and the options of `commands.py`, prints what it did, and raises for the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ideas import model, process
from ideas.progress import progress
from ideas.settings import Settings


class ChoreError(Exception):
    """A command cannot do what it was asked; the message is one line for the person."""


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The address of the database: DATABASE_URL, else the embedded server, running or started for this.

    It is put into the environment, where children and modules that read it when imported find it.
    """
    if settings.database_url:
        os.environ["DATABASE_URL"] = settings.database_url
        yield settings.database_url
        return
    from ideas import postgres

    # SIGTERM shall end a command as Ctrl-C does, so that its database is stopped in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with postgres.embedded(settings.data_dir) as url:
        os.environ["DATABASE_URL"] = url
        yield url


def _in_database(settings: Settings, body: Callable[[], Awaitable[Any]]) -> Any:
    """Run `body` with an open pool on a database whose tables are of this version."""

    async def work(url: str) -> Any:
        from ideas import database
        from ideas.migrate import migrate

        await migrate(url)
        await database.open_pool(url, smallest=1, largest=settings.pool_largest)
        try:
            return await body()
        finally:
            await database.close_pool()

    with database_url(settings) as url:
        return asyncio.run(work(url))


def migrate(settings: Settings, options: argparse.Namespace) -> None:
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

    with database_url(settings) as url:
        asyncio.run(body(url))


def demo(settings: Settings, options: argparse.Namespace) -> None:
    async def body() -> Any:
        from ideas.demo.load import load

        with progress("Demo campaign") as report:
            return await load(report)

    done = _in_database(settings, body)
    said = "filled" if done.added else "was there before"
    print(
        f"the demo campaign {said}: {done.ideas} ideas, {done.votes} votes, {done.comments} comments, "
        f"{done.clusters} groups, {done.decisions} decisions"
    )


def import_file(settings: Settings, options: argparse.Namespace) -> None:
    if not options.file.is_file():
        raise ChoreError(f"{options.file}: there is no such file")

    async def body() -> Any:
        from ideas.transfer.actions import import_file

        with progress(options.file.name) as report:
            return await import_file(options.file, options.campaign, dry_run=options.dry_run, report=report)

    done = _in_database(settings, body)
    from ideas.transfer.report import refused_lines, summary

    print(summary(done))
    if options.refused:
        options.refused.write_text(refused_lines(done), encoding="utf-8")
    if done.rows == len(done.refused):
        raise ChoreError(f"nothing of {options.file} was taken")


def export(settings: Settings, options: argparse.Namespace) -> None:
    filters = {}
    for pair in options.filter:
        name, separator, value = pair.partition("=")
        if not separator:
            raise ChoreError(f"--filter {pair}: it is written name=value, e.g. --filter principle=time")
        filters[name] = value
    for name in ("columns", "purpose"):
        if getattr(options, name):
            filters[name] = getattr(options, name)
    out = options.out or Path(options.name)
    if options.quiet:
        # The server's own child: pages come first, and it does not outlive its parent.
        process.die_with_parent(signal.SIGTERM)
        os.nice(10)

    async def body() -> Any:
        from ideas.planning.export_files import to_file

        return await to_file(options.name, options.campaign, out, lang=options.lang, filters=filters)

    done = _in_database(settings, body)
    if options.quiet:
        print(done.rows)
        return
    beside = out.with_name(f"{out.stem}.manifest.json")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(done), indent=2))
    print(f"{done.rows} rows in {out}; {beside} says what made them")


def publish(settings: Settings, options: argparse.Namespace) -> None:
    async def body() -> dict[str, dict[str, int]]:
        from ideas import database
        from ideas.opendata.actions import publish
        from ideas.planning import disclosure

        rows = await database.fetch("SELECT id, slug FROM campaign ORDER BY id")
        slugs = options.campaign or [r["slug"] for r in rows if (await disclosure.of(r["id"])).open]
        return {slug: await publish(slug) for slug in slugs}

    for slug, rows in _in_database(settings, body).items():
        print(f"{slug}: " + ", ".join(f"{n} {what}" for what, n in rows.items()))


def report(settings: Settings, options: argparse.Namespace) -> None:
    async def body() -> dict[str, bytes]:
        from ideas.campaign.queries import campaign
        from ideas.report.actions import make

        where = await campaign(options.campaign)
        with progress(options.campaign) as said:

            async def step(percent: float) -> None:
                said("the report", percent / 100)

            return await make(where, options.lang, settings.address, step)

    files = _in_database(settings, body)
    options.out.mkdir(parents=True, exist_ok=True)
    for format, content in files.items():
        path = options.out / f"report-{options.campaign}-{options.lang}.{format}"
        path.write_bytes(content)
        print(f"{len(content) / 1000:,.0f} KB in {path}")


def cluster(settings: Settings, options: argparse.Namespace) -> None:
    if settings.encoder:
        # Refused before the database is opened, rather than grouped without it.
        model.load(settings.encoder)

    async def body() -> list[Any]:
        from ideas import database
        from ideas.cluster.jobs import run_campaign

        rows = await database.fetch("SELECT slug FROM campaign ORDER BY id")
        done = []
        for slug in options.campaign or [row["slug"] for row in rows]:
            with progress(slug) as report:
                done.append(await run_campaign(slug, report))
        return done

    for one in _in_database(settings, body):
        changes = ", ".join(f"{n} {what}" for what, n in one.changes.items() if n)
        print(
            f"{one.campaign}: {one.ideas} ideas in {one.clusters} groups ({changes or 'as before'}), "
            f"{one.alone} alone, {one.themes} themes, {one.seconds:.1f} s"
        )


def recount(settings: Settings, options: argparse.Namespace) -> None:
    async def body() -> Any:
        from ideas.transfer.recount import recount

        with progress("Recount") as report:
            return await recount(fix=options.fix, report=report)

    done = _in_database(settings, body)
    print(f"{done.ideas} ideas and {done.clusters} groups counted anew from their rows")
    print(f"{done.deeds} deeds of the audit log and {done.sealed} sealed rows of the ledger hashed anew")
    for one in done.differences:
        print(f"  {one.kind} {one.id}: {one.what} is {one.stored}, counted {one.counted}")
    for what in done.broken:
        print(f"  {what}")
    if done.broken:
        raise ChoreError("the audit log or the ledger is not what was written")
    if done.wrong and not options.fix:
        wrong = ", ".join(f"{what} {n}" for what, n in done.wrong.items())
        raise ChoreError(f"counters that differ from their rows: {wrong}; --fix mends them")
    if options.fix:
        print(f"{done.fixed} counters mended")


def user_add(settings: Settings, options: argparse.Namespace) -> None:
    from getpass import getpass

    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else getpass("Password: ")

    async def body() -> None:
        from ideas.account.actions import register

        await register(options.email, password, options.name or options.email.split("@")[0], options.role)

    _in_database(settings, body)
    print(f"{options.email} is now a {options.role}")


def user_role(settings: Settings, options: argparse.Namespace) -> None:
    async def body() -> None:
        from ideas.account.actions import set_role

        await set_role(options.email, options.role)

    _in_database(settings, body)
    print(f"{options.email} is now a {options.role}")


def user_limit(settings: Settings, options: argparse.Namespace) -> None:
    async def body() -> None:
        from ideas.account import queries, scopes
        from ideas.campaign.queries import campaign

        where = await campaign(options.campaign)
        districts = []
        for slug in options.district or []:
            found = where.district(slug)
            if found is None:
                raise ChoreError(f"there is no district {slug} in {options.campaign}")
            districts.append(found.id)
        people = await queries.people(options.email)
        account = next((p.id for p in people if p.email == options.email.strip().lower()), 0)
        await scopes.limit(None, account, where.id, districts, options.theme or [])

    _in_database(settings, body)
    count = len(options.district or []) + len(options.theme or [])
    print(
        f"{options.email} is limited by {count} districts and themes"
        if count
        else f"{options.email} has no limits"
    )
