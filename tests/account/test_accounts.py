"""Registering, signing in and out, tokens, passwords, blocking, limits: through HTTP."""

from __future__ import annotations

import httpx
import pytest

from ideas import database
from ideas.account import actions
from ideas.settings import Settings
from tests import factories

PASSWORD = "correct horse battery"


async def _register(client: httpx.AsyncClient, email: str = "anna@example.org") -> dict:
    answer = await client.post("/api/account", json={"email": email, "password": PASSWORD, "name": "Анна"})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _token(
    client: httpx.AsyncClient, email: str = "anna@example.org", password: str = PASSWORD
) -> httpx.Response:
    return await client.post("/api/token", json={"email": email, "password": password})


async def test_a_citizen_registers_and_gets_a_token(client):
    account = await _register(client, "Anna@Example.org")
    assert account["role"] == "citizen"
    assert account["email"] == "anna@example.org"
    answer = await _token(client, "ANNA@example.org")
    assert answer.status_code == 201
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert (await client.get("/api/account", headers=headers)).json()["name"] == "Анна"


async def test_secrets_are_hashed_at_rest(client):
    await _register(client)
    token = (await _token(client)).json()["token"]
    stored = await database.fetch_value("SELECT password FROM account WHERE email = 'anna@example.org'")
    assert stored.startswith("$argon2id$")
    rows = await database.fetch("SELECT hash FROM session")
    assert all(token.encode() not in row["hash"] for row in rows)


async def test_the_same_answer_for_an_unknown_address_and_a_wrong_password(client):
    await _register(client)
    wrong = await _token(client, password="not the password")
    unknown = await _token(client, email="nobody@example.org")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "x" * 250 + "@example.org"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"name": ""}, "name"),
        ({"name": "\x00\x01"}, "name"),
        ({"name": "я" * 81}, "name"),
    ],
)
async def test_what_is_wrong_with_a_registration_is_said_by_field(client, change, field):
    data = {"email": "anna@example.org", "password": PASSWORD, "name": "Анна"} | change
    answer = await client.post("/api/account", json=data)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert list(answer.json()["errors"]) == [field]


async def test_an_address_registers_once(client):
    await _register(client)
    answer = await client.post(
        "/api/account", json={"email": "ANNA@example.org", "password": PASSWORD, "name": "Другая"}
    )
    assert answer.status_code == 422
    assert "email" in answer.json()["errors"]


async def test_a_token_can_be_revoked(client):
    await _register(client)
    headers = {"Authorization": f"Bearer {(await _token(client)).json()['token']}"}
    assert (await client.delete("/api/token", headers=headers)).status_code == 204
    assert (await client.get("/api/account", headers=headers)).status_code == 401


async def test_an_expired_session_is_none(client, citizen):
    assert (await client.get("/api/account", headers=citizen.bearer)).status_code == 200
    await database.execute("UPDATE session SET expires = now() - interval '1 second'")
    actions.queries.forget_sessions()
    assert (await client.get("/api/account", headers=citizen.bearer)).status_code == 401


async def test_a_browsers_secret_is_no_token_and_the_other_way_round(client, citizen):
    assert (
        await client.get("/api/account", headers={"Authorization": f"Bearer {citizen.cookie}"})
    ).status_code == 401
    assert (await client.get("/api/account", cookies={"session": citizen.token})).status_code == 401


