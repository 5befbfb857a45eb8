"""Ideas for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from ideas import remembered
from ideas.account import actions as account
from ideas.account.api import address_of
from ideas.account.guards import anyone, signed_in
from ideas.account.rules import Person
from ideas.campaign import queries as campaigns
from ideas.idea import actions, queries, rules, search
from ideas.idea.detail import Detail, detail
from ideas.idea.queries import Asked
from ideas.idea.similar import find
from ideas.web import clean

Text = FromQuery[str]
Limit = Annotated[int, QueryParameter(ge=1, le=100)]


class NewIdea(msgspec.Struct):
    campaign: str
    title: str
    text: str
    office: str | None = None


class SimilarList(msgspec.Struct):
    items: list[queries.Similar]


class IdeaApi(Controller):
    path = "/api/ideas"
    tags = ("idea",)

    @get(guards=[anyone])
    async def list(
        self,
        request: Request,
        campaign: Text = "",
        q: Text = "",
        principle: Text = "",
        office: Text = "",
        district: Text = "",
        status: Text = "",
        cluster: Text = "",
        theme: Text = "",
        sort: Text = "",
        after: FromQuery[str | None] = None,
        limit: Limit = 20,
    ) -> Response[queries.Page]:
        """Ideas of a campaign (by default the newest open one). Sorts: new, top, fair; with `q` also match.

        `q` keeps ideas with all its words, in any form; a word that no idea has is read as the nearest one.
        """
        asked = Asked(
            campaign=campaign, q=q, principle=principle, office=office, district=district, status=status,
            cluster=cluster, theme=theme, sort=sort,
        )  # fmt: skip
        _, filters = await queries.resolve(asked)
        if filters.q:
            filters = msgspec.structs.replace(filters, q=(await search.read(filters.campaign, filters.q)).q)
        if request.user or len(after or "") > 200:
            body = await queries.encoded_page(
                filters, after, limit, request.user.id if request.user else None
            )
        else:
            body = await remembered.shared(
                ("ideas", filters, after, limit), lambda: queries.encoded_page(filters, after, limit)
            )
        return Response(body, media_type="application/json")  # type: ignore[arg-type]

    @post(guards=[signed_in])
    async def submit(self, request: Request, data: NewIdea) -> Detail:
        """Propose an idea. The same text sent again within ten minutes is answered with the same idea."""
        person: Person = request.user
        await limit_submissions(request)
        campaign = await campaigns.campaign(data.campaign)
        draft = actions.Draft(clean(data.title), clean(data.text, lines=True), data.office or "")
        done = await actions.submit(person, campaign, draft, datetime.now(UTC))
        return await detail(done.idea, person.id)

    @get("/similar", guards=[anyone])
    async def similar(
        self, text: Text, campaign: Text = "", limit: Annotated[int, QueryParameter(ge=1, le=20)] = 5
    ) -> SimilarList:
        """Ideas that may say the same as a text; of a long text the first 5000 characters count."""
        where = await campaigns.campaign(campaign) if campaign else await campaigns.default_campaign()
        typed = clean(text, lines=True)[: rules.TEXT_LONGEST]
        return SimilarList(await find(where.id, typed, limit) if typed else [])

    @get("/{idea:int}", guards=[anyone])
    async def show(self, request: Request, idea: FromPath[int]) -> Detail:
        """One idea with its tags, cluster, decision and history."""
        return await detail(idea, request.user.id if request.user else None)


async def limit_submissions(request: Request) -> None:
    """At most so many ideas an hour by a person and from an address."""
    if request.app.state.settings.rate_limits:
        await account.limit(f"submit:{request.user.id}", rules.HOURLY_BY_PERSON, 3600)
        await account.limit(f"submit@{address_of(request)}", rules.HOURLY_BY_ADDRESS, 3600)
