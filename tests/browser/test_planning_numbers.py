"""Rankings and dashboards at a real browser: filters, why something ranks where it does, charts and their files."""

from __future__ import annotations

import re
from xml.dom import minidom

import pytest

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(("lang", "width", "js"), [("ru", 1280, True), ("en", 390, False), ("ru", 390, True)])
async def test_from_the_ranking_to_the_pictures(visitor, facts, lang, width, js) -> None:
    someone = await visitor(lang, width, js=js)
    page = someone.page
    await someone.sign_in("planner")
    await someone.use_language()
    await someone.go("/planning/ranking")
    assert await page.locator("table.ranking tbody tr").count() == 25
    await someone.looks_right("numbers-ranking")
    await page.click("nav a[href*='order=share']")
    await page.wait_for_url(re.compile("order=share"))
    await (
        page.locator("table.ranking tbody tr").nth(4).locator("a[href*='/planning/ranking/cluster/']").click()
    )
    await page.wait_for_url(re.compile(r"/planning/ranking/cluster/\d+"))
    assert await page.locator("tr[aria-current]").count() == 4
    await someone.looks_right("numbers-why")
    await someone.go("/planning/ranking/waves")
    await someone.looks_right("numbers-waves")
    for view, charts in (
        ("participation", 3),
        ("places", 3),
        ("principles", 1),
        ("themes", 1),
        ("answers", 3),
    ):
        await someone.go(f"/planning/dashboard?view={view}")
        assert await page.locator("section[data-chart] table").count() == charts
        # The pictures are added where scripts run; the tables and the files are there for everybody.
        assert await page.locator(".chart__picture svg").count() == (charts if js else 0)
        assert await page.locator("a[href*='.csv']").count() == charts
        await someone.looks_right(f"numbers-{view}")
    if js and width == 1280:
        label = await page.locator(".chart__picture").first.get_attribute("aria-label")
        assert label
        assert label.startswith("С ответом и без ответа")
        for name, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
            async with page.expect_download() as saved:
                await page.locator(".chart__buttons button", has_text=name).first.click()
            path = await (await saved.value).path()
            assert path.read_bytes().startswith(begins)
            if name == "SVG":
                assert minidom.parse(str(path)).getElementsByTagName("text")
            assert path.stat().st_size > 2000
    await someone.go("/account/residence")
    await someone.looks_right("numbers-residence")