async def test_a_new_password_ends_every_session(client, browser_as):
    await _register(client)
    headers = {"Authorization": f"Bearer {(await _token(client)).json()['token']}"}
    form = {"email": "anna@example.org", "password": PASSWORD, "next": "/account"}
    await client.get("/sign-in")
    form["_csrf_token"] = client.cookies["csrf"]
    answer = await client.post("/sign-in", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/account"
    new = {"current": PASSWORD, "new": "another good phrase", "_csrf_token": client.cookies["csrf"]}
    refused = await client.post("/account/password", data=new | {"current": "wrong password"})
    assert refused.status_code == 422
    assert (await client.post("/account/password", data=new)).status_code == 303
    assert (await client.get("/api/account", headers=headers)).status_code == 401
    assert (await client.get("/account")).status_code == 303
    assert (await _token(client)).status_code == 422
    assert (await _token(client, password="another good phrase")).status_code == 201


async def test_a_block_ends_every_session_and_lets_nobody_in(client, admin, browser_as):
    account = await _register(client)
    headers = {"Authorization": f"Bearer {(await _token(client)).json()['token']}"}
    await browser_as(admin)
    answer = await client.post(f"/people/{account['id']}/block", data={"blocked": "yes"})
    assert answer.status_code == 303
    client.cookies.clear()
    assert (await client.get("/api/account", headers=headers)).status_code == 401
    assert (await _token(client)).status_code == 422


async def test_a_form_without_its_token_is_refused(client, citizen):
    client.cookies.set("session", citizen.cookie)
    assert (await client.post("/account/tokens", data={"name": "x"})).status_code == 403
    assert (await client.post("/api/ideas", json={})).status_code == 403
    assert (await client.post("/sign-in", data={"email": "a", "password": "b"})).status_code == 403


async def test_signing_in_never_leads_to_another_site(client):
    await _register(client)
    await client.get("/sign-in")
    form = {"email": "anna@example.org", "password": PASSWORD, "_csrf_token": client.cookies["csrf"]}
    for address in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        client.cookies.delete("session")
        answer = await client.post("/sign-in", data=form | {"next": address})
        assert answer.headers["location"] == "/", address


class TestLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(secret="a secret for tests only", rate_limits=True)

    async def test_tries_to_sign_in_are_limited(self, client, monkeypatch):
        async def never(*_: object) -> bool:
            return False

        monkeypatch.setattr(actions, "verify", never)
        answers = [await _token(client) for _ in range(11)]
        assert [a.status_code for a in answers] == [422] * 10 + [429]
        assert int(answers[-1].headers["retry-after"]) > 0

    async def test_another_account_is_not_locked_out_by_tries_for_one(self, client, monkeypatch):
        async def never(*_: object) -> bool:
            return False

        monkeypatch.setattr(actions, "verify", never)
        for _ in range(11):
            await _token(client)
        assert (await _token(client, email="other@example.org")).status_code == 422

    async def test_a_window_ends(self, client):
        for _ in range(3):
            await actions.limit("key", 3, 60)
        with pytest.raises(actions.TooManyRequests):
            await actions.limit("key", 3, 60)
        await database.execute("UPDATE rate_limit SET resets = now() - interval '1 second'")
        await actions.limit("key", 3, 60)


ROUTES = [
    ("GET", "/people", {"admin"}),
    ("GET", "/moderation", {"moderator", "planner", "admin"}),
    ("GET", "/planning", {"planner", "admin"}),
    ("GET", "/api/clusters?campaign=x", {"moderator", "planner", "admin"}),
    ("GET", "/api/export/ideas.csv?campaign=x", {"planner", "admin"}),
    ("POST", "/api/clusters/1/decision", {"moderator", "admin"}),
    ("POST", "/api/clusters/merge", {"moderator", "admin"}),
    ("POST", "/api/decisions/1/undo", {"moderator", "admin"}),
    ("PUT", "/api/ideas/1/tags", {"moderator", "admin"}),
    ("PUT", "/api/ideas/1/vote", {"citizen", "moderator", "planner", "admin"}),
    ("GET", "/account", {"citizen", "moderator", "planner", "admin"}),
]


@pytest.mark.parametrize(("method", "path", "allowed"), ROUTES)
async def test_who_may_call_what(client, method, path, allowed):
    for role in ("citizen", "moderator", "planner", "admin"):
        person = await factories.person(role)
        answer = await client.request(
            method, path, headers=person.bearer, json={} if method != "GET" else None
        )
        assert (answer.status_code != 403) == (role in allowed), f"{role}: {answer.status_code}"
        assert answer.status_code != 401
    answer = await client.request(method, path, json={} if method != "GET" else None)
    assert answer.status_code in (401, 303, 403)
    if path.startswith("/api"):
        assert answer.status_code == 401
