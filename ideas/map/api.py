"""The map for its script and for programs."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import FromQuery, Parameter

from ideas import remembered
from ideas.account.guards import staff
from ideas.campaign import queries as campaigns
from ideas.errors import BadRequest, message
from ideas.idea.filters import resolve
from ideas.map import queries
from ideas.map.pages import asked_of

TITLES = 100


class MapApi(Controller):
    path = "/api/map"
    tags = ("moderation",)

    @get(guards=[staff], media_type="application/octet-stream")
    async def points(self, request: Request, campaign: FromQuery[str] = "") -> Response:
        """Every idea's place, theme, group, support and status; `ideas/map/rules.py` says how it is written.

        304 where `If-None-Match` names what stands.
        """
        where = await campaigns.campaign(campaign) if campaign else await campaigns.default_campaign()

        async def make() -> tuple[str, bytes]:
            body = await queries.drawn(where)
            return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', body

        tag, body = await remembered.shared(("map", where.id), make, 5.0)
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
        # A proxy or the compression may have marked it as weak.
        if tag in request.headers.get("if-none-match", "").replace("W/", ""):
            return Response(b"", status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/octet-stream")

    @get("/matches", guards=[staff])
    async def matches(self, request: Request) -> list[int]:
        """Numbers of the ideas on the map that the filters of the ideas' list leave, `q` among them."""
        where, filters = await resolve(asked_of(request.query_params))
        return await queries.matches(msgspec.structs.replace(filters, campaign=where.id))

    @get("/titles", guards=[staff])
    async def titles(
        self,
        ids: Annotated[str, Parameter(query="ids", max_length=2000)],
        campaign: FromQuery[str] = "",
    ) -> dict[str, Any]:
        """Titles, votes and groups of up to 100 ideas by number (`ids` with commas between)."""
        where = await campaigns.campaign(campaign) if campaign else await campaigns.default_campaign()
        wanted = [t for t in ids.split(",") if t.isascii() and t.isdecimal() and len(t) <= 18][:TITLES]
        if not wanted:
            raise BadRequest(message("These must be numbers of groups or ideas"))
        return await queries.titles(where.id, [int(t) for t in wanted])
