"""What a planner looks at: filters and order of ideas or clusters, the same for pages and exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ideas.campaign.rules import Campaign
from ideas.errors import BadRequest, message
from ideas.idea.filters import Asked, Filters, conditions, resolve
from ideas.moderation import log
from ideas.web import clean

STATES = ("open", "accepted", "declined", "forwarded")
# SQL and type of the sort value of each order, the largest first; ids break ties.
ORDERS: dict[str, dict[str, tuple[str, Any]]] = {
    "ideas": {"votes": ("i.support", int), "new": ("i.created", str)},
    "clusters": {
        "supporters": ("c.supporters", int),
        "votes": ("c.votes", int),
        "size": ("c.size", int),
        "new": ("c.created", str),
    },
    "comments": {"new": ("m.created", str)},
    "votes": {"idea": ("v.idea", int)},
    "decisions": {"new": ("d.created", str)},
    "audit": {"old": ("u.id", int)},
    "participation": {"district": ("", str)},
    "residents": {"district": ("", str)},
}
_LETTERS = {"clusters": "c", "comments": "m", "decisions": "d"}
# Filters of the audit log besides the campaign.
DEEDS = ("kind", "account", "subject", "first", "last")


class Search(msgspec.Struct):
    """`what`: ideas or clusters. `given`: the filters that are on as they stand in the address."""

    what: str
    campaign: Campaign
    filters: Filters
    state: str
    order: str
    given: dict[str, str]
    deeds: log.Asked | None = None

    def where(self, start: int = 1) -> tuple[str, list[Any]]:
        """SQL conditions and their arguments, `$start` being the first."""
        if self.what in ("ideas", "votes", "participation", "residents"):
            return conditions(self.filters, start)
        if self.what == "comments":
            some, args = conditions(self.filters, start)
            return f"m.hidden IS NULL AND {some}", args
        if self.what == "decisions":
            return self._decisions(start)
        if self.what == "audit":
            assert self.deeds is not None
            return log.conditions(self.deeds, "u", start)
        parts, args = ["c.retired IS NULL", "c.size > 0"], []

        def add(sql: str, value: Any) -> None:
            parts.append(sql.format(start + len(args)))
            args.append(value)

        add("c.campaign = ${}", self.campaign.id)
        if self.state:
            add("c.state = ${}", self.state)
        f = self.filters
        if f.theme is not None:
            add("c.theme = ${}", f.theme)
        if self._narrowed():
            some, values = conditions(f, start + len(args))
            parts.append(f"EXISTS (SELECT FROM idea i WHERE i.cluster = c.id AND {some})")
            args.extend(values)
        return " AND ".join(parts), args

    def _narrowed(self) -> bool:
        """Whether a filter speaks of ideas."""
        f = self.filters
        places = (f.principle, f.office, f.district)
        return bool(f.q or f.status or f.cluster) or any(p is not None for p in places)

    def _decisions(self, start: int) -> tuple[str, list[Any]]:
        """Decisions on at least one of the ideas that the filters leave."""
        where, args = f"d.campaign = ${start}", [self.campaign.id]
        if self._narrowed() or self.filters.theme is not None:
            some, values = conditions(self.filters, start + 1)
            where += f""" AND EXISTS (SELECT FROM ruling r JOIN idea i ON i.id = r.idea
                WHERE r.decision = d.id AND {some})"""
            args.extend(values)
        return where, args

    def order_by(self) -> str:
        """SQL of the order; unique, so that the same rows stand in the same order."""
        if self.what == "votes":
            # By the pseudonym: by the account's number the file would tell who came first to the site.
            return "v.idea, person"
        if self.what == "audit":
            return "u.id"
        letter = _LETTERS.get(self.what, "i")
        return f"{ORDERS[self.what][self.order][0]} DESC, {letter}.id DESC"


async def search(
    what: str, asked: Asked, state: str = "", order: str = "", deeds: Mapping[str, str] | None = None
) -> Search:
    """Look the filters up; BadRequest names those that are not known. `deeds`: filters of the audit log."""
    asked.sort = ""
    campaign, filters = await resolve(asked)
    errors = {}
    if state and state not in STATES:
        errors["state"] = message("There is no such state")
    order = order or next(iter(ORDERS[what]))
    if order not in ORDERS[what]:
        errors["order"] = message("There is no such order")
    if errors:
        raise BadRequest(errors=errors)
    given = {k: v for k, v in msgspec.structs.asdict(asked).items() if v and k not in ("sort", "campaign")}
    if what != "clusters":
        state = ""
    given |= {"state": state} if state else {}
    if what != "audit":
        return Search(what, campaign, filters, state, order, given)
    chosen = {k: v for k in DEEDS if (v := clean((deeds or {}).get(k, ""))[:60])}
    deed = log.asked_of(chosen, campaign.id)
    # A page may leave out what it cannot read; a file would hold more than was asked for.
    if lost := [k for k in chosen if not getattr(deed, k)]:
        raise BadRequest(errors=dict.fromkeys(lost, message("This value is not of the expected form")))
    return Search(what, campaign, filters, "", order, chosen, deed)
