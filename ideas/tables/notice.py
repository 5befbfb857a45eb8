"""What people are told."""

from __future__ import annotations

from piccolo.columns import JSONB, BigSerial, ForeignKey, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.idea import Idea


class Letter(Table):
    """An e-mail on its way out. Without a mail server it is kept for the mailbox page instead."""

    id = BigSerial(primary_key=True)
    account = reference(Account, on_delete=OnDelete.cascade)
    address = Varchar(length=254)
    kind = Varchar(length=12, help_text="a notice's kind, digest, confirm")
    lang = Varchar(length=2)
    subject = Varchar(length=300)
    text = Text()
    html = Text()
    state = Varchar(length=8, default="waiting", help_text="waiting, sent, failed, kept")
    tries = SmallInt(default=0)
    error = Varchar(length=300, default="")
    due = Timestamptz(default=TimestamptzNow(), help_text="not to be tried before")
    created = Timestamptz(default=TimestamptzNow())
    sent = Timestamptz(null=True, default=None)


class Notice(Table):
    """What a person is told, in the page and, as they wish, by letter."""

    id = BigSerial(primary_key=True)
    account = reference(Account, on_delete=OnDelete.cascade)
    idea = reference(Idea, null=True, on_delete=OnDelete.cascade)
    kind = Varchar(length=20, help_text="decision, undone, comment, clustered, status, clause, commitment")
    event = Varchar(
        length=60,
        null=True,
        default=None,
        help_text="decision:7, comment:12, …: each is told once to a person",
    )
    data = JSONB(default="{}")
    created = Timestamptz(default=TimestamptzNow())
    read = Timestamptz(null=True, default=None)
    due = Timestamptz(
        null=True,
        default=TimestamptzNow(),
        help_text="when a letter about it is to be thought of; nothing: settled",
    )
    letter = reference(Letter, null=True, on_delete=OnDelete.set_null)


class Follow(Table):
    """A person wants to hear of an idea."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    created = Timestamptz(default=TimestamptzNow())


class Preference(Table):
    """How a person wants letters; without a row: at once, of every kind."""

    id = BigSerial(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.cascade, unique=True)
    often = Varchar(length=6, default="now", help_text="now, daily, weekly, never")
    without = JSONB(default="[]", help_text="kinds of notices that no letter tells")
