"""Searching: slips are read as what was meant, meaning joins words, what matched is marked, pages are keyset pages."""

from __future__ import annotations

import html
import re

import pytest

from ideas import database
from ideas.idea import search, similar, spelling
from ideas.idea.filters import Filters
from ideas.idea.queries import Similar
from tests import factories

KNOWN = spelling.vocabulary(
    [("очеред", 40), ("талон", 20), ("парковк", 9), ("электрон", 3), ("очк", 2), ("2014", 5)]
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("очеред", "очеред"),
        ("очерд", "очеред"),
        ("очеердь"[:6], "очеред"),
        ("паркокв", "парковк"),
        ("элетрон", "электрон"),
        ("илектрно", None),
        ("тало", "талон"),
        ("окно", None),
        ("очк", None),
    ],
)
def test_a_slip_is_read_as_the_nearest_known_stem(typed, meant):
    assert spelling.nearest(typed, KNOWN) == meant


@pytest.mark.parametrize(
    ("a", "b", "slips"),
    [
        ("талон", "талон", 0),
        ("тално", "талон", 1),
        ("тлон", "талон", 1),
        ("т", "талон", 3),
        ("abcd", "abxy", 2),
    ],
)
def test_slips_are_counted(a, b, slips):
    assert spelling.distance(a, b, 2) == spelling.distance(b, a, 2) == slips


def test_the_other_keyboard_layout():
    assert spelling.other_layout("jxthtlm") == "очередь"
    assert spelling.other_layout("сфаё") == "caf`"


@pytest.mark.parametrize("seed", range(20))
def test_what_is_shown_around_a_match_holds_it(seed):
    text = " ".join(f"слово{n}" for n in range(120)) + "\nконец."
    begin = text.index(f"слово{seed * 6}")
    piece, spans = search.around(text, [(begin, begin + 6), (len(text) - 6, len(text))])
    assert len(piece) <= 250
    assert [piece[a:b] for a, b in spans][:1] == [text[begin : begin + 6]]


@pytest.fixture
async def ideas(campaign, citizen):
    return {
        "queue": await factories.idea(
            campaign, citizen, "Электронная <b>очередь</b>", "Талон на телефон. Зелёный свет льготникам"
        ),
        "ramp": await factories.idea(campaign, citizen, "Пандус у входа", "С коляской не войти без помощи"),
        "seat": await factories.idea(campaign, citizen, "Стулья в зал", "Пожилым негде сесть"),
    }


async def page_of(client, campaign, q: str, **query) -> str:
    answer = await client.get("/ideas", params={"campaign": campaign.slug, "q": q, **query})
    assert answer.status_code == 200, answer.text
    return answer.text


def titles(text: str) -> list[str]:
    found = re.findall(r'class="idea__title">(.*?)</h2>', text, re.DOTALL)
    return [html.unescape(re.sub(r"</?(?:a|mark)\b[^>]*>", "", t)).strip() for t in found]


async def test_slips_and_the_other_layout_find_ideas_and_are_told(client, campaign, ideas):
    for typed, meant in (("очердь", "очередь"), ("jxthtlm", "очередь"), ("пондус", "пандус")):
        text = await page_of(client, campaign, typed)
        assert len(titles(text)) == 1
        assert f"No idea has the word “{typed}”. We looked for “{meant}”." in text
        answer = await client.get("/api/ideas", params={"campaign": campaign.slug, "q": typed})
        assert len(answer.json()["items"]) == 1
    # A word of the dictionary is no slip, even if no idea has it.
    assert titles(await page_of(client, campaign, "стол")) == []
    # What is half typed is no slip either.
    assert "No idea has the word" not in await page_of(client, campaign, "электронная оче")
    # Operators are taken as they stand.
    assert titles(await page_of(client, campaign, '"очердь"')) == []


async def test_what_matched_is_marked_and_escaped(client, campaign, ideas):
    text = await page_of(client, campaign, "очереди зеленого")
    assert "<mark>Электронная" not in text
    assert "Электронная &lt;b&gt;<mark>очередь</mark>&lt;/b&gt;" in text
    assert "<mark>Зелёный</mark> свет" in text
    assert "<b>очередь" not in text
    newest = await page_of(client, campaign, "очередь", sort="new")
    assert "<mark>очередь</mark>" in newest


async def test_what_is_said_in_other_words_is_found_too(client, campaign, ideas, monkeypatch):
    async def find(where, text, limit, exclude=None):
        assert (where, text) == (campaign.id, "скамейки для стариков и пандус")
        return [Similar(ideas["seat"], "", 0, 0.6), Similar(ideas["ramp"], "", 0, 0.4)]

    monkeypatch.setattr(similar, "find", find)
    text = await page_of(client, campaign, "скамейки для стариков и пандус")
    assert titles(text) == ["Стулья в зал", "Пандус у входа"]
    assert text.count("In other words") == 1
    # Other orders and other districts keep to what was asked for.
    assert titles(await page_of(client, campaign, "скамейки для стариков и пандус", sort="new")) == []
    assert titles(await page_of(client, campaign, "скамейки для стариков и пандус", district="arbat")) == []


async def test_pages_of_a_search_show_everything_once(campaign, citizen, database, monkeypatch):
    ids = [
        await factories.idea(campaign, citizen, f"Стул {n}", "Поставьте стулья " * (n % 5 + 1))
        for n in range(23)
    ]
    others = [await factories.idea(campaign, citizen, f"Кресло {n}") for n in range(4)]

    async def find(*_):
        return [Similar(id, "", 0, 0.9) for id in [*others, *ids[:6]]]

    monkeypatch.setattr(similar, "find", find)
    seen, after = [], None
    while True:
        found = await search.page(Filters(campaign=campaign.id, q="стул", sort="match"), "стул", after, 5)
        seen += [hit.item.id for hit in found.hits]
        after = found.next
        if after is None:
            break
        assert len(found.hits) == 5
    assert sorted(seen) == sorted(ids + others)
    assert set(seen[:10]) & set(others), "what is close in meaning is not put last"


async def test_finding_nothing_helps(client, campaign, ideas):
    text = await page_of(client, campaign, "коляска стулья", district="arbat")
    assert titles(text) == []
    assert "What there is instead" in text
    assert 'q=%D0%BA%D0%BE%D0%BB%D1%8F%D1%81%D0%BA%D0%B0">коляска</a>: 1 idea' in text
    text = await page_of(client, campaign, "пандус", district="arbat")
    assert "1 idea without the filters" in text


async def test_hidden_ideas_teach_no_words(client, campaign, ideas):
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", ideas["queue"])
    text = await page_of(client, campaign, "очердь")
    assert "We looked for" not in text
