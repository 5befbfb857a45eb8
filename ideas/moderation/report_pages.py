"""Reporting from an idea's page, and the moderators' list of what was reported."""

from __future__ import annotations

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account import actions as account
from ideas.account.api import address_of
from ideas.account.guards import moderator, signed_in, staff
from ideas.account.pages import Form, field
from ideas.errors import BadRequest, DomainError, message
from ideas.moderation import reports
from ideas.web import clean, page, redirect


class ReportPages(Controller):
    @get("/ideas/{idea:int}/report", guards=[signed_in])
    async def form(self, request: Request, idea: FromPath[int], comment: int | None = None) -> Response:
        return await _form(request, idea, comment)

    @post("/ideas/{idea:int}/report", guards=[signed_in], status_code=200)
    async def report(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        comment, reason = _number(field(data, "comment")), field(data, "reason")
        text = clean(field(data, "text"), lines=True)
        try:
            if request.app.state.settings.rate_limits:
                await account.limit(f"report:{request.user.id}", reports.HOURLY_BY_PERSON, 3600)
                await account.limit(f"report@{address_of(request)}", reports.HOURLY_BY_ADDRESS, 3600)
            fresh = await reports.report(request.user, idea, comment, reason, text)
        except DomainError as problem:
            if problem.status == 404:
                raise
            return await _form(request, idea, comment, {"reason": reason, "text": text}, problem)
        said = (
            message("Thank you. A moderator will look at it.")
            if fresh
            else message("You have reported this already. A moderator looks at it once.")
        )
        return redirect(request, f"/ideas/{idea}" + (f"#comment-{comment}" if comment else ""), said)

    @get("/moderation/reports", guards=[staff])
    async def list(self, request: Request) -> Response:
        return page(request, "moderation/reports.html", items=await reports.waiting(request.user.id))

    @post("/moderation/reports", guards=[moderator], status_code=200)
    async def settle(self, request: Request, data: Form) -> Response:
        idea, comment = _number(field(data, "idea")), _number(field(data, "comment"))
        if idea is None:
            raise BadRequest()
        try:
            await reports.settle(request.user, idea, comment, field(data, "outcome"))
        except DomainError as problem:
            if problem.status == 403:
                raise
            return redirect(request, "/moderation/reports", problem.detail, "error")
        said = (
            message("It is hidden. Nothing is deleted.")
            if field(data, "outcome") == "hidden"
            else message("It stays.")
        )
        return redirect(request, "/moderation/reports", said)


def _number(text: str) -> int | None:
    """A row's number from a form; BadRequest for anything else that is not empty."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise BadRequest()
    return int(text)


async def _form(
    request: Request,
    idea: int,
    comment: int | None,
    values: dict[str, str] | None = None,
    problem: DomainError | None = None,
) -> Response:
    return page(
        request,
        "moderation/report.html",
        status=problem.status if problem else 200,
        about=await reports.subject(idea, comment),
        values=values or {},
        problem=problem,
        errors=problem.errors if problem else {},
        most=reports.TEXT_LONGEST,
    )
