"""Appealing from an idea's page, and the moderators' list of appeals."""

from __future__ import annotations

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account import actions as account
from ideas.account.api import address_of
from ideas.account.guards import moderator, signed_in, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.cluster.api import check_id
from ideas.errors import DomainError, message
from ideas.idea.cards import names
from ideas.moderation import appeals, flags
from ideas.web import clean, language_of, page, redirect


class AppealPages(Controller):
    @get("/ideas/{idea:int}/appeal", guards=[signed_in])
    async def form(self, request: Request, idea: FromPath[int]) -> Response:
        return await _form(request, check_id(idea) or 0)

    @post("/ideas/{idea:int}/appeal", guards=[signed_in], status_code=200)
    async def submit(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        text = clean(field(data, "text"), lines=True)
        try:
            if request.app.state.settings.rate_limits:
                await account.limit(f"appeal:{request.user.id}", appeals.HOURLY, 3600)
                await account.limit(f"appeal@{address_of(request)}", appeals.HOURLY * 6, 3600)
            await appeals.submit(request.user, check_id(idea) or 0, text)
        except DomainError as problem:
            if problem.status in (400, 403, 404):
                raise
            return await _form(request, idea, text, problem)
        said = message("Your appeal is with the moderators. One who did not decide will answer it.")
        return redirect(request, f"/ideas/{idea}", said)

    @get("/moderation/appeals", guards=[staff])
    async def list(self, request: Request) -> Response:
        slug = request.query_params.get("campaign", "")
        where = await campaigns.campaign(slug) if slug else await campaigns.default_campaign()
        found = await appeals.appeals(where.id)
        waiting = [a for a in found if a.state == "waiting" and a.stands]
        return page(
            request, "moderation/appeals.html", campaign=names(where, language_of(request)).shown,
            waiting=waiting, answered=[a for a in found if a not in waiting],
        )  # fmt: skip

    @get("/moderation/appeals/{appeal:int}", guards=[staff])
    async def show(self, request: Request, appeal: FromPath[int]) -> Response:
        return await _show(request, check_id(appeal) or 0)

    @post("/moderation/appeals/{appeal:int}", guards=[moderator], status_code=200)
    async def answer(self, request: Request, appeal: FromPath[int], data: Form) -> Response:
        verdict, reason = field(data, "verdict"), clean(field(data, "reason"), lines=True)
        try:
            done = await appeals.answer(request.user, check_id(appeal) or 0, verdict, reason)
        except DomainError as problem:
            if problem.status in (400, 404):
                raise
            return await _show(request, appeal, {"verdict": verdict, "reason": reason}, problem)
        said = (
            message("The decline stands, and the author is told why.")
            if done.state == "confirmed"
            else message("The decline is overturned, and the author is told.")
        )
        return redirect(request, "/moderation/appeals", said)


async def _form(request: Request, idea: int, text: str = "", problem: DomainError | None = None) -> Response:
    about = await appeals.subject(request.user, idea)
    return page(
        request,
        "moderation/appeal_form.html",
        status=problem.status if problem else 200,
        about=about,
        open=about.verdict == "decline" and (about.appeal is None or about.appeal.declined != about.decided),
        values={"text": text},
        problem=problem,
        errors=problem.errors if problem else {},
        most=appeals.TEXT_LONGEST,
    )


async def _show(
    request: Request, appeal: int, values: dict[str, str] | None = None, problem: DomainError | None = None
) -> Response:
    found = await appeals.appeal(appeal)
    where = await campaigns.campaign_by_id(found.campaign)
    spots = await flags.flags(where.id, [(found.idea, found.title, found.idea_text, found.lang)])
    return page(
        request,
        "moderation/appeal.html",
        status=problem.status if problem else 200,
        campaign=names(where, language_of(request)).shown,
        appeal=found,
        may_answer=found.may_answer(request.user),
        spots=spots[found.idea],
        values=values or {},
        problem=problem,
        errors=problem.errors if problem else {},
    )
