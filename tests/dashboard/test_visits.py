"""Visits are counted without knowing anybody."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ideas import database, visits

BROWSER = {b"user-agent": b"Mozilla/5.0 Firefox/130", b"host": b"ideas.example"}
FETCH = {b"sec-fetch-mode": b"navigate"}


@pytest.mark.parametrize(
    ("headers", "counted"),
    [
        ({**BROWSER, **FETCH, b"sec-fetch-site": b"none"}, True),
        ({**BROWSER, **FETCH, b"sec-fetch-site": b"cross-site"}, True),
        ({**BROWSER, **FETCH, b"sec-fetch-site": b"same-origin"}, False),
        ({**BROWSER, b"sec-fetch-mode": b"cors", b"sec-fetch-site": b"none"}, False),
        ({**BROWSER, **FETCH, b"sec-fetch-site": b"none", b"sec-purpose": b"prefetch"}, False),
        ({**BROWSER, **FETCH, b"sec-fetch-site": b"none", b"hx-request": b"true"}, False),
        (BROWSER, True),
        ({**BROWSER, b"referer": b"https://elsewhere.example/x"}, True),
        ({**BROWSER, b"referer": b"https://ideas.example/ideas"}, False),
        ({b"user-agent": b"Mozilla/5.0 (compatible; Googlebot/2.1)"}, False),
        ({b"user-agent": b"curl/8"}, False),
        ({}, False),
    ],
)
def test_what_is_a_visit(headers, counted):
    assert visits.is_visit(headers) is counted


async def test_visits_of_a_day_add_up(client):
    day = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    await visits.write(day)
    browser = {"user-agent": "Mozilla/5.0", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}
    for path, expected in (("/help", 200), ("/nothing-here", 404), ("/api/campaigns", 200)):
        assert (await client.get(path, headers=browser)).status_code == expected
    await visits.write(day)
    await client.get("/help", headers=browser)
    await visits.write(day)
    rows = await database.fetch("SELECT day, visits FROM visit")
    # Half past ten in the evening in UTC is tomorrow in the city.
    assert [(r["day"], r["visits"]) for r in rows] == [(date(2026, 11, 23), 2)]
