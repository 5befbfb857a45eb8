"""Exports for planners: files that stream, and what made them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from ideas.account.guards import planner
from ideas.errors import NotFound
from ideas.idea.listing import asked_of
from ideas.planning import export
from ideas.planning.search import ORDERS, Search, search
from ideas.web import language_of, translator


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
    ) -> export.About:
        """What an export with these filters would hold: models, columns, number of rows."""
        found = await _search(request, what, states, order)
        lang = language_of(request)
        return await export.about(found, lang, translator(lang), count=True)

    @get("/{file:str}", guards=[planner])
    async def file(
        self,
        request: Request,
        file: FromPath[str],
        states: Annotated[str, QueryParameter(name="state")] = "",
        order: FromQuery[str] = "",
    ) -> Stream:
        """`ideas` or `clusters` as `.csv`, `.xlsx` or `.jsonl`, narrowed by the filters of the lists."""
        what, _, format = file.partition(".")
        if format not in export.FORMATS:
            raise NotFound()
        found = await _search(request, what, states, order)
        lang = language_of(request)
        info = await export.about(found, lang, translator(lang))
        await export.note(request.user, found, format)
        left_out = ("columns", "title", "rows")
        made: dict[str, Any] = {k: v for k, v in msgspec.to_builtins(info).items() if k not in left_out}
        name = export.file_name(found, format, info.made)
        return Stream(
            export.chunks(format, found, info, lang, translator(lang)),
            media_type=export.FORMATS[format],
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Export-About": _ascii(made),
                "Cache-Control": "no-store",
            },
        )


async def _search(request: Request, what: str, states: str, order: str) -> Search:
    if what not in ORDERS:
        raise NotFound()
    return await search(what, asked_of(request.query_params), states, order)


def _ascii(value: Any) -> str:
    """JSON that may stand in a header."""
    text = msgspec.json.encode(value).decode()
    return "".join(c if " " <= c <= "~" else "".join(f"\\u{u:04x}" for u in _units(c)) for c in text)


def _units(c: str) -> list[int]:
    raw = c.encode("utf-16-be", "replace")
    return [int.from_bytes(raw[n : n + 2], "big") for n in range(0, len(raw), 2)]
