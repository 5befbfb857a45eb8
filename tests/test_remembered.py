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


async def test_many_odd_questions_do_not_drive_out_what_is_kept_for_long():
    long = Counter()
    assert await remembered.shared("long", long, 600) == 1
    for n in range(2 * remembered.MOST):
        remembered._known[("odd", n)] = (n, n)
        if len(remembered._known) >= remembered.MOST:
            await remembered.shared(("last", n), Counter(), 1)
    assert len(remembered._known) <= remembered.MOST
    assert await remembered.shared("long", long, 600) == 1


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


async def test_the_newest_is_shared_by_those_who_ask_together():
    make = Counter()
    first = asyncio.create_task(remembered.fresh("a", make))
    await asyncio.sleep(0.005)
    later = [asyncio.create_task(remembered.fresh("a", make)) for _ in range(20)]
    assert await first == 1
    assert set(await asyncio.gather(*later)) == {2}, "what began before they asked is not theirs"
    assert await remembered.fresh("a", make) == 3
    assert remembered._running == remembered._waiting == {}


async def test_a_failure_of_one_run_is_not_the_next_ones():
    async def fail() -> int:
        await asyncio.sleep(0.01)
        raise ValueError("no")

    failing = asyncio.create_task(remembered.fresh("a", fail))
    await asyncio.sleep(0.005)
    assert await remembered.fresh("a", Counter()) == 1
    with pytest.raises(ValueError):
        await failing


async def test_people_see_their_own_votes_and_what_they_have_just_written(scratch_pool, settings):
    import httpx

    from ideas.account import queries as account_queries
    from ideas.app import create_app
    from ideas.campaign import queries as campaign_queries
    from tests import factories

    account_queries.forget_sessions()
    campaign_queries.forget_campaigns()
    campaign = await factories.campaign()
    author, voter, other = [await factories.person() for _ in range(3)]
    first = await factories.idea(campaign, author, 'О "voted":false в заголовке')
    second = await factories.idea(campaign, author, "Вторая")
    transport = httpx.ASGITransport(app=create_app(settings, pool=False))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def listed(person: factories.TestPerson) -> dict[int, tuple[bool, int]]:
            answer = await client.get("/api/ideas", params={"campaign": campaign.slug}, headers=person.bearer)
            assert answer.status_code == 200
            return {i["id"]: (i["voted"], i["votes"]) for i in answer.json()["items"]}

        for votes, support in enumerate((True, True), 1):
            person = (voter, other)[votes - 1]
            await client.put(f"/api/ideas/{first}/vote", headers=person.bearer)
            theirs, strangers = await asyncio.gather(listed(person), listed(author))
            assert theirs == {first: (support, votes), second: (False, 0)}
            assert strangers == {first: (False, votes), second: (False, 0)}
        await client.delete(f"/api/ideas/{first}/vote", headers=voter.bearer)
        assert (await listed(voter))[first] == (False, 1)
        page = await asyncio.gather(*(listed(p) for p in (voter, other, author) for _ in range(10)))
        assert [p[first][0] for p in page] == [False] * 10 + [True] * 10 + [False] * 10
    campaign_queries.forget_campaigns()
