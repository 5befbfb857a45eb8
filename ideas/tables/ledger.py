"""Records that are only ever added to."""

from __future__ import annotations

from piccolo.columns import JSONB, BigInt, BigSerial, Bytea, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.idea import Idea


class Ledger(Table):
    """The append-only record of votes and decisions that anybody can recount."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea)
    kind = Varchar(
        length=12, help_text="submit, edit, vote, withdraw, comment, cluster, tag, decide, undo, …"
    )
    account = reference(Account, null=True)
    data = JSONB(default="{}")
    created = Timestamptz(default=TimestamptzNow())


class Audit(Table):
    """What moderators, planners and organisers did. Append-only; each row holds the hash of the one before."""

    id = BigSerial(primary_key=True)
    chain = BigInt(help_text="the campaign, 0 for what is about none")
    account = reference(Account, null=True)
    kind = Varchar(length=20)
    subject = Varchar(length=60, help_text="cluster:7, idea:12, account:3, …")
    data = JSONB(default="{}", help_text="from what to what")
    created = Timestamptz(default=TimestamptzNow())
    previous = Bytea()
    hash = Bytea(help_text="SHA-256 of the previous hash and this row's canonical text")


class Seal(Table):
    """The hash of a stretch of the ledger, chained to the one before. Made by a job, so that no vote waits for it."""

    id = BigSerial(primary_key=True)
    upto = BigInt(help_text="the last ledger number of the stretch")
    horizon = BigInt(help_text="transactions before this one had ended when the stretch was read")
    rows = Integer(default=0)
    hash = Bytea(null=True, default=None, help_text="nothing: some of its rows may still be on their way")
    created = Timestamptz(default=TimestamptzNow())
