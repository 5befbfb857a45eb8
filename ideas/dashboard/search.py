"""What a dashboard is about: a campaign, or one principle, district or theme of it, and between which days."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

import msgspec

from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import BadRequest, Message, message
from ideas.web import clean

PARTS = ("principle", "district", "theme")


class Search(msgspec.Struct):
    """`part`: all, or which of `PARTS` it is narrowed to; `of` its number. `given`: filters as in the address."""

    view: str
    campaign: Campaign
    part: str
    of: int
    first: date | None
    last: date | None
    given: dict[str, str]

    def within(self, day: date) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def address(self, path: str = "/planning/dashboard", /, **changes: Any) -> str:
        """The same dashboard with something changed; None takes it away."""
        values = {"campaign": self.campaign.slug, "view": self.view, **self.given, **changes}
        return f"{path}?" + urlencode({k: v for k, v in values.items() if v})


async def search(params: Any, views: tuple[str, ...]) -> Search:
    """Look the filters of an address up; BadRequest names by field what is not known."""

    def given(name: str) -> str:
        value = params.get(name)
        return clean(value)[:100] if isinstance(value, str) else ""

    errors: dict[str, Message] = {}
    slug = given("campaign")
    campaign = await campaigns.campaign(slug) if slug else await campaigns.default_campaign()
    view = given("view") or views[0]
    if view not in views:
        errors["view"] = message("There is no such dashboard")
    asked = {name: given(name) for name in PARTS if given(name)}
    part, of = _part(asked, campaign, errors)
    days = {name: _day(given(name), name, errors) for name in ("first", "last")}
    if days["first"] and days["last"] and days["first"] > days["last"]:
        errors["last"] = message("The last day is before the first")
    if errors:
        raise BadRequest(errors=errors)
    asked |= {name: given(name) for name in ("first", "last") if given(name)}
    return Search(view, campaign, part, of, days["first"], days["last"], asked)


def _part(asked: dict[str, str], campaign: Campaign, errors: dict[str, Message]) -> tuple[str, int]:
    if len(asked) > 1:
        errors[list(asked)[-1]] = message("Choose one of principle, district and theme")
    for name, value in asked.items():
        if name == "theme":
            if value.isascii() and value.isdecimal() and len(value) <= 18:
                return name, int(value)
            errors[name] = message("This must be a whole number")
            continue
        found = campaign.principle(value) if name == "principle" else campaign.district(value)
        if found:
            return name, found.id
        errors[name] = message("There is no “%(value)s” in this campaign", value=value[:60])
    return "all", 0


def _day(text: str, field: str, errors: dict[str, Message]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors[field] = message("Write the day as 2026-11-22")
        return None
