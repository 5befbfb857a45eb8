"""What a ranking is narrowed to, and by which order: the same for pages and programs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from ideas.campaign.rules import Campaign
from ideas.errors import BadRequest, message
from ideas.idea.filters import Asked, Filters, conditions, resolve
from ideas.ranking.rules import KINDS, ORDERS

STATES = ("open", "accepted", "declined", "forwarded")
PAGES = 100_000
"""Nobody leafs further; a larger number is a mistake."""


class Search(msgspec.Struct):
    """`given`: the filters that are on, as they stand in the address. Places are always among all of the campaign."""

    kind: str
    order: str
    campaign: Campaign
    filters: Filters
    state: str
    page: int
    given: dict[str, str]

    @property
    def narrowed(self) -> bool:
        return bool(self.given)

    def where(self, start: int) -> tuple[str, list[Any]]:
        """SQL conditions on `idea i`, `cluster c` or `theme t`, `$start` being their first argument."""
        ideas, args = conditions(self.filters, start)
        if self.kind == "idea":
            return ideas, args
        letter = self.kind[0]
        parts = ["c.retired IS NULL", "c.size > 0"] if letter == "c" else ["t.retired IS NULL"]
        if set(self.given) - {"state"}:
            parts.append(f"EXISTS (SELECT FROM idea i WHERE i.{self.kind} = {letter}.id AND {ideas})")
        else:
            args = []
        if self.state and letter == "c":
            parts.append(f"c.state = ${start + len(args)}")
            args = [*args, self.state]
        return " AND ".join(parts), args

    def address(self, path: str = "/planning/ranking", /, **changes: Any) -> str:
        """The same ranking with something changed; None takes it away."""
        values = {
            "campaign": self.campaign.slug,
            "what": self.kind,
            "order": self.order,
            **self.given,
            **changes,
        }
        return f"{path}?" + urlencode({k: v for k, v in values.items() if v})


async def search(asked: Asked, kind: str, order: str, state: str, page: int) -> Search:
    """Look the filters up; BadRequest names by field what is not known."""
    asked.sort = ""
    kind, order = kind or KINDS[0], order or ORDERS[0]
    errors = {}
    if kind not in KINDS:
        errors["what"] = message("Ideas, groups or themes can be ranked: idea, cluster, theme")
    if order not in ORDERS:
        errors["order"] = message("There is no such order")
    if state and state not in STATES:
        errors["state"] = message("There is no such state")
    if not 1 <= page <= PAGES:
        errors["page"] = message("There is no such page")
    if errors:
        raise BadRequest(errors=errors)
    campaign, filters = await resolve(asked)
    filters = msgspec.structs.replace(filters, campaign=campaign.id)
    given = {k: v for k, v in msgspec.structs.asdict(asked).items() if v and k not in ("sort", "campaign")}
    given |= {"state": state} if state and kind == "cluster" else {}
    return Search(kind, order, campaign, filters, state, page, given)
