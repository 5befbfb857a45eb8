"""Exports that a job makes: ordered, watched, fetched whole or in part, stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from ideas.account.guards import planner
from ideas.errors import BadRequest, Invalid, message
from ideas.planning import export, export_store
from ideas.planning.export import FORMATS, Wanted
from ideas.planning.manifest import Manifest
from ideas.web import language_of

Short = Annotated[str, msgspec.Meta(max_length=400)]


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """What to make: a table, a format, and what `GET /api/export/{file}` takes as parameters."""

    file: Annotated[str, msgspec.Meta(max_length=40, description="a table and a format: `ideas.csv`")]
    campaign: Annotated[str, msgspec.Meta(max_length=60)] = ""
    filters: Annotated[dict[str, Short], msgspec.Meta(max_length=20)] = {}
    columns: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=60)] = []
    purpose: Annotated[str, msgspec.Meta(max_length=40)] = ""


class ExportView(msgspec.Struct):
    """A file: `state` is waiting, running, ready, failed, stopped or expired."""

    id: int
    campaign: str
    file: str
    state: str
    rows: int | None
    done: int
    bytes: int
    sha256: str | None
    error: str | None
    created: datetime
    finished: datetime | None
    expires: datetime | None
    url: str | None
    manifest: str | None


class ExportList(msgspec.Struct):
    items: list[ExportView]


class ExportJobApi(Controller):
    path = "/api/exports"
    tags = ("export",)

    @post(guards=[planner], status_code=202)
    async def order(self, request: Request, data: JSONBody[Order]) -> ExportView:
        """Have a file made in the background: for very many rows, and for a link that lives for a week."""
        wanted, format = await _wanted(request, data)
        number = await export_store.order(request.user, wanted, format, await export.count(wanted))
        return view(await export_store.one(request.user.id, number))

    @get(guards=[planner])
    async def list(self, request: Request) -> ExportList:
        """One's own files, the latest first."""
        return ExportList([view(e) for e in await export_store.mine(request.user.id)])

    @get("/{export:int}", guards=[planner])
    async def show(self, request: Request, export: FromPath[int]) -> ExportView:
        """How far a file is."""
        return view(await export_store.one(request.user.id, known(export)))

    @delete("/{export:int}", guards=[planner])
    async def stop(self, request: Request, export: FromPath[int]) -> None:
        """Stop making a file, or delete one."""
        await export_store.stop(request.user.id, known(export))

    @get("/{export:int}/{file:str}", guards=[planner])
    async def kept(self, request: Request, export: FromPath[int], file: FromPath[str]) -> Response[Any]:
        """The file, or a part of it (`Range: bytes=…`), so that a broken download goes on; or its `….manifest.json`."""
        found = await export_store.one(request.user.id, known(export))
        if file == f"{found.what}.manifest.json":
            made: Manifest = await export_store.manifest_of(request.user.id, found.id)
            return Response(made, media_type="application/json")
        await export_store.require_file(found, file)
        name = f"{found.campaign}-{found.what}-{found.created.date().isoformat()}.{found.format}"
        return sent(
            request,
            found,
            {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private"},
        )


def known(number: int) -> int:
    """A number that a row can have."""
    if not 0 < number < 2**63:
        raise BadRequest(message("There is no row with such a number"))
    return number


async def _wanted(request: Request, data: Order) -> tuple[Wanted, str]:
    what, format = export.parted(data.file)
    given = {**data.filters, "columns": ",".join(data.columns), "purpose": data.purpose}
    return await export.wanted_by(what, data.campaign, given, language_of(request)), format


def view(e: export_store.Export) -> ExportView:
    """An export as programs see it."""
    there = f"/api/exports/{e.id}/" if e.state == "ready" else None
    return ExportView(
        e.id, e.campaign, e.file, e.state, e.rows, e.done, e.size, e.sha256 or None, e.error or None, e.created,
        e.finished, e.expires, there and there + e.file, there and f"{there}{e.what}.manifest.json",
    )  # fmt: skip


def sent(request: Request, found: export_store.Export, headers: dict[str, str]) -> Response[Any]:
    """A kept file, whole (200), the part that was asked for (206), nothing new (304) or no such part (416)."""
    tag = f'"{found.sha256[:32]}"'
    headers = {**headers, "ETag": tag, "Accept-Ranges": "bytes"}
    if tag in [t.strip() for t in request.headers.get("if-none-match", "").split(",")]:
        return Response(None, status_code=304, headers=headers)
    part = None
    # With another file's tag in If-Range the whole one is sent, so that two halves never mix.
    if (asked := request.headers.get("range")) and request.headers.get("if-range", tag) == tag:
        try:
            part = export_store.byte_range(asked, found.size)
        except Invalid:
            return Response(
                None, status_code=416, headers={**headers, "Content-Range": f"bytes */{found.size}"}
            )
    first, last = part or (0, found.size - 1)
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{found.size}"
    headers["Content-Length"] = str(last - first + 1)
    return Stream(
        export_store.content(found.id, first, last),
        status_code=206 if part else 200,
        media_type=FORMATS[found.format],
        headers=headers,
    )
