"""The page for moderators on how the program groups and tags: what it says is what was measured, and one finds it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ideas import database
from ideas.front.figures import FIGURES
from tests import factories

ROOT = Path(__file__).parents[2]
LINK = 'href="/help/grouping"'


def measured() -> dict[tuple[str, str], str]:
    """(what, on) of every row of the table in docs/grouping.md, with its value as written there."""
    text = (ROOT / "docs" / "grouping.md").read_text(encoding="utf-8")
    table = text.split("## What is measured")[1].split("\n### ")[0]
    rows = [[c.strip() for c in line.split("|")[1:4]] for line in table.splitlines() if line.startswith("| ")]
    return {(what, on): value for what, on, value in rows}


@pytest.mark.parametrize("name", list(FIGURES))
def test_figures_are_those_of_the_documentation(name):
    figure = FIGURES[name]
    written = measured()[figure.what, figure.on]
    assert float(written) == figure.value


@pytest.mark.parametrize(
    ("lang", "title"),
    [("ru", "Как программа группирует идеи и ставит метки"), ("en", "How the program groups and tags")],
)
async def test_the_page_tells_figures_and_every_section(client, database, lang, title):
    text = (await client.get("/help/grouping", headers={"accept-language": lang})).text
    assert f"<h1>{title}</h1>" in text
    for target in re.findall(r'<a href="#(\w+)"', text):
        assert f'<h2 id="{target}"' in text
    shown = [re.sub(r"\D", "", cell) for cell in re.findall(r'<td class="number">([^<]*)%</td>', text)]
    assert shown == [str(round(100 * figure.value)) for figure in FIGURES.values()]


async def test_no_english_is_left_in_russian(client, database):
    text = (await client.get("/help/grouping", headers={"accept-language": "ru"})).text
    body = re.sub(r"<[^>]+>", " ", text.split("<h1>")[1].split("</main>")[0])
    assert set(re.findall(r"[A-Za-z]{2,}", body)) == set()


async def test_it_is_found_where_moderators_work(client, campaign, citizen, moderator, browser_as):
    ideas = [await factories.idea(campaign, citizen, f"Скамейка {n}") for n in range(2)]
    cluster = await database.fetch_value(
        "INSERT INTO cluster (campaign, name, size) VALUES ($1, 'Скамейки', 2) RETURNING id", campaign.id
    )
    await database.execute("UPDATE idea SET cluster = $1 WHERE id = ANY($2::bigint[])", cluster, ideas)
    for address in ("/help", f"/clusters/{cluster}"):
        assert LINK in (await client.get(address)).text, address
    await browser_as(moderator)
    for address in ("/moderation", f"/moderation/clusters/{cluster}"):
        assert LINK in (await client.get(address)).text, address
    assert LINK not in (await client.get("/rules")).text
