"""What the demo campaign is made of: texts, principles and districts that stand beside this file as JSON."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

FOLDER = Path(__file__).parent
T = TypeVar("T")


class Text(msgspec.Struct, frozen=True):
    """One citizen's idea with its hand-given principles."""

    lang: str
    title: str
    text: str
    principles: list[str]


class Remark(msgspec.Struct, frozen=True):
    side: str
    lang: str
    text: str


class Verdict(msgspec.Struct, frozen=True):
    verdict: str
    reason: dict[str, str]


class Group(msgspec.Struct, frozen=True):
    """Ideas that say the same. `kind`: "echo" repeats the key words, "distant" shares hardly a stem.

    `kept_out`: not to be learned from, so that grouping and tagging can be measured on it.
    """

    group: str
    wish: dict[str, str]
    kind: str
    ideas: list[Text]
    comments: list[Remark] = []
    decision: Verdict | None = None
    kept_out: bool = False


class Theme(msgspec.Struct, frozen=True):
    theme: str
    name: dict[str, str]
    groups: list[Group]
    alone: list[Text]


class PrincipleText(msgspec.Struct, frozen=True):
    slug: str
    name: dict[str, str]
    description: dict[str, str]
    keywords: list[str]


class DistrictText(msgspec.Struct, frozen=True):
    """A district of Moscow; `population` is rounded; `centre`: one of the 96 with a service centre."""

    slug: str
    ru: str
    en: str
    area: str
    population: int
    centre: bool


class City(msgspec.Struct, frozen=True):
    areas: dict[str, dict[str, str]]
    districts: list[DistrictText]


def _read(path: Path, kind: Any) -> Any:
    return msgspec.json.decode(path.read_bytes(), type=kind)


@cache
def themes() -> tuple[Theme, ...]:
    """The whole corpus, in the order of the themes' slugs."""
    return tuple(_read(path, Theme) for path in sorted((FOLDER / "corpus").glob("*.json")))


@cache
def principles() -> tuple[PrincipleText, ...]:
    """The eight principles of the standard, in their order."""
    return tuple(_read(FOLDER / "principles.json", list[PrincipleText]))


@cache
def city() -> City:
    """Moscow's districts with their okrugs."""
    return _read(FOLDER / "districts.json", City)
