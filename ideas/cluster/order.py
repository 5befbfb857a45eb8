"""Which clusters somebody wants to see, and in what order: the queue's page, its keyset and "next" share this."""

from __future__ import annotations

from typing import Any

import msgspec

from ideas.account import scopes

ORDERS = {
    "important": """round(100 * c.supporters * (1 + 0.5 * (1 - least(1, greatest(0, c.cohesion)))) * (1 + 0.1 * least(8,
        greatest(0, current_date - c.created::date) / 7)))::bigint""",
    "people": "c.supporters",
    "waiting": "-(extract(epoch FROM c.created) * 1000000)::bigint",
    "loose": "-(c.cohesion * 1000000)::bigint",
}
"""What the queue can be ordered by, the highest first. `important`: the people behind a group; each full week that it
waits, up to eight, counts a tenth more, and doubt that all of it says the same up to a half more."""

_MEMBER = "SELECT FROM idea i WHERE i.cluster = c.id AND i.hidden IS NULL"


class Wanted(msgspec.Struct):
    """Filters of live clusters. district, office, principle: with an idea of it; within: of a moderator's limits."""

    campaign: int
    state: str = ""
    theme: int | None = None
    district: int | None = None
    office: int | None = None
    principle: int | None = None
    order: str = "people"
    within: int | None = None

    def conditions(self) -> tuple[list[str], list[Any]]:
        """SQL conditions on `cluster c` with their arguments, from $1 on."""
        args: list[Any] = [self.campaign]
        found = ["c.campaign = $1", "c.retired IS NULL", "c.size > 0"]

        def add(condition: str, value: Any) -> None:
            args.append(value)
            found.append(condition.format(f"${len(args)}"))

        if self.state:
            add("c.state = {}", self.state)
        if self.theme is not None:
            add("c.theme = {}", self.theme)
        if self.district is not None:
            add(f"EXISTS ({_MEMBER} AND i.district = {{}})", self.district)
        if self.office is not None:
            add(f"EXISTS ({_MEMBER} AND i.office = {{}})", self.office)
        if self.principle is not None:
            add(
                f"EXISTS ({_MEMBER} AND EXISTS (SELECT FROM tag t WHERE t.idea = i.id AND t.principle = {{}}))",
                self.principle,
            )
        if self.within is not None:
            add(scopes.of_clusters("{0}"), self.within)
        return found, args
