"""Erasing an account: the person goes, votes and texts stay without them."""

from __future__ import annotations

from ideas import database
from ideas.account import actions, queries
from ideas.account.rules import Person
from ideas.errors import Conflict, Invalid, message
from ideas.i18n import translator

_NAME = message("Erased account")


async def erase(person: Person, password: str) -> None:
    """Remove the person for good. Votes go on counting, ideas and comments stay under no name.

    Name, address, password, sessions, notices, letters, follows, drafts, photos and preferences go. Numbers in the
    ledger stay: nothing leads from them to a person any more.
    """
    stored = await queries.password_hash_of(person.id)
    if stored is None or not await actions.verify(stored, password):
        raise Invalid(errors={"password": message("This is not your password")})
    async with database.transaction() as c:
        if person.role == "admin":
            others = await c.fetchval(
                """SELECT count(*) FROM account
                WHERE role = 'admin' AND email IS NOT NULL AND blocked IS NULL AND id <> $1""",
                person.id,
            )
            if not others:
                raise Conflict(message("You are the only organiser. Give somebody else this role first."))
        name = translator(person.language or "ru")(_NAME)
        await c.execute(
            """UPDATE account SET email = NULL, password = NULL, name = $2, role = 'citizen', language = NULL,
                confirmed = NULL WHERE id = $1""",
            person.id,
            name,
        )
        for table in (
            "session",
            "notice",
            "letter",
            "follow",
            "preference",
            "draft",
            "residence",
            "participant",
        ):
            await c.execute(f"DELETE FROM {table} WHERE account = $1", person.id)
        # A picture may show whose it was.
        await c.execute("DELETE FROM photo WHERE idea IN (SELECT id FROM idea WHERE author = $1)", person.id)
        # What somebody wrote beside a report may tell who they are.
        # A promise goes with the person who gave it, and so does what was typed and never saved.
        await c.execute("DELETE FROM pledge WHERE account = $1", person.id)
        await c.execute("DELETE FROM clause_draft WHERE account = $1", person.id)
        await c.execute("UPDATE report SET text = '' WHERE account = $1", person.id)
        await c.execute("UPDATE appeal SET text = '' WHERE author = $1", person.id)
    queries.forget_sessions()
