"""Following with and without JavaScript, and the mailbox where there is no mail server."""

from __future__ import annotations

from typing import Any, cast

import httpx
import msgspec

from ideas import database
from ideas.app import create_app
from ideas.notice import letters
from tests import factories


async def test_following_from_a_page(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, await factories.person())
    await browser_as(citizen)
    assert 'aria-pressed="false"' in (await client.get(f"/ideas/{idea}")).text.partition('id="follow"')[2]
    answer = await client.post(f"/ideas/{idea}/follow", data={"followed": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ideas/{idea}")
    text = (await client.get(f"/ideas/{idea}")).text
    assert "You follow this idea" in text
    assert 'aria-pressed="true"' in text.partition('id="follow"')[2]
    swapped = await client.post(
        f"/ideas/{idea}/follow", data={"followed": "0"}, headers={"hx-request": "true"}
    )
    assert swapped.status_code == 200
    assert swapped.text.lstrip().startswith("<form")
    assert await database.fetch_value("SELECT count(*) FROM follow") == 0


async def test_the_mailbox_shows_ones_own_letters_only(client, campaign, citizen, settings, browser_as):
    idea = await factories.idea(campaign, citizen, "Мост <b>")
    await database.execute(
        """INSERT INTO notice (account, idea, kind, event, data)
        VALUES ($1, $2, 'decision', 'd', '{"why": "mine", "verdict": "accept", "reason": "Сделаем"}')""",
        citizen.id, idea,
    )  # fmt: skip
    assert await letters.compose(settings) == 1
    letter = await database.fetch_value("SELECT id FROM letter WHERE state = 'kept'")
    await browser_as(citizen)
    assert "Мост &lt;b&gt;" in (await client.get("/mailbox")).text
    shown = await client.get(f"/mailbox/{letter}")
    assert "Сделаем" in shown.text
    assert "<b>" not in shown.text.partition("prose letter")[2].partition("</div>")[0]
    html = await client.get(f"/mailbox/{letter}/html")
    assert "style-src 'unsafe-inline'" in html.headers["content-security-policy"]
    assert "script-src" not in html.headers["content-security-policy"]
    await browser_as(await factories.person("admin"))
    assert "Мост" not in (await client.get("/mailbox")).text
    for path in (f"/mailbox/{letter}", f"/mailbox/{letter}/html"):
        assert (await client.get(path)).status_code == 404


async def test_no_mailbox_beside_a_mail_server(client, citizen, settings):
    with_server = msgspec.structs.replace(settings, smtp_host="mail.example.org", smtp_from="a@example.org")
    app = create_app(with_server, pool=False)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=cast(Any, app)),
        base_url="http://test",
        cookies={"session": citizen.cookie},
    ) as other:
        assert (await other.get("/mailbox")).status_code == 404
        assert "/mailbox" not in (await other.get("/account/letters")).text
