"""Public datasets: pages for people, metadata and files for programs."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import anyone, planner
from ideas.errors import message
from ideas.i18n import localised
from ideas.opendata import actions, queries, rules
from ideas.planning import export_store
from ideas.planning.columns_more import OPEN
from ideas.planning.disclosure import LICENCES
from ideas.planning.export_api import sent
from ideas.planning.manifest import fields
from ideas.web import language_of, origin, page, redirect

JSON_LD = "application/ld+json"


class OpenPages(Controller):
    path = "/open"

    @get(guards=[anyone])
    async def list(self, request: Request) -> Response:
        """Every public dataset."""
        lang = language_of(request)
        found = [
            {"href": f"/open/{c.slug}", "title": localised(c.title, lang), "licence": LICENCES[r.licence],
             "rows": sum(f.rows for f in files if f.format == "csv"), "built": max(f.built for f in files)}
            for c, r, files in await queries.all_public()
        ]  # fmt: skip
        return page(request, "opendata/list.html", datasets=found)

    @get("/catalog.jsonld", guards=[anyone])
    async def catalogue(self, request: Request) -> Response:
        address = origin(request)
        sets = [rules.dataset(c, files, r.licence, address) for c, r, files in await queries.all_public()]
        return _json_ld(rules.catalogue(sets, address))

    @get("/{slug:str}", guards=[anyone])
    async def detail(self, request: Request, slug: FromPath[str]) -> Response:
        """What is in a dataset; programs that ask for JSON-LD get its metadata."""
        where, disclosure = await queries.public(slug)
        files = await queries.files(where.id)
        if JSON_LD in request.headers.get("accept", ""):
            return _json_ld(rules.document(rules.dataset(where, files, disclosure.licence, origin(request))))
        lang = language_of(request)
        tables = [
            {"what": what, "name": name, "files": [f for f in files if f.what == what],
             "fields": fields(OPEN[what].columns)}
            for what, name in rules.TABLES.items()
        ]  # fmt: skip
        return page(
            request,
            "opendata/detail.html",
            headers={"Link": f'</open/{where.slug}/dataset.jsonld>; rel="describedby"; type="{JSON_LD}"'},
            campaign={"slug": where.slug, "title": localised(where.title, lang)},
            tables=tables,
            smallest=disclosure.smallest,
            licence={
                "href": disclosure.licence,
                "name": LICENCES.get(disclosure.licence, disclosure.licence),
            },
            built=max((f.built for f in files), default=None),
        )

    @get("/{slug:str}/dataset.jsonld", guards=[anyone])
    async def metadata(self, request: Request, slug: FromPath[str]) -> Response:
        where, disclosure = await queries.public(slug)
        files = await queries.files(where.id)
        return _json_ld(rules.document(rules.dataset(where, files, disclosure.licence, origin(request))))

    @get("/{slug:str}/{file:str}", guards=[anyone])
    async def file(self, request: Request, slug: FromPath[str], file: FromPath[str]) -> Response[Any]:
        """A file, whole or in part (`Range`), or the manifest of a table."""
        where, _ = await queries.public(slug)
        headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
        what, _, ending = file.partition(".")
        if ending == "manifest.json":
            return Response(
                await queries.manifest(where.id, what), media_type="application/json", headers=headers
            )
        found = await queries.file(where.id, file)
        name = f"{where.slug}-{what}-{found.built.date().isoformat()}.{ending}"
        stored = export_store.Export(
            found.export, where.slug, found.what, found.format, "ready", found.rows, found.rows, found.size,
            found.sha256, "", found.built, found.built, None,
        )  # fmt: skip
        return sent(request, stored, {**headers, "Content-Disposition": f'attachment; filename="{name}"'})

    @post("/{slug:str}/rebuild", guards=[planner])
    async def rebuild(self, request: Request, slug: FromPath[str]) -> Response:
        await actions.ask(request.user, slug)
        return redirect(
            request, f"/open/{slug}", message("The dataset is being built anew. It takes a moment.")
        )


def _json_ld(made: dict[str, Any]) -> Response:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300", "Vary": "Accept"}
    return Response(made, media_type=JSON_LD, headers=headers)
