"""A campaign's stages: what is open when. `now` is an argument."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from ideas.errors import StageClosed, message

KINDS = ("submit", "comment", "vote")


class Stage(msgspec.Struct, frozen=True):
    id: int
    title: dict[str, str]
    summary: dict[str, str]
    opens: datetime
    closes: datetime
    submit: bool
    comment: bool
    vote: bool


class Principle(msgspec.Struct, frozen=True):
    id: int
    slug: str
    name: dict[str, str]
    description: dict[str, str]
    keywords: list[str]


class District(msgspec.Struct, frozen=True):
    id: int
    slug: str
    name: dict[str, str]
    area: dict[str, str]
    population: int | None


class Office(msgspec.Struct, frozen=True):
    id: int
    slug: str
    name: dict[str, str]
    district: int | None


class Campaign(msgspec.Struct, frozen=True):
    """A campaign with everything that is data of it."""

    id: int
    slug: str
    title: dict[str, str]
    summary: dict[str, str]
    lang: str
    stages: list[Stage]
    principles: list[Principle]
    districts: list[District]
    offices: list[Office]

    def principle(self, slug: str) -> Principle | None:
        return next((p for p in self.principles if p.slug == slug), None)

    def office(self, slug: str) -> Office | None:
        return next((o for o in self.offices if o.slug == slug), None)

    def district(self, slug: str) -> District | None:
        return next((d for d in self.districts if d.slug == slug), None)


def stage_at(stages: list[Stage], now: datetime) -> Stage | None:
    """The stage that runs at a moment; the later one where two overlap."""
    running = [s for s in stages if s.opens <= now < s.closes]
    return max(running, key=lambda s: s.opens) if running else None


def next_stage(stages: list[Stage], now: datetime) -> Stage | None:
    """The stage that opens next."""
    coming = [s for s in stages if s.opens > now]
    return min(coming, key=lambda s: s.opens) if coming else None


def is_open(stages: list[Stage], kind: str, now: datetime) -> bool:
    """Whether `submit`, `comment` or `vote` is open in any running stage."""
    return any(s.opens <= now < s.closes and getattr(s, kind) for s in stages)


_CLOSED: dict[str, Any] = {
    "submit": message("New ideas are not taken in this stage of the campaign."),
    "comment": message("Comments are closed in this stage of the campaign."),
    "vote": message("Voting is closed in this stage of the campaign."),
}


def require_open(stages: list[Stage], kind: str, now: datetime) -> None:
    """StageClosed (409) unless `kind` is open."""
    if not is_open(stages, kind, now):
        raise closed(kind)


def closed(kind: str) -> StageClosed:
    """What is said when `submit`, `comment` or `vote` is not open."""
    return StageClosed(_CLOSED[kind])


def days_left(stage: Stage, now: datetime) -> int:
    """Whole days until a stage closes, counting a begun one."""
    return max(0, -(-(stage.closes - now) // timedelta(days=1)))


def newest_open(campaigns: list[Campaign], now: datetime) -> Campaign | None:
    """The campaign to show first: the last that runs now, else the last of all."""
    running = [c for c in campaigns if stage_at(c.stages, now)]
    return max(running or campaigns, key=lambda c: c.id, default=None)
