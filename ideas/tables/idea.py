"""Ideas, and what citizens do with them."""

from __future__ import annotations

from piccolo.columns import (
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    DoublePrecision,
    Integer,
    Real,
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
from ideas.tables.campaign import Campaign, District, Office
from ideas.tables.cluster import Cluster, Theme


class Idea(Table):
    """A citizen's proposal. `votes` and `votes_against` count rows of `vote`; imported counts stand apart."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign)
    author = reference(Account)
    title = Varchar(length=120)
    text = Text()
    lang = Varchar(length=5, default="ru")
    office = reference(Office, null=True)
    district = reference(District, null=True)
    status = Varchar(
        length=12, default="submitted", help_text="submitted, study, accepted, declined, standard, done"
    )
    votes = Integer(default=0)
    votes_against = Integer(default=0)
    imported_votes = Integer(default=0)
    imported_against = Integer(default=0)
    comments = Integer(default=0)
    impressions = BigInt(default=0, help_text="how often it stood in a list or was opened")
    eyes = DoublePrecision(default=0.0, help_text="how many of these looked at it, by its place in the list")
    fair = Real(default=0.0, help_text="order of the fair list: few eyes first, chance among equals")
    cluster = reference(Cluster, null=True)
    theme = reference(Theme, null=True)
    similarity = Real(null=True, default=None, help_text="to the cluster's typical idea, 0..1")
    tagged = Varchar(length=10, null=True, default=None, help_text="model, moderator; nothing: not yet")
    unsure = Boolean(default=False, help_text="the model abstained, which is not the same as no principle")
    source = Varchar(
        length=200, null=True, default=None, help_text="its key in the file it was imported from"
    )
    created = Timestamptz(default=TimestamptzNow())
    edited = Timestamptz(null=True, default=None)
    hidden = Timestamptz(null=True, default=None)
    hidden_by = Varchar(length=10, null=True, default=None, help_text="moderator, block (of its author)")
    submission = Varchar(
        length=32,
        null=True,
        default=None,
        help_text="key of the form it was sent with: sent twice is one idea",
    )


class Addition(Table):
    """What its author added to an idea after others had voted for it; at most five."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    number = SmallInt(help_text="1 to 5")
    text = Text()
    created = Timestamptz(default=TimestamptzNow())


class Draft(Table):
    """An idea that is being written: one for a person and campaign, or parked by somebody who has yet to sign in."""

    id = BigSerial(primary_key=True)
    account = reference(Account, null=True, on_delete=OnDelete.cascade)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    key = Varchar(length=32, help_text="becomes the idea's `submission`")
    title = Text(default="")
    text = Text(default="")
    rest = Text(default="", help_text="the second of two ideas that were written as one")
    office = Varchar(length=60, default="")
    parked = Bytea(null=True, default=None, help_text="SHA-256 of the secret that gives it back", secret=True)
    saved = Timestamptz(default=TimestamptzNow())


class Photo(Table):
    """A picture of an idea, or of its draft: WebP without metadata, at most 1600 px, and a small one of it."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, null=True, on_delete=OnDelete.cascade)
    draft = reference(Draft, null=True, on_delete=OnDelete.cascade)
    place = SmallInt(help_text="1 to 3")
    alt = Varchar(length=200, default="")
    hash = Varchar(length=16, help_text="of the large picture; part of its address")
    width = SmallInt()
    height = SmallInt()
    content = Bytea()
    small = Bytea()
    created = Timestamptz(default=TimestamptzNow())


class Choice(Table):
    """A person's answer to "does this idea say the same as yours?"; `idea` is empty where none was published."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    idea = reference(Idea, null=True, on_delete=OnDelete.cascade)
    other = reference(Idea, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    answer = Varchar(length=9, help_text="same, different")
    created = Timestamptz(default=TimestamptzNow())


class Vote(Table):
    """One person's support of one idea (or, in imported data, the opposite)."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    value = SmallInt(default=1, help_text="1 for, -1 against")
    created = Timestamptz(default=TimestamptzNow())


class Comment(Table):
    """A remark on an idea that takes a side or asks."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    author = reference(Account)
    side = Varchar(length=8, help_text="for, against, question")
    text = Text()
    created = Timestamptz(default=TimestamptzNow())
    hidden = Timestamptz(null=True, default=None)
    hidden_by = Varchar(length=10, null=True, default=None, help_text="moderator, block (of its author)")
