"""An organiser's pages: campaigns, their stages, principles, districts, centres and words."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from ideas.account.guards import admin
from ideas.campaign import actions, lines, queries
from ideas.campaign.actions import LANGS, PrincipleInput, StageInput, Texts
from ideas.campaign.rules import KINDS, Campaign
from ideas.errors import DomainError, NotFound, message
from ideas.i18n import CITY_TIME, LANGUAGES
from ideas.web import clean, page, redirect

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
TEXT_LIMIT = 400_000
"""Characters of a list of lines."""
LANG_NAMES = {
    "ru": message("Russian"), "en": message("English"), "mixed": message("Russian and English together"),
    "de": message("German"), "es": message("Spanish"), "fr": message("French"), "it": message("Italian"),
    "pt": message("Portuguese"), "nl": message("Dutch"), "sv": message("Swedish"), "fi": message("Finnish"),
    "da": message("Danish"), "no": message("Norwegian"), "hu": message("Hungarian"), "ro": message("Romanian"),
    "tr": message("Turkish"),
}  # fmt: skip


class OrganisePages(Controller):
    @get("/organise", guards=[admin])
    async def campaigns(self, request: Request) -> Response:
        return page(request, "campaign/organise.html", campaigns=await queries.campaigns())

    @get("/organise/new", guards=[admin])
    async def new(self, request: Request) -> Response:
        return await _texts_page(request, None)

    @post("/organise/new", guards=[admin])
    async def create(self, request: Request, data: Form) -> Response:
        slug = _field(data, "slug").lower()
        try:
            await actions.create(request.user, slug, _texts_of(data), _field(data, "like"))
        except DomainError as problem:
            return await _texts_page(request, None, data, problem)
        return redirect(request, f"/organise/{slug}", message("The campaign is there. Give it stages."))

    @get("/organise/{slug:str}", guards=[admin])
    async def overview(self, request: Request, slug: str) -> Response:
        campaign = await queries.campaign(slug)
        words = await queries.words(campaign.id)
        return page(request, "campaign/overview.html", found=campaign, words=len(words))

    @get("/organise/{slug:str}/texts", guards=[admin])
    async def texts(self, request: Request, slug: str) -> Response:
        return await _texts_page(request, await queries.campaign(slug))

    @post("/organise/{slug:str}/texts", guards=[admin])
    async def rewrite(self, request: Request, slug: str, data: Form) -> Response:
        campaign = await queries.campaign(slug)
        try:
            await actions.rewrite(request.user, campaign, _texts_of(data))
        except DomainError as problem:
            return await _texts_page(request, campaign, data, problem)
        return _saved(request, slug)

    @get("/organise/{slug:str}/stages/{stage:str}", guards=[admin])
    async def stage(self, request: Request, slug: str, stage: str) -> Response:
        campaign = await queries.campaign(slug)
        return _stage_page(request, campaign, stage)

    @post("/organise/{slug:str}/stages/{stage:str}", guards=[admin])
    async def save_stage(self, request: Request, slug: str, stage: str, data: Form) -> Response:
        campaign = await queries.campaign(slug)
        id = _stage_number(campaign, stage)
        try:
            await actions.save_stage(request.user, campaign, id, _stage_of(data))
        except DomainError as problem:
            return _stage_page(request, campaign, stage, data, problem)
        return _saved(request, slug)

    @post("/organise/{slug:str}/stages/{stage:int}/remove", guards=[admin])
    async def remove_stage(self, request: Request, slug: str, stage: int) -> Response:
        await actions.remove_stage(request.user, await queries.campaign(slug), stage)
        return redirect(request, f"/organise/{slug}", message("The stage is taken out."))

    @get("/organise/{slug:str}/principles/{principle:str}", guards=[admin])
    async def principle(self, request: Request, slug: str, principle: str) -> Response:
        return _principle_page(request, await queries.campaign(slug), principle)

    @post("/organise/{slug:str}/principles/{principle:str}", guards=[admin])
    async def save_principle(self, request: Request, slug: str, principle: str, data: Form) -> Response:
        campaign = await queries.campaign(slug)
        try:
            known = "" if principle == "new" else principle
            await actions.save_principle(request.user, campaign, known, _principle_of(data))
        except DomainError as problem:
            return _principle_page(request, campaign, principle, data, problem)
        return _saved(request, slug)

    @post("/organise/{slug:str}/principles/{principle:str}/remove", guards=[admin])
    async def remove_principle(self, request: Request, slug: str, principle: str) -> Response:
        await actions.remove_principle(request.user, await queries.campaign(slug), principle)
        return redirect(request, f"/organise/{slug}", message("The principle is taken out."))

    @get("/organise/{slug:str}/districts", guards=[admin])
    async def districts(self, request: Request, slug: str) -> Response:
        campaign = await queries.campaign(slug)
        return _lines_page(request, campaign, "districts", lines.of_districts(campaign))

    @post("/organise/{slug:str}/districts", guards=[admin])
    async def set_districts(self, request: Request, slug: str, data: Form) -> Response:
        campaign, text = await queries.campaign(slug), _long(data)
        return await _set_lines(
            request,
            campaign,
            "districts",
            text,
            lambda: actions.set_districts(request.user, campaign, lines.districts(text)),
        )

    @get("/organise/{slug:str}/offices", guards=[admin])
    async def offices(self, request: Request, slug: str) -> Response:
        campaign = await queries.campaign(slug)
        return _lines_page(request, campaign, "offices", lines.of_offices(campaign))

    @post("/organise/{slug:str}/offices", guards=[admin])
    async def set_offices(self, request: Request, slug: str, data: Form) -> Response:
        campaign, text = await queries.campaign(slug), _long(data)
        known = [d.slug for d in campaign.districts]
        return await _set_lines(
            request, campaign, "offices", text,
            lambda: actions.set_offices(request.user, campaign, lines.offices(text, known)),
        )  # fmt: skip

    @get("/organise/{slug:str}/words", guards=[admin])
    async def words(self, request: Request, slug: str) -> Response:
        campaign = await queries.campaign(slug)
        return _lines_page(request, campaign, "words", lines.of_words(await queries.words(campaign.id)))

    @post("/organise/{slug:str}/words", guards=[admin])
    async def set_words(self, request: Request, slug: str, data: Form) -> Response:
        campaign, text = await queries.campaign(slug), _long(data)
        return await _set_lines(
            request,
            campaign,
            "words",
            text,
            lambda: actions.set_words(request.user, campaign, lines.words(text)),
        )


def _field(data: dict[str, Any], name: str) -> str:
    return clean(data.get(name))


def _long(data: dict[str, Any]) -> str:
    return clean(data.get("lines"), lines=True)[:TEXT_LIMIT]


def _both(data: dict[str, Any], name: str) -> dict[str, str]:
    found = {lang: clean(data.get(f"{name}_{lang}"), lines=name != "title") for lang in LANGUAGES}
    return {lang: text for lang, text in found.items() if text}


def _texts_of(data: dict[str, Any]) -> Texts:
    return Texts(_both(data, "title"), _both(data, "summary"), _field(data, "lang"))


def _stage_of(data: dict[str, Any]) -> StageInput:
    kinds = data.get("open", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    moments = (_moment(_field(data, "opens")), _moment(_field(data, "closes")))
    return StageInput(
        _both(data, "title"), _both(data, "summary"), *moments, frozenset(k for k in kinds if k in KINDS)
    )


def _moment(text: str) -> datetime | None:
    """A field of day and time, in the city's time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=CITY_TIME) if found.tzinfo is None and 2000 <= found.year < 2200 else None


