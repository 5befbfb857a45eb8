"""Pledges of centres' staff to the published standard: given with the centre's code, counted, withdrawn when false."""

from __future__ import annotations

import secrets
from datetime import datetime

import msgspec

from ideas import audit, database
from ideas.account.rules import Person
from ideas.campaign.rules import Campaign
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.standard import queries, rules

# Letters and digits that are not taken for each other, eight of them: a trillion codes.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
PAGE = 100


class Count(msgspec.Struct):
    """How many of a centre's staff pledged; `office` its number."""

    office: int
    pledges: int


class Row(msgspec.Struct):
    id: int
    name: str
    post: str
    created: datetime


class Code(msgspec.Struct):
    office: int
    code: str
    created: datetime


async def total(campaign: int) -> int:
    """How many pledges stand in a campaign."""
    return await database.fetch_value(
        """SELECT count(*) FROM pledge p JOIN standard s ON s.id = p.standard
        WHERE s.campaign = $1 AND p.withdrawn IS NULL""",
        campaign,
    )


async def counts(campaign: int) -> dict[int, int]:
    """Pledges that stand, by the number of the centre."""
    rows = await database.fetch(
        """SELECT p.office, count(*) AS pledges FROM pledge p JOIN standard s ON s.id = p.standard
        WHERE s.campaign = $1 AND p.withdrawn IS NULL GROUP BY p.office""",
        campaign,
    )
    return {r["office"]: r["pledges"] for r in rows}


async def listed(campaign: int, office: int, after: int | None = None, most: int = PAGE) -> list[Row]:
    """Who pledged at a centre, the first first, after the pledge numbered `after`."""
    rows = await database.fetch(
        """SELECT p.id, p.name, p.post, p.created FROM pledge p JOIN standard s ON s.id = p.standard
        WHERE s.campaign = $1 AND p.office = $2 AND p.withdrawn IS NULL AND p.id > $3 ORDER BY p.id LIMIT $4""",
        campaign, office, after or 0, most,
    )  # fmt: skip
    return database.structs(Row, rows)


async def codes(campaign: int) -> dict[int, Code]:
    """The codes that centres were given, by the number of the centre."""
    rows = await database.fetch(
        """SELECT c.office, c.code, c.created FROM pledge_code c JOIN standard s ON s.id = c.standard
        WHERE s.campaign = $1""",
        campaign,
    )
    return {r["office"]: Code(**r) for r in rows}


async def give_codes(person: Person, campaign: Campaign) -> int:
    """Give every centre that has none a code; how many got one."""
    async with database.transaction():
        standard = await queries.head(campaign.id)
        if standard is None:
            raise Conflict(message("There is no published standard yet."))
        known = await codes(campaign.id)
        missing = [o.id for o in campaign.offices if o.id not in known]
        done = await database.fetch(
            """INSERT INTO pledge_code (standard, office, code, account)
            SELECT $1, o, c, $4 FROM unnest($2::bigint[], $3::text[]) x (o, c)
            ON CONFLICT DO NOTHING RETURNING office""",
            standard.id, missing, [_new_code() for _ in missing], person.id,
        )  # fmt: skip
        if done:
            await audit.note(person.id, "code", f"standard:{standard.id}", campaign.id, done=len(done))
        return len(done)


async def renew_code(person: Person, campaign: Campaign, office: int) -> None:
    """Give a centre another code: the old one opens nothing any more."""
    async with database.transaction():
        done = await database.fetch_value(
            """UPDATE pledge_code c SET code = $3, account = $4, created = now() FROM standard s
            WHERE s.id = c.standard AND s.campaign = $1 AND c.office = $2 RETURNING c.standard""",
            campaign.id, office, _new_code(), person.id,
        )  # fmt: skip
        if done is None:
            raise NotFound()
        await audit.note(person.id, "code", f"standard:{done}", campaign.id, office=office)


async def pledge(
    person: Person | None, campaign: Campaign, office: int | None, code: str, name: str, post: str
) -> bool:
    """Pledge to the published standard; whether it is new. The same name at the same centre is one pledge.

    Whoever is signed in as staff needs no code; anybody else shows the centre's.
    """
    rules.check_pledge(name, post, office is not None)
    team = person is not None and person.role != "citizen"
    async with database.transaction():
        version = await queries.current(campaign.id)
        standard = await queries.head(campaign.id)
        if version is None or standard is None:
            raise Conflict(message("There is no published standard yet."))
        if not team and not await database.fetch_value(
            "SELECT id FROM pledge_code WHERE standard = $1 AND office = $2 AND code = $3",
            standard.id, office, normal_code(code),
        ):  # fmt: skip
            raise Invalid(
                errors={"code": message("This is not the code of this centre. Ask its head for it.")}
            )
        id = await database.fetch_value(
            """INSERT INTO pledge (standard, version, office, name, post, account) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING RETURNING id""",
            standard.id, version.row.id, office, name, post, person.id if person else None,
        )  # fmt: skip
        if id and team and person:
            await audit.note(person.id, "pledge", f"pledge:{id}", campaign.id, office=office)
        return id is not None


async def withdraw(person: Person, pledge: int, reason: str) -> tuple[int, int]:
    """Take a false pledge away, with the reason; (campaign, centre). Again is the same as once."""
    if not reason:
        raise Invalid(errors={"reason": message("Say why the pledge is withdrawn")})
    if len(reason) > rules.REASON_LONGEST:
        raise Invalid(
            errors={"reason": message("At most %(most)s characters, please", most=rules.REASON_LONGEST)}
        )
    async with database.transaction():
        row = await database.fetch_one(
            """SELECT p.office, s.campaign, p.withdrawn FROM pledge p JOIN standard s ON s.id = p.standard
            WHERE p.id = $1 FOR UPDATE OF p""",
            pledge,
        )
        if row is None:
            raise NotFound(message("There is no such pledge."))
        if row["withdrawn"] is None:
            await database.execute(
                "UPDATE pledge SET withdrawn = now(), withdrawn_by = $2, reason = $3 WHERE id = $1",
                pledge, person.id, reason,
            )  # fmt: skip
            await audit.note(person.id, "withdraw", f"pledge:{pledge}", row["campaign"], reason=reason)
        return row["campaign"], row["office"]


def normal_code(code: str) -> str:
    """A code as it is kept, however it was typed."""
    return "".join(c for c in code.upper() if c in LETTERS)[:12]


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
