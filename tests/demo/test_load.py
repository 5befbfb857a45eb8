"""The demo campaign in the database."""

from __future__ import annotations

import pytest

from ideas.account import actions as accounts
from ideas.campaign import queries as campaigns
from ideas.demo.accounts import ACCOUNTS, PASSWORD, email
from ideas.demo.load import SLUG, load
from ideas.transfer.recount import recount


@pytest.fixture
async def loaded(database):
    return await load()


async def test_it_fills_an_empty_database_and_a_second_time_adds_nothing(loaded, database):
    from ideas import database as db

    assert loaded.added
    assert loaded.ideas >= 920
    assert 10_000 <= loaded.votes <= 20_000
    assert loaded.people == 2000
    assert loaded.comments > 100
    assert loaded.clusters > 50
    assert loaded.decisions >= 8

    tables = (
        "idea",
        "vote",
        "comment",
        "account",
        "ledger",
        "cluster",
        "decision",
        "notice",
        "office",
        "stage",
    )
    counts = " UNION ALL ".join(f"SELECT '{t}' AS t, count(*) FROM {t}" for t in tables)
    before = [tuple(r) for r in await db.fetch(counts)]
    again = await load()
    assert not again.added
    assert [tuple(r) for r in await db.fetch(counts)] == before

    # Every counter is what the rows say, and the ledger knows every vote.
    assert (await recount()).wrong == {}

    for role, _ in ACCOUNTS:
        account = await accounts.sign_in(email(role), PASSWORD)
        assert await db.fetch_value("SELECT role FROM account WHERE id = $1", account) == role

    campaigns.forget_campaigns()
    campaign = await campaigns.campaign(SLUG)
    assert len(campaign.offices) == 96
    assert len(campaign.principles) == 8
    assert all({"ru", "en"} <= set(texts) for texts in (campaign.title, campaign.summary))
    assert all({"ru", "en"} <= set(p.name) & set(p.description) and p.keywords for p in campaign.principles)

    # Decisions reached the authors, and each idea that was decided on belongs to the group that it was meant for.
    told = await db.fetch_value("SELECT count(*) FROM notice WHERE kind = 'decision'")
    ruled = await db.fetch_value(
        "SELECT count(DISTINCT (r.decision, i.author)) FROM ruling r JOIN idea i ON i.id = r.idea"
    )
    assert told == ruled > loaded.decisions
    assert await db.fetch_value("SELECT count(*) FROM account WHERE email IS NOT NULL") == 4
