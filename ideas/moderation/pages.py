"""The moderator's desk: the queue of groups, one group with all that can be done to it, the latest decisions."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from ideas.account.guards import moderator, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.cluster import actions as clusters
from ideas.cluster import changes, claims
from ideas.cluster import pages as public
from ideas.cluster import queries as cluster_queries
from ideas.cluster import rules as cluster_rules
from ideas.cluster.api import check_id
from ideas.errors import BadRequest, Conflict, DomainError, Invalid, Message, message
from ideas.idea.cards import names
from ideas.idea.detail import detail
from ideas.moderation import actions, queries
from ideas.web import clean, cursor, from_cursor, language_of, page, redirect, safe_next

PAGE = 20
DESK = "/moderation/clusters"


class ModerationPages(Controller):
    path = "/moderation"

    @get(guards=[staff])
    async def queue(self, request: Request) -> Response:
        context = await public.listed(request, "/moderation", "open")
        where = await _campaign(request)
        held = await claims.held([c["id"] for c in context["clusters"]])
        return page(
            request,
            "moderation/queue.html",
            **context,
            tally=await queries.tally(where.id, request.user.id),
            held=held,
        )

    @get("/clusters/{cluster:int}", guards=[staff])
    async def cluster(self, request: Request, cluster: FromPath[int]) -> Response:
        return await _desk(request, cluster)

    @post("/clusters/{cluster:int}/decision", guards=[moderator])
    async def decide(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        values = {k: field(data, k) for k in ("verdict", "reason", "letter")}

        async def act() -> Message:
            done = await actions.decide(request.user, check_id(cluster) or 0, _ruling(values, data))
            n = len(done.ideas)
            return message("%(n)s author is answered.", "%(n)s authors are answered.", n)

        return await _act(request, cluster, act, {**values, "ticked": data.get("ideas")})

    @post("/clusters/{cluster:int}/split", guards=[moderator])
    async def split(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        async def act() -> Message:
            done = await clusters.split(
                request.user, check_id(cluster) or 0, cluster_rules.ids(data.get("ideas"))
            )
            if done.new is None:
                return message("The idea stands alone now. No run will put it back.")
            return message("Split off into group %(id)s. No run will put them back.", id=done.new)

        return await _act(request, cluster, act, {"ticked": data.get("ideas"), **_typed(data)})

    @post("/clusters/{cluster:int}/merge", guards=[moderator])
    async def merge(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        typed = [part for part in field(data, "number").replace(",", " ").split() if part]

        async def act() -> Message:
            others = cluster_rules.ids(data.get("ids")) + cluster_rules.ids(typed)
            done = await clusters.merge(request.user, [check_id(cluster) or 0, *others], into=cluster)
            n = len(done.merged)
            return message("%(n)s group merged into this one.", "%(n)s groups merged into this one.", n)

        return await _act(request, cluster, act, {"number": field(data, "number")})

    @post("/clusters/{cluster:int}/move", guards=[moderator])
    async def move(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        typed = field(data, "to").strip()

        async def act() -> Message:
            if not (target := cluster_rules.ids(typed)):
                raise Invalid(errors={"to": message("Enter the number of a group")})
            done = await clusters.move(request.user, cluster_rules.ids(data.get("ideas")), target[0])
            n = len(done.ideas)
            return message(
                "%(n)s idea moved. No run will put it back.",
                "%(n)s ideas moved. No run will put them back.",
                n,
            )

        return await _act(request, cluster, act, {"ticked": data.get("ideas"), "to": typed, **_typed(data)})

    @post("/next", guards=[moderator])
    async def next(self, request: Request, data: Form) -> Response:
        where = await _campaign(request, field(data, "campaign"))
        after = cluster_rules.ids(field(data, "after"))
        found = await claims.take_next(request.user, where.id, after[0] if after else None)
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
        async def act() -> Message:
            await changes.undo(request.user, check_id(cluster) or 0)
            return message("Every idea is back where it was, with every count.")

        return await _act(request, cluster, act, {})

    @post("/clusters/{cluster:int}/name", guards=[moderator])
    async def rename(self, request: Request, cluster: FromPath[int], data: Form) -> Response:
        name = clean(field(data, "name"))

        async def act() -> Message:
            await clusters.rename(request.user, check_id(cluster) or 0, name)
            return message("The group has a new name.")

        return await _act(request, cluster, act, {"name": name})

    @post("/ideas/{idea:int}/tags", guards=[moderator])
    async def tag(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        chosen = data.get("principles", [])
        slugs = [s for s in (chosen if isinstance(chosen, list) else [chosen]) if isinstance(s, str)]
        check_id(idea)
        await actions.set_tags(request.user, idea, slugs)
        return redirect(
            request,
            safe_next(field(data, "next"), f"/ideas/{idea}"),
            message("The principles are yours now."),
        )

    @get("/ideas/{idea:int}", guards=[staff])
    async def one_idea(self, request: Request, idea: FromPath[int]) -> Response:
        return await _one(request, idea)

    @post("/ideas/{idea:int}/decision", guards=[moderator])
    async def decide_idea(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        values = {k: field(data, k) for k in ("verdict", "reason", "letter")}
        check_id(idea)
        try:
            await actions.decide_idea(request.user, idea, _ruling(values, data))
        except DomainError as problem:
            return await _one(request, idea, problem, values)
        return redirect(
            request,
            "/moderation/alone",
            message("%(n)s author is answered.", "%(n)s authors are answered.", 1),
        )

    @get("/alone", guards=[staff])
    async def alone(self, request: Request) -> Response:
        where = await _campaign(request)
        place = from_cursor(request.query_params.get("after"), tuple[int, int])
        found = await queries.alone(where.id, place, PAGE + 1)
        more = cursor(found[PAGE - 1].votes, found[PAGE - 1].id) if len(found) > PAGE else None
        return page(
            request,
            "moderation/alone.html",
            ideas=found[:PAGE],
            more=more,
            campaign=names(where, language_of(request)).shown,
        )

    @get("/decisions", guards=[staff])
    async def decisions(self, request: Request) -> Response:
        where = await _campaign(request)
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


async def _campaign(request: Request, slug: str = "") -> Any:
    slug = slug or request.query_params.get("campaign", "")
    return await campaigns.campaign(slug) if slug else await campaigns.default_campaign()


def _ruling(values: dict[str, str], data: dict[str, Any]) -> actions.Ruling:
    return actions.Ruling(
        values["verdict"],
        clean(values["reason"], lines=True),
        cluster_rules.ids(data.get("ideas")),
        clean(values["letter"], lines=True),
    )


def _typed(data: dict[str, Any]) -> dict[str, str]:
    """What somebody had typed beside the button that they pressed."""
    return {k: field(data, k) for k in ("reason", "letter")}


async def _act(request: Request, cluster: int, act: Any, values: dict[str, Any]) -> Response:
    """Do it and come back to the group; what fails shows the group again with what was typed."""
    try:
        said = await act()
    except DomainError as problem:
        if problem.status in (400, 404):
            raise
        return await _desk(request, cluster, problem, values)
    return redirect(request, f"{DESK}/{cluster}", said)


async def _desk(
    request: Request, cluster: int, problem: DomainError | None = None, values: dict[str, Any] | None = None
) -> Response:
    found = await public.live(request, cluster, DESK)
    if isinstance(found, Redirect):
        return found
    where = await campaigns.campaign(found.campaign)
    values = values or {}
    # Whoever opens a group that waits has it in hand.
    opens = found.state == "open" and request.user.moderates
    claim = await claims.take(request.user, cluster) if opens else None
    ticked = values.get("ticked") or []
    return page(
        request,
        "moderation/cluster.html",
        status=problem.status if problem else 200,
        **await public.shown(request, found, where, public.most_members(request)),
        near=await cluster_queries.neighbours(cluster),
        claim=claim,
        tally=await queries.tally_of(found.campaign, request.user.id),
        principles=list(names(where, language_of(request)).principle.values()),
        ticked={str(t) for t in (ticked if isinstance(ticked, list) else [ticked])},
        values=values,
        errors=problem.errors if problem else {},
        problem=problem,
        desk=f"{DESK}/{cluster}",
    )


async def _one(
    request: Request, idea: int, problem: DomainError | None = None, values: dict[str, Any] | None = None
) -> Response:
    if not 0 < idea < 2**63:
        raise BadRequest()
    found = await detail(idea)
    where = await campaigns.campaign(found.campaign)
    return page(
        request,
        "moderation/idea.html",
        status=problem.status if problem else 200,
        idea=found,
        principles=list(names(where, language_of(request)).principle.values()),
        chosen=[t.slug for t in found.tags],
        campaign=names(where, language_of(request)).shown,
        values=values or {},
        errors=problem.errors if problem else {},
        problem=problem,
    )
