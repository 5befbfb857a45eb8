"""From groups to the published standard at a real browser: pick, draft, sign, publish, files, the author's notice."""

from __future__ import annotations

import io
import re
from typing import Any

import httpx
import pytest
from docx import Document as WordDocument
from playwright.async_api import expect
from pypdf import PdfReader

from tests.browser.conftest import PASSWORD

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")

WAYS = [("ru", 1280, True, 0), ("en", 390, False, 1)]
TEXTS = {
    "ru": "Каждый клиент видит, сколько человек перед ним, и получает талон на телефон.",
    "en": "Every client sees how many people stand before him, and gets the ticket by phone.",
}
SIGNERS = {"ru": ("Иванова Мария Петровна", "директор"), "en": ("Mary Brown", "director")}


def own_groups(product: str) -> list[dict[str, Any]]:
    """Groups that the demo citizen's own ideas stand in, with the idea."""
    with httpx.Client(base_url=product, timeout=30) as client:
        token = client.post("/api/token", json={"email": "citizen@example.org", "password": PASSWORD}).json()[
            "token"
        ]
        client.headers["Authorization"] = f"Bearer {token}"
        ids = dict.fromkeys(re.findall(r'href="/ideas/(\d+)"', client.get("/account").text))
        ideas = [client.get(f"/api/ideas/{id}").json() for id in ids]
    groups = {
        i["cluster"]["id"]: i["cluster"]
        for i in ideas
        if i.get("cluster") and i["cluster"]["state"] != "declined"
    }
    return list(groups.values())


@pytest.mark.parametrize(("lang", "width", "js", "which"), WAYS)
async def test_from_groups_to_the_published_standard(visitor, product, lang, width, js, which) -> None:
    group = own_groups(product)[which]
    planner = await visitor(lang, width, js=js)
    page = planner.page
    await planner.sign_in("planner")
    await planner.use_language()
    await planner.go(f"/planning/standard/proposals?campaign=my-office&q={group['name'][:30]}")
    await planner.looks_right("standard-proposals")
    await page.check(f"#pick-{group['id']}")
    await page.locator("form .sticky-bar button").click()
    await page.wait_for_url(re.compile(r"/planning/standard/clauses/\d+"))
    clause = page.url.rpartition("/")[2]
    if js:
        # What is typed is kept by itself, and is there after the page was left.
        await page.fill("#text", TEXTS[lang] + " …")
        await expect(page.locator("#draft-state")).not_to_be_empty()
        await page.reload()
        assert await page.input_value("#text") == TEXTS[lang] + " …"
    await page.fill("#text", TEXTS[lang])
    await page.locator("#clause-form button").last.click()
    await page.wait_for_load_state()
    await planner.looks_right("standard-clause")
    await planner.go("/planning/standard?campaign=my-office")
    signer, post = SIGNERS[lang]
    await page.fill("#signer", signer)
    await page.fill("#post", post)
    await planner.looks_right("standard-desk")
    await page.locator("form[action='/planning/standard/sign'] button").click()
    await page.wait_for_selector("form[action='/planning/standard/publish']")
    await page.locator("form[action='/planning/standard/publish'] button").click()
    await page.wait_for_url(re.compile("/campaigns/my-office/standard$"))
    await planner.looks_right("standard-page")
    number = await page.locator(f"#clause-{clause} .clause__number").inner_text()

    for kind in ("pdf", "docx"):
        href = await page.locator(f"aside a[href*='standard.{kind}']").get_attribute("href")
        answer = await page.request.get(product + str(href))
        assert answer.ok
        text = words_of(kind, await answer.body())
        assert TEXTS[lang] in text
        assert signer in text
        assert number in text

    await the_author_reads_of_it(visitor, lang, width, js, clause, number)


def words_of(kind: str, content: bytes) -> str:
    """A file's text on one line; hyphens at the ends of lines are taken out."""
    if kind == "docx":
        return " ".join(p.text for p in WordDocument(io.BytesIO(content)).paragraphs)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return " ".join(re.sub(r"[-\u2010\u00ad]\s*\n\s*", "", text).split())


async def the_author_reads_of_it(
    visitor: Any, lang: str, width: int, js: bool, clause: str, number: str
) -> None:
    author = await visitor(lang, width, js=js)
    await author.sign_in("citizen")
    await author.use_language()
    await author.go("/account/notices")
    link = author.page.locator(f".news__line a[href$='#clause-{clause}']").first
    await link.click()
    await author.page.wait_for_url(re.compile(f"/campaigns/my-office/standard#clause-{clause}$"))
    shown = author.page.locator(f"#clause-{clause}")
    assert await shown.is_visible()
    await shown.locator(".clause__ideas a").first.click()
    await author.page.wait_for_url(re.compile(r"/ideas/\d+$"))
    said = await author.page.locator("main").inner_text()
    assert (f"Cited in clause {number}" if lang == "en" else f"Упоминается в пункте {number}") in said
    await author.looks_right("standard-cited-idea")


@pytest.mark.parametrize(("lang", "width", "js", "which"), WAYS)
async def test_pages_around_the_standard(visitor, lang, width, js, which) -> None:
    someone = await visitor(lang, width, js=js)
    page = someone.page
    await someone.sign_in("admin")
    await someone.use_language()
    for path, name in (
        ("/planning/standard/compare?campaign=my-office&b=now", "standard-compare"),
        ("/campaigns/my-office/pledges", "standard-pledges"),
        ("/campaigns/my-office/pledge", "standard-pledge"),
        ("/planning/standard/codes?campaign=my-office", "standard-codes"),
        ("/commitments?campaign=my-office", "commitments"),
        ("/planning/reports?campaign=my-office", "reports"),
        ("/planning/commitments?campaign=my-office", "commitments-desk"),
    ):
        await someone.go(path)
        await someone.looks_right(name)
    await page.locator("a[href^='/planning/commitments/new']").first.click()
    await page.locator("form[action='/planning/commitments/new'] button").click()
    await page.wait_for_selector(".govuk-error-summary")
    await page.fill("#text", "Поставим терминалы во всех центрах.")
    await page.fill("#owner", "Отдел развития")
    await page.fill("#due", "2027-12-31")
    await page.fill("#step0", "Закупка")
    await someone.looks_right("commitment-new")
    await page.locator("form[action='/planning/commitments/new'] button").click()
    await page.wait_for_url(re.compile(r"/planning/commitments/\d+$"))
    await someone.looks_right("commitment-edit")
    await someone.go("/commitments/" + page.url.rpartition("/")[2])
    await someone.looks_right("commitment")
