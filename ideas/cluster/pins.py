"""Links between ideas, a person's word that no run breaks: added and removed so that undoing puts all of them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ideas import database
from ideas.account.rules import Person

_LINK = "first, second, kind, account, to_json(created)#>>'{}' AS created"


async def add(person: Person, campaign: int, kind: str, pairs: Sequence[tuple[int, int]]) -> list[list[Any]]:
    """Insert links; the answer, [first, second, kind], holds those that were not there yet.

    Opposite words of before must have been removed.
    """
    if not pairs:
        return []
    rows = await database.fetch(
        """INSERT INTO link (campaign, first, second, kind, account)
        SELECT $1, p.first, p.second, $2, $3 FROM unnest($4::bigint[], $5::bigint[]) p (first, second)
        ON CONFLICT (first, second) DO NOTHING RETURNING first, second""",
        campaign, kind, person.id, [a for a, _ in pairs], [b for _, b in pairs],
    )  # fmt: skip
    return [[row["first"], row["second"], kind] for row in rows]


async def remove(ideas: Sequence[int], kind: str) -> list[dict[str, Any]]:
    """Remove the links of one kind among these ideas; the answer restores them."""
    rows = await database.fetch(
        f"DELETE FROM link WHERE first = ANY($1::bigint[]) AND second = ANY($1::bigint[]) AND kind = $2 "
        f"RETURNING {_LINK}",
        list(ideas), kind,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def remove_between(some: Sequence[int], others: Sequence[int], kind: str) -> list[dict[str, Any]]:
    """Remove the links of one kind between two sets of ideas; the answer restores them."""
    rows = await database.fetch(
        f"""DELETE FROM link WHERE kind = $3 AND ((first = ANY($1::bigint[]) AND second = ANY($2::bigint[]))
            OR (first = ANY($2::bigint[]) AND second = ANY($1::bigint[]))) RETURNING {_LINK}""",
        list(some), list(others), kind,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def drop(added: Sequence[Sequence[Any]]) -> None:
    """Remove what `add` answered."""
    await database.execute(
        "DELETE FROM link WHERE (first, second, kind) IN "
        "(SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[]))",
        [a[0] for a in added], [a[1] for a in added], [a[2] for a in added],
    )  # fmt: skip


async def restore(campaign: int, links: Sequence[dict[str, Any]]) -> None:
    """Put removed links back, where what they say still holds."""
    await database.execute(
        """INSERT INTO link (campaign, first, second, kind, account, created)
        SELECT $1, p.first, p.second, p.kind, p.account, p.created
        FROM jsonb_to_recordset($2::jsonb)
            AS p (first bigint, second bigint, kind text, account bigint, created timestamptz)
        JOIN idea a ON a.id = p.first JOIN idea b ON b.id = p.second
        WHERE (p.kind = 'must') = (a.cluster IS NOT NULL AND a.cluster IS NOT DISTINCT FROM b.cluster)
        ON CONFLICT (first, second) DO NOTHING""",
        campaign, database.to_json(list(links)),
    )  # fmt: skip
