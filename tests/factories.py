"""Rows that tests start from. Passwords are not hashed here: hashing is what makes such tests slow."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import msgspec

from ideas import database
from ideas.account import actions
from ideas.account.rules import Person

_numbers = itertools.count(1)

PRINCIPLES = [
    ("time", "Беречь время клиента", "Save the client's time"),
    ("access", "Доступность", "Accessibility"),
]


class TestPerson(msgspec.Struct):
    __test__ = False

    id: int
    email: str
    cookie: str
    token: str
    role: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def person(self) -> Person:
        return Person(self.id, self.email.split("@")[0], self.role, self.email)


class TestCampaign(msgspec.Struct):
    __test__ = False

    id: int
    slug: str
    stage: int
    office: str
    district: str


async def person(role: str = "citizen", name: str | None = None) -> TestPerson:
    """A person with an open browser session and a token."""
    n = next(_numbers)
    email = f"{role}{n}@example.org"
    id = await database.fetch_value(
        "INSERT INTO account (email, name, role, password) VALUES ($1, $2, $3, 'not a hash') RETURNING id",
        email,
        name or f"{role.title()} {n}",
        role,
    )
    cookie, _ = await actions.open_session(id)
    token, _ = await actions.open_session(id, "token")
    return TestPerson(id, email, cookie, token, role)


async def campaign(
    slug: str | None = None, *, submit: bool = True, comment: bool = True, vote: bool = True
) -> TestCampaign:
    """A campaign with one running stage, two principles, a district and an office."""
    slug = slug or f"campaign-{next(_numbers)}"
    text = database.to_json
    id = await database.fetch_value(
        "INSERT INTO campaign (slug, title, summary) VALUES ($1, $2, $3) RETURNING id",
        slug,
        text({"ru": "Проба", "en": "Trial"}),
        text({"ru": "Для проверки", "en": "For a check"}),
    )
    now = datetime.now(UTC)
    stage = await database.fetch_value(
        """INSERT INTO stage (campaign, title, opens, closes, submit, comment, vote)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id""",
        id, text({"ru": "Этап", "en": "Stage"}), now - timedelta(days=1), now + timedelta(days=20),
        submit, comment, vote,
    )  # fmt: skip
    for position, (principle, ru, en) in enumerate(PRINCIPLES):
        await database.execute(
            "INSERT INTO principle (campaign, slug, name, position) VALUES ($1, $2, $3, $4)",
            id, principle, text({"ru": ru, "en": en}), position,
        )  # fmt: skip
    district = await database.fetch_value(
        "INSERT INTO district (campaign, slug, name) VALUES ($1, 'arbat', $2) RETURNING id",
        id,
        text({"ru": "Арбат", "en": "Arbat"}),
    )
    await database.execute(
        "INSERT INTO office (campaign, district, slug, name) VALUES ($1, $2, 'arbat', $3)",
        id,
        district,
        text({"ru": "Центр госуслуг «Арбат»", "en": "Arbat service centre"}),
    )
    return TestCampaign(id, slug, stage, "arbat", "arbat")


async def idea(
    campaign: TestCampaign,
    author: TestPerson,
    title: str = "Электронная очередь",
    text: str = "Пусть талон придёт на телефон",
) -> int:
    """An idea's id."""
    return await database.fetch_value(
        "INSERT INTO idea (campaign, author, title, text) VALUES ($1, $2, $3, $4) RETURNING id",
        campaign.id,
        author.id,
        title,
        text,
    )
