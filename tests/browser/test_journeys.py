"""What the four roles come for, as they do it: in both languages, with and without JavaScript."""

from __future__ import annotations

import csv
import io
import itertools
import re
import time
import zipfile

import pytest

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")

WAYS = [("ru", 390, True), ("en", 1280, True), ("ru", 1280, False), ("en", 390, False)]
WORDS = {
    "ru": (
        "Скамейка для собак у {n}-го окна",
        "Оставить пса негде, привязать не к чему. Поставьте у входа место с крючком, дождь же.",
    ),
    "en": (
        "A hook for dogs at window {n}",
        "There is nowhere to leave a dog while I am inside. Put a sheltered place with a hook by the door.",
    ),
}
# Unlike those of an earlier run against the same product.
_numbers = itertools.count(int(time.time()) % 10**7 * 10)


async def _register(someone) -> str:
    n = next(_numbers)
    email = f"visitor{n}-{someone.lang}-{someone.width}@example.org"
    await someone.go("/register")
    await someone.page.fill("input[name=name]", f"Visitor {n}")
    await someone.page.fill("input[name=email]", email)
    await someone.page.fill("input[name=password]", "correct horse battery")
    await someone.page.click("main form button.button--wide")
    await someone.page.wait_for_url(lambda url: "/register" not in url)
    return email


async def _propose(someone, title: str, text: str) -> int:
    """Publish an idea, past whatever is shown as similar; its number."""
    page = someone.page
    await someone.go("/ideas/new?campaign=my-office")
    await page.fill("[name=title]", title)
    await page.fill("[name=text]", text)
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector("button[name=different], form[action='/ideas/new/photos']")
    if await page.locator("button[name=different]").count():
        await someone.looks_right("write-similar")
        await page.click("button[name=different]")
        await page.wait_for_selector("form[action='/ideas/new/photos']")
    await someone.looks_right("write-where")
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector("button[value=publish]")
    await someone.looks_right("write-check")
    await page.click("button[value=publish]")
    await page.wait_for_url(re.compile(r"/ideas/\d+"))
    return int(page.url.rstrip("/").split("/")[-1].split("?")[0].split("#")[0])


@pytest.mark.parametrize(("lang", "width", "js"), WAYS)
async def test_a_citizen_proposes_supports_comments_and_sees_the_group(
    visitor, facts, lang, width, js
) -> None:
    someone = await visitor(lang, width, js=js)
    page = someone.page
    await _register(someone)
    # An empty form says what is missing and keeps what was typed.
    await someone.go("/ideas/new?campaign=my-office")
    await page.fill("[name=title]", "Ab")
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector(".govuk-error-summary, .error-summary")
    assert await page.input_value("[name=title]") == "Ab"
    await someone.looks_right("idea-new-refused")
    # The same wish as a group of the demo: shown before publishing, grouped after.
    await someone.go("/ideas/new?campaign=my-office")
    if js:
        await page.fill("[name=title]", "")
        await page.locator("[name=title]").press_sequentially(facts["title_" + lang], delay=5)
        await page.wait_for_selector("#similar a")
        await someone.looks_right("idea-new-similar")
    number = next(_numbers)
    idea = await _propose(someone, facts["title_" + lang] + f" ({number})", facts["text_" + lang])
    await someone.looks_right("idea-fresh")
    for _ in range(180):
        if await page.locator(".group-box").count():
            break
        await page.wait_for_timeout(500)
        await page.reload()
    assert await page.locator(".group-box").count(), "the idea is in no group after a minute and a half"
    await someone.looks_right("idea-grouped")
    # One's own idea stays open for changes until somebody votes.
    await someone.go(f"/ideas/{idea}/edit")
    await page.fill("[name=text]", facts["text_" + lang] + " !")
    await page.click("main form button.button")
    await page.wait_for_url(re.compile(rf"/ideas/{idea}$"))
    # Support another's idea, and take it back.
    await someone.go(f"/ideas/{facts['idea']}")
    button = page.locator(f"#vote-{facts['idea']} button")
    before = int((await button.locator(".vote__number").inner_text()).replace("\xa0", "").replace(",", ""))
    assert await button.get_attribute("aria-pressed") == "false"
    await button.click()
    await page.wait_for_selector(f"#vote-{facts['idea']} button[aria-pressed=true]")
    after = int((await button.locator(".vote__number").inner_text()).replace("\xa0", "").replace(",", ""))
    assert after == before + 1
    await button.click()
    await page.wait_for_selector(f"#vote-{facts['idea']} button[aria-pressed=false]")
    # A comment that takes a side.
    await page.fill("[name=comment]", f"<b>Comment</b> {number}")
    await page.check("input[name=side][value=against]", force=True)
    await page.click("#comment-form button.button")
    await page.wait_for_selector(f"text=<b>Comment</b> {number}")
    await someone.looks_right("idea-commented")
    await someone.go("/account")
    assert await page.locator(f"a[href='/ideas/{idea}']").count()
    await someone.looks_right("account-with-ideas")
    # Signing out ends it.
    if js:
        await page.click("details[data-menu] summary")
    else:
        await page.locator("details[data-menu] summary").click()
    await page.click("form[action='/sign-out'] button")
    await page.wait_for_selector("a[href^='/sign-in']")
    await someone.go("/account")
    assert "/sign-in" in page.url


