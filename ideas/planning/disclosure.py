"""What of a campaign may be given away: smallest count, licence, the key of pseudonyms, places of few people."""

from __future__ import annotations

import secrets

import msgspec

from ideas import audit, database
from ideas.account.rules import Person
from ideas.errors import Invalid, message

SMALLEST = 5
LICENCES = {
    "https://creativecommons.org/licenses/by/4.0/": "CC BY 4.0",
    "https://creativecommons.org/publicdomain/zero/1.0/": "CC0 1.0",
    "https://creativecommons.org/licenses/by-sa/4.0/": "CC BY-SA 4.0",
    "https://opendatacommons.org/licenses/odbl/1-0/": "ODbL 1.0",
}


class Disclosure(msgspec.Struct):
    """The rules of a campaign; `open`: whether there is a public dataset."""

    campaign: int
    smallest: int
    open: bool
    licence: str


async def of(campaign: int) -> Disclosure:
    """A campaign's rules, made with a fresh key where there are none yet."""
    text = "SELECT campaign, smallest, open, licence FROM disclosure WHERE campaign = $1"
    row = await database.fetch_one(text, campaign)
    if row is None:
        async with database.transaction():
            await database.execute(
                """INSERT INTO disclosure (campaign, key) VALUES ($1, $2)
                ON CONFLICT (campaign) DO NOTHING""",
                campaign, secrets.token_bytes(32),
            )  # fmt: skip
        row = await database.fetch_one(text, campaign)
    assert row is not None
    return Disclosure(**row)


async def change(person: Person, campaign: int, smallest: int, licence: str, open: bool) -> None:
    """Set a campaign's rules."""
    errors = {}
    if not 1 <= smallest <= 100:
        errors["smallest"] = message(
            "This must be a whole number from %(least)s to %(most)s", least=1, most=100
        )
    if licence not in LICENCES:
        errors["licence"] = message("Choose a licence from the list")
    if errors:
        raise Invalid(errors=errors)
    async with database.transaction():
        before = await of(campaign)
        await database.execute(
            "UPDATE disclosure SET smallest = $2, licence = $3, open = $4 WHERE campaign = $1",
            campaign, smallest, licence, open,
        )  # fmt: skip
        await audit.note(
            person.id, "disclosure", f"campaign:{campaign}", campaign,
            before=_said(before), after=_said(Disclosure(campaign, smallest, open, licence)),
        )  # fmt: skip


def _said(rules: Disclosure) -> str:
    return f"{rules.smallest}, {LICENCES.get(rules.licence, rules.licence)}, {'open' if rules.open else 'closed'}"


def pseudonym(account: str, campaign: int, purpose: str) -> str:
    """SQL of the pseudonym of the account in column `account`: SHA-256(key, SHA-256(key, purpose, account)), 96 bits.

    Hashed twice with the key in front, as HMAC does, so that nobody without the key can make or extend one. The key is
    read by the database and is part of no statement.
    """
    key = f"(SELECT key FROM disclosure WHERE campaign = {int(campaign)})"
    said = f"convert_to('{purpose}/' || {account}, 'UTF8')"
    return f"encode(substr(sha256({key} || sha256({key} || {said})), 1, 12), 'hex')"


async def rare(campaign: int, smallest: int) -> dict[str, list[int]]:
    """Districts and offices whose ideas have fewer than so many authors."""
    found: dict[str, list[int]] = {}
    for place in ("district", "office"):
        rows = await database.fetch(
            f"""SELECT {place} AS id FROM idea WHERE campaign = $1 AND hidden IS NULL AND {place} IS NOT NULL
            GROUP BY {place} HAVING count(DISTINCT author) < $2 ORDER BY {place}""",
            campaign, smallest,
        )  # fmt: skip
        found[place] = [row["id"] for row in rows]
    return found
