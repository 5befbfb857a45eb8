"""The planner's pages of commitments: what waits for one, making one, changing it, telling what is new."""

from __future__ import annotations

import secrets
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from ideas.account.guards import planner
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.commitment import actions, queries, rules
from ideas.commitment.pages import STATUS_NAMES, campaign_of, listing, today
from ideas.errors import DomainError, message
from ideas.idea.cards import names
from ideas.web import clean, language_of, page, redirect

BLANK_STEPS = 2


class CommitmentDesk(Controller):
    path = "/planning/commitments"

    @get(guards=[planner])
    async def list(
        self, request: Request, campaign: FromQuery[str] = "", after: FromQuery[str | None] = None
    ) -> Response:
        where = await campaign_of(campaign)
        context = await listing(request, where, "/planning/commitments", after)
        waiting = await queries.waiting(where.id) if not after else []
        return page(request, "commitment/desk.html", waiting=waiting, **context)

    @get("/new", guards=[planner])
    async def new(self, request: Request, cluster: FromQuery[int]) -> Response:
        source = await queries.source(cluster)
        if source.commitment:
            return redirect(request, f"/planning/commitments/{source.commitment}")
        return await _new(request, source, rules.Typed(title=source.name[: rules.TITLE_LONGEST]))

    @post("/new", guards=[planner], status_code=200)
    async def promise(self, request: Request, data: Form) -> Response:
        number = field(data, "cluster")
        source = await queries.source(
            int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
        )
        typed = _typed(data)
        try:
            id = await actions.promise(request.user, source.id, typed)
        except DomainError as problem:
            return await _new(request, source, typed, problem)
        return redirect(request, f"/planning/commitments/{id}", message("The commitment is made and told."))

    @get("/{commitment:int}", guards=[planner])
    async def form(self, request: Request, commitment: FromPath[int]) -> Response:
        return await _form(request, commitment)

    @post("/{commitment:int}", guards=[planner], status_code=200)
    async def change(self, request: Request, commitment: FromPath[int], data: Form) -> Response:
        typed, revision = _typed(data), field(data, "revision")
        try:
            seen = int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 10 else 0
            await actions.change(request.user, commitment, typed, seen)
        except DomainError as problem:
            if problem.status == 404:
                raise
            return await _form(request, commitment, typed, problem=problem)
        return redirect(request, f"/planning/commitments/{commitment}", message("Saved"))

    @post("/{commitment:int}/news", guards=[planner], status_code=200)
    async def tell(self, request: Request, commitment: FromPath[int], data: Form) -> Response:
        text, status = clean(field(data, "news"), lines=True), field(data, "status")
        key = clean(field(data, "key"))[:32] or None
        try:
            await actions.tell(request.user, commitment, text, status, key)
        except DomainError as problem:
            if problem.status == 404:
                raise
            return await _form(
                request, commitment, news={"news": text, "status": status, "key": key or ""}, problem=problem
            )
        said = message("Told. Authors and supporters get it as news.")
        return redirect(request, f"/planning/commitments/{commitment}", said)


def _typed(data: dict[str, Any]) -> rules.Typed:
    """A commitment from its form. Dates that cannot be read are named, so that the form can point at them."""
    typed = rules.Typed(
        title=clean(field(data, "title")),
        text=clean(field(data, "text"), lines=True),
        owner=clean(field(data, "owner")),
        due=rules.day(field(data, "due")),
        budget=clean(field(data, "budget")),
    )
    for n in range(rules.MOST_MILESTONES + BLANK_STEPS):
        step = rules.Step(clean(field(data, f"step{n}")))
        for name in ("due", "done"):
            raw = field(data, f"step{n}_{name}").strip()
            setattr(step, name, rules.day(raw))
            if raw and getattr(step, name) is None:
                typed.wrong.append(f"step{n}_{name}")
        if step.title:
            typed.steps.append(step)
    return typed


async def _new(
    request: Request, source: queries.Source, typed: rules.Typed, problem: DomainError | None = None
) -> Response:
    where = await campaigns.campaign_by_id(source.campaign)
    return page(
        request, "commitment/new.html", status=problem.status if problem else 200, source=source,
        campaign=names(where, language_of(request)).shown, **_fields(typed, problem),
    )  # fmt: skip


async def _form(
    request: Request,
    id: int,
    typed: rules.Typed | None = None,
    *,
    news: dict[str, str] | None = None,
    problem: DomainError | None = None,
) -> Response:
    found = await queries.commitment(id, today())
    where = await campaigns.campaign_by_id(found.campaign)
    if typed is None:
        steps = [rules.Step(m.title, m.due, m.done) for m in found.milestones]
        typed = rules.Typed(found.title, found.text, found.owner, found.due, found.budget, steps)
    return page(
        request, "commitment/edit.html", status=problem.status if problem else 200, commitment=found,
        campaign=names(where, language_of(request)).shown, news={"key": secrets.token_urlsafe(12), **(news or {})},
        telling=news is not None, status_names=STATUS_NAMES, **_fields(typed, problem),
    )  # fmt: skip


def _fields(typed: rules.Typed, problem: DomainError | None) -> dict[str, Any]:
    blanks = min(BLANK_STEPS, rules.MOST_MILESTONES - len(typed.steps))
    return {
        "typed": typed, "steps": [*typed.steps, *(rules.Step() for _ in range(max(0, blanks)))],
        "problem": problem, "errors": problem.errors if problem else {},
        "limits": {"title": rules.TITLE_LONGEST, "text": rules.TEXT_LONGEST, "news": rules.NEWS_LONGEST},
    }  # fmt: skip