@pytest.mark.parametrize(("lang", "width", "js"), WAYS)
async def test_a_moderator_decides_on_a_group_and_its_authors_read_why(
    visitor, facts, lang, width, js
) -> None:
    author = await visitor(lang, width, js=js)
    await _register(author)
    title, text = WORDS[lang]
    mine = [await _propose(author, title.format(n=next(_numbers)), text + " " * n) for n in range(2)]
    someone = await visitor(lang, width, js=js)
    page = someone.page
    await someone.sign_in("moderator")
    await someone.use_language()
    await someone.go("/moderation")
    await someone.looks_right("moderation-queue")
    # The group of the author's two ideas.
    for _ in range(60):
        answer = await page.request.get(f"{someone.address}/api/ideas/{mine[0]}")
        cluster = (await answer.json())["cluster"]
        if cluster:
            break
        await page.wait_for_timeout(500)
    assert cluster, "two ideas that say the same are in no group after half a minute"
    number = cluster["id"] if isinstance(cluster, dict) else cluster
    await someone.go(f"/moderation/clusters/{number}")
    await someone.looks_right("moderation-open")
    # No reason: refused, what was ticked stays.
    await page.fill("[name=letter]", "Dear {name}, about {title}")
    await page.locator("[name=reason]").evaluate("node => node.removeAttribute('required')")
    await page.click("button[name=verdict][value=accept]")
    await page.wait_for_selector(".govuk-error-summary, .error-summary")
    assert await page.input_value("[name=letter]") == "Dear {name}, about {title}"
    await someone.looks_right("moderation-refused")
    await page.fill("[name=reason]", "It can be done by spring: <i>every</i> centre has a place.")
    await page.click("button[name=verdict][value=accept]")
    await page.wait_for_selector("form[action$='/undo']")
    await someone.looks_right("moderation-accepted")
    # The author reads the answer.
    await author.go("/account")
    assert await author.page.get_by_text("It can be done by spring").count()
    await author.looks_right("account-answered")
    await author.go(f"/ideas/{mine[0]}")
    assert await author.page.get_by_text("It can be done by spring").count()
    await author.looks_right("idea-decided")
    # Undone: all is as before.
    await page.click("form[action$='/undo'] button")
    await page.wait_for_selector("button[name=verdict]")
    await author.go(f"/ideas/{mine[0]}")
    assert not await author.page.locator("#decision-title").count()
    # Split one off, then merge the two groups again.
    await someone.go(f"/moderation/clusters/{number}")
    members = await page.locator("input[name=ideas]").count()
    await page.check(f"input[name=ideas][value='{mine[1]}']", force=True)
    await page.click("button[formaction$='/split']")
    await page.wait_for_load_state()
    answer = await page.request.get(f"{someone.address}/api/ideas/{mine[1]}")
    other = (await answer.json())["cluster"]
    other_number = other["id"] if isinstance(other, dict) else other
    assert other_number != number
    await someone.go(
        f"/moderation/clusters/{number}" if members > 2 else f"/moderation/clusters/{other_number}"
    )
    await someone.looks_right("moderation-split")
    # Correct a tag.
    await someone.go(f"/moderation/ideas/{mine[0]}")
    await page.click("details:has(form[action$='/tags']) summary")
    await page.check(f"#tag-{mine[0]}-pride", force=True)
    await page.click("form[action$='/tags'] button")
    await page.wait_for_load_state()
    answer = await page.request.get(f"{someone.address}/api/ideas/{mine[0]}")
    tags = (await answer.json())["tags"]
    assert any(t.get("slug", t.get("principle")) == "pride" for t in tags), tags


