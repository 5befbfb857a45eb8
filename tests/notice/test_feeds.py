"""Atom feeds: valid, in the asked language, and 304 for who has them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ideas import database
from tests import factories

NS = {"a": "http://www.w3.org/2005/Atom"}


def valid(text: bytes) -> ElementTree.Element:
    """The root of a feed that has what RFC 4287 asks for."""
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    for node in (root, *root.findall("a:entry", NS)):
        for name in ("id", "title", "updated"):
            [found] = node.findall(f"a:{name}", NS)
            assert found.text
        assert (node.findtext("a:updated", "", NS)).endswith("Z")
    assert root.find("a:link[@rel='self']", NS) is not None
    assert root.find("a:author/a:name", NS) is not None
    ids = [e.findtext("a:id", "", NS) for e in root.findall("a:entry", NS)]
    assert len(ids) == len(set(ids))
    assert all(e.find("a:content", NS) is not None for e in root.findall("a:entry", NS))
    return root


def titles(root: ElementTree.Element) -> list[str]:
    return [e.findtext("a:title", "", NS) for e in root.findall("a:entry", NS)]


async def test_new_ideas(client, campaign, citizen):
    await factories.idea(
        campaign, citizen, "Первая <&> идея", "Текст\x0bс \x00управляющими".replace("\x00", "")
    )
    second = await factories.idea(campaign, citizen, "Вторая")
    hidden = await factories.idea(campaign, citizen, "Скрытая")
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", hidden)
    answer = await client.get(f"/campaigns/{campaign.slug}/ideas.atom?lang=ru")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = valid(answer.content)
    assert titles(root) == ["Вторая", "Первая <&> идея"]
    assert root.findtext("a:title", "", NS) == "Новые идеи — Проба"
    link = root.find("a:entry/a:link", NS)
    assert link is not None
    assert link.get("href") == f"http://127.0.0.1:8000/ideas/{second}"
    again = await client.get(
        f"/campaigns/{campaign.slug}/ideas.atom?lang=ru", headers={"if-none-match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    await factories.idea(campaign, citizen, "Третья")
    fresh = await client.get(
        f"/campaigns/{campaign.slug}/ideas.atom?lang=ru", headers={"if-none-match": answer.headers["etag"]}
    )
    assert fresh.status_code == 200


async def test_an_empty_campaign_has_a_valid_feed(client, campaign):
    for name in ("ideas", "decisions"):
        root = valid((await client.get(f"/campaigns/{campaign.slug}/{name}.atom?lang=en")).content)
        assert titles(root) == []


async def test_decisions_and_an_ideas_history(client, campaign, citizen, moderator):
    idea = await factories.idea(campaign, citizen, "Навес")
    path = f"/api/ideas/{idea}/decision"
    given = {"verdict": "decline", "reason": "Нет места"}
    decision = (await client.post(path, json=given, headers=moderator.bearer)).json()["decision"]
    feed = f"/campaigns/{campaign.slug}/decisions.atom?lang=en"
    root = valid((await client.get(feed)).content)
    assert titles(root) == ["Declined: Навес"]
    assert root.findtext("a:entry/a:content", "", NS) == "Нет места"
    root = valid((await client.get(f"/ideas/{idea}/history.atom?lang=en")).content)
    assert titles(root) == ["Declined", "Submitted"]
    await client.post(f"/api/decisions/{decision}/undo", headers=moderator.bearer)
    assert titles(valid((await client.get(feed)).content)) == []
    root = valid((await client.get(f"/ideas/{idea}/history.atom?lang=en")).content)
    assert titles(root) == ["The decision was withdrawn", "Declined", "Submitted"]


@pytest.mark.parametrize("path", ["/campaigns/none/ideas.atom", "/ideas/1000000000/history.atom"])
async def test_nothing_there(client, path):
    assert (await client.get(path)).status_code == 404


async def test_pages_lead_to_the_feeds(client, campaign, citizen):
    idea = await factories.idea(campaign, citizen)
    text = (await client.get(f"/ideas/{idea}")).text
    for feed in (f"/ideas/{idea}/history.atom", f"/campaigns/{campaign.slug}/ideas.atom"):
        assert f'href="{feed}?lang=en"' in text, feed
    assert (
        f"/campaigns/{campaign.slug}/decisions.atom" in (await client.get(f"/campaigns/{campaign.slug}")).text
    )
