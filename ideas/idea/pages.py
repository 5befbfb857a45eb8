"""Pages of ideas: the list, one idea, proposing and editing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from ideas.account.guards import anyone, signed_in
from ideas.account.pages import Form, field
from ideas.account.rules import Person
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import DomainError, Forbidden, message
from ideas.idea import actions, listing, rules
from ideas.idea.api import limit_submissions
from ideas.idea.cards import accepting, names
from ideas.idea.detail import Detail, detail, thread
from ideas.idea.impressions import seen
from ideas.idea.similar import CLOSE, find
from ideas.idea.story import detail_context, may_add
from ideas.web import clean, language_of, page, page_for_strangers, redirect, translator

PHOTOS = 3
LIMITS = {"title": rules.TITLE_LONGEST, "text": rules.TEXT_LONGEST}


class IdeaPages(Controller):
    @get("/ideas", guards=[anyone])
    async def list(self, request: Request, after: FromQuery[str | None] = None) -> Response:
        asked = listing.asked_of(request.query_params)
        return await listing.list_page(request, asked, after)

    @get("/ideas/similar", guards=[anyone])
    async def similar(
        self,
        request: Request,
        title: FromQuery[str] = "",
        text: FromQuery[str] = "",
        campaign: FromQuery[str] = "",
    ) -> Response:
        """The fragment behind the hints that come while one types."""
        where = await _campaign(campaign)
        typed = clean(f"{title} {text}")[: rules.TEXT_LONGEST]
        found = await find(where.id, typed, 5) if len(typed) >= 8 else []
        close = [s for s in found if s.score >= CLOSE]
        return page(request, "idea/similar.html", similar=close, campaign=_shown(request, where))

    @get("/ideas/{idea:int}", guards=[anyone])
    async def detail(self, request: Request, idea: FromPath[int]) -> Response:
        async def make() -> tuple[Response, list[int]]:
            return await detail_page(request, idea), [idea]

        response, shown = await page_for_strangers(request, make)
        seen(shown)
        return response

    @get("/ideas/{idea:int}/edit", guards=[signed_in])
    async def edit_form(self, request: Request, idea: FromPath[int]) -> Response:
        found = await detail(idea, request.user.id)
        _require_author(found, request.user)
        values = {"title": found.title, "text": found.text, "office": found.office}
        return await _edit_form(request, found, values, None)

    @post("/ideas/{idea:int}/edit", guards=[signed_in], status_code=200)
    async def edit(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        values = _typed(data)
        found = await detail(idea, request.user.id)
        try:
            await limit_submissions(request)
            where = await campaigns.campaign(found.campaign)
            draft = actions.Draft(values["title"], values["text"], values["office"])
            await actions.edit(request.user, where, idea, draft, datetime.now(UTC))
        except Forbidden:
            raise
        except DomainError as problem:
            return await _edit_form(request, found, values, problem)
        return redirect(request, f"/ideas/{idea}", message("Your changes are saved."))

    @post("/ideas/{idea:int}/additions", guards=[signed_in], status_code=200)
    async def add(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        """Add to one's idea once others have voted for it."""
        values = {"addition": clean(field(data, "addition"), lines=True)}
        found = await detail(idea, request.user.id)
        try:
            await limit_submissions(request)
            where = await campaigns.campaign(found.campaign)
            await actions.add(request.user, where, idea, values["addition"], datetime.now(UTC))
        except Forbidden:
            raise
        except DomainError as problem:
            return await _edit_form(request, found, values, problem)
        return redirect(request, f"/ideas/{idea}", message("Your addition is published with its date."))


async def detail_page(
    request: Request,
    idea: int,
    *,
    values: dict[str, str] | None = None,
    problem: DomainError | None = None,
    errors: dict[str, Any] | None = None,
) -> Response:
    """An idea's page; a comment that was refused stays in its form."""
    person: Person | None = request.user
    found = await detail(idea, person.id if person else None)
    remarks = await thread(idea)
    where = await campaigns.campaign(found.campaign)
    say = translator(language_of(request))
    return page(
        request,
        "idea/detail.html",
        status=problem.status if problem else 200,
        values=values or {},
        problem=problem,
        errors=errors or {},
        comments=remarks,
        campaign=_shown(request, where),
        **detail_context(found, where, person, language_of(request), say),
    )


def _typed(data: dict[str, Any]) -> dict[str, str]:
    return {
        "title": clean(field(data, "title")),
        "text": clean(field(data, "text"), lines=True),
        "office": field(data, "office"),
    }


async def _campaign(slug: str) -> Campaign:
    if slug:
        return await campaigns.campaign(slug)
    found = accepting(await campaigns.campaigns())
    return found or await campaigns.default_campaign()


def _shown(request: Request, where: Campaign) -> dict[str, str]:
    return names(where, language_of(request)).shown


def _require_author(found: Detail, person: Person) -> None:
    if found.author_id != person.id:
        raise Forbidden(message("Only its author can change an idea."))


async def _edit_form(
    request: Request, found: Detail, values: dict[str, Any], problem: DomainError | None
) -> Response:
    where = await campaigns.campaign(found.campaign)
    # A text that was refused because somebody has voted meanwhile goes into the addition, so that it is not lost.
    if problem and not found.editable and "text" in values:
        typed = ((values["title"], found.title), (values["text"], found.text))
        values["addition"] = "\n".join(new for new, published in typed if new != published)
    return page(
        request,
        "idea/edit.html" if found.editable else "idea/add.html",
        status=problem.status if problem else 200,
        idea={"id": found.id, "title": found.title, "text": found.text},
        additions=found.additions,
        add_open=may_add(found, where),
        photos=found.photos,
        most=PHOTOS,
        longest=rules.ADDITION_LONGEST,
        values=values,
        problem=problem,
        errors=problem.errors if problem else {},
        campaign=_shown(request, where),
        offices=names(where, language_of(request)).offices,
        limits=LIMITS,
    )
