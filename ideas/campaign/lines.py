"""Lists that an organiser writes as lines of text: districts, centres, words. Read and written back the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from ideas.campaign.rules import Campaign
from ideas.errors import Invalid, Message, message

MOST = 1000
"""Lines of one list."""
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 60
LONGEST_NAME = 120
MOST_WORDS = 60
"""Words of one concept in one language."""
T = TypeVar("T")


class DistrictLine(msgspec.Struct, frozen=True):
    slug: str
    name: dict[str, str]
    area: dict[str, str]
    population: int | None


class OfficeLine(msgspec.Struct, frozen=True):
    """`district` is a slug, empty for none."""

    slug: str
    name: dict[str, str]
    district: str


def districts(text: str) -> list[DistrictLine]:
    """`slug; Russian name; English name; okrug in Russian; okrug in English; population`, the last three optional.

    Raises Invalid, field `lines`, naming the first wrong line.
    """
    return _read(text, _district)


def offices(text: str, known: Iterable[str]) -> list[OfficeLine]:
    """`slug; Russian name; English name; slug of its district`, the last optional; `known`: districts' slugs."""
    slugs = set(known)

    def office(parts: list[str]) -> OfficeLine | Message:
        slug, ru, en, district = _padded(parts, 4)
        if problem := _wrong_names(slug, ru, en):
            return problem
        if district and district not in slugs:
            return message("there is no district “%(slug)s”", slug=district[:60])
        return OfficeLine(slug, _texts(ru, en), district)

    return _read(text, office)


def words(text: str) -> dict[str, dict[str, list[str]]]:
    """`concept; Russian words by commas; English words by commas`: an organiser's own thesaurus.

    Raises Invalid, field `lines`, naming the first wrong line.
    """

    def concept(parts: list[str]) -> tuple[str, dict[str, list[str]]] | Message:
        slug, ru, en = _padded(parts, 3)
        if problem := _wrong_slug(slug):
            return problem
        said = {
            lang: [w for word in row.split(",") if (w := word.strip().lower())]
            for lang, row in (("ru", ru), ("en", en))
        }
        if not any(said.values()):
            return message("write at least one word")
        if (
            any(len(w) > LONGEST_NAME for row in said.values() for w in row)
            or max(map(len, said.values())) > MOST_WORDS
        ):
            return message("too many or too long words")
        return slug, {lang: row for lang, row in said.items() if row}

    return dict(_read(text, concept))


def of_districts(campaign: Campaign) -> str:
    """The lines that `districts` reads."""
    return "\n".join(
        _line(d.slug, *_both(d.name), *_both(d.area), str(d.population) if d.population is not None else "")
        for d in campaign.districts
    )


def of_offices(campaign: Campaign) -> str:
    """The lines that `offices` reads."""
    slugs = {d.id: d.slug for d in campaign.districts}
    return "\n".join(_line(o.slug, *_both(o.name), slugs.get(o.district or 0, "")) for o in campaign.offices)


def of_words(said: dict[str, dict[str, list[str]]]) -> str:
    """The lines that `words` reads."""
    return "\n".join(
        _line(slug, ", ".join(row.get("ru", [])), ", ".join(row.get("en", []))) for slug, row in said.items()
    )


def _district(parts: list[str]) -> DistrictLine | Message:
    slug, ru, en, area_ru, area_en, people = _padded(parts, 6)
    if problem := _wrong_names(slug, ru, en):
        return problem
    people = people.replace(" ", "")
    if people and not (people.isascii() and people.isdecimal() and len(people) < 9):
        return message("the population is not a number")
    return DistrictLine(slug, _texts(ru, en), _texts(area_ru, area_en), int(people) if people else None)


def _read(text: str, one: Callable[[list[str]], T | Message]) -> list[T]:
    found: list[T] = []
    seen: set[str] = set()
    rows = [(n, row.strip()) for n, row in enumerate(text.split("\n"), 1) if row.strip()]
    if len(rows) > MOST:
        raise Invalid(errors={"lines": message("At most %(most)s lines", most=MOST)})
    for number, row in rows:
        parts = [part.strip() for part in row.split(";")]
        made = message("it is there twice") if parts[0] in seen else one(parts)
        if isinstance(made, Message):
            raise Invalid(
                errors={"lines": message("Line %(number)s: %(problem)s", number=number, problem=made)}
            )
        seen.add(parts[0])
        found.append(made)
    return found


def _padded(parts: list[str], count: int) -> list[str]:
    return [*parts, *[""] * count][:count] if len(parts) <= count else ["", *[""] * (count - 1)]


def _wrong_slug(slug: str) -> Message | None:
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        return message(
            "it begins with a short name of a-z, 0-9 and hyphens, and has no more parts than shown"
        )
    return None


def _wrong_names(slug: str, ru: str, en: str) -> Message | None:
    if problem := _wrong_slug(slug):
        return problem
    if not ru or max(len(ru), len(en)) > LONGEST_NAME:
        return message("a Russian name of at most %(most)s characters is needed", most=LONGEST_NAME)
    return None


def _texts(ru: str, en: str) -> dict[str, str]:
    return {lang: text for lang, text in (("ru", ru), ("en", en)) if text}


def _both(texts: dict[str, str]) -> tuple[str, str]:
    return texts.get("ru", ""), texts.get("en", "")


def _line(*parts: str) -> str:
    return "; ".join(part.replace(";", ",") for part in parts).rstrip("; ")
