"""Reads of photos; the pictures themselves are read by `content` alone."""

from __future__ import annotations

import msgspec

from ideas import database
from ideas.errors import NotFound, message


class PhotoView(msgspec.Struct, frozen=True):
    """A photo as a page shows it; `alt` is what its author says is on it."""

    id: int
    place: int
    alt: str
    hash: str
    width: int
    height: int


class Content(msgspec.Struct, frozen=True):
    """WebP bytes; `draft` says that only its owner may see it."""

    data: bytes
    draft: bool


_FIELDS = "id, place, alt, hash, width, height"


async def of_draft(account: int, campaign: int) -> list[PhotoView]:
    """Photos of a person's draft in their order."""
    rows = await database.fetch(
        f"""SELECT {_FIELDS} FROM photo WHERE draft = (SELECT id FROM draft WHERE account = $1 AND campaign = $2)
        ORDER BY place""",
        account,
        campaign,
    )
    return database.structs(PhotoView, rows)


async def of_idea(idea: int) -> list[PhotoView]:
    """Photos of an idea in their order."""
    return database.structs(
        PhotoView, await database.fetch(f"SELECT {_FIELDS} FROM photo WHERE idea = $1 ORDER BY place", idea)
    )


async def content(photo: int, hash: str, small: bool, account: int | None) -> Content:
    """A picture; NotFound where there is none, its idea is hidden, or it is another's draft."""
    row = await database.fetch_one(
        f"""SELECT p.{"small" if small else "content"} AS data, p.draft IS NOT NULL AS draft FROM photo p
        LEFT JOIN idea i ON i.id = p.idea LEFT JOIN draft d ON d.id = p.draft
        WHERE p.id = $1 AND p.hash = $2 AND (i.id IS NOT NULL AND i.hidden IS NULL OR d.account = $3)""",
        photo,
        hash,
        account,
    )
    if row is None:
        raise NotFound(message("There is no such photo."))
    return Content(row["data"], row["draft"])
