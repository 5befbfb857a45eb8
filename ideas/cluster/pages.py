"""Groups as everybody sees them: the list, and one group with its ideas and the decision on it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from ideas.account.guards import anyone
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.cluster import queries
from ideas.cluster.api import check_id, check_state
from ideas.cluster.cards import STATE_NAMES, card, member, told
from ideas.errors import NotFound, message
from ideas.i18n import localised, translator
from ideas.idea.cards import names
from ideas.web import cursor, from_cursor, language_of, page, redirect

PAGE = 20
SHOWN = 60
"""So many members a page shows at first."""


ORDER_NAMES = {
    "people": message("Most people"),
    "waiting": message("Waiting longest"),
    "loose": message("Least sure"),
}


async def listed(request: Request, address: str, state: str = "all") -> dict[str, Any]:
    """Context of a list of clusters with its filters, as `address` asks for it; at first those of `state`."""
    asked = {
        k: request.query_params.get(k, "")
        for k in ("campaign", "state", "theme", "order", "district", "principle")
    }
    asked["state"] = asked["state"] or state
    wanted = "" if asked["state"] == "all" else asked["state"]
    lang = language_of(request)
    where = (
        await campaigns.campaign(asked["campaign"])
        if asked["campaign"]
        else await campaigns.default_campaign()
    )
    theme = asked["theme"]
    number = int(theme) if theme.isascii() and theme.isdecimal() and len(theme) <= 18 else None
    place = from_cursor(request.query_params.get("after"), tuple[int, int])
    district, principle = where.district(asked["district"]), where.principle(asked["principle"])
    order = asked["order"] if asked["order"] in queries.ORDERS else "people"
    found = await queries.queue(
        where.id, check_state(wanted), number, place, PAGE + 1, order=order,
        district=district.id if district else None, principle=principle.id if principle else None,
    )  # fmt: skip
    themes = await queries.themes(where.id)

    def link(**changes: str) -> str:
        query = urlencode({k: v for k, v in {**asked, **changes}.items() if v and (k, v) != ("state", state)})
        return f"{address}?{query}" if query else address

    say = translator(lang)
    states = [("all", say(message("All")))] + [(s, say(text)) for s, text in STATE_NAMES.items()]
    return {
        "campaign": names(where, lang).shown,
        "clusters": [card(c, where, lang) for c in found[:PAGE]],
        "next_url": link(after=cursor(found[PAGE - 1].rank, found[PAGE - 1].id))
        if len(found) > PAGE
        else None,
        "states": [
            {"label": text, "href": link(state=s), "current": s == asked["state"]} for s, text in states
        ],
        "themes": [
            {"name": t.name, "clusters": t.clusters, "href": link(theme=str(t.id)), "current": t.id == number}
            for t in themes
        ],
        "all_themes": link(theme=""),
        "orders": [
            {"label": say(text), "href": link(order=key if key != "people" else ""), "current": key == order}
            for key, text in ORDER_NAMES.items()
        ],
        "principles": [(p.slug, localised(p.name, lang)) for p in where.principles],
        "district_options": [(d.slug, localised(d.name, lang)) for d in where.districts],
        "query": asked,
    }


async def shown(request: Request, found: queries.Cluster, where: Campaign, most: int) -> dict[str, Any]:
    """Context of one cluster with its members, decision and history."""
    lang = language_of(request)
    members = await queries.members(found.id, most)
    say = translator(lang)
    history = await queries.history(found.id)
    return {
        "campaign": names(where, lang).shown,
        "cluster": card(found, where, lang),
        "members": [member(m, where, lang) for m in members],
        "rest": found.size - len(members),
        "decision": await queries.standing_decision(found.id) if found.state != "open" else None,
        "change": _last_change(history),
        "history": [{"text": say(told(e)), "account": e.account, "created": e.created} for e in history],
    }


def _last_change(history: list[queries.Event]) -> str:
    """The kind of the latest merge, split or move that can be undone, "" for none."""
    undone = {e.data.get("change") for e in history if e.kind == "undo"}
    return next((e.kind for e in history if e.data.get("moved") and e.id not in undone), "")


async def live(request: Request, cluster: int, address: str) -> queries.Cluster | Redirect:
    """A live cluster, or the way to the one that it went into; NotFound for one that is no more."""
    check_id(cluster)
    found = await queries.cluster(cluster)
    if found.retired is None:
        return found
    if found.merged_into is not None:
        said = message("Group %(id)s is part of this one now.", id=cluster)
        return redirect(request, f"{address}/{found.merged_into}", said, "info")
    raise NotFound(message("This group is no more: its ideas stand alone or in other groups now."))


def most_members(request: Request) -> int:
    """How many members a page shows: the first ones, or with `?all=1` all that it can."""
    return queries.MOST_MEMBERS if request.query_params.get("all") == "1" else SHOWN


class ClusterPages(Controller):
    path = "/clusters"

    @get(guards=[anyone])
    async def list(self, request: Request) -> Response:
        return page(request, "cluster/list.html", **await listed(request, "/clusters"))

    @get("/{cluster:int}", guards=[anyone])
    async def detail(self, request: Request, cluster: FromPath[int]) -> Response:
        found = await live(request, cluster, "/clusters")
        if isinstance(found, Response):
            return found
        where = await campaigns.campaign(found.campaign)
        return page(
            request, "cluster/detail.html", **await shown(request, found, where, most_members(request))
        )
