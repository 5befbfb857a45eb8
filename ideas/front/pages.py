"""The front page, campaigns' pages, help and rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Request, Response, get
from litestar.params import FromPath
from markupsafe import escape

from ideas.account.guards import anyone
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign, Stage, days_left, next_stage, stage_at
from ideas.errors import NotFound
from ideas.front import figures, treemap
from ideas.front.queries import Decided, Overview, addresses, overview
from ideas.i18n import localised
from ideas.idea import queries as ideas
from ideas.idea.cards import cards, names
from ideas.idea.impressions import seen
from ideas.idea.queries import Filters
from ideas.web import language_of, origin, page, page_for_strangers

SHOWN = 4
_CLOSED = (
    "/account",
    "/moderation",
    "/planning",
    "/people",
    "/sign-in",
    "/register",
    "/ideas/new",
    "/ideas?",
    "/api/",
)
_VERDICTS = {"accept": "accepted", "decline": "declined", "forward": "forwarded"}


class FrontPages(Controller):
    @get("/", guards=[anyone])
    async def front(self, request: Request) -> Response:
        try:
            newest = await campaigns.default_campaign()
        except NotFound:
            return page(request, "front/empty.html")
        return await _for_anyone(request, newest)

    @get("/campaigns", guards=[anyone])
    async def list(self, request: Request) -> Response:
        lang, now = language_of(request), datetime.now(UTC)
        return page(
            request,
            "front/campaigns.html",
            campaigns=[
                {**names(c, lang).shown, "stage": _stage(stage_at(c.stages, now), lang, now)}
                for c in reversed(await campaigns.campaigns())
            ],
        )

    @get("/campaigns/{slug:str}", guards=[anyone])
    async def campaign(self, request: Request, slug: FromPath[str]) -> Response:
        return await _for_anyone(request, await campaigns.campaign(slug))

    @get("/help", guards=[anyone])
    async def help(self, request: Request) -> Response:
        return page(request, "front/help.html")

    @get("/help/grouping", guards=[anyone])
    async def grouping(self, request: Request) -> Response:
        return page(request, "front/grouping.html", f=figures.shares())

    @get("/rules", guards=[anyone])
    async def rules(self, request: Request) -> Response:
        return page(request, "front/rules.html")

    @get("/robots.txt", guards=[anyone], media_type="text/plain")
    async def robots(self, request: Request) -> str:
        """What has no business in a search engine: people's own pages, forms and the many filtered lists."""
        closed = "\n".join(f"Disallow: {path}" for path in _CLOSED)
        return f"User-agent: *\n{closed}\nSitemap: {origin(request)}/sitemap.xml\n"

    @get("/sitemap.xml", guards=[anyone])
    async def sitemap(self, request: Request) -> Response:
        here = origin(request)
        plain = [(path, None) for path in ("/", "/ideas", "/clusters", "/help", "/help/grouping", "/rules")]
        entries = "".join(
            f"<url><loc>{escape(here + path)}</loc>"
            + (f"<lastmod>{changed.date().isoformat()}</lastmod>" if changed else "")
            + "</url>\n"
            for path, changed in [*plain, *await addresses()]
        )
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
        )
        return Response(body, media_type="application/xml")


async def _for_anyone(request: Request, campaign: Campaign) -> Response:
    async def make() -> tuple[Response, list[int]]:
        return await _campaign_page(request, campaign)

    response, shown = await page_for_strangers(request, make)
    seen(shown)
    return response


async def _campaign_page(request: Request, campaign: Campaign) -> tuple[Response, list[int]]:
    lang, now = language_of(request), datetime.now(UTC)
    account = request.user.id if request.user else None
    words = names(campaign, lang)
    known = await overview(campaign.id)
    # Answered ideas need no more eyes.
    overlooked = Filters(campaign=campaign.id, sort="fair", status="submitted")
    fair = (await ideas.page(overlooked, None, SHOWN, account)).items
    newest = (await ideas.page(Filters(campaign=campaign.id), None, SHOWN, account)).items
    every = await campaigns.campaigns()
    running = stage_at(campaign.stages, now)
    response = page(
        request,
        "campaign/front.html",
        campaign=words.shown,
        stages=[_dated(s, lang, now) for s in campaign.stages],
        stage=_stage(running, lang, now),
        coming=_stage(next_stage(campaign.stages, now), lang, now) if running is None else None,
        numbers=known.numbers,
        themes=[{"slug": t.id, "name": t.name, "ideas": t.ideas, "supporters": t.supporters, "weight": t.weight,
                 "tile": tile} for t, tile in zip(known.themes, _picture(known), strict=True)],
        picture={"width": round(treemap.WIDTH), "height": round(treemap.HEIGHT)},
        principles=[
            {**words.principle[p.slug], "ideas": known.principles.get(p.id, 0)} for p in campaign.principles
        ],
        newest=cards(newest, every, lang),
        fair=cards(fair, every, lang),
        decisions=[_decided(d) for d in known.decisions],
        campaigns=[names(c, lang).shown for c in every if c.id != campaign.id],
    )  # fmt: skip
    return response, [item.id for item in [*fair, *newest]]


def _picture(known: Overview) -> list[treemap.Tile]:
    return treemap.picture([(t.name[:1].upper() + t.name[1:], t.ideas) for t in known.themes])


def _dated(stage: Stage, lang: str, now: datetime) -> dict[str, Any]:
    state = "done" if stage.closes <= now else "todo" if stage.opens > now else "current"
    return {
        "title": localised(stage.title, lang),
        "starts": stage.opens,
        "ends": stage.closes,
        "state": state,
    }


def _stage(stage: Stage | None, lang: str, now: datetime) -> dict[str, Any] | None:
    if stage is None:
        return None
    return {
        "title": localised(stage.title, lang),
        "summary": localised(stage.summary, lang),
        "opens": stage.opens,
        "days_left": days_left(stage, now),
        "submit": stage.submit,
        "vote": stage.vote,
        "comment": stage.comment,
    }


def _decided(d: Decided) -> dict[str, Any]:
    return {
        "verdict": _VERDICTS[d.verdict],
        "reason": d.reason,
        "date": d.date,
        "title": d.title,
        "ideas": d.ideas,
        "href": f"/clusters/{d.cluster}" if d.cluster else f"/ideas/{d.idea}",
    }
