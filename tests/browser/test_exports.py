"""Exports, open data and webhooks at a real browser: one walk in each language, one of them without scripts."""

from __future__ import annotations

import re

import pytest

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")

WAYS = [("ru", 1280, True), ("en", 390, False)]


@pytest.mark.parametrize(("lang", "width", "js"), WAYS)
async def test_a_planner_takes_data_away(visitor, lang, width, js) -> None:
    someone = await visitor(lang, width, js=js)
    page = someone.page
    await someone.sign_in("admin")
    await someone.use_language()
    await someone.go("/planning/exports?campaign=my-office&what=votes")
    await page.click("details.govuk-details summary")
    await page.uncheck("#column-idea_title")
    await someone.looks_right("exports")
    async with page.expect_download() as download:
        await page.click("button[formaction='/api/export/votes.csv']")
    path = await (await download.value).path()
    head = path.read_text(encoding="utf-8-sig").split("\n")[0].strip()
    assert head == "campaign,idea,cluster,person,value,hour"
    await page.click("button[name=file][value='votes.xlsx']")
    await page.wait_for_url(re.compile(r"/planning/exports/\d+"))
    for _ in range(60):
        if await page.locator("#progress a[download]").count():
            break
        await page.wait_for_timeout(500)
        if not js:
            await page.reload()
    await someone.looks_right("export-ready")
    async with page.expect_download() as download:
        await page.click("#progress a[download] >> nth=0")
    assert (await (await download.value).path()).read_bytes().startswith(b"PK")
    await someone.go("/webhooks?campaign=my-office")
    await page.fill("#address", "http://127.0.0.1/hook")
    await page.click("main form.stack button")
    await page.wait_for_selector(".govuk-error-summary")
    await someone.looks_right("webhooks-refused")
    await page.fill("#address", "https://hooks.example.org/ideas")
    await page.click("main form.stack button")
    assert "whsec_" in await page.inner_text("main")
    await someone.looks_right("webhook")
    await page.click("form[action$='/delete'] button")
    await someone.go("/open/my-office")
    await someone.looks_right("dataset")
    await someone.go("/help/api")
    await page.click("summary:has-text('/api/exports') >> nth=0")
    await someone.looks_right("api")
