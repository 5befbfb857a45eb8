"""Exports for people: choose a table, filters and columns; download at once or have it made; one's own files."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import admin, planner
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import DomainError, NotFound, message
from ideas.i18n import localised
from ideas.idea.listing import STATUS_NAMES
from ideas.planning import disclosure, export, export_store
from ideas.planning.columns_more import SHEETS
from ideas.planning.export import FORMATS
from ideas.planning.export_api import known
from ideas.planning.pages import STATE_NAMES
from ideas.planning.search import DEEDS
from ideas.web import clean, language_of, page, redirect, translator

KINDS = {
    "ideas": message("Ideas"),
    "clusters": message("Groups"),
    "comments": message("Comments"),
    "votes": message("Votes"),
    "decisions": message("Decisions"),
    "audit": message("Audit log"),
    "participation": message("Participation"),
    "residents": message("Residents"),
}
ABOUT = {
    "ideas": message("Every idea with its principles, place, support and group."),
    "clusters": message("Groups with the distinct people behind them and the decision that stands."),
    "comments": message("What was said for and against, and what was asked."),
    "votes": message(
        "One line for each vote. Instead of a name stands a pseudonym that nobody can turn back into a person."
    ),
    "decisions": message("Each decision with its reason, those taken back included."),
    "audit": message("What the team did, with the hashes that anybody can check."),
    "participation": message(
        "Ideas, people and votes by district and principle. Counts of too few people are left out."
    ),
    "residents": message(
        "Who takes part, by the district and age that people told of themselves. Counts of too few are left out."
    ),
}
STATES = {
    "waiting": message("Waiting"),
    "running": message("Being made"),
    "ready": message("Ready"),
    "failed": message("Failed"),
    "stopped": message("Stopped"),
    "expired": message("Deleted"),
}
FORMAT_NAMES = {"xlsx": message("Excel (XLSX)"), "csv": "CSV", "jsonl": "JSON Lines", "parquet": "Parquet"}
_FILTERS = ("q", "principle", "district", "office", "status", "cluster", "theme", "state", "order", *DEEDS)


class ExportPages(Controller):
    path = "/planning/exports"

    @get(guards=[planner])
    async def choose(self, request: Request) -> Response:
        params = request.query_params
        given = {name: clean(params.get(name, ""))[:200] for name in ("campaign", *_FILTERS)}
        what = params.get("what", "ideas")
        return await _page(request, what if what in KINDS else "ideas", given)

    @post(guards=[planner])
    async def order(self, request: Request, data: Form) -> Response:
        """Have a file made; whatever cannot be is said beside the form as it was filled in."""
        what, _, format = field(data, "file").partition(".")
        if what not in KINDS or format not in FORMATS:
            raise NotFound()
        given = {name: clean(field(data, name))[:200] for name in ("campaign", *_FILTERS)}
        chosen = data.get("columns", [])
        columns = [c for c in (chosen if isinstance(chosen, list) else [chosen]) if isinstance(c, str)]
        try:
            asked = {k: v for k, v in given.items() if v and k != "campaign"}
            wanted = await export.wanted_by(
                what, given["campaign"], {**asked, "columns": ",".join(columns)}, language_of(request)
            )
            number = await export_store.order(request.user, wanted, format, await export.count(wanted))
        except DomainError as problem:
            return await _page(request, what, given, columns, problem)
        return redirect(request, f"/planning/exports/{number}")

    @get("/{number:int}", guards=[planner])
    async def show(self, request: Request, number: FromPath[int]) -> Response:
        """How far one file is; the page renews itself while it is made."""
        found = await export_store.one(request.user.id, known(number))
        return page(
            request,
            "planning/export.html",
            export=found,
            kinds=KINDS,
            states=STATES,
            campaign=_campaign(await campaigns.campaign(found.campaign), language_of(request)),
            busy=found.state in ("waiting", "running"),
        )

    @post("/{number:int}/stop", guards=[planner])
    async def stop(self, request: Request, number: FromPath[int]) -> Response:
        found = await export_store.one(request.user.id, known(number))
        await export_store.stop(request.user.id, number)
        busy = found.state in ("waiting", "running")
        said = message("Stopped.") if busy else message("The file is deleted.")
        return redirect(request, f"/planning/exports?campaign={found.campaign}", said)

    @post("/rules", guards=[admin])
    async def rules(self, request: Request, data: Form) -> Response:
        """The smallest count, the licence, and whether there is a public dataset."""
        where = await campaigns.campaign(field(data, "campaign"))
        text = field(data, "smallest").strip()
        smallest = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
        try:
            await disclosure.change(
                request.user, where.id, smallest, field(data, "licence"), field(data, "open") == "1"
            )
        except DomainError as problem:
            return await _page(
                request, "ideas", {"campaign": where.slug}, [], problem, {"smallest": text[:20]}
            )
        address = f"/planning/exports?campaign={where.slug}#rules"
        return redirect(request, address, message("Saved. The public dataset follows at its next building."))


def _campaign(where: Campaign, lang: str) -> dict[str, str]:
    return {"slug": where.slug, "title": localised(where.title, lang)}


async def _page(
    request: Request,
    what: str,
    given: dict[str, str],
    columns: list[str] | None = None,
    problem: DomainError | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    lang = language_of(request)
    say = translator(lang)
    slug = given.get("campaign", "")
    where = await campaigns.campaign(slug) if slug else await campaigns.default_campaign()
    kept = {k: v for k, v in given.items() if v and k not in ("campaign", "order")}
    rules = await disclosure.of(where.id)
    sheet = SHEETS[what].columns

    def link(kind: str) -> str:
        return "/planning/exports?" + urlencode({"campaign": where.slug, "what": kind, **kept})

    return page(
        request,
        "planning/exports.html",
        status=problem.status if problem else 200,
        problem=problem,
        errors=problem.errors if problem else {},
        campaign=_campaign(where, lang),
        what=what,
        about=ABOUT[what],
        kinds=[{"label": say(name), "href": link(k), "current": k == what} for k, name in KINDS.items()],
        names=KINDS,
        states=STATES,
        given=given,
        columns=[{"name": c.name, "about": c.about, "on": not columns or c.name in columns} for c in sheet],
        formats=list(FORMAT_NAMES.items()),
        mine=await export_store.mine(request.user.id),
        kept_days=export_store.KEPT_DAYS,
        principles=[(p.slug, localised(p.name, lang)) for p in where.principles],
        districts=[(d.slug, localised(d.name, lang)) for d in where.districts],
        statuses=[(k, say(name)) for k, name in STATUS_NAMES.items()],
        cluster_states=[(k, say(name)) for k, name in STATE_NAMES.items()],
        rules=rules,
        licences=list(disclosure.LICENCES.items()),
        typed=values or {},
    )  # fmt: skip
