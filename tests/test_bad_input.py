"""Nasty values in every place of every route: always an answer below 500, and nothing typed is run or lost.

The routes are taken from the app itself, so a new one is covered as soon as it is registered.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from ideas import database
from tests import factories

MARK = "<script>alert('x')</script>"
TEXTS = {
    "empty": "",
    "long": "я" * 30_000,
    "controls": "a\x00b\x1b[31m\u202e\ufeff\x7f",
    "sql": "'; DROP TABLE idea; -- \" \\ $1 %s {} ${}",
    "html": MARK + '"><img src=x onerror=alert(1)>',
    "number": "99999999999999999999999999",
    "negative": "-1",
    "float": "1e309",
    "surrogate": "\\ud800",
    "emoji": "👨‍👩‍👧‍👦" * 50,
    "template": "{{ 7*7 }} {% raw %} %(name)s",
    "list": "[1,2,3]",
}
# As a body of JSON: wrong types, too deep, too big numbers, and not JSON at all.
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "array": b"[1, 2]",
    "text": b'"text"',
    "cut": b'{"title": "x',
    "not utf-8": b'{"title": "\xff\xfe", "text": "\xc3\x28"}',
    "surrogate": b'{"title": "\\ud800", "text": "\\udfff"}',
    "deep": b"[" * 5000 + b"]" * 5000,
    "infinity": b'{"ids": [1e999], "ideas": [1e999]}',
    "big": b'{"ids": [99999999999999999999999], "ideas": [99999999999999999999999]}',
}
# Files, and what Litestar answers by itself.
LEFT_OUT = ("/static", "/metrics", "/api/schema")
FIELDS = (
    "campaign", "title", "text", "office", "email", "password", "name", "side", "comment", "verdict", "reason",
    "letter", "except", "ids", "ideas", "principles", "voted", "next", "q", "lang", "current", "new", "role", "blocked",
    "into", "state", "different", "shown", "cluster", "principle", "act", "step", "key", "rest", "addition",
    "photo",
)  # fmt: skip
QUERIES = (
    "campaign", "q", "principle", "office", "district", "status", "cluster", "theme", "sort", "after", "limit", "state",
    "text", "title", "next", "order", "lang", "format", "view", "page", "columns", "decision", "sent", "since",
)  # fmt: skip


@pytest.fixture
async def staff(campaign) -> factories.TestPerson:
    """An organiser, whom no guard keeps out, with something to look at."""
    person = await factories.person("admin")
    idea = await factories.idea(campaign, await factories.person(), MARK, "Текст " + MARK)
    cluster = await database.fetch_value(
        "INSERT INTO cluster (campaign, name, size, typical) VALUES ($1, $2, 1, $3) RETURNING id",
        campaign.id,
        MARK,
        idea,
    )
    await database.execute("UPDATE idea SET cluster = $1 WHERE id = $2", cluster, idea)
    return person


def routes(client: httpx.AsyncClient) -> list[tuple[str, str]]:
    """(method, path template) of every route but files and long-lived streams."""
    app: Any = client._transport.app  # type: ignore[attr-defined]
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and not str(route.path_format).startswith(LEFT_OUT):
                found += [
                    (m, str(route.path_format)) for m in handler.http_methods if m not in ("OPTIONS", "HEAD")
                ]
    assert len(found) > 30
    # These end or replace the very session that the checks are made with.
    ending = {("DELETE", "/api/token"), ("POST", "/sign-out")}
    return sorted(set(found) - ending)


def at(template: str, value: str) -> str:
    return re.sub(r"\{[^}]+\}", quote(value, safe=""), template)


async def checked(
    client: httpx.AsyncClient, method: str, url: str, case: str, **request: Any
) -> httpx.Response:
    """The answer, which must not be a failure of ours. A savepoint keeps one case's rows from the next."""
    try:
        async with database.transaction():
            answer = await client.request(method, url, **request)
            raise _Undo
    except _Undo:
        pass
    where = f"{case}: {method} {url[:200]}"
    assert answer.status_code < 500, f"{where}\n{answer.text[:500]}"
    # Neither JSON nor bytes are ever read as a page: every answer forbids guessing.
    kind = answer.headers.get("content-type", "")
    assert answer.headers["x-content-type-options"] == "nosniff", where
    assert MARK not in answer.text or "json" in kind or kind == "application/octet-stream", where
    if answer.status_code >= 400 and url.startswith("/api"):
        assert answer.headers["content-type"].startswith("application/problem+json"), where
        problem = answer.json()
        assert {"type", "title", "status", "detail"} <= set(problem), where
        assert problem["status"] == answer.status_code, where
    return answer


