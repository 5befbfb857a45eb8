"""Totals summed over a packed campaign are those that PostgreSQL counts from the rows, whatever the filters."""

from __future__ import annotations

from random import Random

import pytest

from ideas import database
from ideas.campaign import queries as campaign_queries
from ideas.idea.filters import Asked
from ideas.idea.rules import STATUSES
from ideas.ranking import actions, queries, search, totals
from ideas.ranking.rules import KINDS
from tests import factories

WORDS = ("кулер", "талон", "скамейка")
_FILL = [
    "SELECT setseed({luck})",
    """INSERT INTO account (email, name, password) SELECT 'r' || n || '@random', 'Кто-то', '' FROM
        generate_series(1, 9) n""",
    """INSERT INTO district (campaign, slug, name) SELECT {c}, 'd' || n, '{"ru": "Район"}' FROM
        generate_series(1, 3) n""",
    """INSERT INTO office (campaign, district, slug, name) SELECT {c}, id, 'o' || id, '{"ru": "Центр"}' FROM district
        WHERE campaign = {c} AND slug LIKE 'd%'""",
    """INSERT INTO theme (campaign, name, retired) SELECT {c}, 'Тема ' || n, CASE WHEN n = 3 THEN now() END FROM
        generate_series(1, 3) n""",
    """INSERT INTO cluster (campaign, name, size, state, retired) SELECT {c}, 'Группа ' || n, n % 4,
        (ARRAY['open', 'accepted', 'declined', 'forwarded'])[1 + (random() * 3)::int],
        CASE WHEN n = 7 THEN now() END FROM generate_series(1, 9) n""",
    """INSERT INTO idea (campaign, author, title, text, district, office, cluster, theme, status, hidden,
            imported_votes)
        SELECT {c}, (SELECT id FROM account WHERE email LIKE '%@random' ORDER BY random() + n LIMIT 1),
            (ARRAY['Кулер', 'Талон', 'Скамейка'])[1 + (random() * 2)::int] || ' ' || n, 'Поставьте, пожалуйста',
            (SELECT id FROM district WHERE campaign = {c} AND random() + n * 0 < 0.6 LIMIT 1),
            (SELECT id FROM office WHERE campaign = {c} AND random() + n * 0 < 0.6 LIMIT 1),
            (SELECT id FROM cluster WHERE campaign = {c} AND random() + n * 0 < 0.2 LIMIT 1),
            (SELECT id FROM theme WHERE campaign = {c} AND random() + n * 0 < 0.4 LIMIT 1),
            (ARRAY['submitted', 'accepted', 'declined'])[1 + (random() * 2)::int],
            CASE WHEN random() < 0.1 THEN now() END, (random() * 3)::int FROM generate_series(1, 60) n""",
    """INSERT INTO tag (idea, principle, source, probability) SELECT i.id, p.id, 'model', 0.8 FROM idea i
        JOIN principle p ON p.campaign = {c} AND random() < 0.5 WHERE i.campaign = {c}""",
    """INSERT INTO vote (idea, account, value) SELECT i.id, a.id, CASE WHEN random() < 0.2 THEN -1 ELSE 1 END
        FROM idea i, account a WHERE i.campaign = {c} AND a.email LIKE '%@random' AND random() < 0.15""",
    """UPDATE idea SET votes = (SELECT count(*) FROM vote WHERE idea = idea.id AND value = 1) WHERE campaign = {c}""",
    """INSERT INTO wave_idea (idea, campaign, wave) SELECT id, {c}, (SELECT min(id) FROM idea WHERE campaign = {c})
        FROM idea WHERE campaign = {c} AND hidden IS NULL AND random() < 0.2""",
]


