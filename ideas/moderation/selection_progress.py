"""How far a decision over a selection is."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from ideas import database
from ideas.errors import NotFound, message


class Failure(msgspec.Struct):
    """An idea that could not be ruled on: claimed, answered or hidden, and by whom."""

    idea: int
    title: str
    why: str
    who: str | None


class Progress(msgspec.Struct):
    """How far a selection is. `seconds` it took, or has taken until now."""

    id: int
    decision: int
    campaign: str
    filters: dict[str, str]
    verdict: str
    reason: str
    moderator: str
    total: int
    done: int
    failed: int
    created: datetime
    finished: datetime | None
    undone: datetime | None
    failures: list[Failure] = []

    @property
    def seconds(self) -> float:
        return ((self.finished or datetime.now(UTC)) - self.created).total_seconds()


async def progress(bulk: int) -> Progress:
    """How far a selection is, with the first of those that could not be ruled on; NotFound where there is none."""
    row = await database.fetch_one(
        """SELECT b.id, b.decision, c.slug AS campaign, b.filters, d.verdict, d.reason, a.name AS moderator,
            b.created, b.finished, d.undone, n.* FROM bulk b JOIN decision d ON d.id = b.decision
            JOIN campaign c ON c.id = b.campaign JOIN account a ON a.id = d.moderator
            CROSS JOIN LATERAL (SELECT count(*) AS total, count(*) FILTER (WHERE state = 'done') AS done,
                count(*) FILTER (WHERE state = 'failed') AS failed FROM bulk_row WHERE bulk = b.id) n
        WHERE b.id = $1""",
        bulk,
    )
    if row is None:
        raise NotFound(message("There is no such selection."))
    failures = await database.fetch(
        """SELECT r.idea, i.title, r.why, a.name AS who FROM bulk_row r JOIN idea i ON i.id = r.idea
            LEFT JOIN account a ON a.id = r.who WHERE r.bulk = $1 AND r.state = 'failed' ORDER BY r.idea LIMIT 200""",
        bulk,
    )
    given = {**row, "filters": database.from_json(row["filters"])}
    return Progress(**given, failures=database.structs(Failure, failures))
