"""One idea on the moderator's desk: those that stand alone, deciding on one, its principles, what may say the same."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account import scopes
from ideas.account.guards import moderator, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.cluster import gather
from ideas.cluster import rules as cluster_rules
from ideas.cluster.api import check_id
from ideas.cluster.near import beside
from ideas.cluster.taggers import know_topics
from ideas.errors import BadRequest, DomainError, message
from ideas.idea.cards import names
from ideas.idea.detail import detail
from ideas.moderation import actions, flags, queries, reasons
from ideas.moderation.desk import DESK, preview, typed
from ideas.moderation.pages import asked_campaign, ruling
from ideas.web import cursor, from_cursor, language_of, page, redirect, safe_next

PAGE = 20


class LonePages(Controller):
    path = "/moderation"

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
        check_id(idea)
        if "preview" in data:
            return await _one(request, idea, values=typed(data) | {"preview": True})
        try:
            await actions.decide_idea(request.user, idea, ruling(data))
        except DomainError as problem:
            if problem.status in (403, 404):
                raise
            return await _one(request, idea, problem, typed(data))
        return redirect(
            request,
            "/moderation/alone",
            message("%(n)s author is answered.", "%(n)s authors are answered.", 1),
        )

    @post("/ideas/{idea:int}/gather", guards=[moderator])
    async def gather(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        """A group of this idea and those that are ticked; a ticked group takes all of them in."""
        check_id(idea)
        try:
            groups, lone = cluster_rules.ids(data.get("ids")), cluster_rules.ids(data.get("take"))
            done = await gather.found(request.user, idea, lone, groups)
        except DomainError as problem:
            if problem.status in (400, 403, 404):
                raise
            return await _one(request, idea, problem, typed(data))
        said = message("All of it is in this group now. No run will take it out.")
        return redirect(request, f"{DESK}/{done.id}", said)

    @get("/alone", guards=[staff])
    async def alone(self, request: Request) -> Response:
        where = await asked_campaign(request)
        place = from_cursor(request.query_params.get("after"), tuple[int, int])
        found = await queries.alone(where.id, request.user.id, place, PAGE + 1)
        more = cursor(found[PAGE - 1].votes, found[PAGE - 1].id) if len(found) > PAGE else None
        return page(
            request,
            "moderation/alone.html",
            ideas=found[:PAGE],
            know_topics=know_topics(where),
            more=more,
            campaign=names(where, language_of(request)).shown,
        )


async def _one(
    request: Request, idea: int, problem: DomainError | None = None, values: dict[str, Any] | None = None
) -> Response:
    if not 0 < idea < 2**63:
        raise BadRequest()
    found = await detail(idea)
    where, user = await campaigns.campaign(found.campaign), request.user
    if user.moderates:
        await scopes.require_ideas(user, [idea])
    free = user.moderates and not found.decision and not found.cluster
    near = await beside(user.id, idea=idea) if free else []
    return page(
        request,
        "moderation/idea.html",
        status=problem.status if problem else 200,
        idea=found,
        spots=(await flags.flags(where.id, [(found.id, found.title, found.text, found.lang)]))[found.id],
        know_topics=know_topics(where),
        near=[n for n in near if not n.idea],
        lone=[n for n in near if n.idea],
        reasons=await reasons.listed(where) if user.moderates else [],
        principles=list(names(where, language_of(request)).principle.values()),
        chosen=[t.slug for t in found.tags],
        campaign=names(where, language_of(request)).shown,
        values=values or {},
        preview=preview(values, {"author": found.author, "title": found.title})
        if values and values.get("preview")
        else None,
        errors=problem.errors if problem else {},
        problem=problem,
    )