async def fill(campaign: factories.TestCampaign, luck: Random) -> dict[str, list[str]]:
    """Ideas with everything at random, hidden, retired and copied ones among them: the values of every filter."""
    for statement in _FILL:
        filled = statement.replace("{luck}", str(luck.random())).replace("{c}", str(campaign.id))
        await database.execute(filled)
    campaign_queries.forget_campaigns()

    async def known(column: str, table: str) -> list[str]:
        rows = await database.fetch(f"SELECT {column} AS it FROM {table} WHERE campaign = $1", campaign.id)
        return [str(row["it"]) for row in rows]

    return {
        "principle": ["time", "access"],
        "district": await known("slug", "district"),
        "office": await known("slug", "office"),
        "cluster": await known("id", "cluster"),
        "theme": await known("id", "theme"),
        "status": list(STATUSES),
        "q": [*WORDS, "поставьте", "нигде"],
    }


async def differing(campaign: factories.TestCampaign, values: dict[str, list[str]], luck: Random) -> int:
    """Compare totals of sixty combinations of filters; in how many of them anything was left."""
    known = await queries.numbers(campaign.id)
    assert known is not None
    left = 0
    for _ in range(60):
        names = luck.sample(sorted(values), luck.choice([0, 1, 1, 2, 2, 3]))
        given = {name: luck.choice(values[name]) for name in names}
        kind, state = luck.choice(KINDS), luck.choice(["", *search.STATES])
        found = await search.search(Asked(campaign=campaign.slug, **given), kind, "", state, 1)
        summed = await totals.totals(found, known)
        if found.narrowed:
            assert summed == await totals.plain(found), (kind, state, given)
        left += summed.ideas > 0
    return left


@pytest.mark.parametrize("seed", range(4))
async def test_totals_agree_with_a_plain_count(campaign, seed):
    luck = Random(seed)
    values = await fill(campaign, luck)
    await actions.refresh(campaign.id, always=True)
    assert await database.fetch_value(
        "SELECT octet_length(content) FROM counted WHERE campaign = $1 AND kind = 'packed'", campaign.id
    )
    assert await differing(campaign, values, luck) > 20


async def test_totals_are_of_the_time_of_the_other_numbers(campaign, citizen):
    """What has changed since is not counted yet; what filters look at makes the numbers be made anew."""
    idea = await factories.idea(campaign, citizen)
    await actions.refresh(campaign.id, always=True)

    async def accepted() -> int:
        known = await queries.numbers(campaign.id)
        assert known is not None
        found = await search.search(Asked(campaign=campaign.slug, status="accepted"), "idea", "", "", 1)
        return (await totals.totals(found, known)).ideas

    await database.execute("UPDATE idea SET status = 'accepted' WHERE id = $1", idea)
    assert await accepted() == 0
    assert await actions.refresh(campaign.id) is True
    assert await accepted() == 1
    await database.execute("UPDATE tag SET principle = principle WHERE idea = $1", idea)
    assert await actions.refresh(campaign.id) is False
    for change in (
        "INSERT INTO tag (idea, principle, source) SELECT $1, min(id), 'model' FROM principle",
        "UPDATE tag SET principle = (SELECT max(id) FROM principle) WHERE idea = $1",
        "UPDATE idea SET theme = (SELECT min(id) FROM theme) WHERE id = $1",
    ):
        if "theme" in change:
            await database.execute("INSERT INTO theme (campaign, name) VALUES ($1, 'Тема')", campaign.id)
            await actions.refresh(campaign.id)
        await database.execute(change, idea)
        assert await actions.refresh(campaign.id) is True, change


async def test_a_campaign_without_ideas_and_one_never_packed(campaign, citizen):
    await actions.refresh(campaign.id, always=True)
    known = await queries.numbers(campaign.id)
    assert known is not None
    for kind in KINDS:
        found = await search.search(Asked(campaign=campaign.slug, principle="time"), kind, "", "", 1)
        assert (await totals.totals(found, known)).people == 0
    idea = await factories.idea(campaign, citizen)
    await database.execute(
        "INSERT INTO tag (idea, principle, source) SELECT $1, id, 'model' FROM principle WHERE slug = 'time'",
        idea,
    )
    await database.execute("DELETE FROM counted WHERE kind = 'packed'")
    found = await search.search(Asked(campaign=campaign.slug, principle="time"), "idea", "", "", 1)
    assert (await totals.totals(found, known)).people == 1
