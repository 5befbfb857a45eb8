"""From the code on a centre's wall to a published idea, as a person with a phone does it."""

from __future__ import annotations

import io
import itertools
import re
import time

import pytest
from PIL import Image

from tests.browser.conftest import TWINS

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")

# Unlike those of an earlier run against the same product.
_numbers = itertools.count(int(time.time()) % 10**7 * 10)
PRIVATE = {
    "ru": "Мой телефон +7 916 123-45-67. А ещё поставьте скамейку у входа для пожилых людей.",
    "en": "My phone is +7 916 123-45-67. And also put a bench by the entrance for the elderly.",
}


async def _register_here(someone) -> str:
    """Register on the page one was led to; afterwards one is led back. Returns the address."""
    n = next(_numbers)
    email = f"writer{n}-{someone.lang}@example.org"
    await someone.page.fill("input[name=name]", f"Visitor {n}")
    await someone.page.fill("input[name=email]", email)
    await someone.page.fill("input[name=password]", "correct horse battery")
    await someone.page.click("main form button.button--wide")
    return email


async def _register(someone) -> None:
    await someone.go("/register")
    await _register_here(someone)
    await someone.page.wait_for_url(lambda url: "/register" not in url)


async def _until(page, expression: str) -> None:
    """Wait until something is true in the page, whose policy forbids what Playwright's own waiting does."""
    for _ in range(60):
        if await page.evaluate(expression):
            return
        await page.wait_for_timeout(200)
    raise AssertionError(f"never true: {expression}")


def _photo() -> bytes:
    image = Image.effect_noise((2000, 1500), 80).convert("RGB")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.mark.parametrize(
    ("lang", "width", "js"), [("ru", 390, False), ("en", 390, False), ("ru", 1280, True), ("en", 1280, True)]
)
async def test_from_the_code_on_the_wall_to_a_published_idea(visitor, lang, width, js) -> None:
    someone = await visitor(lang, width, js=js)
    page = someone.page
    # The list of centres has a poster for each; the code on it leads to the centre's page.
    await someone.go("/offices?campaign=my-office")
    await someone.looks_right("offices")
    arrival = await page.locator("a[href^='/o/']").nth(3).get_attribute("href")
    posters = await page.locator(".office-row__posters a").evaluate_all(
        "nodes => nodes.map(n => n.href).slice(0, 2)"
    )
    for poster in posters:
        answer = await page.request.get(poster)
        assert answer.status == 200, poster
    await someone.go(arrival)
    await someone.looks_right("office")
    centre = await page.locator("h1").inner_text()
    await page.click(".office-hero a.button--sun")
    # Nobody has to sign in before writing.
    await page.wait_for_selector("[name=title]")
    await someone.looks_right("write-what")
    title, text = TWINS[lang]
    number = next(_numbers)
    await page.fill("[name=title]", f"{title} ({number})")
    await page.fill("[name=text]", f"{text} {PRIVATE[lang]}")
    await page.click("#idea-form .buttons button")
    # Ideas that say the same stand between; this one is different.
    await page.wait_for_selector("button[name=different]")
    assert await page.locator(".cards .card").count() >= 1
    await someone.looks_right("write-similar-signed-out")
    await page.click("button[name=different]")
    await page.wait_for_selector("form[action='/ideas/new/photos']")
    # The centre whose code it was is chosen already.
    if js:
        assert centre in await page.input_value("input#office")
    else:
        assert centre in await page.locator("select[name=office] option[selected]").inner_text()
    await someone.looks_right("write-where-signed-out")
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector("button[value=publish]")
    assert centre in await page.locator(".preview .meta").inner_text()
    # What is private is pointed out and hidden with one tap; two ideas are parted with another.
    await someone.looks_right("write-check-spots")
    await page.click("button[value='hide:0']")
    await page.wait_for_selector("button[value='hide:0']", state="detached")
    assert "916" not in await page.locator(".preview").inner_text()
    await page.click("button[value=split]")
    await page.wait_for_selector("button[value=join]")
    await someone.looks_right("write-check-parted")
    # Publishing asks to sign in; registering leads back to what was typed.
    await page.click("button[value=publish]")
    await page.wait_for_url(re.compile("/sign-in"))
    await page.click("main a[href^='/register']")
    await _register_here(someone)
    await page.wait_for_selector("button[value=publish]")
    assert str(number) in await page.locator(".preview").inner_text()
    await page.click("button[value=publish]")
    # The second of the two ideas waits as a draft.
    await page.wait_for_selector("[name=text]")
    rest = await page.input_value("[name=text]")
    assert ("скамейку" if lang == "ru" else "bench") in rest
    await someone.looks_right("write-what-second")
    await someone.go("/account")
    mine = page.locator("main a", has_text=str(number))
    await mine.first.click()
    await page.wait_for_selector(".idea-page")
    assert centre in await page.locator(".idea-page .meta").inner_text()


