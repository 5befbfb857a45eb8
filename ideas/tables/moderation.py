"""Moderators' work."""

from __future__ import annotations

from piccolo.columns import JSONB, BigSerial, ForeignKey, Real, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign
from ideas.tables.cluster import Cluster
from ideas.tables.idea import Comment, Idea


class Decision(Table):
    """A moderator's ruling on one or many ideas."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign)
    cluster = reference(Cluster, null=True)
    verdict = Varchar(length=8, help_text="accept, decline, forward")
    reason = Text()
    letter = Text(default="")
    moderator = reference(Account)
    created = Timestamptz(default=TimestamptzNow())
    undone = Timestamptz(null=True, default=None)
    undone_by = reference(Account, null=True)
    cluster_state = Varchar(length=12, default="open", help_text="the cluster's state before")


class Ruling(Table):
    """One idea's part in a decision, with the status that undoing gives back."""

    id = BigSerial(primary_key=True)
    decision = reference(Decision, on_delete=OnDelete.cascade)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    status = Varchar(length=12, help_text="the idea's status before")


class Closing(Table):
    """A cluster that a decision over a selection has answered whole; other decisions name theirs themselves."""

    id = BigSerial(primary_key=True)
    decision = reference(Decision, on_delete=OnDelete.cascade)
    cluster = reference(Cluster, on_delete=OnDelete.cascade)
    state = Varchar(length=12, help_text="the cluster's state before")
    undone = Timestamptz(null=True, default=None)


class Bulk(Table):
    """A decision over a selection of ideas, written by a job row by row."""

    id = BigSerial(primary_key=True)
    decision = ForeignKey(Decision, null=False, default=None, on_delete=OnDelete.cascade, unique=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    filters = JSONB(default="{}", help_text="what the ideas were selected by")
    created = Timestamptz(default=TimestamptzNow())
    finished = Timestamptz(null=True, default=None)


class BulkRow(Table):
    """One idea of a selection and what became of it."""

    id = BigSerial(primary_key=True)
    bulk = reference(Bulk, on_delete=OnDelete.cascade)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    state = Varchar(length=8, default="waiting", help_text="waiting, done, failed")
    why = Varchar(length=10, default="", help_text="of a failed one: claimed, answered, hidden")
    who = reference(Account, null=True)


class Claim(Table):
    """A moderator has a cluster in hand until the lease runs out; the cluster is the key, so one at a time."""

    id = BigSerial(primary_key=True)
    cluster = reference(Cluster, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    taken = Timestamptz(default=TimestamptzNow())
    until = Timestamptz(help_text="the lease's end, put off by whatever its holder does")


class Proposal(Table):
    """What a run would do to a decided cluster, were it allowed to: a person accepts it or keeps what is."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    decided = reference(Cluster, on_delete=OnDelete.cascade)
    cluster = reference(Cluster, null=True, on_delete=OnDelete.cascade)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    similarity = Real(default=0.0)
    state = Varchar(length=8, default="waiting", help_text="waiting, accepted, kept")
    account = reference(Account, null=True)
    created = Timestamptz(default=TimestamptzNow())
    answered = Timestamptz(null=True, default=None)


class Report(Table):
    """A person's word that an idea or a comment breaks the rules. A moderator looks; no number of them hides."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    comment = reference(Comment, null=True, on_delete=OnDelete.cascade)
    account = reference(Account)
    reason = Varchar(length=10, help_text="insult, personal, spam, offtopic, other")
    text = Text(default="")
    created = Timestamptz(default=TimestamptzNow())
    closed = Timestamptz(null=True, default=None)
    closed_by = reference(Account, null=True)
    outcome = Varchar(length=8, null=True, default=None, help_text="hidden, kept")
