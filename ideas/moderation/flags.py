"""What the screen points out in ideas, for those who moderate them: personal data, insults, blocked words."""

from __future__ import annotations

from collections.abc import Sequence

from ideas.idea import blocked, screening
from ideas.idea.screening import Spot


async def flags(
    campaign: int,
    ideas: Sequence[tuple[int, str, str, str]],
    words: Sequence[blocked.Word] | None = None,
) -> dict[int, list[Spot]]:
    """Spots by idea for (id, title, text, language); they only point, nothing is hidden for them.

    `words`: the campaign's list where it was read already.
    """
    if words is None:
        words = await blocked.words_of(campaign)
    found = await screening.spots_of([idea[1:] for idea in ideas], words)
    return {idea[0]: spots for idea, spots in zip(ideas, found, strict=True)}
