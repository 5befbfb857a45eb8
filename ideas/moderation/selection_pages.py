"""Deciding on a selection of ideas: what it would do, how far it is, what could not be done; also for programs."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, JSONBody

from ideas.account.guards import moderator, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.cluster import queries as cluster_queries
from ideas.cluster.api import check_id
from ideas.errors import DomainError, message
from ideas.i18n import localised
from ideas.idea.cards import names
from ideas.idea.filters import Asked
from ideas.moderation import picks, selections
from ideas.moderation.rulings import Ruling
from ideas.moderation.selection_progress import Progress, progress
from ideas.web import clean, language_of, page, redirect

FIELDS = ("campaign", "q", "theme", "principle", "district", "office", "cluster")
ADDRESS = "/moderation/selections"
WHYS = {
    "claimed": message("somebody has its group in hand"),
    "answered": message("it has an answer already"),
    "hidden": message("it is hidden"),
}


def _asked(given: Any) -> Asked:
    """The filters of a selection, from an address or a form."""
    return Asked(**{k: clean(v) if isinstance(v := given.get(k, ""), str) else "" for k in FIELDS})


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


class SelectionPages(Controller):
    path = "/moderation"

    @get("/selection", guards=[moderator])
    async def choose(self, request: Request) -> Response:
        return await _choose(request, request.query_params)

    @post("/selection", guards=[moderator])
    async def decide(self, request: Request, data: Form) -> Response:
        values = {k: field(data, k) for k in ("verdict", "reason", "letter")}
        ruling = Ruling(
            values["verdict"], clean(values["reason"], lines=True), (), clean(values["letter"], lines=True)
        )
        expected = _whole(field(data, "expected"))
        try:
            done = await selections.start(
                request.user, _asked(data), ruling,
                alone=field(data, "alone") == "1", pick=_whole(field(data, "pick")) or 0, expected=expected,
            )  # fmt: skip
        except DomainError as problem:
            if problem.status in (400, 404):
                raise
            return await _choose(request, data, problem, values)
        return redirect(request, f"{ADDRESS}/{done.id}")

    @post("/picks/{pick:int}/merge", guards=[moderator])
    async def merge(self, request: Request, pick: FromPath[int]) -> Response:
        try:
            done = await picks.merge(request.user, check_id(pick) or 0)
        except DomainError as problem:
            return await _picked(request, pick, problem)
        said = message("%(n)s idea is in this group now.", "%(n)s ideas are in this group now.", done.ideas)
        return redirect(request, f"/moderation/clusters/{done.id}", said)

    @post("/picks/{pick:int}/tags", guards=[moderator])
    async def tag(self, request: Request, pick: FromPath[int], data: Form) -> Response:
        chosen = data.get("principles", [])
        slugs = [s for s in (chosen if isinstance(chosen, list) else [chosen]) if isinstance(s, str)]
        try:
            n = await picks.tag(request.user, check_id(pick) or 0, slugs)
        except DomainError as problem:
            return await _picked(request, pick, problem)
        said = message(
            "The principles of %(n)s idea are yours now.", "The principles of %(n)s ideas are yours now.", n
        )
        return redirect(request, f"/moderation/selection?pick={pick}", said)

    @get("/selections/{selection:int}", guards=[staff])
    async def show(self, request: Request, selection: FromPath[int]) -> Response:
        found = await progress(check_id(selection) or 0)
        where = await campaigns.campaign(found.campaign)
        return page(
            request,
            "moderation/selection_done.html",
            campaign=names(where, language_of(request)).shown,
            selection=found,
            whys=WHYS,
            running=found.finished is None and found.undone is None,
        )

    @post("/selections/{selection:int}/retry", guards=[moderator])
    async def retry(self, request: Request, selection: FromPath[int]) -> Response:
        check_id(selection)
        try:
            await selections.retry(request.user, selection)
        except DomainError as problem:
            return redirect(request, f"{ADDRESS}/{selection}", problem.detail, "error")
        return redirect(request, f"{ADDRESS}/{selection}")


async def _picked(request: Request, pick: int, problem: DomainError) -> Response:
    """What could not be done with a choice, beside the choice."""
    if problem.status in (400, 404):
        raise problem
    return await _choose(request, {"pick": str(pick)}, problem)


async def _choose(
    request: Request, given: Any, problem: DomainError | None = None, values: dict[str, Any] | None = None
) -> Response:
    asked, alone, lang = _asked(given), given.get("alone") == "1", language_of(request)
    pick = _whole(clean(given.get("pick"))) or 0
    count = 0
    if pick:
        campaign, ideas = await picks.ideas_of(pick)
        where, count = await campaigns.campaign_by_id(campaign), len(ideas)
    else:
        where = (
            await campaigns.campaign(asked.campaign) if asked.campaign else await campaigns.default_campaign()
        )
    asked.campaign = where.slug
    return page(
        request,
        "moderation/selection.html",
        status=problem.status if problem else 200,
        campaign=names(where, lang).shown,
        query=msgspec.to_builtins(asked) | {"alone": "1" if alone else "", "pick": pick or ""},
        picked=count,
        preview=await selections.preview(request.user, asked, alone=alone, pick=pick),
        themes=[(t.id, t.name) for t in await cluster_queries.themes(where.id)],
        principles=[(p.slug, localised(p.name, lang)) for p in where.principles],
        district_options=[(d.slug, localised(d.name, lang)) for d in where.districts],
        shown_url="/ideas?"
        + urlencode({k: v for k in FIELDS if (v := getattr(asked, k))} | {"status": "submitted"}),
        values=values or {},
        errors=problem.errors if problem else {},
        problem=problem,
    )


Text = Annotated[str, msgspec.Meta(max_length=200)]


class SelectionInput(msgspec.Struct):
    """The filters of the ideas' list; `alone`: only ideas in no group; `expected`: how many they must be."""

    campaign: Text
    verdict: Annotated[str, msgspec.Meta(max_length=20)]
    reason: Annotated[str, msgspec.Meta(max_length=20_000)]
    letter: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    q: Text = ""
    theme: Text = ""
    principle: Text = ""
    district: Text = ""
    office: Text = ""
    cluster: Text = ""
    alone: bool = False
    expected: int | None = None


class SelectionApi(Controller):
    path = "/api/selections"
    tags = ("moderation",)

    @post(guards=[moderator], status_code=202)
    async def decide(self, request: Request, data: JSONBody[SelectionInput]) -> selections.Started:
        """One decision over all unanswered ideas that filters leave; a job writes it, and it can be undone as one."""
        asked = Asked(**{k: clean(getattr(data, k)) for k in FIELDS})
        ruling = Ruling(data.verdict, clean(data.reason, lines=True), (), clean(data.letter, lines=True))
        return await selections.start(request.user, asked, ruling, alone=data.alone, expected=data.expected)

    @get("/{selection:int}", guards=[staff])
    async def show(self, selection: FromPath[int]) -> Progress:
        """How far it is, with the first of the ideas that could not be ruled on."""
        return await progress(check_id(selection) or 0)

    @post("/{selection:int}/retry", guards=[moderator], status_code=202)
    async def retry(self, request: Request, selection: FromPath[int]) -> dict[str, int]:
        """Try those again that could not be ruled on."""
        return {"ideas": await selections.retry(request.user, check_id(selection) or 0)}
