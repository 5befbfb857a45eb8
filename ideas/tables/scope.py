"""What a moderator is limited to."""

from __future__ import annotations

from piccolo.columns import BigSerial, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign, District
from ideas.tables.cluster import Theme


class Scope(Table):
    """A moderator rules only on ideas of this district, of this theme, or of both where both are given.

    Several rows widen it. Without any, a moderator rules on everything.
    """

    id = BigSerial(primary_key=True)
    account = reference(Account, on_delete=OnDelete.cascade)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    district = reference(District, null=True, on_delete=OnDelete.cascade)
    theme = reference(Theme, null=True, on_delete=OnDelete.cascade)
    created = Timestamptz(default=TimestamptzNow())
