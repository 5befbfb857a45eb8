"""The map of ideas at a real browser: moved, zoomed, lassoed into a choice, by keyboard, and as a table."""

from __future__ import annotations

import math
import re

import pytest

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")


async def opened(someone):
    await someone.go("/map")
    await someone.page.wait_for_selector("[data-ready]")
    return await someone.page.locator(".map__canvas").bounding_box()


async def until(page, expression: str):
    """What a script says, once that is true; the page's security policy forbids the browser's own way to wait."""
    for _ in range(100):
        if found := await page.evaluate(expression):
            return found
        await page.wait_for_timeout(100)
    raise AssertionError(f"still not: {expression}")


async def view(page, wanted: str = "true") -> dict:
    """What is seen, as the page keeps it for coming back, once `wanted` holds for it (v)."""
    kept = "const v = JSON.parse(sessionStorage.getItem('map:my-office'))?.view"
    return await until(page, f"() => {{ {kept}; return v && ({wanted}) ? v : null }}")


async def test_a_walk_over_the_map(visitor, facts) -> None:
    someone = await visitor("ru", 1280)
    page = someone.page
    await someone.sign_in("moderator")
    box = await opened(someone)
    await someone.looks_right("map")
    x, y = box["x"] + box["width"] / 2, box["y"] + 230
    # The wheel, dragging and keys move the view.
    whole = await view(page)
    await page.mouse.move(x, y)
    await page.mouse.wheel(0, -400)
    near = await view(page, f"v.k > {whole['k'] * 1.3}")
    await page.mouse.down()
    await page.mouse.move(x + 90, y + 40, steps=5)
    await page.mouse.up()
    moved = await view(page, f"v.x < {near['x']} && v.y < {near['y']}")
    await page.focus(".map__canvas")
    await page.keyboard.press("ArrowRight")
    moved = await view(page, f"v.x > {moved['x']} && v.k === {moved['k']}")
    await page.keyboard.press("+")
    await view(page, f"v.k > {moved['k'] * 1.4}")
    # The idea in the middle is said, and its group is chosen by a key.
    await until(page, "document.querySelector('[data-said]').textContent.length > 5")
    await page.keyboard.press("g")
    await page.wait_for_selector("[data-chosen]:not([hidden])")
    await someone.looks_right("map-keys")
    await page.keyboard.press("Escape")
    await page.keyboard.press("0")
    # A lasso, and the preview shows as many.
    await page.click("[data-do=lasso]")
    await page.mouse.move(x + 120, y)
    await page.mouse.down()
    for n in range(1, 30):
        await page.mouse.move(x + 120 * math.cos(n / 29 * 6.28), y + 120 * math.sin(n / 29 * 6.28))
    await page.mouse.up()
    said = await page.inner_text("[data-count]")
    chosen, waiting = (int(number) for number in re.findall(r"\d+", said))
    assert chosen >= waiting > 3
    await page.click("[data-chosen] button.button:not(.button--secondary)")
    await page.wait_for_url(re.compile(r"/moderation/selection\?pick=\d+"))
    assert str(waiting) in await page.inner_text("#found-title")
    await someone.looks_right("map-choice")
    # One decision over them, and it is undone as one.
    await page.fill("[name=reason]", "Посмотрим каждую.")
    await page.click("button[name=verdict][value=forward]")
    await page.wait_for_url(re.compile(r"/moderation/selections/\d+"))
    await page.wait_for_selector("#progress:not([hx-trigger])", timeout=40_000)
    assert str(waiting) in await page.inner_text("#progress")
    await page.click("form[action$='/undo'] button")
    await page.wait_for_load_state()
    # Back on the map the choice is still there; a search leaves what it found.
    await opened(someone)
    await until(page, f"document.querySelector('[data-count]').textContent.includes('{chosen}')")
    await page.fill("#q", "очередь")
    await until(page, "/найд/.test(document.querySelector('[data-said]').textContent)")


async def test_the_table_without_a_script(visitor, facts) -> None:
    someone = await visitor("en", 390, js=False)
    page = someone.page
    await someone.sign_in("moderator")
    await someone.use_language()
    await someone.go("/map")
    assert not await page.locator(".map").is_visible()
    await someone.looks_right("map-table")
    await page.locator("th a[href*='order=people']").click()
    assert await page.locator("th[aria-sort=descending]").count() == 1
    ideas = await page.locator("tbody tr:nth-child(2) td.number").first.inner_text()
    await page.locator("tbody tr:nth-child(2) input[name=themes]").check()
    await page.locator(".map-table form button").click()
    await page.wait_for_url(re.compile(r"pick=\d+"))
    assert f"{ideas} ideas were chosen" in await page.inner_text("main")
    await someone.looks_right("map-table-choice")
    await someone.go("/map")
    await page.locator("tbody tr:first-child th a").click()
    await someone.looks_right("map-table-groups")
    assert await page.locator("input[name=clusters]").count() > 1
