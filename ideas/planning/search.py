"""What a planner looks at: filters and order of ideas or clusters, the same for pages and exports."""

from __future__ import annotations

from typing import Any

import msgspec

from ideas.campaign.rules import Campaign
from ideas.errors import BadRequest, message
from ideas.idea.filters import Asked, Filters, conditions, resolve

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
}


class Search(msgspec.Struct):
    """`what`: ideas or clusters. `given`: the filters that are on as they stand in the address."""

    what: str
    campaign: Campaign
    filters: Filters
    state: str
    order: str
    given: dict[str, str]

    def where(self, start: int = 1) -> tuple[str, list[Any]]:
        """SQL conditions and their arguments, `$start` being the first."""
        if self.what == "ideas":
            return conditions(self.filters, start)
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
        if (
            f.q
            or f.principle is not None
            or f.office is not None
            or f.district is not None
            or f.status
            or f.cluster
        ):
            some, values = conditions(f, start + len(args))
            parts.append(f"EXISTS (SELECT FROM idea i WHERE i.cluster = c.id AND {some})")
            args.extend(values)
        return " AND ".join(parts), args

    def order_by(self) -> str:
        letter = self.what[0]
        return f"{ORDERS[self.what][self.order][0]} DESC, {letter}.id DESC"


async def search(what: str, asked: Asked, state: str = "", order: str = "") -> Search:
    """Look the filters up; BadRequest names those that are not known."""
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
    if what == "ideas":
        state = ""
    given |= {"state": state} if state else {}
    return Search(what, campaign, filters, state, order, given)
