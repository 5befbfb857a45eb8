"""Writes about people: registering, signing in and out, passwords, tokens, blocking, rate limits."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import asyncpg
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ideas import audit, database, queue
from ideas.account import queries, rules, scopes
from ideas.account.rules import Person
from ideas.errors import BadRequest, Forbidden, Invalid, NotFound, TooManyRequests, message

_hasher = PasswordHasher()
# Each hash takes 64 MiB and a core: more at once would only queue up in memory.
_hashing = asyncio.Semaphore(4)
# Verified for unknown addresses, so that they take as long as a wrong password.
_nobody = _hasher.hash(secrets.token_hex(16))


async def _hash(password: str) -> str:
    async with _hashing:
        return await asyncio.to_thread(_hasher.hash, password)


async def verify(stored: str, password: str) -> bool:
    """Whether a password is the one behind a stored hash."""
    async with _hashing:
        try:
            return await asyncio.to_thread(_hasher.verify, stored, password[: rules.PASSWORD_LONGEST])
        except (VerificationError, InvalidHashError):
            return False


async def limit(key: str, most: int, seconds: int) -> None:
    """Count one use of `key`; more than `most` in a window of `seconds` are refused, on every server alike."""
    row = await database.fetch_one(
        """INSERT INTO rate_limit AS r (key, used, resets) VALUES ($1, 1, now() + $2)
        ON CONFLICT (key) DO UPDATE SET
            used = CASE WHEN r.resets <= now() THEN 1 ELSE r.used + 1 END,
            resets = CASE WHEN r.resets <= now() THEN now() + $2 ELSE r.resets END
        RETURNING used, resets""",
        key[:200],
        timedelta(seconds=seconds),
    )
    assert row is not None
    if row["used"] > most:
        raise TooManyRequests(rules.seconds_until(row["resets"]))


async def register(
    email: str,
    password: str,
    name: str,
    role: str = "citizen",
    *,
    language: str | None = None,
    confirm: bool = False,
) -> int:
    """A new account's id; Invalid names the fields that are wrong. With `confirm` its address has yet to be shown."""
    email = rules.normal_email(email)
    if errors := rules.check_registration(email, password, name):
        raise Invalid(errors=errors)
    stored = await _hash(password)
    try:
        async with database.transaction() as c:
            # A registration that nobody confirmed does not keep the address from whoever it belongs to.
            account = await c.fetchval(
                """INSERT INTO account (email, password, name, role, language, confirmed)
                VALUES ($1, $2, $3, $4, $5, CASE WHEN NOT $6 THEN now() END)
                ON CONFLICT (email) WHERE email IS NOT NULL DO UPDATE SET password = $2, name = $3, language = $5
                    WHERE account.confirmed IS NULL AND account.blocked IS NULL AND $6 RETURNING id""",
                email, stored, name, role, language, confirm,
            )  # fmt: skip
            if account is not None and confirm:
                await _ask_confirmation(account)
    except asyncpg.UniqueViolationError:
        account = None
    if account is None:
        taken = message("This address is registered already. Sign in, or use another one.")
        raise Invalid(errors={"email": taken})
    return account


async def _ask_confirmation(account: int) -> None:
    await queue.defer(
        "ideas.notice.jobs.ask_confirmation",
        once=f"confirm:{account}",
        lock=f"confirm:{account}",
        account=account,
    )


async def sign_in(
    email: str, password: str, *, confirm: bool = False, secret: str = "", token: str = ""
) -> int:
    """The account's id; an unknown address and a wrong password get the same answer after the same time.

    With `confirm` an address that has yet to be confirmed needs the `token` of the letter to it; without, the letter
    is sent again.
    """
    found = await queries.credential(rules.normal_email(email)[: rules.EMAIL_LIMIT])
    right = await verify(found.password if found else _nobody, password)
    if not found or not right:
        raise Invalid(message("The address or the password is wrong."))
    if confirm and not found.confirmed:
        if not rules.confirms(secret, found.id, found.password, token, datetime.now(UTC)):
            with suppress(TooManyRequests):
                await limit(f"confirm:{found.id}", 3, 3600)
                await _ask_confirmation(found.id)
            raise Forbidden(
                message("First confirm your address: follow the link in the letter that we have sent to it.")
            )
        await database.execute("UPDATE account SET confirmed = now() WHERE id = $1", found.id)
    return found.id


