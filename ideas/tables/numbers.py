"""Numbers for planners: what was counted, when, and who takes part. Tables that a job fills can be filled again."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    DoublePrecision,
    Integer,
    Real,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.date import DateNow
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign, District
from ideas.tables.idea import Idea


class AgeGroup(Table):
    """An age group of the campaign's population; `oldest` is empty in the last one."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    slug = Varchar(length=60)
    name = JSONB()
    youngest = SmallInt(default=0)
    oldest = SmallInt(null=True, default=None)
    population = Integer()


class Residence(Table):
    """Where a person lives and how old they are, told by themselves for one campaign; both are optional."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    district = reference(District, null=True, on_delete=OnDelete.cascade)
    age_group = reference(AgeGroup, null=True, on_delete=OnDelete.cascade)
    told = Timestamptz(default=TimestamptzNow())


class Participant(Table):
    """A person who wrote or supported ideas of a campaign, with the weight that makes them stand for the city."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    district = reference(District, null=True, on_delete=OnDelete.cascade)
    told = Boolean(default=False, help_text="the district is what they said, not where their ideas are about")
    age_group = reference(AgeGroup, null=True, on_delete=OnDelete.cascade)
    weight = DoublePrecision(null=True, default=None, help_text="mean 1; nothing: not known where from")


class Standing(Table):
    """Where an idea, cluster or theme stands in each order, and the numbers behind it. Places are `first` to `last`."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    kind = Varchar(length=7, help_text="idea, cluster, theme")
    item = BigInt()
    ideas = Integer(default=0, help_text="sent in")
    proposals = Integer(default=0, help_text="distinct ones: copies of one text count once")
    people = Integer(default=0, help_text="distinct: authors and voters")
    votes = Integer(default=0)
    imported = Integer(default=0)
    against = Integer(default=0, help_text="distinct people who voted or commented against")
    eyes = DoublePrecision(default=0.0)
    known = Integer(default=0, help_text="of the people, those with a weight")
    exposure = Real(null=True, default=None)
    exposure_low = Real(null=True, default=None)
    exposure_high = Real(null=True, default=None)
    share = Real(null=True, default=None)
    share_low = Real(null=True, default=None)
    share_high = Real(null=True, default=None)
    split = Real(null=True, default=None)
    split_low = Real(null=True, default=None)
    split_high = Real(null=True, default=None)
    people_first = Integer(default=0)
    people_last = Integer(default=0)
    exposure_first = Integer(default=0)
    exposure_last = Integer(default=0)
    share_first = Integer(default=0)
    share_last = Integer(default=0)
    split_first = Integer(default=0)
    split_last = Integer(default=0)


class WaveIdea(Table):
    """An idea of a wave: near-identical texts. The wave's number is that of its earliest idea."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    wave = BigInt()


class Figure(Table):
    """One table of a dashboard, counted for a whole campaign or for one principle, district or theme."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    part = Varchar(length=10, help_text="all, principle, district, theme")
    of = BigInt(default=0)
    name = Varchar(length=20)
    data = JSONB(default="[]")


class Counted(Table):
    """When a campaign's numbers were made, how long that took, and what there is to say about them; or to keep."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    kind = Varchar(length=10, help_text="ranking, packed, waves, figures")
    made = Timestamptz(default=TimestamptzNow())
    mark = Varchar(
        length=80, default="", help_text="what they were made of: unchanged, they need not be made again"
    )
    seconds = Real(default=0.0)
    state = JSONB(default="{}")
    content = Bytea(
        null=True, default=None, help_text="of packed: the campaign as arrays, see ideas/ranking/packed.py"
    )


class Visit(Table):
    """How often the site was come to on a day. No person, address or cookie is kept."""

    day = Date(primary_key=True, default=DateNow())
    visits = Integer(default=0)
