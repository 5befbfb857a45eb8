"""What is promised to be done about accepted groups."""

from __future__ import annotations

from piccolo.columns import BigSerial, Date, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign
from ideas.tables.cluster import Cluster


class Commitment(Table):
    """A promise about one accepted cluster: who does what, until when, from which money. One for a cluster."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign)
    cluster = reference(Cluster)
    title = Varchar(length=200)
    text = Text(help_text="what will be done")
    owner = Varchar(length=160, help_text="the person or unit that answers for it")
    due = Date()
    budget = Varchar(length=200, default="", help_text="the line of the budget")
    status = Varchar(length=8, default="planned", help_text="planned, underway, done, dropped")
    reason = Text(default="", help_text="why it was dropped")
    revision = Integer(default=1, help_text="grows with each change, so that nobody overwrites unseen")
    account = reference(Account)
    created = Timestamptz(default=TimestamptzNow())
    changed = Timestamptz(default=TimestamptzNow())


class Milestone(Table):
    """A step on the way to a commitment."""

    id = BigSerial(primary_key=True)
    commitment = reference(Commitment, on_delete=OnDelete.cascade)
    position = SmallInt()
    title = Varchar(length=200)
    due = Date(null=True, default=None)
    done = Date(null=True, default=None)


class CommitmentUpdate(Table):
    """What everybody is told about a commitment; authors and supporters of its group get it as news."""

    id = BigSerial(primary_key=True)
    commitment = reference(Commitment, on_delete=OnDelete.cascade)
    account = reference(Account)
    text = Text()
    status = Varchar(length=8, null=True, default=None, help_text="the status that it brought, if any")
    key = Varchar(length=32, null=True, default=None, help_text="of its form: sent twice is one update")
    created = Timestamptz(default=TimestamptzNow())