@pytest.mark.parametrize(("lang", "width", "js"), [("ru", 390, True), ("en", 1280, False)])
async def test_photos_are_added_described_and_shown(visitor, lang, width, js) -> None:
    someone = await visitor(lang, width, js=js)
    page = someone.page
    await _register(someone)
    await someone.go("/ideas/new?campaign=my-office")
    number = next(_numbers)
    await page.fill("[name=title]", f"Ы {number}")
    await page.fill(
        "[name=text]",
        "Крючок для зонта у каждого окна, а то лужи." if lang == "ru" else "A hook for umbrellas.",
    )
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector("button[name=different], form[action='/ideas/new/photos']")
    if await page.locator("button[name=different]").count():
        await page.click("button[name=different]")
        await page.wait_for_selector("form[action='/ideas/new/photos']")
    files = [{"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": _photo()} for n in range(2)]
    await page.set_input_files("input[name=photo]", files)
    if js:
        # Shrunk before it is sent.
        await _until(page, "document.querySelector('input[name=photo]').files[0].name == 'photo.jpg'")
    await page.click("button[value=add]")
    await page.wait_for_selector(".photo-list__item")
    assert await page.locator(".photo-list__item").count() == 2
    await page.fill("input[name^=alt-] >> nth=0", "Мокрый пол у окна" if lang == "ru" else "A wet floor")
    await someone.looks_right("write-where-photos")
    await page.click("button[value^='remove:'] >> nth=1")
    await _until(page, "document.querySelectorAll('.photo-list__item').length == 1")
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector("button[value=publish]")
    await someone.looks_right("write-check-photos")
    await page.click("button[value=publish]")
    await page.wait_for_url(re.compile(r"/ideas/\d+$"))
    shown = page.locator(".photos__image")
    assert await shown.get_attribute("alt") == ("Мокрый пол у окна" if lang == "ru" else "A wet floor")
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 480
    await someone.looks_right("idea-photos")
    await page.click("a[href$='/edit']")
    await page.wait_for_selector(".own-photos")
    await someone.looks_right("idea-edit")


async def test_drafts_are_kept_on_the_server_and_in_the_browser(visitor) -> None:
    someone = await visitor("ru", 390)
    page = someone.page
    # Without an account: in this browser, over a reload.
    await someone.go("/ideas/new?campaign=my-office")
    await page.locator("[name=title]").press_sequentially("Черновик в браузере")
    await _until(page, "localStorage.getItem('draft:my-office')")
    await page.reload()
    await _until(page, "document.querySelector('[name=title]').value == 'Черновик в браузере'")
    await someone.looks_right("write-what-restored")
    # With one: on the server, and nothing stays in the browser.
    await _register(someone)
    await someone.go("/ideas/new?campaign=my-office")
    assert await page.input_value("[name=title]") == "Черновик в браузере"
    await _until(page, "document.querySelector('#draft-state').textContent.includes('сохранён')")
    await _until(page, "!localStorage.getItem('draft:my-office')")
    await page.locator("[name=text]").press_sequentially("и дальше")
    async with page.expect_response("**/drafts"):
        pass
    await page.reload()
    assert await page.input_value("[name=text]") == "и дальше"
    await someone.looks_right("write-what-draft")
    # Signed out meanwhile: the browser takes over, and says so.
    await page.context.clear_cookies(name="session")
    await page.locator("[name=text]").press_sequentially(" ещё")
    await _until(page, "localStorage.getItem('draft:my-office')?.includes('дальше')")
    assert "в этом браузере" in await page.locator("#draft-state").inner_text()


async def test_an_idea_that_has_votes_is_added_to(visitor, facts) -> None:
    someone = await visitor("ru", 390)
    page = someone.page
    await _register(someone)
    number = next(_numbers)
    await someone.go("/ideas/new?campaign=my-office")
    await page.fill("[name=title]", f"Коврик {number}")
    await page.fill("[name=text]", f"Положите коврик у входа, зимой скользко, {number}.")
    await page.click("#idea-form .buttons button")
    await page.wait_for_selector("button[name=different], form[action='/ideas/new/photos']")
    if await page.locator("button[name=different]").count():
        await page.click("button[name=different]")
        await page.wait_for_selector("form[action='/ideas/new/photos']")
    await page.click("#idea-form .buttons button")
    await page.click("button[value=publish]")
    await page.wait_for_url(re.compile(r"/ideas/\d+$"))
    path = page.url.removeprefix(someone.address)
    other = await visitor("ru", 390)
    await _register(other)
    await other.go(path)
    await other.page.click(".idea-page .vote button")
    await other.page.wait_for_selector(".idea-page .vote button[aria-pressed=true]")
    await someone.go(path + "/edit")
    await page.fill("[name=addition]", "И второй коврик — у запасного выхода.")
    await someone.looks_right("idea-add")
    await page.click("main form[action$='/additions'] button.button")
    await page.wait_for_url(re.compile(r"/ideas/\d+$"))
    assert "запасного выхода" in await page.locator(".idea-page").inner_text()
    await someone.looks_right("idea-added")
