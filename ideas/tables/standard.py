"""The standard that a campaign ends in, its versions, and the staff who pledge to it."""

from __future__ import annotations

from piccolo.columns import JSONB, BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign, Office, Principle
from ideas.tables.cluster import Cluster
from ideas.tables.idea import Idea


class Standard(Table):
    """A campaign's document as it is being written."""

    id = BigSerial(primary_key=True)
    campaign = ForeignKey(Campaign, null=False, default=None, on_delete=OnDelete.restrict, unique=True)
    title = Varchar(length=200)
    preamble = Text(default="")
    revision = Integer(default=1, help_text="grows with each change of anything in the document")
    created = Timestamptz(default=TimestamptzNow())


class Clause(Table):
    """A paragraph of the standard under one principle. It keeps its id through all versions."""

    id = BigSerial(primary_key=True)
    standard = reference(Standard, on_delete=OnDelete.cascade)
    principle = reference(Principle, null=True)
    position = Integer()
    text = Text()
    revision = Integer(default=1, help_text="grows with each saved text")
    removed = Timestamptz(null=True, default=None)
    created = Timestamptz(default=TimestamptzNow())


class ClauseText(Table):
    """Every text that a clause has had, and who wrote it."""

    id = BigSerial(primary_key=True)
    clause = reference(Clause, on_delete=OnDelete.cascade)
    revision = Integer()
    text = Text()
    account = reference(Account)
    created = Timestamptz(default=TimestamptzNow())


class ClauseDraft(Table):
    """What a planner has typed and not saved yet; `base` is the revision that it changes."""

    id = BigSerial(primary_key=True)
    clause = reference(Clause, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    base = Integer()
    text = Text()
    saved = Timestamptz(default=TimestamptzNow())


class ClauseCluster(Table):
    """A cluster that a clause is drawn from: its evidence."""

    id = BigSerial(primary_key=True)
    clause = reference(Clause, on_delete=OnDelete.cascade)
    cluster = reference(Cluster)
    account = reference(Account)
    created = Timestamptz(default=TimestamptzNow())


class ClauseRemark(Table):
    """What the team says about a clause while it is written."""

    id = BigSerial(primary_key=True)
    clause = reference(Clause, on_delete=OnDelete.cascade)
    account = reference(Account)
    text = Text()
    created = Timestamptz(default=TimestamptzNow())


class StandardVersion(Table):
    """A signed version, whole as it was signed. It never changes, but for being published once."""

    id = BigSerial(primary_key=True)
    standard = reference(Standard)
    number = Integer()
    revision = Integer(help_text="of the standard when it was signed")
    content = JSONB(help_text="the document with its evidence; see ideas/standard/document.py")
    signer = Varchar(length=160, help_text="the person who signs, by name")
    post = Varchar(length=160, help_text="in which post")
    account = reference(Account)
    signed = Timestamptz(default=TimestamptzNow())
    published = Timestamptz(null=True, default=None)
    published_by = reference(Account, null=True)


class Citation(Table):
    """An idea behind a clause of a signed version."""

    id = BigSerial(primary_key=True)
    version = reference(StandardVersion, on_delete=OnDelete.cascade)
    clause = reference(Clause)
    idea = reference(Idea)
    cluster = reference(Cluster)
    number = Varchar(length=12, help_text="the clause's number in this version")


class PledgeCode(Table):
    """What the staff of a centre show that they work there, so that nobody else pledges for them."""

    id = BigSerial(primary_key=True)
    standard = reference(Standard, on_delete=OnDelete.cascade)
    office = reference(Office, on_delete=OnDelete.cascade)
    code = Varchar(length=12, secret=True)
    account = reference(Account)
    created = Timestamptz(default=TimestamptzNow())


class Pledge(Table):
    """A member of a centre's staff promises to keep the standard."""

    id = BigSerial(primary_key=True)
    standard = reference(Standard, on_delete=OnDelete.cascade)
    version = reference(StandardVersion)
    office = reference(Office)
    name = Varchar(length=120)
    post = Varchar(length=120, default="")
    account = reference(Account, null=True)
    created = Timestamptz(default=TimestamptzNow())
    withdrawn = Timestamptz(null=True, default=None)
    withdrawn_by = reference(Account, null=True)
    reason = Text(default="", help_text="why it was withdrawn")
