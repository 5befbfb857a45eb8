"""Counting apart: "I support this idea, not the group that it is in". The vote stays on its idea and counts there.

It holds for one idea in one cluster, so that undoing a merge restores every count exactly.
"""

from __future__ import annotations

import msgspec

from ideas import database
from ideas.account.rules import Person
from ideas.cluster import members
from ideas.errors import Forbidden, NotFound, message


class Part(msgspec.Struct):
    """An idea of a cluster that a person wrote or supports; apart: it does not count for the cluster."""

    id: int
    title: str
    mine: bool
    apart: bool


async def parts(person: Person, cluster: int) -> list[Part]:
    """What ties a person to a cluster."""
    rows = await database.fetch(
        """SELECT i.id, i.title, i.author = $2 AS mine, EXISTS (SELECT FROM apart x
            WHERE x.cluster = $1 AND x.idea = i.id AND x.account = $2) AS apart
        FROM idea i WHERE i.cluster = $1 AND i.hidden IS NULL AND (i.author = $2
            OR EXISTS (SELECT FROM vote v WHERE v.idea = i.id AND v.account = $2 AND v.value = 1))
        ORDER BY i.id LIMIT 50""",
        cluster, person.id,
    )  # fmt: skip
    return database.structs(Part, rows)


async def count_apart(person: Person, idea: int, apart: bool) -> int:
    """Count a person no longer, or again, behind the cluster of an idea that they wrote or support; that cluster."""
    async with database.transaction():
        row = await database.fetch_one(
            "SELECT campaign FROM idea WHERE id = $1 AND hidden IS NULL AND cluster IS NOT NULL", idea
        )
        if row is None:
            raise NotFound(message("This idea is in no group."))
        await members.lock(row["campaign"])
        cluster = await database.fetch_value(
            """SELECT i.cluster FROM idea i WHERE i.id = $1 AND (i.author = $2
                OR EXISTS (SELECT FROM vote v WHERE v.idea = i.id AND v.account = $2 AND v.value = 1))""",
            idea, person.id,
        )  # fmt: skip
        if cluster is None:
            raise Forbidden(message("This is for those who wrote or support the idea."))
        done = await database.execute(
            "INSERT INTO apart (idea, cluster, account) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
            if apart
            else "DELETE FROM apart WHERE idea = $1 AND cluster = $2 AND account = $3",
            idea, cluster, person.id,
        )  # fmt: skip
        if not done.endswith(" 0"):
            await database.execute(
                "INSERT INTO ledger (idea, kind, account, data) VALUES ($1, $2, $3, $4)",
                idea, "apart" if apart else "together", person.id, database.to_json({"cluster": cluster}),
            )  # fmt: skip
            await members.recount([cluster])
        return cluster
