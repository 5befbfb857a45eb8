"""Large text on a narrow screen, the keyboard alone, a slow network, lists that can be shared and come back to."""

from __future__ import annotations

import re
from typing import Any

import pytest

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")

BUDGET = 60_000
"""Bytes of the first visit over the wire; the floor of docs is twice that."""

MAIN = ["/", "/ideas?campaign=my-office", "/ideas?campaign=my-office&q=очередь", "/ideas/{idea}",
        "/clusters?campaign=my-office", "/clusters/{cluster}", "/sign-in", "/register", "/help", "/help/grouping",
        "/rules"]  # fmt: skip


@pytest.mark.parametrize("lang", ["ru", "en"])
async def test_text_of_double_size_on_a_narrow_screen_needs_no_sideways_scrolling(
    visitor, facts, lang
) -> None:
    someone = await visitor(lang, 320)
    citizen = await visitor(lang, 320)
    await citizen.sign_in("citizen")
    await citizen.use_language()
    for who, paths in (
        (someone, MAIN),
        (citizen, ["/ideas/{idea}", "/ideas/new?campaign=my-office", "/account"]),
    ):
        for path in paths:
            await who.go(path.format(**facts))
            # What a reader's own setting does; the property is not a style attribute in the page's source.
            await who.page.evaluate("document.documentElement.style.fontSize = '200%'")
            await who.looks_right("double" + re.sub(r"\W+", "-", path.split("?")[0]))
            cut = await who.page.evaluate(_CUT_OFF)
            assert cut == [], f"{path}: text is cut off in {cut}"


# Elements whose own text is wider than their box and hidden by it; hidden labels and scrolling frames are meant so.
_CUT_OFF = """() => [...document.querySelectorAll('main *, header *')].filter(node => {
  const style = getComputedStyle(node)
  return style.overflowX === 'hidden' && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 1
    && !node.closest('.govuk-visually-hidden, svg') && [...node.childNodes].some(n => n.nodeType === 3 && n.data.trim())
}).map(node => node.className || node.tagName)"""


class Keys:
    """A person with a keyboard and no mouse."""

    def __init__(self, someone: Any) -> None:
        self.page = someone.page

    async def to(self, selector: str, most: int = 120) -> None:
        """Press Tab until the element is in focus; whatever has it on the way shows so."""
        for _ in range(most):
            await self.page.keyboard.press("Tab")
            await self._visible()
            if await self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} is not reached with Tab at {self.page.url}")

    async def _visible(self) -> None:
        told = await self.page.evaluate(
            """() => {
              const node = document.activeElement
              if (node === document.body) return 'nothing'
              const shown = node.matches('input[type=radio], input[type=checkbox], .govuk-radios__input')
                ? node.parentElement : node
              const style = getComputedStyle(node), box = shown.getBoundingClientRect()
              const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
                || style.boxShadow !== 'none' || node.matches('.govuk-radios__input, .govuk-checkboxes__input')
              return ring && box.width > 3 && box.height > 3 && box.bottom > 0 && box.top < innerHeight
                ? '' : `${node.outerHTML.slice(0, 160)} ring=${ring} ${JSON.stringify(box)}`
            }"""
        )
        assert told in ("", "nothing"), f"focus cannot be seen: {told}"

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)


