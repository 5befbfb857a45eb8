"""Groups of ideas."""

from __future__ import annotations

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, Integer, Real, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.base import reference
from ideas.tables.campaign import Campaign


class Theme(Table):
    """A wider topic that holds clusters."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    name = Varchar(length=200)
    keywords = JSONB(default="[]")
    pinned = Boolean(default=False, help_text="named by a person: no run renames it")
    created = Timestamptz(default=TimestamptzNow())
    retired = Timestamptz(null=True, default=None)


class Cluster(Table):
    """Ideas that say the same. Its id is for life; a merged or emptied one is retired, never deleted."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    theme = reference(Theme, null=True)
    name = Varchar(length=200)
    keywords = JSONB(default="[]")
    pinned = Boolean(default=False, help_text="named by a person: no run renames it")
    typical = BigInt(null=True, default=None, help_text="the most typical idea")
    state = Varchar(length=12, default="open", help_text="open, accepted, declined, forwarded")
    size = Integer(default=0)
    supporters = Integer(default=0, help_text="distinct people behind its members")
    cohesion = Real(default=0.0, help_text="mean similarity to the typical idea, 0..1")
    created = Timestamptz(default=TimestamptzNow())
    changed = Timestamptz(default=TimestamptzNow())
    retired = Timestamptz(null=True, default=None)
    merged_into = BigInt(null=True, default=None)
