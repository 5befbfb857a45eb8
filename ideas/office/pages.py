"""A centre's own address, to which the QR code on its wall leads; the list of centres; their posters."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Controller, Request, Response, get
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery

from ideas.account import actions as accounts
from ideas.account.api import address_of
from ideas.account.guards import anyone, staff
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign, Office
from ideas.draft.pages import OFFICE_COOKIE
from ideas.errors import message
from ideas.i18n import LANGUAGES, localised
from ideas.idea import queries as ideas
from ideas.idea.cards import accepting, cards, is_open_now, names
from ideas.idea.filters import Filters
from ideas.idea.impressions import seen
from ideas.office import poster, queries
from ideas.web import clean, language_of, page, translator

SHOWN = 5
REMEMBERED = 86400
POSTERS_HOURLY = 300
_STEPS = (
    message("Point your phone’s camera at the code"),
    message("Say in your own words what should change"),
    message("Support what others say"),
    message("Read what came of it, and why"),
)


class OfficePages(Controller):
    @get("/o/{office:str}", guards=[anyone])
    async def arrival(self, request: Request, office: FromPath[str]) -> Response:
        """Where the code on a centre's wall leads: the centre is remembered for a day, for the form."""
        where, here = await queries.office(office)
        lang = language_of(request)
        words = names(where, lang)
        account = request.user.id if request.user else None
        filters = Filters(campaign=where.id, office=here.id, sort="top")
        found = (await ideas.page(filters, None, SHOWN, account)).items
        seen([item.id for item in found])
        response = page(
            request,
            "office/arrival.html",
            campaign=words.shown,
            office={
                "slug": here.slug,
                "name": words.office[here.slug],
                "district": _place(where, here, lang),
            },
            ideas=cards(found, [where], lang),
            submit_open=is_open_now(where, "submit"),
            vote_open=is_open_now(where, "vote"),
        )
        secure = request.app.state.settings.secure_cookies
        response.cookies.append(
            Cookie(
                OFFICE_COOKIE,
                value=here.slug,
                max_age=REMEMBERED,
                httponly=True,
                samesite="lax",
                secure=secure,
            )
        )
        return response

    @get("/offices", guards=[anyone])
    async def list(self, request: Request, campaign: FromQuery[str] = "", q: FromQuery[str] = "") -> Response:
        """The centres of a campaign, each with its poster; `q` is a part of a name or of a district."""
        where = await _campaign(campaign)
        words = names(where, language_of(request))
        asked = clean(q)[:100]
        wanted = asked.casefold().replace("ё", "е")
        found = [
            o for o in words.offices
            if wanted in f"{o['name']} {o['district']}".casefold().replace("ё", "е")
        ]  # fmt: skip
        return page(
            request,
            "office/list.html",
            campaign=words.shown,
            offices=found,
            every=len(words.offices),
            q=asked,
            all_at_once=bool(request.user and request.user.role != "citizen"),
        )

    @get("/offices/{office:str}/poster.pdf", guards=[anyone])
    async def as_pdf(
        self,
        request: Request,
        office: FromPath[str],
        campaign: FromQuery[str] = "",
        lang: FromQuery[str] = "",
    ) -> Response:
        """A centre's poster, A4."""
        where, here = await queries.office(office, campaign)
        await _limit(request)
        words = _words(request, where, here, lang)
        return _file(await asyncio.to_thread(poster.pdf, [words]), "application/pdf", f"{here.slug}.pdf")

    @get("/offices/{office:str}/poster.png", guards=[anyone])
    async def as_png(
        self,
        request: Request,
        office: FromPath[str],
        campaign: FromQuery[str] = "",
        lang: FromQuery[str] = "",
    ) -> Response:
        """A centre's poster as a picture."""
        where, here = await queries.office(office, campaign)
        await _limit(request)
        words = _words(request, where, here, lang)
        return _file(await asyncio.to_thread(poster.png, words), "image/png", f"{here.slug}.png")

    @get("/offices/posters.pdf", guards=[staff])
    async def all_as_pdf(
        self, request: Request, campaign: FromQuery[str] = "", lang: FromQuery[str] = ""
    ) -> Response:
        """The posters of all centres in one document, a page each."""
        where = await _campaign(campaign)
        every = [_words(request, where, o, lang) for o in where.offices] or [
            _words(request, where, None, lang)
        ]
        return _file(await asyncio.to_thread(poster.pdf, every), "application/pdf", f"{where.slug}.pdf")


async def _limit(request: Request) -> None:
    """At most so many posters an hour for an address: drawing one takes tenths of a second."""
    if request.app.state.settings.rate_limits:
        await accounts.limit(f"poster@{address_of(request)}", POSTERS_HOURLY, 3600)


async def _campaign(slug: str) -> Campaign:
    if slug:
        return await campaigns.campaign(slug)
    return accepting(await campaigns.campaigns()) or await campaigns.default_campaign()


def _place(where: Campaign, office: Office, lang: str) -> str:
    district = next((d for d in where.districts if d.id == office.district), None)
    return localised(district.name, lang) if district else ""


def _words(request: Request, where: Campaign, office: Office | None, lang: str) -> poster.Words:
    lang = lang if lang in LANGUAGES else language_of(request)
    say: Any = translator(lang)
    address = request.app.state.settings.public_url or str(request.base_url).rstrip("/")
    name, place = localised(where.title, lang), ""
    if office:
        name, place = localised(office.name, lang), _place(where, office, lang)
        address += f"/o/{office.slug}"
    return poster.Words(
        call=say(message("What should change in this centre?")),
        office=name,
        # A name that holds the district needs no second line.
        place="" if place in name else place,
        steps=[say(step) for step in _STEPS],
        address=address,
        campaign=f"{localised(where.title, lang)}. {localised(where.summary, lang)}",
        brand=say(message("My Public Services Office")),
        language=lang,
    )


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-cache, private"}
    return Response(content, media_type=kind, headers=headers)
