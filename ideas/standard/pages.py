"""The published standard, for everybody: the page, its versions, a clause with its ideas, the files."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Controller, Request, Response, get
from litestar.params import FromPath, FromQuery

from ideas.account import actions as accounts
from ideas.account.api import address_of
from ideas.account.guards import anyone
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import NotFound
from ideas.i18n import LANGUAGES, localised
from ideas.idea.cards import names
from ideas.standard import evidence, paper, pledges, queries
from ideas.standard.docx import docx
from ideas.typeset import pdf
from ideas.web import cursor, from_cursor, language_of, origin, page, translator

FILES_HOURLY = 120
PAGE = 50
KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class StandardPages(Controller):
    path = "/campaigns/{slug:str}/standard"

    @get(guards=[anyone])
    async def current(self, request: Request, slug: FromPath[str]) -> Response:
        where = await campaigns.campaign(slug)
        found = await queries.current(where.id)
        if found is None:
            return page(request, "standard/none.html", campaign=names(where, language_of(request)).shown)
        return await _shown(request, where, found)

    @get("/versions/{number:int}", guards=[anyone])
    async def version(self, request: Request, slug: FromPath[str], number: FromPath[int]) -> Response:
        where = await campaigns.campaign(slug)
        return await _shown(request, where, await queries.version(where.id, number, published=True))

    @get("/clauses/{clause:int}", guards=[anyone])
    async def clause(
        self,
        request: Request,
        slug: FromPath[str],
        clause: FromPath[int],
        after: FromQuery[str | None] = None,
    ) -> Response:
        """A clause with all ideas that it cites, the most supported first."""
        where = await campaigns.campaign(slug)
        found = await queries.current(where.id)
        shown = found.document.clause(clause) if found else None
        if found is None or shown is None:
            raise queries.no_such_clause()
        ideas = await evidence.cited(found.row.id, clause, from_cursor(after, tuple[int, int]), PAGE + 1)
        last = ideas[PAGE - 1] if len(ideas) > PAGE else None
        said = await evidence.arguments(shown.arguments)
        section = next(s for s in found.document.sections if shown in s.clauses)
        path = f"/campaigns/{where.slug}/standard"
        return page(
            request, "standard/clause_ideas.html", campaign=names(where, language_of(request)).shown, clause=shown,
            section=section, ideas=ideas[:PAGE], arguments=list(said.values()), standard=path,
            next_url=f"{path}/clauses/{clause}?after={cursor(last.votes, last.id)}" if last else None,
        )  # fmt: skip

    @get("/{file:str}", guards=[anyone])
    async def file(
        self,
        request: Request,
        slug: FromPath[str],
        file: FromPath[str],
        version: FromQuery[int | None] = None,
        lang: FromQuery[str] = "",
    ) -> Response:
        """`standard.pdf` or `standard.docx`; signed versions that are not published are for the team."""
        kind = file.removeprefix("standard.")
        if kind not in KINDS or not file.startswith("standard."):
            raise NotFound()
        where = await campaigns.campaign(slug)
        team = bool(request.user and request.user.role != "citizen")
        if version is None:
            found = await queries.current(where.id)
        else:
            found = await queries.version(where.id, version, published=not team)
        if found is None:
            raise NotFound()
        if request.app.state.settings.rate_limits:
            await accounts.limit(f"standard@{address_of(request)}", FILES_HOURLY, 3600)
        lang = lang if lang in LANGUAGES else language_of(request)
        said = await evidence.arguments([a for c in found.document.clauses for a in c.arguments])
        row = found.row
        data = paper.content(
            found.document, paper.Edition(row.number, row.signer, row.post, row.signed, row.published), said,
            campaign=localised(where.title, lang), slug=where.slug, address=origin(request), lang=lang,
            say=translator(lang),
        )  # fmt: skip
        made = row.published or row.signed
        content = (
            await asyncio.to_thread(pdf, "standard.typ", data, made)
            if kind == "pdf"
            else await asyncio.to_thread(docx, data, made)
        )
        name = f"standard-{where.slug}-{row.number}-{lang}.{kind}"
        headers = {
            "Content-Disposition": f'inline; filename="{name}"'
            if kind == "pdf"
            else f'attachment; filename="{name}"'
        }
        return Response(
            content, media_type=KINDS[kind], headers={**headers, "Cache-Control": "no-cache, private"}
        )


async def _shown(request: Request, where: Campaign, found: queries.Version) -> Response:
    return page(
        request, "standard/page.html", campaign=names(where, language_of(request)).shown, version=found.row,
        document=found.document, top=await evidence.top_cited(found.row.id), states=paper.STATES,
        standard=f"/campaigns/{where.slug}/standard", pledges=await pledges.total(where.id), **_neighbours(request),
    )  # fmt: skip


def _neighbours(request: Request) -> dict[str, Any]:
    return {"plans": bool(request.user and request.user.plans)}
