"""Fifty groups by keyboard alone: accepted, declined with a reason, merged, split, tagged, undone; no mouse."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.browser.conftest import PASSWORD

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")

GROUPS = 50
DECIDED = "form[action^='/moderation/decisions/']"
REASON = "We have this already"


class Hands:
    """Presses keys and waits for the page that they bring."""

    def __init__(self, page) -> None:
        self.page = page

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def brings(self, key: str, selector: str) -> None:
        """Press a key that leads to another page, where `selector` is."""
        before = await self.page.evaluate("document.body.dataset.was = '1'")
        assert before == "1"
        await self.page.keyboard.press(key)
        await self.page.wait_for_selector(f"body:not([data-was]) {selector}")

    async def next(self) -> None:
        await self.brings("n", "button[name=verdict]")

    async def says(self, words: str) -> None:
        await self.press("r")
        await self.page.keyboard.type(words)
        await self.press("Escape")

    async def chooses(self, times: int = 1) -> None:
        """A reason of the list, by the arrow keys."""
        await self.press("g", *["ArrowDown"] * times, "Escape")


async def undo(address: str, clusters: list[int]) -> None:
    """What was decided here is undone, so that other tests find the campaign as it was."""
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        given = {"email": "moderator@example.org", "password": PASSWORD}
        token = (await client.post("/api/token", json=given)).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for cluster in clusters:
            decision = (await client.get(f"/api/clusters/{cluster}")).json()["decision"]
            assert (await client.post(f"/api/decisions/{decision['id']}/undo")).status_code == 200


async def test_fifty_groups_by_keyboard_alone(visitor) -> None:
    someone = await visitor("en", 1280)
    page, hands = someone.page, Hands(someone.page)
    await someone.sign_in("moderator")
    await someone.use_language()
    await someone.go("/moderation")
    await someone.looks_right("triage-queue")
    # A mouse is nowhere: what the page is told comes from keys alone.
    await page.add_init_script("addEventListener('pointerdown', () => { document.title = 'a mouse' }, true)")
    await hands.press("?")
    await page.wait_for_selector("dialog[data-shortcuts][open]")
    await hands.press("Escape")
    seen: list[str] = []
    done: set[str] = set()
    while len(seen) < GROUPS:
        await hands.next()
        seen.append(re.sub(r"[?#].*", "", page.url))
        ideas = await page.locator("#members [data-key=x]").count()
        if len(seen) == 1:
            await someone.looks_right("triage-group")
        # Each of the rarer deeds where it is first possible, then on to the decision.
        if "merge" not in done and await page.locator(".near [data-key=x]").count():
            done.add("merge")
            for _ in range(ideas + 1):
                await hands.press("j")
            await hands.press("x")
            await hands.brings("m", "button[name=verdict]")
            assert await page.locator("#members [data-key=x]").count() > ideas
            await hands.brings("u", "button[name=verdict]")
            assert await page.locator("#members [data-key=x]").count() == ideas
        elif "split" not in done and ideas > 2:
            done.add("split")
            await hands.press("j", "j", "x")
            await hands.brings("s", "button[name=verdict]")
            assert await page.locator("#members [data-key=x]").count() == ideas - 1
        elif "tag" not in done:
            done.add("tag")
            await hands.press("j", "t", "Tab")
            box = await page.evaluate("document.activeElement.name")
            assert box == "principles"
            await hands.press("Space")
            was = await page.evaluate("document.activeElement.checked")
            slug = await page.evaluate("document.activeElement.value")
            await hands.brings("Enter", "button[name=verdict]")
            again = page.locator(f"#members [data-item] input[name=principles][value={slug}]").first
            assert await again.is_checked() == was
        if len(seen) % 2:
            await hands.chooses(1 + len(seen) % 3)
            await hands.says(REASON)
            await hands.brings("d", DECIDED)
            if len(seen) == 1:
                assert REASON in await page.inner_text("main")
        else:
            await hands.says("A reason")
            await hands.brings("a", DECIDED)
        if "undo" not in done and len(seen) > 5:
            done.add("undo")
            await hands.brings("u", "button[name=verdict]")
            await hands.says("A better reason")
            await hands.brings("f", DECIDED)
    assert len(set(seen)) == GROUPS
    assert done == {"merge", "split", "tag", "undo"}
    assert await page.title() != "a mouse"
    await someone.looks_right("triage-decided")
    await undo(someone.address, [int(address.rsplit("/", 1)[1]) for address in seen])


async def test_same_or_not_by_keys(visitor) -> None:
    someone = await visitor("ru", 1280)
    page, hands = someone.page, Hands(someone.page)
    await someone.sign_in("moderator")
    await someone.use_language()
    await someone.go("/moderation/same")
    await someone.looks_right("same")
    first = await page.inner_text(".pair")
    await hands.brings("Space", ".pair")
    assert await page.inner_text(".pair") != first, "skipped"
    await someone.go("/moderation/same")
    assert await page.inner_text(".pair") == first
    await hands.brings("d", ".pair")
    assert await page.inner_text(".pair") != first
    await hands.brings("u", ".pair")
    assert await page.inner_text(".pair") == first, "the answer is taken back, and asked again"


async def test_the_pages_beside_without_javascript(visitor) -> None:
    someone = await visitor("ru", 390, js=False)
    page = someone.page
    await someone.sign_in("admin")
    await someone.use_language()
    await someone.go("/moderation/same")
    first = await page.inner_text(".pair")
    await page.click("button[name=answer][value=different]")
    await page.wait_for_load_state()
    assert await page.inner_text(".pair") != first
    await someone.looks_right("same-answer")
    await page.click("form[action$='/same/undo'] button")
    await page.wait_for_load_state()
    assert await page.inner_text(".pair") == first
    await someone.go("/moderation/moderators")
    await someone.looks_right("moderators")
    await page.click("main .cards a")
    await page.wait_for_selector("form[action^='/moderation/moderators/']")
    await someone.looks_right("limits")
    await someone.go("/moderation/alone")
    await page.click("main .cards h2 a")
    await page.wait_for_selector("button[name=verdict]")
    await page.fill("[name=letter]", "{name}! «{title}»")
    await page.fill("[name=reason]", "Посмотрим")
    await page.click("button[name=preview]")
    await page.wait_for_selector("#letter-preview")
    assert "{name}" not in await page.inner_text("#letter-preview")
    await someone.looks_right("letter-preview")
