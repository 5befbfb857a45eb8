"""The `ideas` command line."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import Any

from ideas import chores, model, model_chores
from ideas.datafolder import DataError
from ideas.settings import Settings, SettingsError

_ROLES = ("citizen", "moderator", "planner", "admin")
# Failures that a person can do something about; whoever raised one has imported its module.
_EXPECTED = {
    "ideas.supervisor": "Failed",
    "ideas.migrate": "MigrationError",
    "ideas.errors": "DomainError",
    "ml.transformer": "TransformerError",
}


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
    print(f"ideas: {said}", file=sys.stderr, flush=True)
    raise SystemExit(status)


def _for_person(error: Exception) -> str | None:
    """One line for a failure that a person can do something about, None for a fault of ours."""
    if isinstance(error, (DataError, chores.ChoreError)):
        return str(error)
    for module, name in _EXPECTED.items():
        if module in sys.modules and isinstance(error, getattr(sys.modules[module], name)):
            detail, fields = getattr(error, "detail", None), getattr(error, "errors", None) or {}
            said = [_plain(detail) if detail else str(error)]
            return "; ".join([*said, *(f"{field}: {_plain(text)}" for field, text in fields.items())])
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
    """A translatable message in English."""
    text = getattr(message, "msgid", str(message))
    return text % message.params if getattr(message, "params", None) else text


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

    if settings.encoder:
        # A model that cannot be used is said now, not when the first run begins.
        model.load(settings.encoder)
    with chores.database_url(settings):
        work(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ideas",
        description="Crowdsourcing for public service centres.",
        epilog="Settings are variables of the environment: PORT, DATA_DIR, DATABASE_URL, WORKERS and others; "
        "docs/operating.md lists them.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_parts(commands)
    _add_chores(commands)
    _add_people(commands)
    _add_model(commands)
    return parser


def _add_parts(commands: Any) -> None:
    run = commands.add_parser("run", help="server, worker and database; Ctrl-C stops all")
    run.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    run.set_defaults(run=_run)
    migrate = commands.add_parser("migrate", help="bring the tables to this version")
    migrate.add_argument("--quiet", action="store_true", help="say nothing where there is nothing to do")
    migrate.add_argument("--fill", action="store_true", help="fill an empty database with the demo campaign")
    migrate.set_defaults(run=chores.migrate)
    commands.add_parser("worker", help="run background jobs; any number may run").set_defaults(run=_work)
    # `run` starts these; without a listening socket of its parent it is of no use, so it has no help.
    commands.add_parser("serve").set_defaults(run=_serve)


def _add_chores(commands: Any) -> None:
    commands.add_parser("demo", help="fill the demo campaign «Мой офис госуслуг»").set_defaults(
        run=chores.demo
    )

    take = commands.add_parser("import", help="take ideas and votes from a file; a second time adds nothing")
    take.add_argument(
        "file", type=Path, help="CSV, TSV, XLSX or JSONL; exports of IdeaScale, CONSUL, Decidim, Polis"
    )
    take.add_argument("--campaign", required=True, metavar="SLUG", help="made where there is none")
    take.add_argument("--dry-run", action="store_true", help="only say what would be taken")
    take.add_argument(
        "--refused", type=Path, metavar="OUT", help="write line and reason of every refused row"
    )
    take.set_defaults(run=chores.import_file)

    give = commands.add_parser("export", help="the planner's tables as files")
    give.add_argument(
        "name",
        help="ideas, clusters, comments, votes, decisions, audit, participation or residents "
        "with .csv, .xlsx, .jsonl or .parquet",
    )
    give.add_argument("--campaign", required=True, metavar="SLUG")
    give.add_argument("--out", type=Path, help="where to; by default a file of that name here")
    give.add_argument("--lang", choices=("ru", "en"), default="ru", help="of the headings")
    give.add_argument(
        "--filter", action="append", default=[], metavar="NAME=VALUE", help="as in the lists; repeatable"
    )
    give.add_argument("--columns", metavar="A,B,…", help="only these columns, in this order")
    give.add_argument(
        "--purpose", metavar="WORD", help="files of one purpose share pseudonyms; by default planning"
    )
    give.add_argument("--quiet", action="store_true", help=argparse.SUPPRESS)
    give.set_defaults(run=chores.export)

    publish = commands.add_parser("publish", help="build the public dataset anew, now")
    publish.add_argument("campaign", nargs="*", metavar="SLUG", help="all campaigns by default")
    publish.set_defaults(run=chores.publish)

    report = commands.add_parser("report", help="a campaign's report as DOCX, PDF and XLSX")
    report.add_argument("--campaign", required=True, metavar="SLUG")
    report.add_argument("--lang", choices=("ru", "en"), default="ru")
    report.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where to; by default here")
    report.set_defaults(run=chores.report)

    cluster = commands.add_parser("cluster", help="group ideas anew, now; what moderators decided stays")
    cluster.add_argument("campaign", nargs="*", metavar="SLUG", help="all campaigns by default")
    cluster.set_defaults(run=chores.cluster)

    recount = commands.add_parser("recount", help="count every vote from its rows, and say what differs")
    recount.add_argument("--fix", action="store_true", help="mend the counters that differ")
    recount.set_defaults(run=chores.recount)


def _add_people(commands: Any) -> None:
    user = commands.add_parser("user", help="accounts").add_subparsers(metavar="ACTION", required=True)
    add = user.add_parser("add", help="make an account")
    add.add_argument("email")
    add.add_argument("--name", help="public name; by default the address before the @")
    add.add_argument("--role", choices=_ROLES, default="citizen")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    add.set_defaults(run=chores.user_add)
    role = user.add_parser("role", help="give an account another role")
    role.add_argument("email")
    role.add_argument("role", choices=_ROLES)
    role.set_defaults(run=chores.user_role)
    limit = user.add_parser("limit", help="limit a moderator to districts and themes; without any, no limits")
    limit.add_argument("email")
    limit.add_argument("--campaign", required=True, metavar="SLUG")
    limit.add_argument("--district", action="append", metavar="SLUG")
    limit.add_argument("--theme", action="append", type=int, metavar="NUMBER")
    limit.set_defaults(run=chores.user_limit)


def _add_model(commands: Any) -> None:
    about = "transformers that may help to compare texts; by itself: which are recommended, which is set"
    show = commands.add_parser("model", help=about)
    show.set_defaults(run=model_chores.show)
    actions = show.add_subparsers(metavar="ACTION")
    check = actions.add_parser(
        "check", help="load one and say how fast it is and which languages it understands"
    )
    check.add_argument(
        "model", nargs="?", metavar="FOLDER", help="or the name of a package; by default ENCODER"
    )
    check.add_argument("--quiet", action="store_true", help="only fail where it cannot be loaded")
    check.set_defaults(run=model_chores.check)