async def open_session(account: int, kind: str = "browser", name: str = "") -> tuple[str, datetime]:
    """A new session's secret, which is shown once, and when it ends."""
    secret = secrets.token_urlsafe(32)
    days = rules.BROWSER_DAYS if kind == "browser" else rules.TOKEN_DAYS
    expires = datetime.now(UTC) + timedelta(days=days)
    await database.execute(
        """WITH old AS (DELETE FROM session WHERE account = $1 AND expires < now())
        INSERT INTO session (account, hash, kind, name, expires) VALUES ($1, $2, $3, $4, $5)""",
        account,
        queries.secret_hash(secret),
        kind,
        name[:80],
        expires,
    )
    return secret, expires


async def close_session(account: int, session: int) -> None:
    """End one of a person's sessions, wherever it is."""
    await database.execute("DELETE FROM session WHERE account = $1 AND id = $2", account, session)
    queries.forget_sessions()


async def change_password(person: Person, current: str, new: str) -> None:
    """Set a new password and end every session of the person, this one too."""
    stored = await queries.password_hash_of(person.id)
    if stored is None or not await verify(stored, current):
        raise Invalid(errors={"current": message("This is not your current password")})
    if problem := rules.check_password(new):
        raise Invalid(errors={"password": problem})
    hashed = await _hash(new)
    async with database.transaction():
        await database.execute("UPDATE account SET password = $2 WHERE id = $1", person.id, hashed)
        await database.execute("DELETE FROM session WHERE account = $1", person.id)
    queries.forget_sessions()


async def set_blocked(admin: Person, account: int, blocked: bool) -> None:
    """Block a person, which ends every session of theirs, or let them in again."""
    if account == admin.id:
        raise Forbidden(message("You cannot block yourself."))
    async with database.transaction():
        found = await database.fetch_value(
            "UPDATE account SET blocked = CASE WHEN $2 THEN now() END WHERE id = $1 RETURNING id",
            account,
            blocked,
        )
        if found is None:
            raise NotFound(message("There is no such person."))
        await audit.note(admin.id, "block" if blocked else "unblock", f"account:{account}")
        if blocked:
            await database.execute("DELETE FROM session WHERE account = $1", account)
        # What they wrote is hidden with them, and comes back with them.
        await queue.defer("ideas.moderation.jobs.follow_block", lock=f"block:{account}", account=account)
    queries.forget_sessions()


async def set_role(email: str, role: str, admin: Person | None = None) -> None:
    """Give the account with an address another role; `admin` None is the command line."""
    if role not in rules.ROLES:
        raise BadRequest(message("There is no role %(role)s.", role=role))
    async with database.transaction():
        row = await database.fetch_one(
            "SELECT id, role FROM account WHERE email = $1 FOR NO KEY UPDATE", rules.normal_email(email)
        )
        if row is None:
            raise NotFound(message("There is no such person."))
        await database.execute("UPDATE account SET role = $2 WHERE id = $1", row["id"], role)
        if role != "moderator":
            await scopes.lift(row["id"])
        await audit.note(
            admin.id if admin else None, "role", f"account:{row['id']}", before=row["role"], after=role
        )
    queries.forget_sessions()


async def set_language(account: int, language: str) -> None:
    """Remember a person's language for letters and other browsers."""
    await database.execute("UPDATE account SET language = $2 WHERE id = $1", account, language)
    queries.forget_sessions()


async def read_notices(account: int) -> None:
    """Mark a person's notices as read."""
    await database.execute("UPDATE notice SET read = now() WHERE account = $1 AND read IS NULL", account)
    queries.forget_sessions()
