"""What moderators say to the tagger's suggestions: the record behind its live precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ideas import database
from ideas.account.rules import Person


async def note(
    person: Person, campaign: int, idea: int, before: Sequence[Any], given: Sequence[str], *, unsure: bool
) -> None:
    """Write down what the model had said of an idea (rows of `slug`, `version`) and what a moderator says instead.

    In the caller's transaction. A suggestion that was left as it is counts as confirmed; see `teaching`.
    """
    version = before[0]["version"] if before else await database.fetch_value(
        "SELECT coalesce((SELECT version FROM model WHERE campaign = $1 AND kind = 'tagger' AND active), '')", campaign
    )  # fmt: skip
    await database.execute(
        """INSERT INTO lesson (campaign, idea, account, version, suggested, given, unsure)
        VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        campaign, idea, person.id, version, database.to_json([row["slug"] for row in before]),
        database.to_json(list(given)), unsure,
    )  # fmt: skip
