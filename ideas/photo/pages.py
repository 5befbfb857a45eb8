"""Photos over HTTP. An address holds the picture's hash, so what is behind it never changes."""

from __future__ import annotations

import re

from litestar import Controller, Request, Response, get
from litestar.params import FromPath

from ideas.account.guards import anyone
from ideas.errors import NotFound, message
from ideas.photo import queries


class PhotoPages(Controller):
    @get("/photos/{photo:int}/{name:str}", guards=[anyone])
    async def show(self, request: Request, photo: FromPath[int], name: FromPath[str]) -> Response:
        """`name` is `<hash>.webp`, or `<hash>-small.webp` for the small picture."""
        found = re.fullmatch(r"([0-9a-f]{16})(-small)?\.webp", name)
        if found is None or not 0 < photo < 2**63:
            raise NotFound(message("There is no such photo."))
        picture = await queries.content(
            photo, found[1], bool(found[2]), request.user.id if request.user else None
        )
        keep = "private, max-age=3600" if picture.draft else "public, max-age=31536000, immutable"
        return Response(picture.data, media_type="image/webp", headers={"Cache-Control": keep})
