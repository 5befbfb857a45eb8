"""The picture of a campaign's ideas, and what moderators have picked out by hand."""

from __future__ import annotations

from piccolo.columns import Array, BigInt, BigSerial, Boolean, Real, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign
from ideas.tables.idea import Idea


class Spot(Table):
    """Where an idea stands on its campaign's map; the idea is the key."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    x = Real()
    y = Real()
    drawn = Boolean(default=True, help_text="false: put beside its neighbours until the map is drawn anew")


class Pick(Table):
    """Ideas that somebody has picked out by hand, on the map or in its table, to rule on them together."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    ideas = Array(base_column=BigInt(), default=list, help_text="ascending, each once")
    created = Timestamptz(default=TimestamptzNow())