@pytest.mark.parametrize(("lang", "width"), [("ru", 1280), ("en", 390)])
async def test_a_planner_ranks_and_takes_a_spreadsheet_away(visitor, lang, width) -> None:
    someone = await visitor(lang, width)
    page = someone.page
    await someone.sign_in("planner")
    await someone.use_language()
    await someone.go("/planning")
    await someone.looks_right("planning")
    for name in ("ideas", "clusters"):
        for kind in ("csv", "xlsx", "jsonl"):
            answer = await page.request.get(f"{someone.address}/api/export/{name}.{kind}?campaign=my-office")
            assert answer.status == 200, f"{name}.{kind}: {answer.status}"
            body = await answer.body()
            if kind == "csv":
                rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
                assert len(rows) > (1000 if name == "ideas" else 50)
                assert any("а" in cell for row in rows[:20] for cell in row)
            elif kind == "xlsx":
                assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    link = page.locator("a[href*='/api/export/']").first
    async with page.expect_download() as download:
        await link.click()
    assert "my-office" in (await download.value).suggested_filename


@pytest.mark.parametrize(("lang", "width"), [("ru", 390), ("en", 1280)])
async def test_an_organiser_blocks_a_person_who_is_signed_out_at_once(visitor, lang, width) -> None:
    troll = await visitor(lang, width)
    email = await _register(troll)
    someone = await visitor(lang, width)
    await someone.sign_in("admin")
    await someone.use_language()
    await someone.go(f"/people?q={email}")
    await someone.looks_right("people-found")
    await someone.page.click("form[action$='/block'] button")
    await someone.page.wait_for_load_state()
    await someone.looks_right("people-blocked")
    await troll.go("/account")
    assert "/sign-in" in troll.page.url
    await troll.page.fill("input[name=email]", email)
    await troll.page.fill("input[name=password]", "correct horse battery")
    await troll.page.click("main form button.button--wide")
    await troll.page.wait_for_selector(".govuk-error-summary, .error-summary")
    await troll.looks_right("sign-in-refused")


async def test_a_double_click_publishes_once_and_the_back_button_keeps_the_text(visitor) -> None:
    someone = await visitor("ru", 390)
    page = someone.page
    await _register(someone)
    title = f"Двойной щелчок {next(_numbers)}"
    await someone.go("/ideas/new?campaign=my-office")
    await page.fill("[name=title]", title)
    await page.fill("[name=text]", "Пусть кнопка отправляет одну идею, сколько раз ни нажми.")
    await page.dblclick("#idea-form .buttons button")
    await page.wait_for_selector("button[name=different], form[action='/ideas/new/photos']")
    if await page.locator("button[name=different]").count():
        await page.dblclick("button[name=different]")
        await page.wait_for_selector("form[action='/ideas/new/photos']")
    await page.dblclick("#idea-form .buttons button:first-child")
    await page.dblclick("button[value=publish]")
    await page.wait_for_url(re.compile(r"/ideas/\d+"))
    answer = await page.request.get(
        f"{someone.address}/api/ideas", params={"campaign": "my-office", "q": title}
    )
    assert len([i for i in (await answer.json())["items"] if i["title"] == title]) == 1


async def test_nothing_typed_is_lost_when_the_session_has_ended(visitor) -> None:
    someone = await visitor("ru", 390)
    page = someone.page
    email = await _register(someone)
    await someone.go("/ideas/new?campaign=my-office")
    await page.fill("[name=title]", "Сохраните мой текст")
    await page.fill("[name=text]", "Я печатал это полчаса одной рукой в автобусе.")
    await page.context.clear_cookies(name="session")
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector("button[name=different], form[action='/ideas/new/photos']")
    if await page.locator("button[name=different]").count():
        await page.click("button[name=different]")
        await page.wait_for_selector("form[action='/ideas/new/photos']")
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector("button[value=publish]")
    await someone.looks_right("write-check-signed-out")
    await page.click("button[value=publish]")
    await page.fill("input[name=email]", email)
    await page.fill("input[name=password]", "correct horse battery")
    await page.click("main form button.button--wide")
    await page.wait_for_selector("button[value=publish]")
    text = await page.locator(".preview").inner_text()
    assert "Сохраните мой текст" in text
    assert "Я печатал это полчаса одной рукой в автобусе." in text
    await someone.looks_right("write-check-signed-in-again")
    await page.click("button[value=publish]")
    await page.wait_for_url(re.compile(r"/ideas/\d+"))
