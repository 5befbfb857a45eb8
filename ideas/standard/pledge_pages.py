"""Pages of pledges: how many at each centre, who, pledging, the centres' codes, taking a false one away."""

from __future__ import annotations

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from ideas.account import actions as accounts
from ideas.account.api import address_of
from ideas.account.guards import anyone, moderator, planner
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import DomainError, NotFound, message
from ideas.idea.cards import names
from ideas.standard import pledges, queries, rules
from ideas.web import clean, language_of, origin, page, redirect

TRIES_HOURLY = 30


class PledgePages(Controller):
    @get("/standard", guards=[anyone])
    async def newest(self, request: Request) -> Response:
        """The standard of the newest campaign: the address in every page's foot."""
        return redirect(request, f"/campaigns/{(await campaigns.default_campaign()).slug}/standard")

    @get("/campaigns/{slug:str}/pledges", guards=[anyone])
    async def counts(self, request: Request, slug: FromPath[str], q: FromQuery[str] = "") -> Response:
        """How many of each centre's staff pledged; `q` is a part of a centre's name or district."""
        where = await campaigns.campaign(slug)
        counts = await pledges.counts(where.id)
        words = names(where, language_of(request))
        numbers = {o.slug: counts.get(o.id, 0) for o in where.offices}
        asked = clean(q)[:100]
        wanted = asked.casefold()
        offices = [
            {**o, "pledges": numbers[o["id"]]}
            for o in words.offices
            if wanted in f"{o['name']} {o['district']}".casefold()
        ]
        offices.sort(key=lambda o: (-o["pledges"], o["name"]))
        return page(
            request, "standard/pledges.html", campaign=words.shown, offices=offices, q=asked,
            total=sum(counts.values()), centres=sum(n > 0 for n in counts.values()), every=len(where.offices),
            standard=await queries.current(where.id),
        )  # fmt: skip

    @get("/campaigns/{slug:str}/pledges/{office:str}", guards=[anyone])
    async def office(
        self,
        request: Request,
        slug: FromPath[str],
        office: FromPath[str],
        after: FromQuery[int | None] = None,
    ) -> Response:
        """Who pledged at a centre."""
        where = await campaigns.campaign(slug)
        return await _office(request, where, office, after)

    @get("/campaigns/{slug:str}/pledge", guards=[anyone])
    async def form(
        self, request: Request, slug: FromPath[str], office: FromQuery[str] = "", code: FromQuery[str] = ""
    ) -> Response:
        """The form; a centre's link fills in which centre it is and its code."""
        where = await campaigns.campaign(slug)
        return await _form(request, where, {"office": office[:60], "code": clean(code)[:20]})

    @post("/campaigns/{slug:str}/pledge", guards=[anyone], status_code=200)
    async def pledge(self, request: Request, slug: FromPath[str], data: Form) -> Response:
        where = await campaigns.campaign(slug)
        typed = {name: clean(field(data, name)) for name in ("name", "post", "office", "code")}
        office = where.office(typed["office"])
        try:
            # A code could be found by trying, so few may be tried.
            if request.app.state.settings.rate_limits:
                await accounts.limit(f"pledge@{address_of(request)}", TRIES_HOURLY, 3600)
            new = await pledges.pledge(
                request.user,
                where,
                office.id if office else None,
                typed["code"],
                typed["name"],
                typed["post"],
            )
        except DomainError as problem:
            return await _form(request, where, typed, problem)
        said = message("Thank you. Your pledge stands.") if new else message("Your pledge stood already.")
        return redirect(request, f"/campaigns/{where.slug}/pledges/{typed['office']}", said)

    @post("/pledges/{pledge:int}/withdraw", guards=[moderator], status_code=200)
    async def withdraw(self, request: Request, pledge: FromPath[int], data: Form) -> Response:
        """Take a false pledge away."""
        reason = clean(field(data, "reason"), lines=True)
        where = await campaigns.campaign(field(data, "campaign"))
        try:
            _, office = await pledges.withdraw(request.user, pledge, reason)
        except DomainError as problem:
            if problem.status == 404:
                raise
            return await _office(
                request, where, field(data, "office"), None, problem, {"pledge": pledge, "reason": reason}
            )
        slug = next((o.slug for o in where.offices if o.id == office), "")
        return redirect(
            request, f"/campaigns/{where.slug}/pledges/{slug}", message("The pledge is withdrawn.")
        )

    @get("/planning/standard/codes", guards=[planner])
    async def codes(self, request: Request, campaign: FromQuery[str] = "") -> Response:
        """The codes by which the staff of centres show where they work."""
        where = await campaigns.campaign(campaign) if campaign else await campaigns.default_campaign()
        known = await pledges.codes(where.id)
        words = names(where, language_of(request))
        by_slug = {o.slug: known.get(o.id) for o in where.offices}
        return page(
            request, "standard/codes.html", campaign=words.shown, known=len(known),
            offices=[{**o, "code": by_slug[o["id"]]} for o in words.offices],
            address=f"{origin(request)}/campaigns/{where.slug}/pledge",
        )  # fmt: skip

    @post("/planning/standard/codes", guards=[planner], status_code=200)
    async def give(self, request: Request, data: Form) -> Response:
        """Codes for centres that have none, or another one for a centre."""
        where = await campaigns.campaign(field(data, "campaign"))
        address = f"/planning/standard/codes?campaign={where.slug}"
        if not field(data, "office"):
            try:
                n = await pledges.give_codes(request.user, where)
            except DomainError as problem:
                return redirect(request, address, problem.detail, "error")
            return redirect(
                request, address, message("%(n)s centre has a code now", "%(n)s centres have a code now", n)
            )
        office = where.office(field(data, "office"))
        if office is None:
            raise NotFound()
        await pledges.renew_code(request.user, where, office.id)
        return redirect(request, address, message("The old code opens nothing any more."))


async def _office(
    request: Request, where: Campaign, slug: str, after: int | None,
    problem: DomainError | None = None, values: dict[str, object] | None = None,
) -> Response:  # fmt: skip
    office = where.office(slug)
    if office is None:
        raise NotFound(message("There is no such centre."))
    rows = await pledges.listed(where.id, office.id, after, pledges.PAGE + 1)
    words = names(where, language_of(request))
    counts = await pledges.counts(where.id)
    more = rows[pledges.PAGE - 1].id if len(rows) > pledges.PAGE else None
    return page(
        request, "standard/pledges_office.html", status=problem.status if problem else 200, campaign=words.shown,
        office={"slug": office.slug, "name": words.office[office.slug]}, rows=rows[: pledges.PAGE],
        total=counts.get(office.id, 0), problem=problem, errors=problem.errors if problem else {}, values=values or {},
        next_url=f"/campaigns/{where.slug}/pledges/{office.slug}?after={more}" if more else None,
        moderates=bool(request.user and request.user.moderates), most=rules.REASON_LONGEST,
    )  # fmt: skip


async def _form(
    request: Request, where: Campaign, values: dict[str, str], problem: DomainError | None = None
) -> Response:
    words = names(where, language_of(request))
    return page(
        request, "standard/pledge.html", status=problem.status if problem else 200, campaign=words.shown,
        offices=words.offices, values=values, problem=problem, errors=problem.errors if problem else {},
        standard=await queries.current(where.id), team=bool(request.user and request.user.role != "citizen"),
    )  # fmt: skip