class _Undo(Exception):
    pass


ONE_BY_ONE = ("controls", "number", "list")
"""What is also put into one parameter at a time, so that no other one hides it."""


@pytest.mark.parametrize("case", TEXTS)
async def test_nasty_texts_in_addresses(client, staff, case):
    value = TEXTS[case][:2000]
    query = urlencode(dict.fromkeys(QUERIES, value))
    for method, path in routes(client):
        if "{" in path:
            await checked(client, method, at(path, value or "0"), case, headers=staff.bearer)
        if method == "GET":
            for name in QUERIES if case in ONE_BY_ONE else ():
                url = f"{at(path, '1')}?{urlencode({name: value[:300]})}"
                if path.startswith(
                    ("/api/ideas", "/ideas", "/api/clusters", "/clusters", "/api/export", "/planning")
                ):
                    await checked(client, method, url, case, headers=staff.bearer)
            await checked(client, method, f"{at(path, '1')}?{query[:6000]}", case, headers=staff.bearer)


@pytest.mark.parametrize("case", BODIES)
async def test_bodies_that_are_not_what_was_asked_for(client, staff, case):
    headers = {**staff.bearer, "content-type": "application/json"}
    for method, path in routes(client):
        if method != "GET" and path.startswith("/api"):
            answer = await checked(client, method, at(path, "1"), case, content=BODIES[case], headers=headers)
            if path in ("/api/ideas", "/api/token", "/api/account") and method == "POST":
                assert answer.status_code in (400, 413, 422), (case, path, answer.text)


@pytest.mark.parametrize("case", TEXTS)
async def test_nasty_texts_in_fields_of_programs(client, staff, case):
    value = TEXTS[case]
    for method, path in routes(client):
        if method == "GET" or not path.startswith("/api"):
            continue
        for body in (
            dict.fromkeys(FIELDS, value),
            {name: [value] for name in FIELDS},
            {name: {"a": value} for name in FIELDS},
        ):
            await checked(client, method, at(path, "1"), case, json=body, headers=staff.bearer)


@pytest.mark.parametrize("case", TEXTS)
async def test_nasty_texts_in_forms(client, campaign, staff, browser_as, case):
    token = await browser_as(staff)
    # Longer than any field may be; the whole form is within what is read at all.
    value = TEXTS[case][:4500]
    for method, path in routes(client):
        if method != "POST" or path.startswith("/api"):
            continue
        form = {**dict.fromkeys(FIELDS, value), "_csrf_token": token}
        await checked(client, method, at(path, "1"), case, data=form)
        await checked(client, method, at(path, "1"), case, data={**form, "campaign": campaign.slug})
        raw = b"_csrf_token=" + token.encode() + b"&title=%FF%FE&text=%C3%28&title=two&email=%00"
        headers = {"content-type": "application/x-www-form-urlencoded"}
        await checked(client, method, at(path, "1"), case, content=raw, headers=headers)


async def test_bodies_beyond_the_limit(client, staff, browser_as):
    big = b'{"campaign": "x", "title": "' + b"a" * 10_000_000 + b'"}'
    headers = {**staff.bearer, "content-type": "application/json"}
    answer = await client.post("/api/ideas", content=big, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["status"] == 413
    token = await browser_as(staff)
    form = b"_csrf_token=" + token.encode() + b"&title=" + b"a" * 10_000_000
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post("/ideas/new", content=form, headers=headers)).status_code == 413


async def test_other_methods_and_kinds_of_content(client, staff):
    assert (await client.patch("/api/ideas", headers=staff.bearer)).status_code == 405
    assert (await client.delete("/ideas")).status_code in (403, 405)
    answer = await client.post(
        "/api/ideas", content=b"<a/>", headers={**staff.bearer, "content-type": "text/xml"}
    )
    assert answer.status_code in (400, 415)
    assert (await client.get("/api/no-such")).status_code == 404
    assert "<h1" in (await client.get("/no-such")).text


async def test_the_tables_are_still_there(client, campaign, staff):
    sql = TEXTS["sql"]
    body = {"campaign": campaign.slug, "title": sql, "text": sql}
    answer = await client.post("/api/ideas", json=body, headers=staff.bearer)
    assert answer.status_code == 201
    assert answer.json()["title"] == sql
    assert (await client.get("/api/ideas", params={"q": sql})).status_code == 200
