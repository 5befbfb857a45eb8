"""The planner's desk: what people support most, and how much of it by principle and district."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Controller, Request, Response, get
from litestar.params import FromQuery, QueryParameter

from ideas.account.guards import planner
from ideas.errors import message
from ideas.i18n import localised
from ideas.idea.listing import STATUS_NAMES, asked_of
from ideas.planning import queries
from ideas.planning.search import ORDERS, STATES, Search, search
from ideas.web import cursor, from_cursor, language_of, page, translator

VIEWS = {
    "clusters": message("Groups"),
    "ideas": message("Ideas"),
    "principles": message("Principles"),
    "districts": message("Districts"),
}
ORDER_NAMES = {
    "supporters": message("People"),
    "votes": message("Votes"),
    "size": message("Ideas"),
    "new": message("Newest"),
}
# What each order means, said beside it.
MEANINGS = {
    "supporters": message(
        "Each person counts once, however many ideas of the group they wrote or voted for."
    ),
    "votes": message("All votes are added up; a person may have supported several ideas of a group."),
    "size": message("By the number of ideas that say the same, whoever supports them."),
    "new": message("The latest first; support plays no part."),
}
STATE_NAMES = {
    "open": message("Not decided yet"),
    "accepted": message("Accepted"),
    "declined": message("Declined"),
    "forwarded": message("Forwarded"),
}


class PlanningPages(Controller):
    @get("/planning", guards=[planner])
    async def ranking(
        self,
        request: Request,
        show: FromQuery[str] = "clusters",
        states: Annotated[str, QueryParameter(name="state")] = "",
        order: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
    ) -> Response:
        show = show if show in VIEWS else "clusters"
        what = "clusters" if show == "clusters" else "ideas"
        # An order of the other list is no order of this one.
        order = order if order in ORDERS[what] else ""
        found = await search(what, asked_of(request.query_params), states, order)
        context = _frame(request, show, found)
        if show in ("principles", "districts"):
            parts = await (queries.by_principle if show == "principles" else queries.by_district)(found)
            context |= {"parts": _named(parts, show, found, language_of(request), context["link"])}
            return page(request, "planning/parts.html", **context)
        kind = ORDERS[what][found.order][1]
        rows, following = await queries.ranked_page(found, from_cursor(after, tuple[kind, int]))
        districts = {d.id: localised(d.name, language_of(request)) for d in found.campaign.districts}
        next_url = context["link"](after=cursor(*following)) if following else None
        if not after:
            context["totals"] = await queries.totals(found)
        context |= {"rows": rows, "districts": districts, "next_url": next_url}
        return page(request, f"planning/{what}.html", **context)


def _frame(request: Request, show: str, found: Search) -> dict[str, Any]:
    """What every view of the desk shows around its table."""
    lang = language_of(request)
    say = translator(lang)
    kept = {"campaign": found.campaign.slug, **found.given}

    def link(**changes: str | None) -> str:
        values = {"show": show, "order": found.order, **kept, **changes}
        return "/planning?" + urlencode({k: v for k, v in values.items() if v})

    exported = {k: v for k, v in {**kept, "order": found.order}.items() if v}
    what = "clusters" if show == "clusters" else "ideas"
    return {
        "campaign": {"slug": found.campaign.slug, "title": localised(found.campaign.title, lang)},
        "show": show,
        "query": {**found.given, "order": found.order},
        "link": link,
        "views": [
            {"label": say(name), "href": link(show=view, order=None), "current": view == show}
            for view, name in VIEWS.items()
        ],
        "orders": [
            {"label": say(ORDER_NAMES[key]), "href": link(order=key), "current": key == found.order}
            for key in ORDERS[what]
        ],
        "meaning": MEANINGS[found.order],
        "active": _active(found, lang, link),
        "clear_url": "/planning?" + urlencode({"campaign": found.campaign.slug, "show": show}),
        "exports": [(f, f"/api/export/{what}.{f}?{urlencode(exported)}") for f in ("xlsx", "csv", "jsonl")],
        "principles": [(p.slug, localised(p.name, lang)) for p in found.campaign.principles],
        "district_options": [(d.slug, localised(d.name, lang)) for d in found.campaign.districts],
        "statuses": [(key, say(name)) for key, name in STATUS_NAMES.items()],
        "states": [(key, say(STATE_NAMES[key])) for key in STATES],
    }


def _active(found: Search, lang: str, link: Any) -> list[dict[str, str]]:
    """The filters that are on, each with the address without it."""
    c, say = found.campaign, translator(lang)
    shown = []
    for key, value in found.given.items():
        known: Any = {"principle": c.principle, "district": c.district, "office": c.office}.get(key)
        if known:
            label = localised(known(value).name, lang)
        elif key == "status":
            label = say(STATUS_NAMES[value])
        elif key == "state":
            label = say(STATE_NAMES[value])
        elif key == "cluster":
            label = say(message("Group %(number)s", number=value))
        elif key == "theme":
            label = say(message("Theme %(number)s", number=value))
        else:
            label = f"«{value}»" if lang == "ru" else f"“{value}”"
        shown.append({"label": label, "href": link(**{key: None})})
    return shown


def _named(parts: list[queries.Part], show: str, found: Search, lang: str, link: Any) -> list[dict[str, Any]]:
    """Rows with names, links to their ideas, and people per 10,000 residents where the population is known."""
    listed = found.campaign.principles if show == "principles" else found.campaign.districts
    known: dict[int | None, Any] = {row.id: row for row in listed}
    field = show.removesuffix("s")
    named = []
    for part in parts:
        row = known.get(part.id)
        population = getattr(row, "population", None)
        named.append({
            "name": localised(row.name, lang) if row else None,
            "area": localised(row.area, lang) if row and show == "districts" else None,
            "href": link(show="ideas", order=None, **{field: row.slug}) if row else None,
            "part": part,
            "rate": 10_000 * part.people / population if population else None,
        })  # fmt: skip
    return named
