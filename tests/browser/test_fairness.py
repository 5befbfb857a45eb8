"""Second opinions, an appeal and the page of teaching at a real browser, each from its beginning to its end."""

from __future__ import annotations

import re
import time

import httpx
import pytest

from tests.browser.conftest import PASSWORD

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")

WAYS = [("ru", 1280, True), ("en", 390, False)]
TEXTS = {
    "ru": ("Лежаки для посетителей", "Поставьте в зале лежаки и устройте движуху, пусть ждут с пользой.",
           "Этого здесь не будет.",
           "Речь была об удобстве, а не о шуме: прошу посмотреть ещё раз.", "Посмотрели: об удобстве подумаем."),
    "en": ("Loungers for visitors", "Put loungers and some hubbub into the hall, so that waiting is useful.",
           "There will be none of this here.", "It was about comfort, not about noise: please look again.",
           "We looked again: comfort is worth a study."),
}  # fmt: skip
BLOCKED = {"ru": "движух*", "en": "hubbub*"}


@pytest.fixture
def api(product):
    """Calls as one of the demo accounts."""
    clients = []

    def sign_in(name: str) -> httpx.Client:
        client = httpx.Client(base_url=product, timeout=30)
        answer = client.post("/api/token", json={"email": f"{name}@example.org", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        clients.append(client)
        return client

    yield sign_in
    for client in clients:
        client.close()


async def enter(visitor, name, lang, width, js):
    someone = await visitor(lang, width, js=js)
    await someone.sign_in(name)
    await someone.use_language()
    return someone


@pytest.mark.parametrize(("lang", "width", "js"), WAYS)
async def test_from_a_blocked_word_to_an_upheld_appeal(visitor, facts, api, lang, width, js) -> None:
    title, text, decline, objection, answer = TEXTS[lang]
    # The product knows a text that it has seen already.
    title = f"{title} {time.time_ns() // 10**6 % 10**4}"
    admin = await enter(visitor, "admin", lang, width, js)
    page = admin.page
    await admin.go("/moderation/words?campaign=my-office")
    await page.fill("[name=words]", BLOCKED[lang])
    await page.click("main form[action='/moderation/words'] button")
    await page.wait_for_selector(".words li")
    await admin.looks_right("fairness-words")
    await admin.go("/moderation/opinions/agreement?campaign=my-office")
    await page.fill("[name=percent]", "500")
    await page.click("form[action$='/share'] button")
    await page.wait_for_selector(".govuk-error-summary")
    await page.fill("[name=percent]", "100")
    await page.click("form[action$='/share'] button")
    await page.wait_for_load_state()
    assert await page.input_value("[name=percent]") == "100"

    idea = api("citizen").post(
        "/api/ideas", json={"campaign": "my-office", "title": title, "text": text}
    ).json()["id"]  # fmt: skip
    ruled = api("moderator").post(
        f"/api/ideas/{idea}/decision", json={"verdict": "decline", "reason": decline}
    )
    assert ruled.status_code == 200, ruled.text

    # The second moderator does not see what the first one said.
    await admin.go("/moderation/opinions")
    await admin.looks_right("fairness-opinions")
    await page.click(f"a:has-text('{title}')")
    assert decline not in await page.inner_text("main")
    assert await page.locator("mark.spot").count() == 1
    await admin.looks_right("fairness-opinion")
    await page.check("[name=verdict][value=forward]")
    await page.fill("[name=reason]", answer)
    await page.click("main form.desk button.button")
    await page.wait_for_selector(f"text={decline}")
    await admin.looks_right("fairness-opinion-given")
    opinion = page.url

    planner = await enter(visitor, "planner", lang, width, js)
    await planner.page.goto(opinion)
    await planner.page.check("[name=verdict][value=decline]")
    await planner.page.fill("[name=note]", decline)
    await planner.page.click("main form.desk button.button")
    await planner.page.wait_for_url(re.compile(r"/opinions/\d+$"))
    assert not await planner.page.locator("form[action$='/settle']").count()
    await planner.go("/moderation/opinions/agreement?campaign=my-office")
    await planner.looks_right("fairness-agreement")

    author = await enter(visitor, "citizen", lang, width, js)
    page = author.page
    await author.go(f"/ideas/{idea}")
    await page.click(f"a[href='/ideas/{idea}/appeal']")
    await page.fill("[name=text]", "—")
    await page.click("main form button.button")
    await page.wait_for_selector(".govuk-error-summary")
    await author.looks_right("fairness-appeal-refused")
    await page.fill("[name=text]", objection)
    await page.click("main form button.button")
    await page.wait_for_url(re.compile(r"/ideas/\d+$"))
    await page.click(f"a[href='/ideas/{idea}/appeal']")
    await author.looks_right("fairness-appeal-waits")

    page = admin.page
    await admin.go("/moderation")
    await page.click("a[href='/moderation/appeals'] >> nth=0")
    await admin.looks_right("fairness-appeals")
    await page.click(f"a:has-text('{title}')")
    await admin.looks_right("fairness-appeal")
    await page.check("[name=verdict][value=forward]")
    await page.fill("[name=reason]", answer)
    await page.click("main form.desk button.button")
    await page.wait_for_url(re.compile(r"/moderation/appeals$"))
    await author.go(f"/ideas/{idea}")
    assert answer in await author.page.inner_text(".timeline")
    await author.looks_right("fairness-idea-upheld")


@pytest.mark.parametrize(("lang", "width", "js"), WAYS)
async def test_one_tap_teaches(visitor, facts, api, lang, width, js) -> None:
    someone = await enter(visitor, "moderator", lang, width, js)
    page = someone.page
    await someone.go("/moderation/teaching?campaign=my-office")
    assert await page.locator("#next article").count() > 0
    first = await page.inner_text("#next article h3 >> nth=0")
    await someone.looks_right("teaching")
    await page.click("#next article form button >> nth=0")
    await page.wait_for_load_state()
    assert first != await page.inner_text("#next article h3 >> nth=0")
