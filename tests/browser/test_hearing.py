"""From the code on the wall to what came of an idea: by letter and in the page, with and without JavaScript."""

from __future__ import annotations

import itertools
import json
import re
import time

import pytest

from tests.browser.test_journeys import _register
from tests.browser.test_writing import _register_here

pytestmark = pytest.mark.xdist_group("browser")

WAYS = [("ru", 390, False), ("en", 390, False), ("ru", 1280, True), ("en", 1280, True)]
WORDS = {
    "ru": (
        "Зеркало в примерочной фото {n}",
        "В кабинке для фото нет зеркала. Повесьте его, чтобы поправить причёску.",
    ),
    "en": (
        "A mirror in the photo booth {n}",
        "There is no mirror in the photo booth. Hang one, so that one can comb.",
    ),
}
SAID = {
    "ru": ("Ваша идея принята", "В стандарте", "Дальше: место в стандарте"),
    "en": ("Your idea is accepted", "In the standard", "Still to come: its place in the standard"),
}
_numbers = itertools.count(int(time.time()) % 10**7 * 10)


async def _letter(someone, subject: str) -> None:
    """Open the newest letter of the mailbox, which the worker writes within seconds."""
    for _ in range(60):
        await someone.go("/mailbox")
        link = someone.page.locator(".hit-list a", has_text=subject)
        if await link.count():
            break
        await someone.page.wait_for_timeout(500)
    await someone.looks_right("mailbox")
    await link.first.click()
    await someone.page.wait_for_selector(".letter")


async def _from_the_wall(someone, title: str, text: str) -> tuple[int, str]:
    """Arrive by a centre's code, write, see similar ideas, register and publish: the idea and one's address."""
    page = someone.page
    await someone.go("/offices?campaign=my-office")
    await someone.go(await page.locator("a[href^='/o/']").nth(5).get_attribute("href"))
    await page.click(".office-hero a.button--sun")
    await page.wait_for_selector("[name=title]")
    await page.fill("[name=title]", title)
    await page.fill("[name=text]", text)
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector("button[name=different]")
    assert await page.locator(".cards .card").count() >= 1
    await page.click("button[name=different]")
    await page.wait_for_selector("form[action='/ideas/new/photos']")
    await page.click("#idea-form .buttons button")
    await page.click("button[value=publish]")
    await page.wait_for_url(re.compile("/sign-in"))
    await page.click("main a[href^='/register']")
    email = await _register_here(someone)
    await page.click("button[value=publish]")
    await page.wait_for_url(re.compile(r"/ideas/\d+$"))
    return int(page.url.rpartition("/")[2]), email


