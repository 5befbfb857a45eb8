"""What a moderator is limited to: districts, themes, or both. Queries ask it as SQL, actions before they write.

A group belongs to somebody where all of its visible ideas do: one answer goes to all who say the same, so a group
that goes across districts is for moderators without limits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from ideas import audit, database
from ideas.account.rules import Person
from ideas.errors import Forbidden, Invalid, NotFound, message

MOST = 2000
"""So many pairs of district and theme one moderator may have."""

_LIMITED = "EXISTS (SELECT FROM scope s WHERE s.account = {who})"
_IN = """EXISTS (SELECT FROM scope s WHERE s.account = {who} AND s.campaign = {idea}.campaign
    AND (s.district IS NULL OR s.district = {idea}.district) AND (s.theme IS NULL OR s.theme = {idea}.theme))"""


def of_ideas(who: str, idea: str = "i") -> str:
    """SQL: whether an idea (its alias) is for the moderator whose id is `who` (a parameter such as "$3")."""
    return f"(NOT {_LIMITED.format(who=who)} OR {_IN.format(who=who, idea=idea)})"


def of_clusters(who: str, cluster: str = "c") -> str:
    """SQL: the same for a cluster, by its alias."""
    return f"""(NOT {_LIMITED.format(who=who)} OR NOT EXISTS (SELECT FROM idea m
        WHERE m.cluster = {cluster}.id AND m.hidden IS NULL AND NOT {_IN.format(who=who, idea="m")}))"""


def refused() -> Forbidden:
    """What somebody reads who asks for more than is theirs."""
    return Forbidden(
        message("This is outside of the districts and themes that you moderate. Ask an organiser for more.")
    )


async def require_ideas(person: Person, ideas: Collection[int]) -> None:
    """Forbidden unless all of these ideas are for this moderator."""
    outside = await database.fetch_value(
        f"SELECT i.id FROM idea i WHERE i.id = ANY($1::bigint[]) AND NOT {of_ideas('$2')} LIMIT 1",
        list(ideas), person.id,
    )  # fmt: skip
    if outside is not None:
        raise refused()


async def require_clusters(person: Person, clusters: Collection[int]) -> None:
    """Forbidden unless all of these groups are for this moderator."""
    outside = await database.fetch_value(
        f"SELECT c.id FROM cluster c WHERE c.id = ANY($1::bigint[]) AND NOT {of_clusters('$2')} LIMIT 1",
        list(clusters), person.id,
    )  # fmt: skip
    if outside is not None:
        raise refused()


async def allows(person: Person, cluster: int) -> bool:
    """Whether a group is for this moderator."""
    return await database.fetch_value(
        f"SELECT {of_clusters('$2')} FROM cluster c WHERE c.id = $1", cluster, person.id
    )


class Limits(msgspec.Struct):
    """A moderator with what they are limited to in one campaign; `elsewhere`: they are limited in another one."""

    id: int
    name: str
    email: str
    districts: list[int]
    themes: list[int]
    elsewhere: bool

    @property
    def limited(self) -> bool:
        return self.elsewhere or bool(self.districts or self.themes)


async def moderators(campaign: int, account: int | None = None) -> list[Limits]:
    """All moderators, or one, with their limits in a campaign, by name."""
    rows = await database.fetch(
        """SELECT a.id, a.name, a.email,
            coalesce(array_agg(DISTINCT s.district) FILTER (WHERE s.district IS NOT NULL), '{}') AS districts,
            coalesce(array_agg(DISTINCT s.theme) FILTER (WHERE s.theme IS NOT NULL), '{}') AS themes,
            EXISTS (SELECT FROM scope o WHERE o.account = a.id AND o.campaign <> $1) AS elsewhere
        FROM account a LEFT JOIN scope s ON s.account = a.id AND s.campaign = $1
        WHERE a.role = 'moderator' AND a.email IS NOT NULL AND a.blocked IS NULL AND ($2::bigint IS NULL OR a.id = $2)
        GROUP BY a.id ORDER BY a.name, a.id LIMIT 500""",
        campaign, account,
    )  # fmt: skip
    return database.structs(Limits, rows)


async def limit(
    admin: Person | None,
    account: int,
    campaign: int,
    districts: Sequence[int] = (),
    themes: Sequence[int] = (),
) -> None:
    """Limit a moderator within a campaign to districts, themes, or themes within districts; to nothing: no limits here.

    Who is limited in one campaign moderates nothing of those where nothing is given to them. `admin` None: the
    command line.
    """
    pairs = [(d, t) for d in districts or [None] for t in themes or [None] if d or t]
    if len(pairs) > MOST:
        raise Invalid(errors={"districts": message("Choose fewer districts or themes")})
    async with database.transaction():
        role = await database.fetch_value(
            "SELECT role FROM account WHERE id = $1 AND email IS NOT NULL FOR UPDATE", account
        )
        if role is None:
            raise NotFound(message("There is no such account."))
        if role != "moderator":
            raise Invalid(errors={"account": message("Only moderators can be limited")})
        await _check(campaign, districts, themes)
        before = await database.fetch_one(
            """WITH gone AS (DELETE FROM scope WHERE account = $1 AND campaign = $2 RETURNING district, theme)
            SELECT array_agg(DISTINCT district) FILTER (WHERE district IS NOT NULL) AS districts,
                array_agg(DISTINCT theme) FILTER (WHERE theme IS NOT NULL) AS themes FROM gone""",
            account, campaign,
        )  # fmt: skip
        assert before is not None
        # A theme that somebody answers for is kept by every run, with its name.
        await database.execute("UPDATE theme SET pinned = true WHERE id = ANY($1::bigint[])", list(themes))
        await database.execute(
            """INSERT INTO scope (account, campaign, district, theme)
            SELECT $1, $2, p.district, p.theme FROM unnest($3::bigint[], $4::bigint[]) p (district, theme)
            ON CONFLICT DO NOTHING""",
            account, campaign, [d for d, _ in pairs], [t for _, t in pairs],
        )  # fmt: skip
        await audit.note(
            admin.id if admin else None, "limit", f"account:{account}", campaign,
            before={"districts": before["districts"] or [], "themes": before["themes"] or []},
            after={"districts": list(districts), "themes": list(themes)},
        )  # fmt: skip


async def _check(campaign: int, districts: Sequence[int], themes: Sequence[int]) -> None:
    """Invalid unless all of them are of this campaign."""
    for field, table, ids in (("districts", "district", districts), ("themes", "theme", themes)):
        known = await database.fetch_value(
            f"SELECT count(*) FROM {table} WHERE campaign = $1 AND id = ANY($2::bigint[])",
            campaign,
            list(ids),
        )
        if known != len(set(ids)):
            raise Invalid(errors={field: message("Choose from what this project has")})


async def lift(account: int) -> None:
    """No limits any more, in the caller's transaction: the account is no moderator."""
    await database.execute("DELETE FROM scope WHERE account = $1", account)
