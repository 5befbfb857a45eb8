"""What the machine knows of ideas, and what people have said of it."""

from __future__ import annotations

from piccolo.columns import JSONB, BigSerial, Boolean, Bytea, Real, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import Vector, reference
from ideas.tables.campaign import Campaign, Principle
from ideas.tables.cluster import Cluster
from ideas.tables.idea import Idea


class Embedding(Table):
    """An idea's vector under one version of the encoder."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    version = Varchar(length=60)
    vector = Vector()


class Tag(Table):
    """A principle of an idea, with who gave it and how sure."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    principle = reference(Principle, on_delete=OnDelete.cascade)
    source = Varchar(length=10, help_text="model, moderator")
    account = reference(Account, null=True)
    probability = Real(default=1.0)
    because = JSONB(default="[]", help_text="the words that decided")
    version = Varchar(length=60, default="")
    created = Timestamptz(default=TimestamptzNow())


class Link(Table):
    """A person's word that two ideas belong together or apart: no run breaks it. `first` < `second`."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    first = reference(Idea, on_delete=OnDelete.cascade)
    second = reference(Idea, on_delete=OnDelete.cascade)
    kind = Varchar(length=6, help_text="must, cannot")
    account = reference(Account, null=True)
    created = Timestamptz(default=TimestamptzNow())


class ClusterEvent(Table):
    """What happened to a cluster, back to its first idea."""

    id = BigSerial(primary_key=True)
    cluster = reference(Cluster, on_delete=OnDelete.cascade)
    kind = Varchar(length=12, help_text="new, grew, shrank, merge, split, joined, gone, decide, undo, rename")
    account = reference(Account, null=True)
    data = JSONB(default="{}")
    created = Timestamptz(default=TimestamptzNow())


class Model(Table):
    """A version of a campaign's encoder or tagger."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    kind = Varchar(length=10, help_text="encoder, tagger")
    version = Varchar(length=60)
    data = Bytea()
    report = JSONB(default="{}")
    active = Boolean(default=True)
    created = Timestamptz(default=TimestamptzNow())
    pinned = Timestamptz(null=True, default=None, help_text="a person chose it: no learning replaces it")
    pinned_by = reference(Account, null=True)
