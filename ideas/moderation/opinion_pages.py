"""Second opinions: those that wait, giving one, settling what two disagree on, and how well moderators agree."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import admin, moderator, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.cluster.api import check_id
from ideas.errors import DomainError, message
from ideas.idea.cards import names
from ideas.moderation import agreements, flags, opinions, reasons, rules
from ideas.web import clean, language_of, page, redirect

ADDRESS = "/moderation/opinions"


class OpinionPages(Controller):
    path = ADDRESS

    @get(guards=[staff])
    async def list(self, request: Request) -> Response:
        where = await _campaign(request)
        person = request.user
        return page(
            request, "moderation/opinions.html", campaign=names(where, language_of(request)).shown,
            waiting=await opinions.waiting(person, where.id) if person.moderates else [],
            disagreements=await opinions.disagreements(person, where.id),
        )  # fmt: skip

    @get("/agreement", guards=[staff])
    async def agreement(self, request: Request) -> Response:
        return await _agreement(request, await _campaign(request))

    @post("/share", guards=[admin], status_code=200)
    async def share(self, request: Request, data: Form) -> Response:
        where = await _campaign(request, field(data, "campaign"))
        percent = clean(field(data, "percent"))
        try:
            now = await opinions.set_share(request.user, where.id, percent)
        except DomainError as problem:
            return await _agreement(request, where, percent, problem)
        said = message("%(percent)s of 100 decisions get a second opinion from now on.", percent=now)
        return redirect(request, f"{ADDRESS}/agreement?campaign={where.slug}", said)

    @get("/{opinion:int}", guards=[staff])
    async def show(self, request: Request, opinion: FromPath[int]) -> Response:
        return await _show(request, check_id(opinion) or 0)

    @post("/{opinion:int}", guards=[moderator], status_code=200)
    async def answer(self, request: Request, opinion: FromPath[int], data: Form) -> Response:
        values = {k: clean(field(data, k), lines=True) for k in ("verdict", "template", "reason")}
        reason = rules.joined(values["template"], values["reason"])
        try:
            alike = await opinions.answer(request.user, check_id(opinion) or 0, values["verdict"], reason)
        except DomainError as problem:
            if problem.status in (400, 403, 404):
                raise
            return await _show(request, opinion, values, problem)
        said = (
            message("Thank you. The first moderator said the same.")
            if alike
            else message("Thank you. The first moderator said something else; a third person will look.")
        )
        return redirect(request, f"{ADDRESS}/{opinion}", said)

    @post("/{opinion:int}/settle", guards=[staff], status_code=200)
    async def settle(self, request: Request, opinion: FromPath[int], data: Form) -> Response:
        values = {"verdict": field(data, "verdict"), "note": clean(field(data, "note"), lines=True)}
        try:
            await opinions.settle(request.user, check_id(opinion) or 0, values["verdict"], values["note"])
        except DomainError as problem:
            if problem.status in (400, 403, 404):
                raise
            return await _show(request, opinion, values, problem)
        said = message("It is settled. No idea has changed by it.")
        return redirect(request, f"{ADDRESS}/{opinion}", said)


async def _campaign(request: Request, slug: str = "") -> Any:
    slug = slug or request.query_params.get("campaign", "")
    return await campaigns.campaign(slug) if slug else await campaigns.default_campaign()


async def _show(
    request: Request,
    opinion: int,
    values: dict[str, str] | None = None,
    problem: DomainError | None = None,
) -> Response:
    found = await opinions.opinion(request.user, opinion)
    where = await campaigns.campaign_by_id(found.campaign)
    spots = await flags.flags(where.id, [(i.id, i.title, i.text, i.lang) for i in found.ideas])
    return page(
        request,
        "moderation/opinion.html",
        status=problem.status if problem else 200,
        campaign=names(where, language_of(request)).shown,
        opinion=found,
        spots=spots,
        reasons=[] if found.second else [(r.text, r.text) for r in await reasons.listed(where)],
        values=values or {},
        problem=problem,
        errors=problem.errors if problem else {},
    )


async def _agreement(
    request: Request, where: Any, percent: str = "", problem: DomainError | None = None
) -> Response:
    found = await agreements.figures(where.id)
    return page(
        request,
        "moderation/agreement.html",
        status=problem.status if problem else 200,
        campaign=names(where, language_of(request)).shown,
        figures=found,
        values={"percent": percent or str(found.percent)},
        problem=problem,
        errors=problem.errors if problem else {},
    )
