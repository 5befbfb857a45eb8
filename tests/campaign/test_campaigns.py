"""Campaigns over HTTP, and the rules of stages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas.campaign import rules
from ideas.errors import StageClosed
from tests import factories

START = datetime(2014, 6, 5, tzinfo=UTC)


def stage(number: int, first_day: int, days: int, **opens: bool) -> rules.Stage:
    flags = {kind: opens.get(kind, False) for kind in rules.KINDS}
    begins = START + timedelta(days=first_day)
    return rules.Stage(number, {}, {}, begins, begins + timedelta(days=days), **flags)


stages = st.lists(
    st.builds(
        stage,
        st.integers(1, 9),
        st.integers(0, 60),
        st.integers(1, 30),
        submit=st.booleans(),
        comment=st.booleans(),
        vote=st.booleans(),
    ),
    max_size=6,
)
moments = st.integers(-5, 100).map(lambda day: START + timedelta(days=day))


@given(stages, moments, st.sampled_from(rules.KINDS))
def test_open_means_that_a_running_stage_says_so(found, now, kind):
    expected = any(s.opens <= now < s.closes and getattr(s, kind) for s in found)
    assert rules.is_open(found, kind, now) == expected
    if expected:
        rules.require_open(found, kind, now)
    else:
        with pytest.raises(StageClosed):
            rules.require_open(found, kind, now)


@given(stages, moments)
def test_the_running_and_the_next_stage_do_not_overlap(found, now):
    running, coming = rules.stage_at(found, now), rules.next_stage(found, now)
    assert running is None or running.opens <= now < running.closes
    assert coming is None or coming.opens > now
    if running:
        assert rules.days_left(running, now) >= 1


async def test_campaigns_are_listed_with_their_stage_and_data(client, campaign):
    listed = (await client.get("/api/campaigns")).json()["items"]
    assert campaign.slug in [c["slug"] for c in listed]
    one = (await client.get(f"/api/campaigns/{campaign.slug}")).json()
    assert one["stage"]["id"] == campaign.stage
    assert [p["slug"] for p in one["principles"]] == ["time", "access"]
    assert [o["slug"] for o in one["offices"]] == ["arbat"]
    assert (await client.get("/api/campaigns/none")).status_code == 404


async def test_several_campaigns_run_side_by_side(client, citizen):
    one, two = await factories.campaign(), await factories.campaign()
    for where, title in ((one, "Первая идея"), (two, "Вторая идея")):
        answer = await client.post(
            "/api/ideas",
            json={"campaign": where.slug, "title": title, "text": "Достаточно длинный текст идеи."},
            headers=citizen.bearer,
        )
        assert answer.status_code == 201, answer.text
    items = (await client.get("/api/ideas", params={"campaign": two.slug})).json()["items"]
    assert [i["title"] for i in items] == ["Вторая идея"]


@pytest.mark.parametrize("lang", ["ru", "en"])
async def test_the_language_is_the_chosen_one_else_the_browsers(client, lang):
    client.headers["accept-language"] = f"{lang};q=0.9"
    assert f'<html class="govuk-template" lang="{lang}">' in (await client.get("/help")).text
    other = "en" if lang == "ru" else "ru"
    client.cookies.set("language", other)
    assert f'lang="{other}">' in (await client.get("/help")).text


async def test_no_answer_goes_without_the_security_headers(client):
    for path in ("/", "/help", "/api/campaigns", "/nothing", "/health"):
        answer = await client.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
