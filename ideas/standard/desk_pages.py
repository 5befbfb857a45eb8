"""The desk where the standard is made: the whole of it, what is proposed for it, versions, signing, publishing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from ideas.account.guards import planner, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import DomainError, NotFound, message
from ideas.i18n import localised
from ideas.idea.cards import names
from ideas.standard import actions, proposals, queries, rules, signing
from ideas.standard.document import Document
from ideas.web import clean, language_of, page, redirect, translator

LATEST = "now"


class StandardDesk(Controller):
    path = "/planning/standard"

    @get(guards=[staff])
    async def overview(self, request: Request, campaign: FromQuery[str] = "") -> Response:
        return await _overview(request, await campaign_of(campaign))

    @post("/head", guards=[planner], status_code=200)
    async def head(self, request: Request, data: Form) -> Response:
        where = await campaigns.campaign(field(data, "campaign"))
        title, preamble = clean(field(data, "title")), clean(field(data, "preamble"), lines=True)
        try:
            found = await actions.begin(where)
            await actions.set_head(request.user, found.id, title, preamble, field(data, "seen"))
        except DomainError as problem:
            return await _overview(request, where, {"title": title, "preamble": preamble}, problem)
        return redirect(request, _address(where), message("Saved"))

    @get("/proposals", guards=[planner])
    async def proposals(
        self,
        request: Request,
        campaign: FromQuery[str] = "",
        principle: FromQuery[str] = "",
        q: FromQuery[str] = "",
        start: FromQuery[int] = 0,
        clause: FromQuery[int | None] = None,
    ) -> Response:
        """Groups that may become a clause, or be added to one."""
        where = await campaign_of(campaign)
        return await _proposals(request, where, principle, clean(q)[:100], start, clause)

    @post("/clauses", guards=[planner], status_code=200)
    async def write(self, request: Request, data: Form) -> Response:
        """A new clause drawn from the groups that were picked; its text begins with their best sentences."""
        where = await campaigns.campaign(field(data, "campaign"))
        slug, picked = field(data, "principle"), numbers(data, "cluster")
        try:
            principle = where.principle(slug)
            if slug and principle is None:
                raise NotFound(message("There is no such principle."))
            text = await proposals.starting_text(picked[: rules.MOST_CLUSTERS], where.lang)
            text = text[: rules.CLAUSE_LONGEST] or translator(language_of(request))(message("New clause"))
            under = principle.id if principle else await proposals.leading_principle(picked)
            id = await actions.write(request.user, where, under, picked, text)
        except DomainError as problem:
            return await _proposals(request, where, slug, "", 0, None, problem)
        said = message("The clause is begun with what people say. Put it into the words of a standard.")
        return redirect(request, f"/planning/standard/clauses/{id}", said)

    @post("/sign", guards=[planner], status_code=200)
    async def sign(self, request: Request, data: Form) -> Response:
        where = await campaigns.campaign(field(data, "campaign"))
        typed = {"signer": clean(field(data, "signer")), "post": clean(field(data, "post"))}
        seen = field(data, "revision")
        try:
            revision = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0
            number = await signing.sign(request.user, where, revision, typed["signer"], typed["post"])
        except DomainError as problem:
            return await _overview(request, where, typed, problem)
        return redirect(
            request,
            _address(where),
            message("Version %(number)s is signed. It can be published.", number=number),
        )

    @post("/publish", guards=[planner], status_code=200)
    async def publish(self, request: Request, data: Form) -> Response:
        where = await campaigns.campaign(field(data, "campaign"))
        number = field(data, "number")
        try:
            await signing.publish(
                request.user,
                where,
                int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0,
            )
        except DomainError as problem:
            return await _overview(request, where, {}, problem)
        return redirect(request, f"/campaigns/{where.slug}/standard", message("The standard is published."))

    @get("/versions/{number:int}", guards=[staff])
    async def version(
        self, request: Request, number: FromPath[int], campaign: FromQuery[str] = ""
    ) -> Response:
        where = await campaign_of(campaign)
        found = await queries.version(where.id, number)
        return page(
            request, "standard/version.html", campaign=names(where, language_of(request)).shown,
            version=found.row, document=found.document,
        )  # fmt: skip

    @get("/compare", guards=[staff])
    async def compare(
        self,
        request: Request,
        campaign: FromQuery[str] = "",
        a: FromQuery[str] = "",
        b: FromQuery[str] = LATEST,
    ) -> Response:
        """Two versions side by side; `now` is the text as it stands."""
        where = await campaign_of(campaign)
        left, right = await _document(where, a), await _document(where, b)
        found = await queries.head(where.id)
        return page(
            request, "standard/compare.html", campaign=names(where, language_of(request)).shown, a=a, b=b,
            rows=compared(left, right), versions=await queries.versions(found.id) if found else [],
        )  # fmt: skip


async def campaign_of(slug: str) -> Campaign:
    """The campaign that an address names, else the newest that runs."""
    return await campaigns.campaign(slug) if slug else await campaigns.default_campaign()


def numbers(data: dict[str, Any], name: str) -> list[int]:
    """Numbers of a form's field that may be given several times."""
    given = data.get(name, [])
    values = given if isinstance(given, list) else [given]
    return [int(v) for v in values if isinstance(v, str) and v.isascii() and v.isdecimal() and len(v) < 19][
        :500
    ]


