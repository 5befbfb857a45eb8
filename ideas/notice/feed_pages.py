"""Atom feeds over HTTP: shared between readers for half a minute, and 304 for who has it already."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from litestar import Controller, Request, Response, get
from litestar.params import FromPath

from ideas import remembered
from ideas.account.guards import anyone
from ideas.campaign import queries as campaigns
from ideas.i18n import LANGUAGES
from ideas.idea.detail import detail
from ideas.notice import feeds
from ideas.web import language_of

_REMEMBERED = 30.0


class FeedPages(Controller):
    @get("/campaigns/{slug:str}/ideas.atom", guards=[anyone])
    async def ideas(self, request: Request, slug: FromPath[str], lang: str = "") -> Response:
        where = await campaigns.campaign(slug)
        return await _feed(request, lang, lambda chosen: feeds.new_ideas(where, chosen))

    @get("/campaigns/{slug:str}/decisions.atom", guards=[anyone])
    async def decisions(self, request: Request, slug: FromPath[str], lang: str = "") -> Response:
        where = await campaigns.campaign(slug)
        return await _feed(request, lang, lambda chosen: feeds.decisions(where, chosen))

    @get("/ideas/{idea:int}/history.atom", guards=[anyone])
    async def history(self, request: Request, idea: FromPath[int], lang: str = "") -> Response:
        async def make(chosen: str) -> feeds.Feed:
            return feeds.history(await detail(idea), chosen)

        return await _feed(request, lang, make)


async def _feed(request: Request, lang: str, make: Callable[[str], Awaitable[feeds.Feed]]) -> Response:
    """A feed in the language of its address; a program that reads feeds has no other way to say one."""
    chosen = lang if lang in LANGUAGES else language_of(request)

    async def written() -> tuple[bytes, str]:
        body = feeds.written(await make(chosen), request.app.state.settings.address, chosen)
        return body, f'"{hashlib.sha256(body).hexdigest()[:24]}"'

    body, tag = await remembered.shared(("feed", request.url.path, chosen), written, _REMEMBERED)
    headers = {"ETag": tag, "Cache-Control": "max-age=300", "Vary": "Accept-Language, Cookie"}
    known = [t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")]
    if tag in known or known == ["*"]:
        return Response(None, status_code=304, headers=headers)
    return Response(body, media_type="application/atom+xml; charset=utf-8", headers=headers)
