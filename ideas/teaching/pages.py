"""The page of what the tagger has learned, how well it does, and what it should be taught next."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import moderator, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.cluster.api import check_id
from ideas.errors import DomainError, message
from ideas.i18n import local_date, translator
from ideas.idea.cards import names
from ideas.teaching import actions, queries, rules
from ideas.web import language_of, page, redirect

ADDRESS = "/moderation/teaching"
CHARTED = 12
"""So many versions and weeks a chart shows."""


class TeachingPages(Controller):
    path = ADDRESS

    @get(guards=[staff])
    async def overview(self, request: Request) -> Response:
        slug = request.query_params.get("campaign", "")
        where = await campaigns.campaign(slug) if slug else await campaigns.default_campaign()
        lang = language_of(request)
        words = names(where, lang)
        versions = await queries.versions(where.id)
        weeks = await queries.weeks(where.id)
        live = await queries.live_by_version(where.id)
        current = next((v for v in versions if v.active), None)
        doubts = await queries.doubts(where.id, request.user.id) if request.user.moderates else []
        total = rules.Live(*(sum(getattr(w.live, k) for w in weeks) for k in rules.Live.__struct_fields__))
        return page(
            request, "teaching/overview.html", campaign=words.shown, versions=versions, current=current, weeks=weeks,
            live=live, total=total, doubts=doubts, coverage=await queries.coverage(where.id),
            grouping=await queries.grouping(where.id), principles=list(words.principle.values()),
            principle=words.principle, needed=rules.NEEDED,
            over_versions=_over_versions(versions, translator(lang)), over_weeks=_over_weeks(weeks, lang),
        )  # fmt: skip

    @get("/versions/{version:int}", guards=[staff])
    async def version(self, request: Request, version: FromPath[int]) -> Response:
        """A version's figures beside those of the one in use, and the button that puts it back."""
        found = await queries.version(check_id(version) or 0)
        where = await campaigns.campaign_by_id(found.campaign)
        words = names(where, language_of(request))
        current = next((v for v in await queries.versions(where.id) if v.active), None)
        return page(
            request, "teaching/version.html", campaign=words.shown, version=found, current=current,
            principle=words.principle,
        )  # fmt: skip

    @post("/versions/{version:int}", guards=[moderator], status_code=200)
    async def put_back(self, request: Request, version: FromPath[int]) -> Response:
        try:
            await actions.put_back(request.user, check_id(version) or 0)
        except DomainError as problem:
            if problem.status in (400, 404):
                raise
            return redirect(request, f"{ADDRESS}/versions/{version}", problem.detail, "error")
        said = message(
            "This version is in use and held. Ideas that no moderator has tagged are tagged anew now."
        )
        return redirect(request, ADDRESS, said)

    @post("/learn", guards=[moderator], status_code=200)
    async def learn(self, request: Request, data: Form) -> Response:
        where = await campaigns.campaign(field(data, "campaign"))
        address = f"{ADDRESS}?campaign={where.slug}"
        try:
            await actions.learn_again(request.user, where.id)
        except DomainError as problem:
            return redirect(request, address, problem.detail, "error")
        said = message("The newest version is in use, and the tagger learns again.")
        return redirect(request, address, said)


def _over_versions(versions: list[queries.Version], say: Any) -> rules.Chart | None:
    """F1, coverage and calibration error of the latest versions that have figures."""
    shown = [v for v in reversed(versions) if v.figures is not None][-CHARTED:]
    figures = [v.figures for v in shown if v.figures]
    return rules.chart([f"№ {v.number}" for v in shown], [
        (say(message("F1, mean of the principles")), [f.macro_f1 for f in figures]),
        (say(message("Coverage")), [f.coverage for f in figures]),
        (say(message("Calibration error")), [f.calibration_error for f in figures]),
    ])  # fmt: skip


def _over_weeks(weeks: list[queries.Week], lang: str) -> rules.Chart | None:
    """Live precision and agreement week by week."""
    shown, say = weeks[-CHARTED:], translator(lang)
    return rules.chart([local_date(w.monday, lang, "d MMM") for w in shown], [
        (say(message("Suggested principles that were right")), [w.live.precision for w in shown]),
        (say(message("Left as suggested")), [w.live.agreement for w in shown]),
    ])  # fmt: skip
