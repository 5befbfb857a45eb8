"""Groups as everybody sees them: the list, and one group with its ideas and the decision on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from ideas.account.guards import anyone, signed_in
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.cluster import apart, queries, rules
from ideas.cluster.api import check_id, check_state
from ideas.cluster.cards import STATE_NAMES, card, joined, member, told
from ideas.cluster.order import ORDERS, Wanted
from ideas.errors import BadRequest, NotFound, message
from ideas.i18n import localised, translator
from ideas.idea.cards import names
from ideas.web import cursor, from_cursor, language_of, page, redirect

PAGE = 20
SHOWN = 60
"""So many members a page shows at first."""


ORDER_NAMES = {
    "important": message("Most important"),
    "people": message("Most people"),
    "waiting": message("Waiting longest"),
    "loose": message("Least sure"),
}
ASKED = ("campaign", "state", "theme", "order", "district", "office", "principle")


class Asked(msgspec.Struct):
    """What an address asks for: the campaign, the values as given, and what they want of the database."""

    where: Campaign
    values: dict[str, str]
    wanted: Wanted


async def asked_for(values: dict[str, str], order: str = "people", within: int | None = None) -> Asked:
    """Filters as given in an address; what a campaign does not have is as if it had been left out."""
    where = (
        await campaigns.campaign(values["campaign"])
        if values["campaign"]
        else await campaigns.default_campaign()
    )
    theme = values["theme"]
    district, office = where.district(values["district"]), where.office(values["office"])
    principle = where.principle(values["principle"])
    return Asked(where, values, Wanted(
        where.id,
        check_state("" if values["state"] == "all" else values["state"]),
        int(theme) if theme.isascii() and theme.isdecimal() and len(theme) <= 18 else None,
        district.id if district else None,
        office.id if office else None,
        principle.id if principle else None,
        values["order"] if values["order"] in ORDERS else order,
        within,
    ))  # fmt: skip


async def listed(
    request: Request, address: str, state: str = "all", order: str = "people", within: int | None = None
) -> dict[str, Any]:
    """Context of a list of clusters with its filters, as `address` asks for it; at first those of `state`."""
    values = {k: request.query_params.get(k, "") for k in ASKED}
    values["state"] = values["state"] or state
    asked = await asked_for(values, order, within)
    where, lang = asked.where, language_of(request)
    place = from_cursor(request.query_params.get("after"), tuple[int, int])
    found = await queries.queue(asked.wanted, place, PAGE + 1)
    themes = await queries.themes(where.id)
    values["order"] = asked.wanted.order

    def link(**changes: str) -> str:
        at_first = {("state", state), ("order", order)}
        query = urlencode({k: v for k, v in {**values, **changes}.items() if v and (k, v) not in at_first})
        return f"{address}?{query}" if query else address

    last = found[PAGE - 1] if len(found) > PAGE else None
    return {
        "campaign": names(where, lang).shown,
        "clusters": [card(c, where, lang) for c in found[:PAGE]],
        "next_url": link(after=cursor(last.rank, last.id)) if last else None,
        **_choices(asked, themes, link, lang),
        "query": values,
    }


def _choices(
    asked: Asked, themes: list[queries.Theme], link: Callable[..., str], lang: str
) -> dict[str, Any]:
    """What a list of clusters can be filtered and ordered by."""
    where, values, say = asked.where, asked.values, translator(lang)
    states = [("all", say(message("All")))] + [(s, say(text)) for s, text in STATE_NAMES.items()]
    return {
        "states": [
            {"label": text, "href": link(state=s), "current": s == values["state"]} for s, text in states
        ],
        "themes": [
            {
                "name": t.name,
                "clusters": t.clusters,
                "href": link(theme=str(t.id)),
                "current": t.id == asked.wanted.theme,
            }
            for t in themes
        ],
        "all_themes": link(theme=""),
        "orders": [
            {"label": say(text), "href": link(order=key), "current": key == values["order"]}
            for key, text in ORDER_NAMES.items()
        ],
        "principles": [(p.slug, localised(p.name, lang)) for p in where.principles],
        "district_options": [(d.slug, localised(d.name, lang)) for d in where.districts],
        "office_options": [(o.slug, localised(o.name, lang)) for o in where.offices],
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
        "history": [
            {
                "text": say(told(e)),
                "account": e.account,
                "created": e.created,
                "kind": e.kind,
                "joined": joined(e),
            }
            for e in history
        ],
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
        where, user = await campaigns.campaign(found.campaign), request.user
        return page(
            request,
            "cluster/detail.html",
            **await shown(request, found, where, most_members(request)),
            parts=await apart.parts(user, cluster) if user else [],
        )

    @post("/apart", guards=[signed_in])
    async def count_apart(self, request: Request, data: Form) -> Response:
        """A person counts behind a group no longer through an idea of theirs, or again."""
        idea = rules.ids(field(data, "idea"))
        if not idea:
            raise BadRequest()
        away = field(data, "apart") == "1"
        cluster = await apart.count_apart(request.user, check_id(idea[0]) or 0, away)
        said = (
            message("You do not count for this group any more. Your vote stays with the idea.")
            if away
            else message("You count for this group again.")
        )
        return redirect(request, f"/clusters/{cluster}", said)
