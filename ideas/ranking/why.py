"""What would change an item's place: how much more it needs to pass the one above. Pure."""

from __future__ import annotations

from ideas.ranking import rules
from ideas.ranking.queries import Ranked
from ideas.ranking.weighing import Weighed


def needed(order: str, one: Ranked, above: Ranked, weighed: Weighed) -> int | None:
    """How many more people (votes, voices) would put `one` past `above` if nothing else changed; None if none would.

    people: supporters. exposure: votes among the looks so far. share: supporters of mean weight, already counted
    among the participants. split: voices of the side that is fewer.
    """
    mark = above.orders[order].value if order == "people" else above.orders[order].low
    if mark is None:
        return None

    def lower(found: tuple[float, float, float] | None) -> float:
        return found[1] if found else -1.0

    if order == "people":
        return max(1, int(mark) - one.people + 1)
    if order == "exposure":
        return rules.least(lambda n: lower(rules.exposure(one.votes + n, one.eyes)) > mark)
    if order == "share":
        part = one.orders["share"].value
        if part is None or not weighed.total:
            return None
        return rules.least(
            lambda n: lower(rules.share(part * weighed.total + n, weighed.total, weighed.effective)) > mark,
            int(weighed.total) + 1,
        )
    fewer, more = sorted((one.people, one.against))
    if more == fewer:
        return None
    # Past an even division more of that side would divide people less.
    return rules.least(lambda n: lower(rules.split(more, min(more, fewer + n))) > mark, more - fewer)


def above(order: str, one: Ranked, near: list[Ranked]) -> Ranked | None:
    """The next better one among neighbours in the order's sequence; equals are not better."""
    better = [r for r in near if r.orders[order].first < one.orders[order].first]
    return better[-1] if better else None
