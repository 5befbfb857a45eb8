"""Photos over HTTP: shown, and changed by the author of their idea.

An address holds the picture's hash, so what is behind it never changes.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from ideas.account import actions as accounts
from ideas.account.guards import anyone, signed_in
from ideas.account.pages import field
from ideas.errors import DomainError, NotFound, message
from ideas.photo import actions, queries
from ideas.photo.rules import BYTES, HOURLY, MOST
from ideas.web import clean, redirect

Files = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
# Three photos and then some: one too many is told in words, not by an error page.
FORM_LIMIT = (MOST + 2) * BYTES


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

    @post("/ideas/{idea:int}/photos", guards=[signed_in], status_code=200, request_max_body_size=FORM_LIMIT)
    async def change(self, request: Request, idea: FromPath[int], data: Files) -> Response:
        """Describe, remove and add the photos of one's own idea."""
        back = f"/ideas/{idea}/edit"
        try:
            await described(request.user.id, data)
            for file in files_of(data):
                await limit_photos(request)
                await actions.add_to_idea(
                    request.user.id, idea, await actions.read(await file.read(BYTES + 1))
                )
        except DomainError as problem:
            return redirect(request, back, problem.errors.get("photo", problem.detail), "error")
        return redirect(request, back, message("Your changes are saved."))


async def limit_photos(request: Request) -> None:
    """At most so many photos an hour by a person: each takes the server tenths of a second."""
    if request.app.state.settings.rate_limits:
        await accounts.limit(f"photo:{request.user.id}", HOURLY, 3600)


async def described(account: int, data: dict[str, Any]) -> None:
    """Keep what a form says about a person's photos, and remove the one that it asks to."""
    alts = {
        int(name[4:]): clean(value)
        for name, value in data.items()
        if isinstance(value, str) and re.fullmatch(r"alt-\d{1,18}", name)
    }
    await actions.describe(account, dict(list(alts.items())[:MOST]))
    if asked := re.fullmatch(r"remove:(\d{1,18})", field(data, "act")):
        await actions.remove(account, int(asked[1]))


def files_of(data: dict[str, Any]) -> list[UploadFile]:
    """The chosen files of the field `photo`; a browser sends an empty one where none was chosen."""
    sent = data.get("photo")
    return [
        f for f in (sent if isinstance(sent, list) else [sent]) if isinstance(f, UploadFile) and f.filename
    ]
