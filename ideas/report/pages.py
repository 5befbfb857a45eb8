"""The planner's page of reports: a button, progress, and the files when they are ready."""

from __future__ import annotations

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from ideas.account.guards import planner
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.errors import DomainError, NotFound
from ideas.idea.cards import names
from ideas.report import actions, listing
from ideas.report.files import KINDS
from ideas.web import language_of, page, redirect


class CampaignReportPages(Controller):
    path = "/planning/reports"

    @get(guards=[planner])
    async def list(self, request: Request, campaign: FromQuery[str] = "") -> Response:
        return await _list(request, campaign)

    @post(guards=[planner], status_code=200)
    async def ask(self, request: Request, data: Form) -> Response:
        where = await campaigns.campaign(field(data, "campaign"))
        try:
            id = await actions.ask(request.user, where, field(data, "lang"))
        except DomainError as problem:
            return await _list(request, where.slug, problem)
        return redirect(request, f"/planning/reports/{id}")

    @get("/{report:int}", guards=[planner])
    async def detail(self, request: Request, report: FromPath[int]) -> Response:
        """How far a report is; the page asks again by itself until it is ready."""
        found = await listing.report(report)
        where = await campaigns.campaign_by_id(found.campaign)
        return page(
            request, "report/detail.html", campaign=names(where, language_of(request)).shown, report=found,
            headers={} if found.state in ("done", "failed") else {"Refresh": "3"},
        )  # fmt: skip

    @get("/{report:int}/{file:str}", guards=[planner])
    async def file(self, request: Request, report: FromPath[int], file: FromPath[str]) -> Response:
        """`report.pdf`, `report.docx` or `report.xlsx`."""
        kind = file.removeprefix("report.")
        if kind not in KINDS or not file.startswith("report."):
            raise NotFound()
        found = await listing.report(report)
        where = await campaigns.campaign_by_id(found.campaign)
        name = f"report-{where.slug}-{found.created:%Y-%m-%d}-{found.lang}.{kind}"
        return Response(
            await listing.file(report, kind), media_type=KINDS[kind],
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )  # fmt: skip


async def _list(request: Request, slug: str, problem: DomainError | None = None) -> Response:
    where = await campaigns.campaign(slug) if slug else await campaigns.default_campaign()
    return page(
        request, "report/list.html", status=problem.status if problem else 200,
        campaign=names(where, language_of(request)).shown, reports=await listing.reports(where.id),
        problem=problem, errors=problem.errors if problem else {},
    )  # fmt: skip
