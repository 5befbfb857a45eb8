"""Dashboards for programs: the tables of a view."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Request, get

from ideas.account.guards import staff
from ideas.dashboard import views
from ideas.dashboard.charts import Chart
from ideas.dashboard.pages import counted
from ideas.dashboard.search import search
from ideas.errors import Message
from ideas.web import language_of, translator


class Table(msgspec.Struct):
    """A chart: its columns' names, labels and units ("%" values are shares 0..1), and its rows."""

    key: str
    title: str
    about: str
    columns: list[dict[str, str]]
    rows: list[list[Any]]
    notes: list[str]


class Dashboard(msgspec.Struct):
    """The tables of a view and when they were counted; `total`: volume and breadth of what the filters leave."""

    campaign: str
    view: str
    made: datetime
    total: dict[str, int]
    charts: list[Table]


class DashboardApi(Controller):
    path = "/api/dashboard"
    tags = ("dashboard",)

    @get("/", guards=[staff])
    async def dashboard(self, request: Request) -> Dashboard:
        """`view`: participation, places, principles, themes or answers; narrowed by `principle`, `district` or `theme`
        and the days `first` to `last`."""
        found = await search(request.query_params, tuple(views.VIEWS))
        data = await counted(found)
        lang = language_of(request)
        made = await views.charts(found, data, lang)
        return Dashboard(
            found.campaign.slug, found.view, data.made, data.get("total", {}),
            [_table(chart, translator(lang)) for chart in made],
        )  # fmt: skip


def _table(chart: Chart, say: Any) -> Table:
    return Table(
        chart.key, say(chart.title), say(chart.about),
        [{"name": c.name, "label": say(c.label), "unit": c.unit} for c in chart.columns],
        [[say(v) if isinstance(v, Message) else v for v in row] for row in chart.rows],
        [say(note) for note in chart.notes],
    )  # fmt: skip
