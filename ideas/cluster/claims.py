"""Claims: a moderator has a group in hand for a while, and everybody sees it, so that two never work on one thing.

A lease of a quarter of an hour that its holder's doings renew. What is claimed by one cannot be changed by another;
what nobody has claimed can, and the change itself is what the campaign's lock decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ideas import database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster.order import ORDERS, Wanted
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
_TAKE = f"""
WITH mine AS (
    INSERT INTO claim AS k (cluster, account, until) SELECT id, $2, now() + $3::interval FROM cluster c
    WHERE id = $1 AND retired IS NULL AND state = 'open' AND {scopes.of_clusters("$2")}
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


LOOK = timedelta(minutes=30)
"""Looks within this time are one look: what was new at its beginning stays marked."""
_LOOK = f"""
WITH this AS (SELECT id, retired, state, {scopes.of_clusters("$2")} AS allowed FROM cluster c WHERE id = $1),
look AS (INSERT INTO seen AS s (cluster, account, at, latest) SELECT id, $2, now(), now() FROM this WHERE allowed
    ON CONFLICT (cluster, account) DO UPDATE
    SET at = CASE WHEN s.latest < now() - $4::interval THEN s.latest ELSE s.at END, latest = now() RETURNING at),
mine AS (
    INSERT INTO claim AS k (cluster, account, until) SELECT id, $2, now() + $3::interval FROM this
    WHERE retired IS NULL AND state = 'open' AND allowed
    ON CONFLICT (cluster) DO UPDATE SET account = excluded.account, until = excluded.until,
        taken = CASE WHEN k.account = excluded.account AND k.until > now() THEN k.taken ELSE now() END
    WHERE k.account = excluded.account OR k.until <= now()
    RETURNING cluster, account, until),
one AS (SELECT * FROM mine UNION ALL SELECT cluster, account, until FROM claim
    WHERE cluster = $1 AND until > now() AND NOT EXISTS (SELECT FROM mine))
SELECT this.allowed, look.at, one.cluster, one.account, a.name, one.until
FROM this LEFT JOIN look ON true LEFT JOIN one ON true LEFT JOIN account a ON a.id = one.account
"""


async def look(person: Person, cluster: int) -> tuple[Claim | None, datetime | None]:
    """Open a cluster's page: it is claimed where it can be. The claim that holds, and when one looked before.

    Forbidden outside of what this moderator is limited to. All of it is one statement.
    """
    row = await database.fetch_one(_LOOK, cluster, person.id, LEASE, LOOK)
    if row is None:
        return None, None
    if not row["allowed"]:
        raise scopes.refused()
    fields = {k: row[k] for k in ("cluster", "account", "name", "until")}
    return (Claim(**fields) if row["account"] else None), row["at"]


async def held(clusters: Sequence[int]) -> dict[int, Claim]:
    """The claims that hold on some clusters."""
    rows = await database.fetch(_HELD, list(clusters))
    return {row["cluster"]: Claim(**row) for row in rows}


async def release(person: Person, cluster: int) -> None:
    """Give a cluster back; without a claim of one's own nothing changes."""
    await database.execute("DELETE FROM claim WHERE cluster = $1 AND account = $2", cluster, person.id)


async def require_free(person: Person, clusters: Sequence[int]) -> None:
    """Conflict where somebody else has one of the clusters in hand; under the campaign's lock.

    Forbidden where one of them is outside of what this moderator is limited to.
    """
    await scopes.require_clusters(person, clusters)
    await require_unheld(person, clusters)


async def require_unheld(person: Person, clusters: Sequence[int]) -> None:
    """Conflict where somebody else has one of the clusters in hand; for an act on single ideas of it."""
    for claim in (await held(clusters)).values():
        if claim.account != person.id:
            raise Conflict(message("%(name)s is working on this group.", name=claim.name))


async def done(clusters: Sequence[int]) -> None:
    """A cluster is decided on or no more: nobody has it in hand any longer."""
    await database.execute("DELETE FROM claim WHERE cluster = ANY($1::bigint[])", list(clusters))


async def take_next(person: Person, wanted: Wanted, after: int | None = None) -> int | None:
    """Claim the first open cluster wanted that nobody else has in hand, past `after`, else from the start again.

    `after` is given back. None: there is none left.
    """
    if after is not None:
        await release(person, after)
    rank = ORDERS[wanted.order]
    conditions, args = msgspec.structs.replace(wanted, state="open", within=person.id).conditions()
    n = len(args)
    this = f"(SELECT {rank} FROM cluster c WHERE c.id = ${n + 1})"
    rows = await database.fetch(
        f"""SELECT c.id FROM cluster c WHERE {" AND ".join(conditions)} AND c.id IS DISTINCT FROM ${n + 1}::bigint
            AND NOT EXISTS (SELECT FROM claim k WHERE k.cluster = c.id AND k.until > now() AND k.account <> ${n + 2})
        ORDER BY coalesce(({rank}, c.id) < ({this}, ${n + 1}::bigint), true) DESC, {rank} DESC, c.id DESC
        LIMIT ${n + 3}""",
        *args, after, person.id, TRIES,
    )  # fmt: skip
    for row in rows:
        claim = await take(person, row["id"])
        if claim is not None and claim.account == person.id:
            return row["id"]
    # All others have been taken meanwhile, or there is but this one.
    if after is not None:
        claim = await take(person, after)
        if claim is not None and claim.account == person.id:
            return after
    return None
