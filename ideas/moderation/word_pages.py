"""The organisers' list of blocked words."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import admin, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.cluster.api import check_id
from ideas.errors import DomainError, message
from ideas.idea import blocked
from ideas.idea.cards import names
from ideas.moderation import words
from ideas.web import clean, language_of, page, redirect

ADDRESS = "/moderation/words"


class WordPages(Controller):
    path = ADDRESS

    @get(guards=[staff])
    async def list(self, request: Request) -> Response:
        return await _list(request, await _campaign(request))

    @post(guards=[admin], status_code=200)
    async def add(self, request: Request, data: Form) -> Response:
        where = await _campaign(request, field(data, "campaign"))
        values = {"words": clean(field(data, "words"), lines=True), "note": clean(field(data, "note"))}
        try:
            n = await words.add(request.user, where.id, values["words"], values["note"])
        except DomainError as problem:
            return await _list(request, where, values, problem)
        said = message("%(n)s entry is new on the list.", "%(n)s entries are new on the list.", n)
        return redirect(request, f"{ADDRESS}?campaign={where.slug}", said)

    @post("/{word:int}/remove", guards=[admin], status_code=200)
    async def remove(self, request: Request, word: FromPath[int], data: Form) -> Response:
        where = await _campaign(request, field(data, "campaign"))
        gone = await words.remove(request.user, where.id, check_id(word) or 0)
        said = message("“%(word)s” is off the list.", word=gone)
        return redirect(request, f"{ADDRESS}?campaign={where.slug}", said)


async def _campaign(request: Request, slug: str = "") -> Any:
    slug = slug or request.query_params.get("campaign", "")
    return await campaigns.campaign(slug) if slug else await campaigns.default_campaign()


async def _list(
    request: Request,
    where: Any,
    values: dict[str, str] | None = None,
    problem: DomainError | None = None,
) -> Response:
    return page(
        request,
        "moderation/words.html",
        status=problem.status if problem else 200,
        campaign=names(where, language_of(request)).shown,
        words=await blocked.words_of(where.id),
        values=values or {},
        problem=problem,
        errors=problem.errors if problem else {},
        most=blocked.NOTE_LONGEST,
    )
