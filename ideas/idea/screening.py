"""What a person should see in a text before others do: the one call behind the friendly screen."""

from __future__ import annotations

import asyncio

import msgspec

PERSONAL = frozenset({"phone", "email", "passport", "snils", "card", "address", "name"})


class Spot(msgspec.Struct, frozen=True):
    """`text[start:end]` of the field `title` or `text` is of a kind that `ml.screen` names."""

    field: str
    kind: str
    start: int
    end: int
    words: str

    @property
    def personal(self) -> bool:
        """Whether it is somebody's personal data, which everybody would see."""
        return self.kind in PERSONAL


async def spots(title: str, text: str, lang: str) -> list[Spot]:
    """What to point out, in order of place; the title's first."""
    return await asyncio.to_thread(_spots, {"title": title, "text": text}, lang)


def _spots(fields: dict[str, str], lang: str) -> list[Spot]:
    from ml.screen import screen

    found = screen(list(fields.values()), lang)
    return [
        Spot(name, flag.kind, flag.start, flag.end, text[flag.start : flag.end])
        for (name, text), flags in zip(fields.items(), found, strict=True)
        for flag in flags
    ]
