"""Writes of drafts: kept while one types, parked until somebody has signed in, published."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

import msgspec

from ideas import database
from ideas.account.rules import Person
from ideas.campaign.rules import Campaign
from ideas.draft.rules import TEXT_KEPT, TITLE_KEPT
from ideas.idea import actions as ideas
from ideas.idea import choices
from ideas.photo import actions as photos


class Typed(msgspec.Struct):
    """What a form holds; `key` stays the same from its first page to publishing."""

    title: str = ""
    text: str = ""
    office: str = ""
    rest: str = ""
    key: str = ""

    @property
    def empty(self) -> bool:
        return not (self.title or self.text or self.rest)

    @property
    def idea(self) -> ideas.Draft:
        return ideas.Draft(self.title, self.text, self.office)


def new_key() -> str:
    """The key of a new form."""
    return secrets.token_urlsafe(12)


def _columns(typed: Typed) -> tuple[str, str, str, str, str]:
    return (
        typed.key,
        typed.title[:TITLE_KEPT],
        typed.text[:TEXT_KEPT],
        typed.rest[:TEXT_KEPT],
        typed.office[:60],
    )


async def keep(account: int, campaign: int, typed: Typed) -> datetime | None:
    """Keep what was typed as the person's draft, over the one of before; None where it is published already.

    What comes late, from a page that was left open, must not bring a published idea back as a draft.
    """
    return await database.fetch_value(
        """INSERT INTO draft (account, campaign, key, title, text, rest, office)
        SELECT $1, $2, $3::varchar, $4, $5, $6, $7::varchar
            WHERE NOT EXISTS (SELECT FROM idea WHERE author = $1 AND submission = $3::varchar)
        ON CONFLICT (account, campaign) WHERE account IS NOT NULL DO UPDATE SET key = excluded.key,
            title = excluded.title, text = excluded.text, rest = excluded.rest, office = excluded.office, saved = now()
        RETURNING saved""",
        account,
        campaign,
        *_columns(typed),
    )


async def discard(account: int, campaign: int) -> None:
    """Throw a person's draft away, with its photos."""
    await database.execute("DELETE FROM draft WHERE account = $1 AND campaign = $2", account, campaign)


async def park(campaign: int, typed: Typed) -> str:
    """Keep a draft of somebody who has yet to sign in; the secret that gives it back, once, within two days."""
    secret = secrets.token_urlsafe(24)
    await database.execute(
        """INSERT INTO draft (campaign, key, title, text, rest, office, parked)
        VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        campaign,
        *_columns(typed),
        _hash(secret),
    )
    return secret


class Claimed(msgspec.Struct, frozen=True):
    """A parked draft that is its person's now, its campaign, and the text of the draft that it replaced."""

    campaign: int
    typed: Typed
    replaced: str


async def claim(account: int, secret: str) -> Claimed | None:
    """Make a parked draft one's own; None where there is none (any more)."""
    async with database.transaction() as c:
        row = await c.fetchrow(
            "DELETE FROM draft WHERE parked = $1 RETURNING campaign, key, title, text, rest, office", _hash(secret)
        )  # fmt: skip
        if row is None:
            return None
        typed = Typed(row["title"], row["text"], row["office"], row["rest"], row["key"])
        before = await c.fetchrow(
            "SELECT title, text FROM draft WHERE account = $1 AND campaign = $2 AND text <> $3",
            account,
            row["campaign"],
            typed.text,
        )
        await keep(account, row["campaign"], typed)
    replaced = "\n".join(part for part in before if part) if before else ""
    return Claimed(row["campaign"], typed, replaced)


async def publish(
    person: Person, campaign: Campaign, typed: Typed, different: list[int], now: Any
) -> ideas.Submitted:
    """Publish what was typed with the draft's photos and the answers to similar ideas, all or nothing.

    The draft goes; of two ideas written as one the second stays as the next draft.
    """
    async with database.transaction():
        done = await ideas.submit(person, campaign, typed.idea, now, typed.key or None)
        if done.fresh:
            await photos.attach(person.id, campaign.id, done.idea)
            await choices.keep_different(person.id, done.idea, different)
        if not done.differs:
            await discard(person.id, campaign.id)
            if done.fresh and typed.rest:
                following = Typed(text=typed.rest, office=typed.office, key=new_key())
                await keep(person.id, campaign.id, following)
    return done


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "ignore")).digest()
