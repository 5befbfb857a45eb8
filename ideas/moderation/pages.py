"""The moderator's desk: the queue of groups, one group with all that can be done to it, the latest decisions."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from ideas.account.guards import moderator, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.cluster import actions as clusters
from ideas.cluster import changes, claims, gather
from ideas.cluster import pages as public
from ideas.cluster import rules as cluster_rules
from ideas.cluster.api import check_id
from ideas.errors import Conflict, DomainError, Invalid, Message, message
from ideas.idea.cards import names
from ideas.moderation import actions, queries, rules
from ideas.moderation.desk import DESK, act, desk, typed
from ideas.web import clean, cursor, from_cursor, language_of, page, redirect, safe_next

ORDER = "important"
FILTERS = "queue"
"""A cookie with what the queue was last filtered by: "next" goes on with that."""


class ModerationPages(Controller):
    path = "/moderation"

    @get(guards=[staff])
    async def queue(self, request: Request) -> Response:
        context = await public.listed(request, "/moderation", "open", ORDER, request.user.id)
        where = await asked_campaign(request)
        response = page(
            request,
            "moderation/queue.html",
            **context,
            tally=await queries.tally(where.id, request.user.id),
            held=await claims.held([c["id"] for c in context["clusters"]]),
        )
        kept = {k: v for k, v in context["query"].items() if v and k not in ("state", "campaign")}
        response.set_cookie(Cookie(FILTERS, value=quote(urlencode(kept)), httponly=True, samesite="lax"))
        return response

    @get("/clusters/{cluster:int}", guards=[staff])
    async def cluster(self, request: Request, cluster: FromPath[int]) -> Response:
        return await desk(request, cluster)

    @post("/clusters/{cluster:int}/decision", guards=[moderator])
    async def decide(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        if "preview" in data:
            return await desk(request, cluster, values=typed(data) | {"preview": True})

        async def do() -> Message:
            done = await actions.decide(request.user, check_id(cluster) or 0, ruling(data))
            n = len(done.ideas)
            return message("%(n)s author is answered.", "%(n)s authors are answered.", n)

        return await act(request, cluster, do, typed(data))

    @post("/clusters/{cluster:int}/split", guards=[moderator])
    async def split(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        async def do() -> Message:
            done = await clusters.split(
                request.user, check_id(cluster) or 0, cluster_rules.ids(data.get("ideas"))
            )
            if done.new is None:
                return message("The idea stands alone now. No run will put it back.")
            return message("Split off into group %(id)s. No run will put them back.", id=done.new)

        return await act(request, cluster, do, typed(data))

    @post("/clusters/{cluster:int}/merge", guards=[moderator])
    async def merge(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        """Groups that say the same come into this one, and lone ideas with them, at once."""
        numbers = [part for part in field(data, "number").replace(",", " ").split() if part]

        async def do() -> Message:
            others = cluster_rules.ids(data.get("ids")) + cluster_rules.ids(numbers)
            lone = cluster_rules.ids(data.get("take"))
            done = await gather.gather(request.user, check_id(cluster) or 0, others, lone)
            n = len(done.merged)
            if done.ideas:
                return message("All of it is in this group now. No run will take it out.")
            return message("%(n)s group merged into this one.", "%(n)s groups merged into this one.", n)

        return await act(request, cluster, do, {"number": field(data, "number"), **typed(data)})

    @post("/clusters/{cluster:int}/move", guards=[moderator])
    async def move(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        number = field(data, "to").strip()

        async def do() -> Message:
            if not (target := cluster_rules.ids(number)):
                raise Invalid(errors={"to": message("Enter the number of a group")})
            done = await clusters.move(request.user, cluster_rules.ids(data.get("ideas")), target[0])
            n = len(done.ideas)
            return message(
                "%(n)s idea moved. No run will put it back.",
                "%(n)s ideas moved. No run will put them back.",
                n,
            )

        return await act(request, cluster, do, typed(data))

    @post("/next", guards=[moderator])
    async def next(self, request: Request, data: Form) -> Response:
        kept = dict(parse_qsl(unquote(request.cookies.get(FILTERS, "")[:2000])))
        values = {k: kept.get(k, "")[:60] for k in public.ASKED}
        asked = await public.asked_for(values | {"state": "", "campaign": field(data, "campaign")}, ORDER)
        where, after = asked.where, cluster_rules.ids(field(data, "after"))
        behind = after[0] if after else None
        found = await claims.take_next(request.user, asked.wanted, behind)
        # None, or only the one in hand, is left where the queue is filtered: all the rest is work, too.
        if found in (None, behind) and any(v for k, v in values.items() if k != "order"):
            wanted = (
                await public.asked_for(dict.fromkeys(public.ASKED, "") | {"campaign": where.slug}, ORDER)
            ).wanted
            found = await claims.take_next(request.user, wanted, behind)
            if found not in (None, behind):
                said = message("No other group is left that fits the filters. This is the next of all.")
                return redirect(request, f"{DESK}/{found}", said, "info")
        if found is not None:
            return redirect(request, f"{DESK}/{found}")
        said = message("No group is left that nobody has in hand. These ideas stand alone.")
        return redirect(request, f"/moderation/alone?campaign={where.slug}", said, "info")

    @post("/clusters/{cluster:int}/claim", guards=[moderator])
    async def claim(self, request: Request, cluster: FromPath[int]) -> Response:
        """Activity on the page puts the lease's end off; 409 where somebody else has the group meanwhile."""
        taken = await claims.take(request.user, check_id(cluster) or 0)
        if taken is not None and taken.account != request.user.id:
            raise Conflict(message("%(name)s is working on this group.", name=taken.name))
        return Response(None, status_code=204)

    @post("/clusters/{cluster:int}/release", guards=[moderator])
    async def release(self, request: Request, cluster: FromPath[int]) -> Response:
        await claims.release(request.user, check_id(cluster) or 0)
        return redirect(request, "/moderation", message("The group is free for others."))

    @post("/clusters/{cluster:int}/undo", guards=[moderator])
    async def undo_change(self, request: Request, cluster: FromPath[int]) -> Response:
        left = cluster

        async def do() -> Message:
            nonlocal left
            done = await changes.undo(request.user, check_id(cluster) or 0)
            left = cluster if done.size else 0
            return message("Every idea is back where it was, with every count.")

        return await act(request, cluster, do, {}, lambda: f"{DESK}/{left}" if left else "/moderation/alone")

    @post("/clusters/{cluster:int}/name", guards=[moderator])
    async def rename(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        name = clean(field(data, "name"))

        async def do() -> Message:
            await clusters.rename(request.user, check_id(cluster) or 0, name)
            return message("The group has a new name.")

        return await act(request, cluster, do, {"name": name})

    @get("/decisions", guards=[staff])
    async def decisions(self, request: Request) -> Response:
        where = await asked_campaign(request)
        before = from_cursor(request.query_params.get("after"), tuple[int])
        found = await queries.decisions(where.id, before[0] if before else None, 31)
        more = cursor(found[29].id) if len(found) > 30 else None
        return page(
            request, "moderation/decisions.html", decisions=found[:30], more=more,
            campaign=names(where, language_of(request)).shown,
        )  # fmt: skip

    @post("/decisions/{decision:int}/undo", guards=[moderator])
    async def undo(self, request: Request, decision: FromPath[int], data: Form) -> Response:
        back = safe_next(field(data, "next"), "/moderation/decisions")
        check_id(decision)
        try:
            await actions.undo(request.user, decision)
        except DomainError as problem:
            return redirect(request, back, problem.detail, "error")
        return redirect(request, back, message("Everything is as it was, and the authors are told."))


async def asked_campaign(request: Request, slug: str = "") -> Any:
    """The campaign that an address or a form names, else the newest."""
    slug = slug or request.query_params.get("campaign", "")
    return await campaigns.campaign(slug) if slug else await campaigns.default_campaign()


def ruling(data: dict[str, Any]) -> actions.Ruling:
    """A decision as typed: a reason of the campaign's list, one's own words after it, or both."""
    return actions.Ruling(
        field(data, "verdict"),
        rules.joined(clean(field(data, "template"), lines=True), clean(field(data, "reason"), lines=True)),
        cluster_rules.ids(data.get("ideas")),
        clean(field(data, "letter"), lines=True),
    )