def compared(left: Document, right: Document) -> list[dict[str, Any]]:
    """Title, preamble and clauses of two documents, each with its differences; only what differs."""
    rows: list[dict[str, Any]] = []

    def add(name: Any, old: str, new: str, before: str = "", after: str = "") -> None:
        if old != new or before != after:
            a, b = rules.differences(old, new)
            rows.append({"name": name, "left": a, "right": b, "before": before, "after": after})

    add(message("Title"), left.title, right.title)
    add(message("Preamble"), left.preamble, right.preamble)
    order = [c.id for c in right.clauses]
    order += [c.id for c in left.clauses if c.id not in order]
    for id in order:
        old, new = left.clause(id), right.clause(id)
        number = new.number if new else old.number if old else ""
        add(
            message("Clause %(number)s", number=number), old.text if old else "", new.text if new else "",
            old.number if old else "", new.number if new else "",
        )  # fmt: skip
    return rows


async def _document(where: Campaign, which: str) -> Document:
    if which.isascii() and which.isdecimal() and len(which) < 9:
        return (await queries.version(where.id, int(which))).document
    found = await queries.head(where.id)
    return await queries.working(where, found) if found and which == LATEST else Document("", "")


def _address(where: Campaign) -> str:
    return "/planning/standard?" + urlencode({"campaign": where.slug})


async def _overview(
    request: Request,
    where: Campaign,
    values: dict[str, str] | None = None,
    problem: DomainError | None = None,
) -> Response:
    found = await queries.head(where.id) or (actions.blank(where) if request.user.plans else None)
    versions = await queries.versions(found.id) if found else []
    latest = versions[0] if versions else None
    return page(
        request, "standard/desk.html", status=problem.status if problem else 200,
        campaign=names(where, language_of(request)).shown, head=found,
        document=await queries.working(where, found) if found else Document("", ""), versions=versions,
        signed=latest if latest and found and latest.revision == found.revision else None,
        latest=latest, remarks=await queries.remarked(found.id) if found else {},
        removed=await queries.removed(found.id) if found else [], values=values or {}, problem=problem,
        errors=problem.errors if problem else {},
        principles=[(p.slug, localised(p.name, language_of(request))) for p in where.principles],
        limits={"title": rules.TITLE_LONGEST, "preamble": rules.PREAMBLE_LONGEST}, plans=request.user.plans,
        moderates=request.user.moderates,
    )  # fmt: skip


async def _proposals(
    request: Request, where: Campaign, slug: str, q: str, start: int, clause: int | None,
    problem: DomainError | None = None,
) -> Response:  # fmt: skip
    lang = language_of(request)
    principle = where.principle(slug)
    start = min(max(start, 0), 10_000)
    found = await proposals.proposed(where.id, principle.id if principle else None, where.lang, start, q)
    target = await queries.clause(clause) if clause else None

    def link(**changes: Any) -> str:
        values = {"campaign": where.slug, "principle": slug, "q": q, "clause": clause, **changes}
        return "/planning/standard/proposals?" + urlencode({k: v for k, v in values.items() if v})

    tabs = [
        {"label": translator(lang)(message("All")), "href": link(principle=""), "current": principle is None}
    ]
    tabs += [
        {"label": localised(p.name, lang), "href": link(principle=p.slug), "current": p is principle}
        for p in where.principles
    ]
    more = len(found) == proposals.SHOWN
    return page(
        request, "standard/proposals.html", status=problem.status if problem else 200,
        campaign=names(where, lang).shown, tabs=tabs, proposals=found, principle=slug, q=q, clause=target,
        start=start, next_url=link(start=start + proposals.SHOWN) if more else None, problem=problem,
        errors=problem.errors if problem else {},
    )  # fmt: skip
