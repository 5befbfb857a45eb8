"""Fixtures for everybody: the app on a real database, in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from ideas import app as app_module
from ideas.account import queries as account_queries
from ideas.campaign import queries as campaign_queries
from ideas.settings import Settings
from tests import factories

pytest_plugins = ["tests.database"]


@pytest.fixture
def settings() -> Settings:
    return Settings(secret="a secret for tests only", rate_limits=False)


@pytest.fixture(scope="session")
def _apps() -> dict[Settings, Any]:
    return {}


@pytest.fixture
async def client(
    database: None, settings: Settings, _apps: dict[Settings, Any]
) -> AsyncIterator[httpx.AsyncClient]:
    """An anonymous client of the app, in this test's transaction."""
    account_queries.forget_sessions()
    campaign_queries.forget_campaigns()
    if settings not in _apps:
        _apps[settings] = app_module.create_app(settings, pool=False)
    transport = httpx.ASGITransport(app=_apps[settings])
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"accept-language": "en"}
    ) as c:
        yield c


@pytest.fixture
async def campaign(database: None) -> factories.TestCampaign:
    """A campaign in which everything is open."""
    return await factories.campaign()


@pytest.fixture
async def citizen(database: None) -> factories.TestPerson:
    return await factories.person("citizen")


@pytest.fixture
async def moderator(database: None) -> factories.TestPerson:
    return await factories.person("moderator")


@pytest.fixture
async def planner(database: None) -> factories.TestPerson:
    return await factories.person("planner")


@pytest.fixture
async def admin(database: None) -> factories.TestPerson:
    return await factories.person("admin")


@pytest.fixture
def browser_as(client: httpx.AsyncClient) -> Callable[[factories.TestPerson], Any]:
    """Turns the client into a signed-in browser: session cookie, CSRF cookie and token."""

    async def sign_in(person: factories.TestPerson) -> str:
        client.cookies.set("session", person.cookie)
        answer = await client.get("/sign-in")
        assert answer.status_code in (200, 303)
        token = client.cookies.get("csrf")
        assert token
        client.headers["x-csrftoken"] = token
        return token

    return sign_in
