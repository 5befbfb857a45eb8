"""The moderator's workbench at a real browser: two at once, and how its pages look (by keyboard alone: test_triage)."""

from __future__ import annotations

import re

import pytest

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")

WAYS = [("ru", 1280, True), ("en", 390, False)]


@pytest.mark.parametrize(("lang", "width", "js"), WAYS)
async def test_the_pages_of_the_workbench(visitor, facts, lang, width, js) -> None:
    someone = await visitor(lang, width, js=js)
    page = someone.page
    await someone.sign_in("moderator")
    await someone.use_language()
    await someone.go("/moderation")
    await page.click("form[action='/moderation/next'] button")
    await page.wait_for_url(re.compile(r"/moderation/clusters/\d+"))
    assert await page.locator("form[action$='/release']").count() == 1
    await someone.looks_right("workbench-in-hand")
    await page.click("a[href$='/history']")
    await someone.looks_right("workbench-history")
    await someone.go("/moderation")
    await someone.looks_right("workbench-queue-held")
    await someone.go("/moderation/selection")
    await someone.looks_right("workbench-selection")
    await someone.go("/moderation/selection?q=xyzzy")
    await someone.looks_right("workbench-selection-empty")
    await someone.go("/moderation/proposals")
    await someone.looks_right("workbench-proposals")
    await someone.go("/moderation/decisions")
    await someone.looks_right("workbench-decisions")


@pytest.mark.parametrize(("lang", "width", "js"), WAYS)
async def test_a_selection_is_decided_shown_and_undone(visitor, facts, lang, width, js) -> None:
    someone = await visitor(lang, width, js=js)
    page = someone.page
    await someone.sign_in("moderator")
    await someone.use_language()
    await someone.go("/moderation/selection?alone=1")
    await page.fill("[name=letter]", "Dear {name}")
    await page.locator("[name=reason]").evaluate("node => node.removeAttribute('required')")
    await page.click("button[name=verdict][value=forward]")
    await page.wait_for_selector(".govuk-error-summary")
    assert await page.input_value("[name=letter]") == "Dear {name}"
    await someone.looks_right("workbench-selection-refused")
    await page.fill(
        "[name=reason]", "We shall look at each of them." if lang == "en" else "Посмотрим каждую."
    )
    await page.click("button[name=verdict][value=forward]")
    await page.wait_for_url(re.compile(r"/moderation/selections/\d+"))
    for _ in range(60):
        if not await page.locator("#progress[hx-trigger], #progress p a").count():
            break
        await page.wait_for_timeout(500)
        if not js:
            await page.reload()
    assert not await page.locator("#progress p a").count(), "not finished after half a minute"
    await someone.looks_right("workbench-selection-done")
    await page.click("form[action$='/undo'] button")
    await page.wait_for_load_state()
    assert not await page.locator("form[action$='/undo']").count()
    await someone.looks_right("workbench-selection-undone")
    await someone.go("/moderation/audit")
    await someone.looks_right("workbench-audit")


async def test_two_browsers_at_one_queue(visitor, facts) -> None:
    """The second is given another group, and reads who has the first one."""
    one, two = await visitor("en", 1280), await visitor("en", 1280, js=False)
    await one.sign_in("moderator")
    await one.use_language()
    await two.sign_in("admin")
    await two.use_language()
    for someone in (one, two):
        await someone.go("/moderation")
        await someone.page.click("form[action='/moderation/next'] button")
        await someone.page.wait_for_url(re.compile(r"/moderation/clusters/\d+"))
    assert one.page.url != two.page.url
    await two.page.goto(one.page.url)
    await two.looks_right("workbench-held")
    await two.page.fill("[name=reason]", "Me first")
    await two.page.click("button[name=verdict][value=accept]")
    await two.page.wait_for_selector(".govuk-error-summary")
    name = await one.page.inner_text(".menu__name")
    assert name in await two.page.inner_text(".govuk-error-summary")
    assert await two.page.input_value("[name=reason]") == "Me first"
    await one.page.fill("[name=reason]", "As agreed")
    await one.page.click("button[name=verdict][value=accept]")
    await one.page.wait_for_selector("form[action^='/moderation/decisions/']")
    await one.page.click("form[action^='/moderation/decisions/'] button")
    await one.page.wait_for_selector("button[name=verdict]")
