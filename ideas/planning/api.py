"""Exports for planners: files that stream, and what made them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from ideas.account import actions as account
from ideas.account.guards import planner
from ideas.errors import NotFound
from ideas.idea.listing import asked_of
from ideas.planning import export, export_store
from ideas.planning.columns_more import SHEETS
from ideas.planning.export import FORMATS, Tally, Wanted
from ideas.planning.export_files import chunks, file_name
from ideas.planning.manifest import About, Manifest, about, manifest
from ideas.planning.pace import give_way
from ideas.planning.search import DEEDS
from ideas.web import language_of

HOURLY = 240
"""Files that one person may have streamed in an hour."""


class ExportApi(Controller):
    path = "/api/export"
    tags = ("export",)

    @get("/about/{what:str}", guards=[planner])
    async def about(
        self,
        request: Request,
        what: FromPath[str],
        states: Annotated[str, QueryParameter(name="state")] = "",
        order: FromQuery[str] = "",
        columns: FromQuery[str] = "",
    ) -> About:
        """What an export with these filters would hold: models, columns, number of rows."""
        return await about(await wanted_of(request, what), counted=True)

    @get("/{file:str}", guards=[planner])
    async def file(
        self,
        request: Request,
        file: FromPath[str],
        states: Annotated[str, QueryParameter(name="state")] = "",
        order: FromQuery[str] = "",
        columns: FromQuery[str] = "",
        purpose: FromQuery[str] = "",
    ) -> Response[Manifest]:
        """A table as `.csv`, `.xlsx`, `.jsonl` or `.parquet`, narrowed by the filters of the lists.

        Tables: ideas, clusters, comments, votes, decisions, audit, participation, residents. `columns` chooses and
        orders them (`id,title`). The header `Link` leads to the manifest, complete once the last byte is sent; that of
        a file which is not made yet is `ideas.manifest.json`.
        """
        what, _, format = file.partition(".")
        if format not in FORMATS and format != "manifest.json":
            raise NotFound()
        wanted = await wanted_of(request, what)
        if format == "manifest.json":
            return Response(await manifest(wanted, "csv"), media_type="application/json")
        if request.app.state.settings.rate_limits:
            await account.limit(f"export:{request.user.id}", HOURLY, 3600)
        info = await manifest(wanted, format)
        number = await export_store.begin_stream(request.user, wanted, format)
        name = file_name(wanted, format, info.made)
        return Stream(  # type: ignore[return-value]
            streamed(number, wanted, format, info),
            media_type=FORMATS[format],
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Export-About": ascii_json(_said(await about(wanted))),
                "Link": f'</api/exports/{number}/{what}.manifest.json>; rel="describedby"',
                "Cache-Control": "no-store",
            },
        )


async def wanted_of(request: Request, what: str) -> Wanted:
    """What an address asks for; of a repeated parameter the first counts."""
    if what not in SHEETS:
        raise NotFound()
    names = ("state", "order", "columns", "purpose", *(DEEDS if what == "audit" else ()))
    given = {name: request.query_params.get(name, "") for name in names}
    # A form sends each column by itself.
    given["columns"] = ",".join(request.query_params.getall("columns", []))
    return await export.wanted(what, asked_of(request.query_params), given, language_of(request))


async def streamed(number: int, wanted: Wanted, format: str, info: Manifest) -> AsyncGenerator[bytes, None]:
    """The bytes of an export; how it ended is written down, also when the reader goes away."""
    tally, whole = Tally(), False
    try:
        async with aclosing(chunks(format, wanted, tally)) as pieces:
            async for piece in pieces:
                yield piece
                await give_way()
        whole = True
    finally:
        info.rows, info.bytes, info.sha256 = tally.rows, tally.bytes, tally.sha256
        if whole:
            await export_store.end_stream(number, info)
        else:
            # Whoever went away has cancelled this task, and nothing can be awaited in it.
            export_store.break_stream(number, info)


def _said(info: About) -> dict[str, Any]:
    left_out = ("columns", "title", "rows")
    return {k: v for k, v in msgspec.to_builtins(info).items() if k not in left_out}


def ascii_json(value: Any) -> str:
    """JSON that may stand in a header."""
    text = msgspec.json.encode(value).decode()
    return "".join(c if " " <= c <= "~" else "".join(f"\\u{u:04x}" for u in _units(c)) for c in text)


def _units(c: str) -> list[int]:
    raw = c.encode("utf-16-be", "replace")
    return [int.from_bytes(raw[n : n + 2], "big") for n in range(0, len(raw), 2)]
