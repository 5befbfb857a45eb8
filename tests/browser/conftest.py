"""A real Chromium on the real product: `ideas run` with its demo campaign in a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = ROOT / "test-results" / "screens"
PASSWORD = "my-office-demo"
# Wishes that a group of the demo campaign says already.
TWINS = {
    "ru": (
        "Присылайте СМС, когда подходит очередь",
        "Пришлите сообщение на телефон, когда подойдёт моя очередь, чтобы не стоять в зале.",
    ),
    "en": (
        "Text me when my turn is near",
        "Send a message to the phone when my turn in the queue comes near, so that I need not wait in the hall.",
    ),
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running product without rate limits; PRODUCT names one that runs already."""
    if os.environ.get("PRODUCT"):
        yield os.environ["PRODUCT"]
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("product")
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "SECRET")}
    environment |= {"PORT": str(port), "DATA_DIR": str(folder / "data"), "RATE_LIMITS": "off"}
    log = (folder / "log").open("wb")
    child = subprocess.Popen([sys.executable, "-m", "ideas", "run"], env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 180
        while True:
            assert child.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, "not ready: " + (folder / "log").read_text()
            try:
                if httpx.get(f"{address}/ready", timeout=2).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        yield address
    finally:
        child.terminate()
        child.wait(20)
        log.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "Chromium is missing: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        await browser.close()


class Visitor:
    """A person at a browser: one language, one width, with or without JavaScript."""

    def __init__(self, page: Page, address: str, lang: str, width: int) -> None:
        self.page = page
        self.address = address
        self.lang = lang
        self.width = width
        self.problems: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))

    def _console(self, message: Any) -> None:
        # A refused request is what some steps are about; Chromium writes each into the console.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    async def go(self, path: str) -> None:
        answer = await self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status < 500, f"{path}: {answer.status}"

    async def sign_in(self, name: str, password: str = PASSWORD) -> None:
        """Sign in as one of the demo accounts."""
        await self.go("/sign-in")
        await self.page.fill("input[name=email]", f"{name}@example.org")
        await self.page.fill("input[name=password]", password)
        await self.page.click("main form button.button--wide")
        await self.page.wait_for_url(lambda url: "/sign-in" not in url)

    async def use_language(self) -> None:
        """Switch to this visitor's language where an account's own is another."""
        shown = await self.page.evaluate("document.documentElement.lang")
        if shown != self.lang:
            await self.page.click(f"form.language button[value={self.lang}]")
            await self.page.wait_for_selector(f"html[lang={self.lang}]")

    async def looks_right(self, name: str) -> None:
        """No accessibility finding, no overflow, no error of a script; and a screenshot to look at."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENS / f"{name}-{self.lang}-{self.width}.png", full_page=True)
        shown = await self.page.evaluate("document.documentElement.lang")
        assert shown == self.lang, f"{name} is in {shown}"
        wide = await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} px too wide at {self.width} px"
        assert self.problems == []
        findings = await self._axe()
        assert findings == [], f"{name}: {findings}"

    async def _axe(self) -> list[str]:
        # Evaluated over the debugger, so that the page's content security policy stays as it is.
        await self.page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
        result = await self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
        )
        return [
            f"{v['id']}: {[node['target'] for node in v['nodes']][:4]} {v['nodes'][0].get('failureSummary', '')[:300]}"
            for v in result["violations"]
        ]


@pytest.fixture(scope="session")
def facts(product: str) -> dict[str, Any]:
    """Numbers and texts of the demo campaign that the tests need."""
    with httpx.Client(base_url=product, timeout=30) as client:
        token = client.post(
            "/api/token", json={"email": "moderator@example.org", "password": PASSWORD}
        ).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        ideas = client.get(
            "/api/ideas", params={"campaign": "my-office", "sort": "top", "limit": 100}
        ).json()["items"]
        clusters = client.get("/api/clusters", params={"campaign": "my-office", "state": "open"}).json()[
            "items"
        ]
        decided = client.get("/api/clusters", params={"campaign": "my-office", "state": "accepted"}).json()[
            "items"
        ]
        texts = _twins(client, clusters)
    largest = max(clusters, key=lambda c: c["size"])
    member = next(i for i in ideas if i["cluster"] and i["status"] == "submitted")
    return {"idea": member["id"], "cluster": largest["id"], "decided": decided[0]["id"], **texts}


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(chromium: Browser, product: str) -> AsyncIterator[Callable[..., Awaitable[Visitor]]]:
    """Makes visitors: `await visitor("ru", 390, js=False)`."""
    contexts = []

    async def make(lang: str = "ru", width: int = 1280, *, js: bool = True) -> Visitor:
        context = await chromium.new_context(
            viewport={"width": width, "height": 900},
            locale="ru-RU" if lang == "ru" else "en-GB",
        )
        if not js:
            # The content security policy allows scripts from files only, so without these there are none;
            # the browser's own switch would stop axe, too.
            await context.route("**/*.js", lambda route: route.abort())
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Visitor(await context.new_page(), product, lang, width)

    yield make
    for context in contexts:
        await context.close()


def _twins(client: httpx.Client, clusters: list[dict[str, Any]]) -> dict[str, str]:
    """In each language the words of an idea whose group is open, of a group that no other test comes to soon.

    A group that is decided takes in no newcomers.
    """
    found: dict[str, str] = {}
    for cluster in reversed(clusters):
        members = client.get(f"/api/clusters/{cluster['id']}").json()["members"]
        for m in members if len(members) > 2 else []:
            if f"title_{m['lang']}" not in found:
                found |= {f"title_{m['lang']}": m["title"], f"text_{m['lang']}": m["text"]}
        if len(found) == 4:
            return found
    raise AssertionError("no open group in both languages")
