"""Dashboards for the team: tables that a script draws, each with its data as a file."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get
from litestar.params import FromPath

from ideas.account.guards import staff
from ideas.dashboard import actions, queries, views
from ideas.dashboard.charts import as_csv
from ideas.dashboard.search import Search, search
from ideas.errors import Conflict, NotFound, message
from ideas.i18n import localised
from ideas.ranking import actions as ranking
from ideas.ranking.queries import ideas_in
from ideas.web import language_of, page, translator

INLINE = 3000
"""A campaign of so few ideas is counted while its first reader waits; later and larger ones by a worker."""
_COUNTING = message(
    "The numbers of this campaign are being counted for the first time. Come back in a minute."
)


async def counted(found: Search) -> queries.Figures:
    """The figures of a view; a small campaign is counted now if it never was, a large one has to wait for a worker."""
    names = views.NAMES[found.view]
    part = ("all", 0) if found.view in views.WHOLE else (found.part, found.of)
    known = await queries.figures(found.campaign.id, *part, names)
    if known is None:
        await ranking.queue_refresh(found.campaign.id)
        await actions.queue_refresh(found.campaign.id)
        if await ideas_in(found.campaign.id) <= INLINE:
            # Who lives where is found by the ranking.
            await ranking.refresh(found.campaign.id)
            await actions.refresh(found.campaign.id)
            known = await queries.figures(found.campaign.id, *part, names)
    if known is None:
        raise Conflict(_COUNTING)
    return known


class DashboardPages(Controller):
    @get("/planning/dashboard", guards=[staff])
    async def dashboard(self, request: Request) -> Response:
        found = await search(request.query_params, tuple(views.VIEWS))
        data = await counted(found)
        lang = language_of(request)
        c, say = found.campaign, translator(lang)
        themes = await queries.theme_names(c.id)
        return page(
            request,
            "dashboard/page.html",
            campaign={"slug": c.slug, "title": localised(c.title, lang)},
            search=found,
            query=found.given,
            link=found.address,
            made=data.made,
            total=data.get("total", {}),
            views=[
                {"label": say(name), "href": found.address(view=view), "current": view == found.view}
                for view, name in views.VIEWS.items()
            ],
            whole=found.view in views.WHOLE,
            charts=await views.charts(found, data, lang),
            principles=[(p.slug, localised(p.name, lang)) for p in c.principles],
            district_options=[(d.slug, localised(d.name, lang)) for d in c.districts],
            themes=themes,
            active=_active(found, dict(themes), lang),
            clear_url=found.address(**dict.fromkeys(found.given)),
        )

    @get("/planning/dashboard/{file:str}", guards=[staff])
    async def data(self, request: Request, file: FromPath[str]) -> Response[bytes]:
        """A chart's table as CSV, narrowed as the page is."""
        key, _, format = file.partition(".")
        if key not in views.CHARTS or format != "csv":
            raise NotFound()
        params = {**request.query_params, "view": views.CHARTS[key]}
        found = await search(params, tuple(views.VIEWS))
        lang = language_of(request)
        made = await views.charts(found, await counted(found), lang)
        chart = next((c for c in made if c.key == key), None)
        if chart is None:
            raise NotFound()
        name = f"{found.campaign.slug}-{key}.csv"
        return Response(
            as_csv(chart, translator(lang)),
            media_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


def _active(found: Search, themes: dict[int, str], lang: str) -> list[dict[str, str]]:
    """The filters that are on, each with the address without it."""
    c, say = found.campaign, translator(lang)
    shown = []
    for key, value in found.given.items():
        known: Any = {"principle": c.principle, "district": c.district}.get(key)
        if known:
            label = localised(known(value).name, lang)
        elif key == "theme":
            label = themes.get(found.of) or say(message("Theme %(number)s", number=value))
        else:
            text = (
                message("since %(day)s", day=value) if key == "first" else message("until %(day)s", day=value)
            )
            label = say(text)
        shown.append({"label": label, "href": found.address(**{key: None})})
    return shown
