"""Same or not? Two ideas side by side, one key each; the next pair at once."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import moderator, staff
from ideas.account.pages import Form, field
from ideas.cluster import questions, same, wording
from ideas.cluster.api import check_id
from ideas.cluster.rules import ids
from ideas.errors import DomainError, message
from ideas.idea.cards import names
from ideas.moderation import queries
from ideas.moderation.pages import asked_campaign
from ideas.web import language_of, page, redirect

ADDRESS = "/moderation/same"


class SamePages(Controller):
    path = ADDRESS

    @get(guards=[staff])
    async def ask(self, request: Request) -> Response:
        """The question that teaches most; `after`: those past it; `merge`: an answer whose groups can be merged."""
        where, params = await asked_campaign(request), request.query_params
        after, offered = ids(params.get("after", "")), ids(params.get("merge", ""))
        behind = check_id(after[0]) if after else None
        found = await questions.waiting(request.user, where.id, behind)
        if found is None and behind is not None:
            found = await questions.waiting(request.user, where.id)
        return page(
            request,
            "moderation/same.html",
            campaign=names(where, language_of(request)).shown,
            question=found,
            sides=_sides(found) if found else [],
            count=await questions.count(request.user, where.id),
            tally=await queries.tally(where.id, request.user.id),
            offered=await same.offer(request.user, check_id(offered[0]) or 0) if offered else None,
        )

    @post("/{question:int}", guards=[moderator])
    async def answer(self, request: Request, question: FromPath[int], data: Form) -> Response:
        check_id(question)
        here = f"{ADDRESS}?campaign={(await asked_campaign(request, field(data, 'campaign'))).slug}"
        try:
            done = await same.answer(request.user, question, field(data, "answer"))
        except DomainError as problem:
            if problem.status in (403, 404):
                raise
            return redirect(request, here, problem.detail, "error")
        if done.groups:
            return redirect(request, f"{here}&merge={question}")
        said = (
            message("They are in one group now, and no run will part them.")
            if done.cluster and done.state == "same"
            else message("No run will part them.")
            if done.state == "same"
            else message("No run will put them together.")
        )
        return redirect(request, here, said)

    @post("/{question:int}/merge", guards=[moderator])
    async def merge(self, request: Request, question: FromPath[int], data: Form) -> Response:
        check_id(question)
        here = f"{ADDRESS}?campaign={(await asked_campaign(request, field(data, 'campaign'))).slug}"
        try:
            await same.merge(request.user, question)
        except DomainError as problem:
            if problem.status in (403, 404):
                raise
            return redirect(request, here, problem.detail, "error")
        return redirect(request, here, message("They are one group now. Every vote stays where it was cast."))

    @post("/undo", guards=[moderator])
    async def undo(self, request: Request, data: Form) -> Response:
        where = await asked_campaign(request, field(data, "campaign"))
        try:
            await same.undo(request.user, where.id)
        except DomainError as problem:
            if problem.status == 403:
                raise
            return redirect(request, f"{ADDRESS}?campaign={where.slug}", problem.detail, "error")
        said = message("Your latest answer is taken back, with what it did.")
        return redirect(request, f"{ADDRESS}?campaign={where.slug}", said)


def _sides(question: questions.Question) -> list[dict[str, Any]]:
    """Both texts with the words marked that they share."""
    pair = [question.first, question.second]
    found = []
    for side, other in zip(pair, reversed(pair), strict=True):
        known = wording.telling(f"{other.title} {other.text}")
        pieces = wording.shared(side.text, known)
        title = wording.shared(side.title, known)
        found.append(
            {"side": side, "title": title, "pieces": pieces, "words": wording.words_of([*title, *pieces])}
        )
    return found