def _principle_of(data: dict[str, Any]) -> PrincipleInput:
    words = clean(data.get("keywords"), lines=True).replace("\n", ",").split(",")
    keywords = list(dict.fromkeys(w for word in words if (w := word.strip().lower())))
    return PrincipleInput(_field(data, "slug"), _both(data, "name"), _both(data, "description"), keywords)


def _saved(request: Request, slug: str) -> Response:
    return redirect(request, f"/organise/{slug}", message("Saved."))


async def _texts_page(
    request: Request,
    campaign: Campaign | None,
    data: dict[str, Any] | None = None,
    problem: DomainError | None = None,
) -> Response:
    if data is not None:
        values = {k: clean(v, lines=True) for k, v in data.items()}
    elif campaign is not None:
        values = _flat("title", campaign.title) | _flat("summary", campaign.summary) | {"lang": campaign.lang}
    else:
        values = {"lang": "ru"}
    return page(
        request, "campaign/texts.html", status=problem.status if problem else 200, found=campaign, values=values,
        errors=problem.errors if problem else {}, problem=problem, langs=[(k, LANG_NAMES[k]) for k in LANGS],
        others=await queries.campaigns(),
    )  # fmt: skip


def _stage_page(
    request: Request,
    campaign: Campaign,
    which: str,
    data: dict[str, Any] | None = None,
    problem: DomainError | None = None,
) -> Response:
    id = _stage_number(campaign, which)
    stage = next((s for s in campaign.stages if s.id == id), None)
    if data is not None:
        kinds = _stage_of(data).kinds
        values: dict[str, Any] = {k: clean(v, lines=True) for k, v in data.items()} | {"open": kinds}
    elif stage is not None:
        moments = {
            k: getattr(stage, k).astimezone(CITY_TIME).strftime("%Y-%m-%dT%H:%M") for k in ("opens", "closes")
        }
        kinds = frozenset(k for k in KINDS if getattr(stage, k))
        values = _flat("title", stage.title) | _flat("summary", stage.summary) | moments | {"open": kinds}
    else:
        values = {"open": frozenset(KINDS)}
    return page(
        request, "campaign/stage.html", status=problem.status if problem else 200, found=campaign, stage=stage,
        values=values, errors=problem.errors if problem else {}, problem=problem,
    )  # fmt: skip


