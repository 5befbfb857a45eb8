"""Answers that are shared for a moment: made once for all who wait, never kept inside a transaction."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from ideas import remembered


@pytest.fixture(autouse=True)
def _empty():
    remembered.forget()
    yield
    remembered.forget()


class Counter:
    def __init__(self) -> None:
        self.made = 0

    async def __call__(self) -> int:
        self.made += 1
        await asyncio.sleep(0.01)
        return self.made


async def test_one_answer_for_all_who_wait():
    make = Counter()
    assert set(await asyncio.gather(*(remembered.shared("a", make) for _ in range(20)))) == {1}
    assert await remembered.shared("a", make) == 1
    assert await remembered.shared("b", make) == 2


async def test_an_old_answer_is_given_while_a_new_one_is_made(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(remembered, "time", SimpleNamespace(monotonic=lambda: now))
    make = Counter()
    assert await remembered.shared("a", make, 2) == 1
    now += 3
    assert await remembered.shared("a", make, 2) == 1, "old, and a new one is being made"
    for task in list(remembered._making.values()):
        await task
    assert await remembered.shared("a", make, 2) == 2
    now += 5
    assert await remembered.shared("a", make, 2) == 3, "too old to be given"


async def test_a_failure_is_told_and_not_kept():
    async def fail() -> int:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError):
            await remembered.shared("a", fail)
    assert await remembered.shared("a", Counter()) == 1


async def test_nothing_is_kept_in_a_transaction(database):
    make = Counter()
    assert [await remembered.shared("a", make) for _ in range(2)] == [1, 2]


async def test_strangers_share_a_page_but_not_its_token(scratch_pool, settings):
    import httpx

    from ideas.account import queries as account_queries
    from ideas.app import create_app
    from ideas.campaign import queries as campaign_queries
    from tests import factories

    account_queries.forget_sessions()
    campaign_queries.forget_campaigns()
    campaign = await factories.campaign()
    author, reader = await factories.person(), await factories.person()
    await factories.idea(campaign, author, "Первая")
    app: Any = create_app(settings, pool=False)
    transport = httpx.ASGITransport(app=app)

    async def get(cookies: dict[str, str] | None = None) -> str:
        async with httpx.AsyncClient(transport=transport, base_url="http://test", cookies=cookies) as client:
            answer = await client.get("/ideas", params={"campaign": campaign.slug})
            assert answer.status_code == 200
            token = client.cookies["csrf"]
            assert f'name="csrf-token" content="{token}"' in answer.text
            return answer.text.replace(token, "")

    assert await get() == await get()
    await factories.idea(campaign, author, "Вторая")
    assert "Вторая" not in await get()
    signed_in = await get({"session": reader.cookie})
    assert "Вторая" in signed_in
    assert reader.email.split("@")[0] not in await get()
    assert "/sign-out" in signed_in
    assert "/sign-out" not in await get()
    campaign_queries.forget_campaigns()
