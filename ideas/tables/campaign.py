"""A campaign with what its organisers set up."""

from __future__ import annotations

from piccolo.columns import JSONB, BigSerial, Boolean, Integer, SmallInt, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.base import reference


class Campaign(Table):
    """One call for ideas."""

    id = BigSerial(primary_key=True)
    slug = Varchar(length=60, unique=True)
    title = JSONB()
    summary = JSONB(default="{}")
    lang = Varchar(length=5, default="ru", help_text="language of its ideas: ru, en, es, …, mixed")
    words = JSONB(default="{}", help_text="the organiser's own thesaurus: {concept: {ru: [..], en: [..]}}")
    second_opinions = SmallInt(
        default=5, help_text="share of decisions that a second moderator sees, percent"
    )
    created = Timestamptz(default=TimestamptzNow())


class Stage(Table):
    """A dated round of a campaign that says what is open."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    title = JSONB()
    summary = JSONB(default="{}")
    opens = Timestamptz()
    closes = Timestamptz()
    submit = Boolean(default=False)
    comment = Boolean(default=False)
    vote = Boolean(default=False)


class Principle(Table):
    """One of the principles that ideas are tagged with."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    slug = Varchar(length=60)
    name = JSONB()
    description = JSONB(default="{}")
    keywords = JSONB(default="[]")
    position = SmallInt(default=0)


class District(Table):
    """A district of the city, in one of its okrugs."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    slug = Varchar(length=60)
    name = JSONB()
    area = JSONB(default="{}", help_text="the okrug it lies in")
    population = Integer(null=True, default=None)


class Office(Table):
    """A public service centre."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    district = reference(District, null=True)
    slug = Varchar(length=60)
    name = JSONB()
