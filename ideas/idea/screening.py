"""What a person should see in a text before others do: the one call behind the friendly screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from ideas.idea import blocked

PERSONAL = frozenset({"phone", "email", "passport", "snils", "card", "address", "name"})


class Spot(msgspec.Struct, frozen=True):
    """`text[start:end]` of the field `title` or `text` is of a kind that `ml.screen` names, or `blocked`: on the
    campaign's own list; `note` says why it is there."""

    field: str
    kind: str
    start: int
    end: int
    words: str
    note: str = ""

    @property
    def personal(self) -> bool:
        """Whether it is somebody's personal data, which everybody would see."""
        return self.kind in PERSONAL


async def spots(title: str, text: str, lang: str, words: Sequence[blocked.Word] = ()) -> list[Spot]:
    """What to point out, in order of place; the title's first. `words`: the campaign's own list."""
    return (await spots_of([(title, text, lang)], words))[0]


async def spots_of(
    ideas: Sequence[tuple[str, str, str]], words: Sequence[blocked.Word] = ()
) -> list[list[Spot]]:
    """What to point out in each (title, text, language)."""
    return await asyncio.to_thread(
        lambda: [_spots({"title": title, "text": text}, lang, words) for title, text, lang in ideas]
    )


def _spots(fields: dict[str, str], lang: str, words: Sequence[blocked.Word]) -> list[Spot]:
    from ml.screen import screen

    found = screen(list(fields.values()), lang)
    spots = [
        Spot(name, flag.kind, flag.start, flag.end, text[flag.start : flag.end])
        for (name, text), flags in zip(fields.items(), found, strict=True)
        for flag in flags
    ]
    spots += [
        Spot(name, "blocked", hit.start, hit.end, text[hit.start : hit.end], hit.word.note)
        for name, text in fields.items()
        for hit in blocked.find(words, text)
    ]
    order = list(fields)
    return sorted(spots, key=lambda s: (order.index(s.field), s.start, -s.end))
