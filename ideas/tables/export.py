"""What leaves the product: files for planners and for everybody, and messages to other programs."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign


class Disclosure(Table):
    """What of a campaign may be given away. Made when first needed; the key is what pseudonyms are made with."""

    id = BigSerial(primary_key=True)
    campaign = ForeignKey(Campaign, null=False, default=None, on_delete=OnDelete.cascade, unique=True)
    smallest = SmallInt(default=5, help_text="counts of fewer people are left out")
    open = Boolean(default=True, help_text="whether there is a public dataset")
    licence = Varchar(length=200, default="https://creativecommons.org/licenses/by/4.0/")
    key = Bytea(help_text="32 random bytes", secret=True)


class Export(Table):
    """A file that was asked for: made by a job and kept for a while, sent at once, or part of the public dataset."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    account = reference(Account, null=True, on_delete=OnDelete.cascade)
    way = Varchar(length=6, help_text="job, stream, open")
    what = Varchar(length=14, help_text="ideas, clusters, comments, votes, decisions, audit, participation")
    format = Varchar(length=8, help_text="csv, xlsx, jsonl, parquet")
    asked = JSONB(default="{}", help_text="filters, order, columns, language, purpose")
    state = Varchar(
        length=8, default="waiting", help_text="waiting, running, ready, failed, stopped, expired"
    )
    rows = BigInt(null=True, default=None, help_text="how many there will be")
    done = BigInt(default=0, help_text="how many are written")
    size = BigInt(default=0, help_text="bytes")
    sha256 = Varchar(length=64, default="")
    manifest = JSONB(default="{}")
    error = Varchar(length=300, default="")
    created = Timestamptz(default=TimestamptzNow())
    finished = Timestamptz(null=True, default=None)
    expires = Timestamptz(null=True, default=None)


class ExportChunk(Table):
    """A piece of a kept file, each but the last of the same length, so that any server finds any byte at once."""

    id = BigSerial(primary_key=True)
    export = reference(Export, on_delete=OnDelete.cascade)
    number = Integer(default=0)
    content = Bytea()


class Webhook(Table):
    """An address of another program that is told of decisions and status changes."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    account = reference(Account)
    address = Varchar(length=500)
    secret = Varchar(length=80, help_text="what messages are signed with", secret=True)
    events = JSONB(default="[]", help_text="kinds of events that it is told")
    active = Boolean(default=True)
    created = Timestamptz(default=TimestamptzNow())


class Delivery(Table):
    """One message to one address, and how its sending went."""

    id = BigSerial(primary_key=True)
    webhook = reference(Webhook, on_delete=OnDelete.cascade)
    event = Varchar(length=80, help_text="decision:7, undone:7, …: each is told once")
    kind = Varchar(length=20)
    body = Text()
    state = Varchar(length=8, default="waiting", help_text="waiting, sent, failed")
    tries = SmallInt(default=0)
    status = SmallInt(null=True, default=None, help_text="what the other side answered")
    error = Varchar(length=300, default="")
    created = Timestamptz(default=TimestamptzNow())
    tried = Timestamptz(null=True, default=None)
