"""Claims: a moderator has a group in hand for a while, and everybody sees it, so that two never work on one thing.

A lease of a quarter of an hour that its holder's doings renew. What is claimed by one cannot be changed by another;
what nobody has claimed can, and the change itself is what the campaign's lock decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ideas import database
from ideas.account.rules import Person
from ideas.errors import Conflict, message

LEASE = timedelta(minutes=15)
TRIES = 20
"""So many groups are offered in a row while others take them."""


class Claim(msgspec.Struct):
    """Who has a cluster in hand, and until when unless they do something."""

    cluster: int
    account: int
    name: str
    until: datetime


# One statement, so that of two who take it at once one gets it: the key is the cluster.
_TAKE = """
WITH mine AS (
    INSERT INTO claim AS k (cluster, account, until) SELECT id, $2, now() + $3::interval FROM cluster
    WHERE id = $1 AND retired IS NULL AND state = 'open'
    ON CONFLICT (cluster) DO UPDATE SET account = excluded.account, until = excluded.until,
        taken = CASE WHEN k.account = excluded.account AND k.until > now() THEN k.taken ELSE now() END
    WHERE k.account = excluded.account OR k.until <= now()
    RETURNING cluster, account, until)
SELECT m.cluster, m.account, a.name, m.until FROM mine m JOIN account a ON a.id = m.account
"""
_HELD = """SELECT k.cluster, k.account, a.name, k.until FROM claim k JOIN account a ON a.id = k.account
WHERE k.cluster = ANY($1::bigint[]) AND k.until > now()"""


async def take(person: Person, cluster: int) -> Claim | None:
    """Claim an open cluster or renew one's claim. The answer is the claim that holds: one's own or another's."""
    row = await database.fetch_one(_TAKE, cluster, person.id, LEASE)
    return Claim(**row) if row else (await held([cluster])).get(cluster)


async def held(clusters: Sequence[int]) -> dict[int, Claim]:
    """The claims that hold on some clusters."""
    rows = await database.fetch(_HELD, list(clusters))
    return {row["cluster"]: Claim(**row) for row in rows}


async def release(person: Person, cluster: int) -> None:
    """Give a cluster back; without a claim of one's own nothing changes."""
    await database.execute("DELETE FROM claim WHERE cluster = $1 AND account = $2", cluster, person.id)


async def require_free(person: Person, clusters: Sequence[int]) -> None:
    """Conflict where somebody else has one of the clusters in hand; under the campaign's lock."""
    for claim in (await held(clusters)).values():
        if claim.account != person.id:
            raise Conflict(message("%(name)s is working on this group.", name=claim.name))


async def done(clusters: Sequence[int]) -> None:
    """A cluster is decided on or no more: nobody has it in hand any longer."""
    await database.execute("DELETE FROM claim WHERE cluster = ANY($1::bigint[])", list(clusters))


_NEXT = """
SELECT c.id FROM cluster c LEFT JOIN cluster this ON this.id = $2
WHERE c.campaign = $1 AND c.id IS DISTINCT FROM $2 AND c.state = 'open' AND c.retired IS NULL AND c.size > 0
    AND NOT EXISTS (SELECT FROM claim k WHERE k.cluster = c.id AND k.until > now() AND k.account <> $3)
ORDER BY coalesce((c.supporters, c.id) < (this.supporters, this.id), true) DESC, c.supporters DESC, c.id DESC LIMIT $4
"""


async def take_next(person: Person, campaign: int, after: int | None = None) -> int | None:
    """Claim the most important open cluster that nobody else has in hand, past `after`, else from the start again.

    `after` is given back. None: there is none left.
    """
    if after is not None:
        await release(person, after)
    for row in await database.fetch(_NEXT, campaign, after, person.id, TRIES):
        claim = await take(person, row["id"])
        if claim is not None and claim.account == person.id:
            return row["id"]
    # All others have been taken meanwhile, or there is but this one.
    if after is not None:
        claim = await take(person, after)
        if claim is not None and claim.account == person.id:
            return after
    return None