@pytest.mark.parametrize(("lang", "width"), [("ru", 1280), ("en", 390)])
async def test_reading_searching_and_voting_with_the_keyboard_alone(visitor, facts, lang, width) -> None:
    someone = await visitor(lang, width)
    page, keys = someone.page, Keys(someone)
    # The first Tab shows a way past the menu.
    await someone.go("/ideas?campaign=my-office")
    await keys.to(".skip-link", 1)
    await keys.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main-content"
    await keys.to("#q")
    await page.keyboard.type("очередь")
    await keys.press("Enter")
    await page.wait_for_url(re.compile("q="))
    # Filters open, take a choice and close again.
    await keys.to("details.filters summary")
    await keys.press("Enter")
    assert await page.locator("details.filters").get_attribute("open") is not None
    await keys.to("#status")
    await keys.press("ArrowDown")
    await keys.to("details.filters button")
    await keys.press("Enter")
    await page.wait_for_url(re.compile("status=submitted"))
    await keys.to(".idea__title a")
    await keys.press("Enter")
    await page.wait_for_url(re.compile(r"/ideas/\d+$"))
    # Supporting leads through signing in and back.
    await keys.to(".vote__box")
    await keys.press("Enter")
    await page.wait_for_url(re.compile("/sign-in"))
    await keys.to("input[name=email]")
    await page.keyboard.type("citizen@example.org")
    await keys.to("input[name=password]")
    await page.keyboard.type("my-office-demo")
    await keys.press("Enter")
    await page.wait_for_url(lambda url: "/sign-in" not in url)
    await someone.use_language()
    await someone.go(f"/ideas/{facts['idea']}")
    button = f"#vote-{facts['idea']} button"
    before = await page.locator(button).get_attribute("aria-pressed")
    for _ in range(2):
        await keys.to(button)
        await keys.press("Space")
        after = "false" if before == "true" else "true"
        await page.wait_for_selector(f"{button}[aria-pressed={after}]")
        # The button is replaced, the focus stays with it.
        assert await page.evaluate("s => document.activeElement.matches(s)", button)
        await page.evaluate("document.activeElement.blur()")
        before = after
    # The menu opens, closes with Escape and gives the focus back.
    await keys.to("details[data-menu] summary")
    await keys.press("Enter")
    await keys.to("details[data-menu] a", 2)
    await keys.press("Escape")
    assert await page.locator("details[data-menu]").get_attribute("open") is None
    assert await page.evaluate("document.activeElement.matches('details[data-menu] summary')")


async def test_a_moderators_keys_and_dialog(visitor, facts) -> None:
    someone = await visitor("en", 1280)
    page, keys = someone.page, Keys(someone)
    await someone.sign_in("moderator")
    await someone.use_language()
    await someone.go("/moderation")
    await keys.press("?")
    assert await page.locator("dialog[data-shortcuts]").get_attribute("open") is not None
    await keys.to("dialog[data-shortcuts] :is(button, input, a)", 3)
    await keys.press("Escape")
    assert await page.locator("dialog[data-shortcuts]").get_attribute("open") is None


@pytest.mark.parametrize("path", ["/", "/ideas?campaign=my-office", "/ideas/{idea}", "/help"])
async def test_a_first_visit_is_small(visitor, facts, path) -> None:
    someone = await visitor("ru", 390)
    session = await someone.page.context.new_cdp_session(someone.page)
    await session.send("Network.enable")
    received: dict[str, float] = {}
    session.on("Network.loadingFinished", lambda e: received.update({e["requestId"]: e["encodedDataLength"]}))
    await someone.go(path.format(**facts))
    await someone.page.wait_for_load_state("networkidle")
    total = sum(received.values())
    assert len(received) >= 3, "page, styles and script"
    assert total <= BUDGET, f"{path}: {total:,.0f} bytes in {len(received)} answers"


async def test_filters_survive_the_back_button_and_can_be_shared(visitor) -> None:
    someone = await visitor("ru", 390)
    page = someone.page
    await someone.go("/ideas?campaign=my-office&sort=top")
    await page.click("details.filters summary")
    await page.select_option("#principle", "time")
    await page.select_option("#theme", index=1)
    await page.click("details.filters button")
    await page.wait_for_url(re.compile("principle=time"))
    address = page.url
    assert "sort=top" in address
    titles = await page.locator(".idea__title").all_inner_texts()
    assert titles
    assert await page.locator(".active-filters .chip").count() == 2
    await page.locator(".idea__title a").first.click()
    await page.wait_for_url(re.compile(r"/ideas/\d+$"))
    await page.go_back()
    await page.wait_for_url(address)
    assert await page.locator(".idea__title").all_inner_texts() == titles
    assert await page.input_value("#principle") == "time"
    # The same address shows somebody else the same.
    other = await visitor("ru", 1280)
    await other.go(address.removeprefix(other.address))
    assert await other.page.locator(".idea__title").all_inner_texts() == titles
    await page.locator(".active-filters .chip").first.click()
    await page.wait_for_url(lambda url: "principle" not in url)
    assert "theme=" in page.url


async def test_the_picture_of_themes_leads_into_them(visitor) -> None:
    someone = await visitor("ru", 1280)
    page = someone.page
    await someone.go("/campaigns/my-office")
    tile = page.locator(".treemap__tile").first
    place = (await tile.get_attribute("href")).split("theme=")[1].split("&")[0]
    await tile.click()
    await page.wait_for_url(re.compile(f"theme={place}"))
    # A run may have named the theme anew meanwhile; its number stays.
    assert await page.locator(".active-filters .chip").count() == 1
    assert await page.locator(".idea__title").count() > 5
