"""Voting from a page: with htmx the button alone is answered, without it the page one came from."""

from __future__ import annotations

from litestar import Controller, Request, Response, post
from litestar.params import FromPath

from ideas.account.guards import signed_in
from ideas.account.pages import Form, field
from ideas.errors import DomainError, message
from ideas.idea.choices import keep_same
from ideas.vote import actions
from ideas.web import page, redirect, safe_next


class VotePages(Controller):
    @post("/ideas/{idea:int}/vote", guards=[signed_in], status_code=200)
    async def vote(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        support = field(data, "voted") != "0"
        here = f"/ideas/{idea}"
        htmx = request.headers.get("hx-request") == "true"
        try:
            counted = await (actions.cast if support else actions.withdraw)(request.user, idea)
        except DomainError as problem:
            # A page that stays open over a stage's end tells why on the page it came from.
            if htmx or problem.status == 404:
                raise
            return redirect(request, safe_next(field(data, "next"), here), problem.detail, "error")
        if htmx:
            shown = {"id": idea, "title": "", "votes": counted.votes, "voted": counted.voted}
            return page(
                request,
                "vote/button.html",
                idea=shown,
                open=True,
                why_closed=None,
                wide=field(data, "wide") == "1",
            )
        said = message("Your support is counted.") if support else message("Your support is withdrawn.")
        if field(data, "instead") == "1":
            if support:
                await keep_same(request.user.id, idea)
            said = message("You support this idea now. Thank you: votes in one place weigh more.")
        return redirect(request, safe_next(field(data, "next"), here), said)
