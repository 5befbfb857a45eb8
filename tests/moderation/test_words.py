"""A campaign's blocked words: data, pointed out to writers and moderators, and nothing more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas import database
from ideas.idea import blocked
from ideas.idea.blocked import Word
from ideas.moderation import words
from tests import factories
from tests.cluster.test_actions import cluster_of


def found(listed: list[str], text: str) -> list[str]:
    return [text[f.start : f.end] for f in blocked.find([Word(n, w) for n, w in enumerate(listed)], text)]


@pytest.mark.parametrize(
    ("listed", "text", "expected"),
    [
        (["казино"], "Откройте казино, Казино и казиношку", ["казино", "Казино"]),
        (["казино*"], "казиношку", ["казиношку"]),
        (["чёрный список"], "В черный   список и чёрный-список", ["черный   список", "чёрный-список"]),
        (["еда", "едa и вода", "еда и вода"], "Еда и вода, еда", ["Еда и вода", "еда"]),
        (["c++"], "Пишите на C++", ["C++"]),
        (["ИИ"], "ИИИ и ии", ["ии"]),
        ([], "казино", []),
    ],
)
def test_words_are_found_where_they_stand(listed, text, expected):
    assert found(listed, text) == expected


@given(st.lists(st.text(min_size=1, max_size=12), max_size=8), st.text(max_size=200))
def test_any_list_meets_any_text(listed, text):
    kept = [w for w in (blocked.normal(word) for word in listed) if len(w.rstrip("*")) >= 2]
    for hit in blocked.find([Word(n, w) for n, w in enumerate(kept)], text):
        assert 0 <= hit.start < hit.end <= len(text)


@given(st.text(st.characters(categories=["L"]), min_size=2, max_size=30))
def test_a_word_is_found_in_itself(word):
    assert found([word], f"так: {word}.") == [word]


def test_a_field_of_words():
    assert words.read("казино*, ставки\n\n  быстрый   займ ;казино*") == ["казино*", "ставки", "быстрый займ"]
    assert words.read("* , *") == []


async def put(client, campaign, **data):
    return await client.post("/moderation/words", data={"campaign": campaign.slug, **data})


async def test_organisers_change_the_list_and_each_campaign_has_its_own(
    client, campaign, admin, moderator, browser_as
):
    await browser_as(moderator)
    assert (await put(client, campaign, words="казино")).status_code == 403
    await browser_as(admin)
    assert (await put(client, campaign, words="казино*\nставки", note="Реклама игр")).status_code == 303
    assert (await put(client, campaign, words="Ставки")).status_code == 303
    other = await factories.campaign()
    assert await blocked.words_of(other.id) == []
    listed = await blocked.words_of(campaign.id)
    assert [(w.words, w.note) for w in listed] == [("казино*", "Реклама игр"), ("ставки", "Реклама игр")]
    assert "Реклама игр" in (await client.get(f"/moderation/words?campaign={campaign.slug}")).text
    elsewhere = await client.post(f"/moderation/words/{listed[0].id}/remove", data={"campaign": other.slug})
    assert elsewhere.status_code == 404
    gone = await client.post(f"/moderation/words/{listed[0].id}/remove", data={"campaign": campaign.slug})
    assert gone.status_code == 303
    assert [w.words for w in await blocked.words_of(campaign.id)] == ["ставки"]
    deeds = await database.fetch("SELECT data FROM audit WHERE kind = 'words' ORDER BY id")
    assert [database.from_json(d["data"]) for d in deeds] == [
        {"after": ["казино*", "ставки"], "reason": "Реклама игр"}, {"before": ["казино*"]},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "field"),
    [({"words": ""}, "words"), ({"words": "а"}, "words"), ({"words": "х" * 90}, "words"),
     ({"words": "слово", "note": "х" * 201}, "note")],
)  # fmt: skip
async def test_what_cannot_stand_on_it(client, campaign, admin, browser_as, data, field):
    await browser_as(admin)
    answer = await put(client, campaign, **data)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert await blocked.words_of(campaign.id) == []


async def test_the_list_has_an_end(client, campaign, admin, browser_as):
    await browser_as(admin)
    many = "\n".join(f"слово{n}" for n in range(blocked.MOST + 1))
    assert (await put(client, campaign, words=many)).status_code == 409
    assert await blocked.words_of(campaign.id) == []


async def test_the_writer_sees_it_and_may_publish_all_the_same(client, campaign, admin, citizen, browser_as):
    await browser_as(admin)
    await put(client, campaign, words="казино*", note="Здесь не об этом")
    await browser_as(citizen)
    form = {
        "campaign": campaign.slug, "step": "where", "act": "check", "title": "Игра в очереди",
        "text": "Поставьте в зале казиношку, пусть люди ждут с пользой.",
    }  # fmt: skip
    shown = await client.post("/ideas/new", data=form)
    assert '<mark class="spot">казиношку</mark>' in shown.text
    assert "Здесь не об этом" in shown.text
    hidden = await client.post("/ideas/new", data={**form, "step": "check", "act": "hide:0"})
    assert "Поставьте в зале …, пусть" in hidden.text
    done = await client.post("/ideas/new", data={**form, "step": "check", "act": "publish"})
    assert done.status_code == 303
    idea = await database.fetch_value("SELECT max(id) FROM idea")
    assert await database.fetch_value("SELECT hidden FROM idea WHERE id = $1", idea) is None
    await browser_as(await factories.person("moderator"))
    assert '<mark class="spot">казиношку</mark>' in (await client.get(f"/moderation/ideas/{idea}")).text
    cluster = await cluster_of(campaign, [idea])
    assert '<mark class="spot">казиношку</mark>' in (await client.get(f"/moderation/clusters/{cluster}")).text
