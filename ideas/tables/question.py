"""What moderators are asked about groups, and what people say of their own part in them."""

from __future__ import annotations

from piccolo.columns import JSONB, BigSerial, Boolean, Real, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign
from ideas.tables.cluster import Cluster
from ideas.tables.idea import Idea


class Question(Table):
    """Do two ideas say the same? Asked by a run, answered by a moderator; each pair once. `first` < `second`."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    first = reference(Idea, on_delete=OnDelete.cascade)
    second = reference(Idea, on_delete=OnDelete.cascade)
    likeness = Real(default=0.0)
    worth = Real(default=0.0, help_text="how much an answer is expected to teach: the highest is asked first")
    state = Varchar(length=9, default="waiting", help_text="waiting, same, different")
    account = reference(Account, null=True)
    created = Timestamptz(default=TimestamptzNow())
    answered = Timestamptz(null=True, default=None)
    done = JSONB(default="{}", help_text="what undoing needs: links added and removed, the change of a group")


class Fit(Table):
    """How well an idea fits its cluster, as the last run saw it; `half`: a proposed split takes it out."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    cluster = reference(Cluster, on_delete=OnDelete.cascade)
    fit = Real(default=1.0, help_text="likeness to the others as a share of the cluster's median")
    half = Boolean(default=False)


class Seen(Table):
    """When a moderator last looked at a cluster: what has joined since is marked as new. The pair is the key."""

    id = BigSerial(primary_key=True)
    cluster = reference(Cluster, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    at = Timestamptz(default=TimestamptzNow(), help_text="the look before this one")
    latest = Timestamptz(default=TimestamptzNow())


class Apart(Table):
    """A person does not want to be counted behind a cluster through an idea: "my vote is for this idea alone"."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    cluster = reference(Cluster, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    created = Timestamptz(default=TimestamptzNow())
