"""The map of all ideas, and the same as a table."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Request, Response, get, post

from ideas.account.guards import moderator, staff
from ideas.account.pages import Form, field
from ideas.cluster import rules as cluster_rules
from ideas.errors import DomainError, message
from ideas.i18n import localised, translator
from ideas.idea.cards import names
from ideas.idea.filters import Asked, Filters, resolve
from ideas.idea.listing import STATUS_NAMES
from ideas.map import queries
from ideas.moderation import picks
from ideas.web import clean, language_of, page, redirect

FIELDS = ("campaign", "q", "principle", "district", "status")
ORDER_NAMES = {
    "name": message("Name"),
    "ideas": message("Ideas"),
    "clusters": message("Groups"),
    "people": message("People"),
    "waiting": message("Not answered"),
}


def asked_of(given: Any) -> Asked:
    """The filters of the map, from an address or a form."""
    return Asked(**{k: clean(v) if isinstance(v := given.get(k, ""), str) else "" for k in FIELDS})


class MapPages(Controller):
    path = "/map"

    @get(guards=[staff])
    async def show(self, request: Request) -> Response:
        return await _show(request, request.query_params)

    @post("/pick", guards=[moderator])
    async def pick(self, request: Request, data: Form) -> Response:
        """Keep what was chosen, on the map (numbers of ideas with spaces between) or in the table, and go on to it."""
        where, filters = await resolve(asked_of(data))
        filters = msgspec.structs.replace(filters, campaign=where.id)
        try:
            ideas = cluster_rules.ids(field(data, "ids").split())
            if not ideas:
                themes, clusters, alone = (
                    cluster_rules.ids(data.get(k)) for k in ("themes", "clusters", "alone")
                )
                ideas = await picks.of(filters, themes, clusters, alone)
            found = await picks.keep(request.user, where.id, ideas)
        except DomainError as problem:
            return await _show(request, {k: field(data, k) for k in (*FIELDS, "theme", "order")}, problem)
        return redirect(request, f"/moderation/selection?pick={found}")


async def _show(request: Request, given: Any, problem: DomainError | None = None) -> Response:
    lang = language_of(request)
    asked = asked_of(given)
    where, filters = await resolve(asked)
    filters = msgspec.structs.replace(filters, campaign=where.id)
    order = given.get("order", "")
    order = order if order in queries.ORDERS else "ideas"
    legend = await queries.legend(where.id)
    theme = next((t for t in legend if str(t.id) == given.get("theme", "")), None)
    values = {k: getattr(asked, k) for k in FIELDS} | {"campaign": where.slug}

    def link(**changes: Any) -> str:
        now = {**values, "theme": theme.id if theme else "", "order": order, **changes}
        return "/map?" + urlencode({k: v for k, v in now.items() if v and (k, v) != ("order", "ideas")})

    say = translator(lang)
    return page(
        request,
        "map/show.html",
        status=problem.status if problem else 200,
        campaign=names(where, lang).shown,
        query=values,
        theme=theme,
        legend={t.id: t for t in legend},
        drawn=bool(legend),
        rows=await _rows(filters, order, theme),
        heads=[
            {"key": k, "label": say(text), "href": link(order=k) + "#table", "on": k == order}
            for k, text in ORDER_NAMES.items()
            if not (theme and k == "clusters")
        ],
        link=link,
        principles=[(p.slug, localised(p.name, lang)) for p in where.principles],
        district_options=[(d.slug, localised(d.name, lang)) for d in where.districts],
        statuses=[(key, say(name)) for key, name in STATUS_NAMES.items()],
        most=queries.ROWS,
        errors=problem.errors if problem else {},
        problem=problem,
    )


async def _rows(filters: Filters, order: str, theme: queries.Legend | None) -> list[queries.Row]:
    if theme is None:
        return await queries.table(filters, order)
    return await queries.table(msgspec.structs.replace(filters, theme=theme.id), order, by="cluster")
