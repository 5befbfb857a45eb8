"""What every part of a report writes with: names and addresses, a chart with its description, lists of groups."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from ideas.campaign.rules import Campaign
from ideas.errors import Message, message
from ideas.i18n import local_date, localised, number
from ideas.planning.pages import STATE_NAMES
from ideas.report.blocks import Block, Chart, Link, Table, Text
from ideas.report.queries import Figures, Group

Say = Callable[[Any], str]


class Writer:
    """One language, one campaign, its figures and the address of the site."""

    def __init__(self, where: Campaign, figures: Figures, address: str, lang: str, say: Say) -> None:
        self.where, self.figures, self.address, self.lang, self.say = where, figures, address, lang, say
        self.principles = {p.id: localised(p.name, lang) for p in where.principles}
        self.districts = {d.id: localised(d.name, lang) for d in where.districts}

    def group(self, group: Group) -> Link:
        return Link(group.name, f"{self.address}/clusters/{group.id}")

    def day(self, day: date) -> str:
        form = {"day": "d MMM", "week": "d MMM", "month": "LLL y"}[self.figures.unit]
        return local_date(day, self.lang, form)


def chart(
    w: Writer, kind: str, title: str, labels: list[str], values: list[Any], sheet: str, column: int
) -> Chart:
    """A chart whose description names its greatest values; what it shows stands in a table as well."""
    best = sorted(range(len(values)), key=lambda n: -values[n])[:3]
    alt = "; ".join(f"{labels[n]} — {number(values[n], w.lang)}" for n in best)
    alt = w.say(message("%(title)s. The greatest: %(values)s.", title=title, values=alt)) if best else title
    return Chart(kind, title, alt, labels, values, sheet, column)


def tops(w: Writer, groups: list[Group], names: dict[int, str], what: Message, title: Message) -> list[Block]:
    rows: list[list[Any]] = []
    last = None
    for g in groups:
        name = names.get(g.part or 0, "—")
        rows.append(
            [name if name != last else "", w.group(g), g.supporters, g.ideas, w.say(STATE_NAMES[g.state])]
        )
        last = name
    if not rows:
        return []
    head = [
        w.say(m) for m in (what, message("Group"), message("People"), message("Ideas"), message("Decision"))
    ]
    return [Text(w.say(title), heading=True), Table(w.say(title), head, rows, (2.3, 3.9, 1.1, 1.1, 2.5), 60)]
