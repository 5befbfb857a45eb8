"""What moderators taught the tagger, and what it would like to be taught."""

from __future__ import annotations

from piccolo.columns import JSONB, BigSerial, Boolean, ForeignKey, Real, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign, Principle
from ideas.tables.idea import Idea


class Lesson(Table):
    """A moderator's word on an idea that the model had tagged: what it said, what the moderator said."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    account = reference(Account, null=True)
    version = Varchar(length=60, default="", help_text="of the tagger; empty where it had said nothing")
    suggested = JSONB(default="[]", help_text="slugs of the model's principles")
    given = JSONB(default="[]", help_text="slugs of the moderator's")
    unsure = Boolean(default=False, help_text="the model had abstained")
    created = Timestamptz(default=TimestamptzNow())


class Doubt(Table):
    """The principle of an idea that the tagger is least sure about; a moderator's word on it teaches most."""

    id = BigSerial(primary_key=True)
    idea = ForeignKey(Idea, null=False, default=None, on_delete=OnDelete.cascade, unique=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    principle = reference(Principle, on_delete=OnDelete.cascade)
    probability = Real(default=0.5)
    margin = Real(default=0.0, help_text="distance of the probability from the threshold, 0..1")
    because = JSONB(default="[]")
    version = Varchar(length=60, default="")
