"""What made an export: filters, time, models, columns in both languages, rows, size and SHA-256."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from ideas import database
from ideas.i18n import LANGUAGES, localised, translator
from ideas.planning import disclosure
from ideas.planning.columns import Column
from ideas.planning.export import Wanted, count

TYPES = {
    "code": "string",
    "text": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "time": "date-time",
}


class About(msgspec.Struct):
    """What an export holds, in the reader's language."""

    what: str
    campaign: str
    title: str
    filters: dict[str, str]
    order: str
    made: datetime
    models: dict[str, str]
    columns: dict[str, Any]
    rows: int | None = None


class Field(msgspec.Struct):
    """A column: its JSON type and what it means, by language."""

    name: str
    type: str
    about: dict[str, str]


class Manifest(msgspec.Struct):
    """Enough to make a file again, to check that it is whole, and to say why two differ.

    `rows`, `bytes` and `sha256` are None before the file is made.
    """

    what: str
    format: str
    campaign: str
    title: dict[str, str]
    filters: dict[str, str]
    order: str
    language: str
    purpose: str
    smallest_cell: int
    made: datetime
    models: dict[str, str]
    columns: list[Field]
    licence: str | None = None
    rows: int | None = None
    bytes: int | None = None
    sha256: str | None = None


async def about(wanted: Wanted, *, counted: bool = False) -> About:
    """Filters, time, versions of the models and the meaning of the columns; the number of rows if asked."""
    say = translator(wanted.lang)
    found = wanted.found
    return About(
        found.what, found.campaign.slug, localised(found.campaign.title, wanted.lang), found.given, found.order,
        _now(), await _models(found.campaign.id), {c.name: say(c.about) for c in wanted.columns},
        await count(wanted) if counted else None,
    )  # fmt: skip


async def manifest(wanted: Wanted, format: str) -> Manifest:
    """The manifest of a file that is about to be made."""
    found = wanted.found
    rules = await disclosure.of(found.campaign.id) if wanted.public else None
    return Manifest(
        found.what, format, found.campaign.slug, found.campaign.title, found.given, found.order, wanted.lang,
        wanted.purpose, wanted.smallest, _now(), await _models(found.campaign.id), fields(wanted.columns),
        rules.licence if rules else None,
    )  # fmt: skip


def fields(columns: tuple[Column, ...]) -> list[Field]:
    """The data dictionary of columns."""
    says = {lang: translator(lang) for lang in LANGUAGES}
    return [Field(c.name, TYPES[c.kind], {lang: say(c.about) for lang, say in says.items()}) for c in columns]


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


async def _models(campaign: int) -> dict[str, str]:
    rows = await database.fetch(
        "SELECT kind, version FROM model WHERE campaign = $1 AND active ORDER BY kind", campaign
    )
    return {row["kind"]: row["version"] for row in rows}