def _stage_number(campaign: Campaign, which: str) -> int | None:
    """The number of a campaign's stage, None for a new one."""
    if which == "new":
        return None
    found = next((s.id for s in campaign.stages if str(s.id) == which), None)
    if found is None:
        raise NotFound(message("There is no such stage."))
    return found


def _principle_page(
    request: Request,
    campaign: Campaign,
    which: str,
    data: dict[str, Any] | None = None,
    problem: DomainError | None = None,
) -> Response:
    principle = None if which == "new" else campaign.principle(which)
    if principle is None and which != "new":
        raise NotFound(message("There is no such principle."))
    if data is not None:
        values = {k: clean(v, lines=True) for k, v in data.items()}
    elif principle is not None:
        values = _flat("name", principle.name) | _flat("description", principle.description)
        values["keywords"] = ", ".join(principle.keywords)
    else:
        values = {}
    return page(
        request, "campaign/principle.html", status=problem.status if problem else 200, found=campaign,
        principle=principle, values=values, errors=problem.errors if problem else {}, problem=problem,
    )  # fmt: skip


def _lines_page(
    request: Request, campaign: Campaign, kind: str, text: str, problem: DomainError | None = None
) -> Response:
    return page(
        request, "campaign/lines.html", status=problem.status if problem else 200, found=campaign, kind=kind,
        text=text, errors=problem.errors if problem else {}, problem=problem,
    )  # fmt: skip


async def _set_lines(request: Request, campaign: Campaign, kind: str, text: str, work: Any) -> Response:
    try:
        doing: Awaitable[None] = work()
        await doing
    except DomainError as problem:
        return _lines_page(request, campaign, kind, text, problem)
    return _saved(request, campaign.slug)


def _flat(name: str, texts: dict[str, str]) -> dict[str, Any]:
    return {f"{name}_{lang}": texts.get(lang, "") for lang in LANGUAGES}
