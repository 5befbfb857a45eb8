"""The page where the team says what came of a decision."""

from __future__ import annotations

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import staff
from ideas.account.pages import Form, field
from ideas.errors import DomainError, message
from ideas.moderation import outcomes
from ideas.web import clean, page, redirect


class OutcomePages(Controller):
    path = "/moderation/decisions/{decision:int}/outcome"

    @get(guards=[staff])
    async def form(self, request: Request, decision: FromPath[int]) -> Response:
        return await _form(request, decision)

    @post(guards=[staff], status_code=200)
    async def carry_on(self, request: Request, decision: FromPath[int], data: Form) -> Response:
        status, note = field(data, "status"), clean(field(data, "note"), lines=True)
        try:
            n = await outcomes.carry_on(request.user, decision, status, note)
        except DomainError as problem:
            if problem.status == 404:
                raise
            return await _form(request, decision, {"status": status, "note": note}, problem)
        said = message("%(n)s idea has gone on.", "%(n)s ideas have gone on.", n)
        return redirect(request, "/moderation/decisions", said)


async def _form(
    request: Request,
    decision: int,
    values: dict[str, str] | None = None,
    problem: DomainError | None = None,
) -> Response:
    return page(
        request,
        "moderation/outcome.html",
        status=problem.status if problem else 200,
        decision=await outcomes.accepted(decision),
        values=values or {},
        problem=problem,
        errors=problem.errors if problem else {},
        most=outcomes.NOTE_LONGEST,
    )
