"""One clause in the work: its text and draft, what stands behind it, what the team says, how it came about."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import planner, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.errors import DomainError, Invalid, message
from ideas.i18n import local_datetime
from ideas.idea.cards import names
from ideas.standard import actions, evidence, queries, rules
from ideas.standard.desk_pages import numbers
from ideas.web import clean, language_of, page, redirect, translator

SHOWN_TEXTS = 10


class ClausePages(Controller):
    path = "/planning/standard/clauses/{clause:int}"

    @get(guards=[staff])
    async def form(self, request: Request, clause: FromPath[int]) -> Response:
        return await _form(request, clause)

    @post(guards=[planner], status_code=200)
    async def save(self, request: Request, clause: FromPath[int], data: Form) -> Response:
        text, base = clean(field(data, "text"), lines=True), min(_number(data, "base"), 2**31 - 1)
        try:
            await actions.save(request.user, clause, text, base)
        except actions.Overtaken as problem:
            await actions.keep_draft(request.user, clause, text, base)
            return await _form(request, clause, problem, text, overtaken=True)
        except Invalid as problem:
            await actions.keep_draft(request.user, clause, text, base)
            return await _form(request, clause, problem, text)
        return redirect(request, _address(clause), message("Saved"))

    @post("/draft", guards=[planner], status_code=200)
    async def keep(self, request: Request, clause: FromPath[int], data: Form) -> Response:
        """The fragment that says when a draft was kept, asked for while one types."""
        text = clean(field(data, "text"), lines=True)
        saved = await actions.keep_draft(request.user, clause, text, min(_number(data, "base"), 2**31 - 1))
        if saved is None:
            return Response("", media_type="text/html")
        lang = language_of(request)
        said = translator(lang)(message("Draft kept, %(time)s", time=local_datetime(saved, lang)))
        return Response(said, media_type="text/html")

    @post("/discard", guards=[planner], status_code=200)
    async def discard(self, request: Request, clause: FromPath[int]) -> Response:
        await actions.forget_draft(request.user.id, clause)
        return redirect(request, _address(clause), message("The draft is thrown away."))

    @post("/groups", guards=[planner], status_code=200)
    async def add_groups(self, request: Request, clause: FromPath[int], data: Form) -> Response:
        picked = numbers(data, "cluster")
        if not picked:
            return redirect(request, _address(clause), message("Pick at least one group"), "error")
        return await _do(request, clause, actions.add_groups(request.user, clause, picked))

    @post("/groups/drop", guards=[planner], status_code=200)
    async def drop_group(self, request: Request, clause: FromPath[int], data: Form) -> Response:
        return await _do(request, clause, actions.drop_group(request.user, clause, _number(data, "cluster")))

    @post("/move", guards=[planner], status_code=200)
    async def move(self, request: Request, clause: FromPath[int], data: Form) -> Response:
        return await _do(
            request, clause, actions.move(request.user, clause, field(data, "where") == "down"), desk=True
        )

    @post("/remove", guards=[planner], status_code=200)
    async def remove(self, request: Request, clause: FromPath[int]) -> Response:
        return await _do(request, clause, actions.remove(request.user, clause), desk=True)

    @post("/restore", guards=[planner], status_code=200)
    async def restore(self, request: Request, clause: FromPath[int]) -> Response:
        return await _do(request, clause, actions.restore(request.user, clause))

    @post("/remarks", guards=[staff], status_code=200)
    async def remark(self, request: Request, clause: FromPath[int], data: Form) -> Response:
        text = clean(field(data, "remark"), lines=True)
        try:
            await actions.remark(request.user, clause, text)
        except DomainError as problem:
            if problem.status == 404:
                raise
            return await _form(request, clause, problem, remark=text)
        return redirect(request, f"{_address(clause)}#remarks", message("Said"))


def _number(data: dict[str, Any], name: str) -> int:
    value = field(data, name)
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0


def _address(clause: int) -> str:
    return f"/planning/standard/clauses/{clause}"


async def _do(request: Request, clause: int, deed: Any, *, desk: bool = False) -> Response:
    """Do it and come back, with the reason where it cannot be done."""
    try:
        await deed
    except DomainError as problem:
        if problem.status == 404:
            raise
        return redirect(request, _address(clause), problem.detail, "error")
    if not desk:
        return redirect(request, _address(clause))
    where = await campaigns.campaign_by_id((await queries.clause(clause)).campaign)
    return redirect(request, f"/planning/standard?campaign={where.slug}")


async def _form(
    request: Request,
    id: int,
    problem: DomainError | None = None,
    text: str | None = None,
    *,
    overtaken: bool = False,
    remark: str = "",
) -> Response:
    clause = await queries.clause(id)
    where = await campaigns.campaign_by_id(clause.campaign)
    head = await queries.head(where.id)
    assert head
    document = await queries.working(where, head)
    shown = document.clause(id)
    draft = await queries.draft(id, request.user.id) if text is None else None
    if draft and draft.text == clause.text:
        draft = None
    mine = text if text is not None else draft.text if draft else clause.text
    # A draft of an older text meets a newer one: both are shown, as when it is saved.
    overtaken = overtaken or bool(draft and draft.base != clause.revision)
    texts = await queries.texts(id)
    history = [
        (now, *rules.differences(before.text if before else "", now.text))
        for now, before in zip(texts, [*texts[1:], None], strict=True)
    ][:SHOWN_TEXTS]
    said = await evidence.arguments(shown.arguments) if shown else {}
    principle = next((p for p in where.principles if p.id == clause.principle), None)
    return page(
        request, "standard/clause.html", status=problem.status if problem else 200, clause=clause, shown=shown,
        campaign=names(where, language_of(request)).shown, principle=principle, text=mine, draft=draft,
        overtaken=rules.differences(clause.text, mine) if overtaken else None, history=history,
        arguments=list(said.values()), remarks=await queries.remarks(id), remark=remark, problem=problem,
        errors=problem.errors if problem else {}, plans=request.user.plans,
        limits={"text": rules.CLAUSE_LONGEST, "remark": rules.REMARK_LONGEST},
    )  # fmt: skip
