"""What people answer when they are shown an idea that resembles theirs: kept as a signal for grouping.

An answer is a hint, not a pin: whoever is in a hurry presses "mine is different" to get past the page, so a single
answer never keeps two ideas apart (docs/decisions/0008).
"""

from __future__ import annotations

from collections.abc import Sequence

from ideas import database

MOST = 5
"""So many ideas are shown at once, and so many answers are kept of one form."""


async def keep_same(account: int, other: int) -> None:
    """A person supported an idea instead of publishing an own one."""
    await database.execute(
        """INSERT INTO choice (campaign, other, account, answer)
        SELECT campaign, id, $1, 'same' FROM idea WHERE id = $2 ON CONFLICT DO NOTHING""",
        account,
        other,
    )


async def keep_different(account: int, idea: int, others: Sequence[int]) -> None:
    """A person published `idea` after being shown `others` of its campaign; whatever else is named is left out."""
    await database.execute(
        """INSERT INTO choice (campaign, idea, other, account, answer)
        SELECT o.campaign, i.id, o.id, $1, 'different' FROM idea i JOIN idea o ON o.campaign = i.campaign
        WHERE i.id = $2 AND o.id = ANY ($3::bigint[]) AND o.id <> i.id ON CONFLICT DO NOTHING""",
        account,
        idea,
        list(others)[:MOST],
    )
