"""Writing the map down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ideas import database, queue

LOCK = "map:{}"


async def keep(campaign: int, ideas: Sequence[int], places: np.ndarray, *, drawn: bool) -> None:
    """Store (n, 2) places of ideas; a whole map (`drawn`) replaces what was there."""
    async with database.transaction():
        await database.execute(
            """INSERT INTO spot (idea, campaign, x, y, drawn)
            SELECT n.idea, $1, n.x, n.y, $5 FROM unnest($2::bigint[], $3::real[], $4::real[]) n (idea, x, y)
                JOIN idea i ON i.id = n.idea ORDER BY n.idea
            ON CONFLICT (idea) DO UPDATE SET x = excluded.x, y = excluded.y, drawn = excluded.drawn
            WHERE NOT spot.drawn OR excluded.drawn""",
            campaign, list(ideas), places[:, 0].tolist(), places[:, 1].tolist(), drawn,
        )  # fmt: skip
        if drawn:
            await database.execute(
                "DELETE FROM spot WHERE campaign = $1 AND drawn AND NOT idea = ANY($2::bigint[])",
                campaign, list(ideas),
            )  # fmt: skip


async def ask_for(campaign: int) -> None:
    """Have the map drawn where that is not under way."""
    await queue.defer(
        "ideas.map.jobs.draw", once=f"map:{campaign}", lock=f"map:{campaign}", priority=-20, campaign=campaign
    )
