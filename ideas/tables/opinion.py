"""What keeps decisions fair: second opinions, appeals, and a campaign's own list of blocked words."""

from __future__ import annotations

from piccolo.columns import JSONB, BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign
from ideas.tables.idea import Idea
from ideas.tables.moderation import Decision


class Opinion(Table):
    """A decision that a second moderator rules on too, without seeing it. A third settles what they disagree on.

    `first` is the decision's moderator, put in by the database; neither of the others can be the same person.
    """

    id = BigSerial(primary_key=True)
    decision = ForeignKey(Decision, null=False, default=None, on_delete=OnDelete.cascade, unique=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    name = Varchar(length=200, help_text="of the group, or the only idea's title, as it was")
    ideas = JSONB(default="[]", help_text="ids of all that the first moderator saw")
    supporters = Integer(default=0, help_text="distinct people behind it, as it was")
    first = reference(Account)
    account = reference(Account, null=True)
    verdict = Varchar(length=8, null=True, default=None, help_text="accept, decline, forward")
    reason = Text(default="")
    created = Timestamptz(default=TimestamptzNow())
    answered = Timestamptz(null=True, default=None)
    settled = Varchar(length=8, null=True, default=None, help_text="the verdict that a third holds right")
    settled_by = reference(Account, null=True)
    settled_at = Timestamptz(null=True, default=None)
    note = Text(default="")


class Appeal(Table):
    """An author's objection to a declined idea, once for a decision. Whoever decided cannot answer it."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    decision = reference(Decision, on_delete=OnDelete.cascade)
    author = reference(Account)
    decided_by = reference(Account)
    text = Text()
    created = Timestamptz(default=TimestamptzNow())
    state = Varchar(length=10, default="waiting", help_text="waiting, confirmed, overturned")
    moderator = reference(Account, null=True)
    reason = Text(default="")
    answered = Timestamptz(null=True, default=None)
    result = reference(Decision, null=True, on_delete=OnDelete.set_null)


class BlockedWord(Table):
    """A word or phrase that a campaign points out before publishing and to moderators; nothing is refused for it."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    words = Varchar(length=80, help_text="as written; an asterisk at the end stands for any ending")
    note = Varchar(length=200, default="", help_text="why, for authors and moderators")
    account = reference(Account, null=True)
    created = Timestamptz(default=TimestamptzNow())
