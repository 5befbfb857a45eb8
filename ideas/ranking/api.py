"""Rankings for programs: the same numbers as the planners' pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, put
from litestar.params import FromPath, FromQuery, QueryParameter

from ideas.account.guards import admin, planner
from ideas.campaign import queries as campaigns
from ideas.errors import Invalid, NotFound, message
from ideas.idea.listing import asked_of
from ideas.ranking import actions, queries, why
from ideas.ranking.packed import Totals
from ideas.ranking.pages import BIGGEST, counted
from ideas.ranking.rules import KINDS
from ideas.ranking.search import search
from ideas.ranking.totals import totals


class Page(msgspec.Struct):
    """A page of an order. Places are among all items of the campaign, whatever filters are on; `made`: when counted."""

    campaign: str
    what: str
    order: str
    made: datetime
    totals: Totals
    items: list[queries.Ranked]
    next: int | None


class Why(msgspec.Struct):
    """One item: its numbers, by order its neighbours, the places its interval leaves open, what it needs to rise."""

    item: queries.Ranked
    made: datetime
    neighbours: dict[str, list[queries.Ranked]]
    could_stand: dict[str, tuple[int, int]]
    needed: dict[str, int | None]
    waves: list[queries.Wave]


class AgeInput(msgspec.Struct, forbid_unknown_fields=True):
    slug: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,60}$")]
    name: dict[str, Annotated[str, msgspec.Meta(min_length=1, max_length=100)]]
    youngest: Annotated[int, msgspec.Meta(ge=0, le=150)]
    population: Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]
    oldest: Annotated[int, msgspec.Meta(ge=0, le=150)] | None = None


class AgesInput(msgspec.Struct, forbid_unknown_fields=True):
    """A campaign's age groups, in full: those that are missing go."""

    campaign: str
    groups: Annotated[list[AgeInput], msgspec.Meta(max_length=30)]


class RankingApi(Controller):
    path = "/api/ranking"
    tags = ("ranking",)

    @get("/", guards=[planner])
    async def ranking(
        self,
        request: Request,
        what: FromQuery[str] = "",
        order: FromQuery[str] = "",
        states: Annotated[str, QueryParameter(name="state")] = "",
        number: Annotated[int, QueryParameter(name="page")] = 1,
    ) -> Page:
        """Ideas, clusters or themes (`what`) in the order `people`, `exposure`, `share` or `split`; 25 a page."""
        found = await search(asked_of(request.query_params), what, order, states, number)
        known = await counted(found.campaign)
        items, more = await queries.page(found)
        return Page(
            found.campaign.slug, found.kind, found.order, known.made, await totals(found, known), items,
            number + 1 if more else None,
        )  # fmt: skip

    @get("/method", guards=[planner])
    async def method(self, request: Request) -> queries.Numbers:
        """When the numbers were made, of how much, and how the people were weighted."""
        found = await search(asked_of(request.query_params), "", "", "", 1)
        return await counted(found.campaign)

    @get("/waves", guards=[planner])
    async def waves(self, request: Request) -> list[queries.Wave]:
        """Near-identical texts: the largest waves first, fifty at most."""
        found = await search(asked_of(request.query_params), "", "", "", 1)
        return await queries.waves(found.campaign.id)

    @get("/{what:str}/{item:int}", guards=[planner])
    async def one(self, request: Request, what: FromPath[str], item: FromPath[int]) -> Why:
        """Why an item stands where it does."""
        if what not in KINDS or not 0 < item < BIGGEST:
            raise NotFound()
        found = await search(asked_of(request.query_params), what, "", "", 1)
        known = await counted(found.campaign)
        one = await queries.ranked(found.campaign.id, what, item)
        near = await queries.neighbours(found.campaign.id, one)
        return Why(
            one, known.made, near, await queries.could_stand(found.campaign.id, one),
            {order: _needed(order, one, items, known) for order, items in near.items()}, await queries.waves_of(one),
        )  # fmt: skip

    @put("/ages", guards=[admin], status_code=204)
    async def ages(self, data: AgesInput) -> None:
        """Say how many residents each age group has."""
        campaign = await campaigns.campaign(data.campaign)
        groups = [msgspec.to_builtins(g) for g in data.groups]
        errors: dict[str, Any] = {}
        if len({g["slug"] for g in groups}) < len(groups):
            errors["groups"] = message("Two age groups have the same short name")
        if any(g["oldest"] is not None and g["oldest"] < g["youngest"] for g in groups):
            errors["groups"] = message("An age group ends before it begins")
        if errors:
            raise Invalid(errors=errors)
        await actions.set_ages(campaign.id, groups)


def _needed(
    order: str, one: queries.Ranked, near: list[queries.Ranked], known: queries.Numbers
) -> int | None:
    above = why.above(order, one, near)
    return why.needed(order, one, above, known.weighed) if above else None