@pytest.mark.parametrize(("lang", "width", "js"), WAYS)
async def test_the_author_gets_the_answer_by_letter_and_in_the_page(visitor, facts, lang, width, js) -> None:
    author = await visitor(lang, width, js=js)
    page = author.page
    title, text = WORDS[lang]
    n = next(_numbers)
    idea, email = await _from_the_wall(author, title.format(n=n), text)
    # Somebody asks under it, follows it, and reports another one.
    other = await visitor(lang, width, js=js)
    await _register(other)
    await other.go("/account")
    await other.looks_right("account-empty")
    await other.go(f"/ideas/{idea}")
    await other.page.click("#follow-button")
    await other.page.wait_for_selector("#follow-button[aria-pressed=true]")
    await other.looks_right("idea-followed")
    await other.page.fill("[name=comment]", f"When? {n}")
    await other.page.check("input[name=side][value=question]", force=True)
    await other.page.click("#comment-form button.button")
    await other.page.wait_for_selector(f"text=When? {n}")
    await other.go(f"/ideas/{facts['idea']}/report")
    await other.page.click("main form button.button >> nth=0")
    await other.page.wait_for_selector(".govuk-error-summary")
    await other.looks_right("report-refused")
    await other.page.check("input[name=reason][value=offtopic]", force=True)
    await other.page.click("main form button.button >> nth=0")
    await other.page.wait_for_selector(".flash__item")
    # A moderator answers and looks at the reports.
    moderator = await visitor(lang, width, js=js)
    await moderator.sign_in("moderator")
    await moderator.use_language()
    await moderator.go("/moderation/reports")
    await moderator.looks_right("reports")
    await moderator.page.click("button[name=outcome][value=kept]")
    await moderator.page.wait_for_selector(".flash__item")
    token = await moderator.page.request.post(
        f"{moderator.address}/api/token", data={"email": "moderator@example.org", "password": "my-office-demo"},
        headers={"x-csrftoken": await moderator.page.get_attribute("meta[name=csrf-token]", "content") or ""},
    )  # fmt: skip
    given = {
        "verdict": "accept",
        "reason": f"The mirror hangs by May. {n}",
        "letter": "{name}, thank you for “{title}”!",
    }
    decided = await moderator.page.request.post(
        f"{moderator.address}/api/ideas/{idea}/decision",
        data=given, headers={"Authorization": f"Bearer {(await token.json())['token']}"},
    )  # fmt: skip
    if decided.status == 409:
        pytest.fail("the idea was decided on before")
    assert decided.status in (200, 201), await decided.text()
    # By letter …
    await _letter(author, SAID[lang][0])
    assert await page.locator(".letter").get_by_text(f"The mirror hangs by May. {n}").count()
    await author.looks_right("letter")
    stop = await page.locator(".letter a[href*='/letters/stop/']").get_attribute("href")
    await page.click("a[href$='/html']")
    assert SAID[lang][0] in await page.inner_text("body")
    await author.page.screenshot(path=f"test-results/screens/letter-html-{lang}-{width}.png", full_page=True)
    # … in the page …
    await author.go("/account")
    assert await page.get_by_text(f"The mirror hangs by May. {n}").count()
    await author.looks_right("account-news")
    await author.go("/account/notices")
    await author.looks_right("account-notices")
    await author.go(f"/ideas/{idea}")
    for words in SAID[lang][1:]:
        assert await page.locator("body", has_text=words).count(), words
    await author.looks_right("idea-answered")
    # … and to who follows it.
    await other.go("/account/support")
    assert await other.page.locator(f"a[href='/ideas/{idea}']").count()
    await other.looks_right("account-support")
    await other.go("/account/comments")
    await other.looks_right("account-comments")
    # The letter's link stops such letters without a question; the person's page shows it.
    assert stop
    await author.go("/letters/stop/" + stop.rpartition("/")[2])
    await author.looks_right("letters-stop")
    await page.click("main form button.button")
    await page.wait_for_selector("form[action^='/letters/resume/']")
    await author.looks_right("letters-stopped")
    await author.go("/account/letters")
    assert not await page.is_checked("input[name=kinds][value=decision]")
    await author.looks_right("account-letters")
    await page.check("input[name=often][value=weekly]", force=True)
    await page.click("main form button.button")
    await page.wait_for_selector(".flash__item")
    assert await page.is_checked("input[name=often][value=weekly]")
    # Later the team says that it is carried out.
    await moderator.go("/moderation/decisions")
    await moderator.looks_right("decisions")
    card = moderator.page.locator("article", has_text=f"The mirror hangs by May. {n}")
    await card.locator("a[href$='/outcome']").click()
    await moderator.page.wait_for_selector("input[name=status]")
    await moderator.page.check("input[name=status][value=done]", force=True)
    await moderator.page.click("main form button.button")
    await moderator.page.wait_for_selector(".govuk-error-summary")
    await moderator.looks_right("outcome-refused")
    await moderator.page.fill("[name=note]", f"It hangs in every centre. {n}")
    await moderator.page.click("main form button.button")
    await moderator.page.wait_for_selector(".flash__item")
    await author.go(f"/ideas/{idea}")
    assert await page.locator(".timeline").get_by_text(f"It hangs in every centre. {n}").count()
    await author.looks_right("idea-carried-out")
    # One's data, and the end.
    await author.go("/account/settings")
    await author.looks_right("account-settings")
    data = json.loads(await (await page.request.get(f"{author.address}/account/export")).text())
    assert data["account"]["email"] == email
    assert [i["id"] for i in data["ideas"]] == [idea]
    await author.go("/account/erase")
    await author.looks_right("account-erase")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button.button--warning")
    await page.wait_for_selector("a[href^='/sign-in']")
    await author.go(f"/ideas/{idea}")
    assert not await page.locator(".idea-page .meta").first.get_by_text("Visitor").count()
    await author.looks_right("idea-of-nobody")
