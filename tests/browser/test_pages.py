"""Every page in both languages at both widths: no accessibility finding, nothing too wide, a screenshot to look at."""

from __future__ import annotations

import httpx
import pytest

# One worker drives the browser: the product is started once.
pytestmark = pytest.mark.xdist_group("browser")

LOOKS = [("ru", 1280), ("ru", 390), ("en", 1280), ("en", 390)]

PAGES = {
    None: [
        ("front", "/"),
        ("campaigns", "/campaigns"),
        ("ideas", "/ideas?campaign=my-office"),
        ("ideas-filtered", "/ideas?campaign=my-office&q=очередь&sort=top&principle=time"),
        ("ideas-none", "/ideas?campaign=my-office&q=щщщъъъ"),
        ("idea", "/ideas/{idea}"),
        ("clusters", "/clusters?campaign=my-office"),
        ("cluster", "/clusters/{cluster}"),
        ("sign-in", "/sign-in"),
        ("register", "/register"),
        ("help", "/help"),
        ("help-grouping", "/help/grouping"),
        ("rules", "/rules"),
        ("not-found", "/nothing-here"),
    ],
    "citizen": [
        ("idea-new", "/ideas/new?campaign=my-office"),
        ("account", "/account"),
        ("account-notices-demo", "/account/notices"),
        ("account-support-demo", "/account/support"),
        ("account-comments-demo", "/account/comments"),
        ("report", "/ideas/{idea}/report"),
        ("forbidden", "/moderation"),
    ],
    "moderator": [
        ("moderation", "/moderation"),
        ("moderation-cluster", "/moderation/clusters/{cluster}"),
        ("moderation-decided", "/moderation/clusters/{decided}"),
        ("moderation-alone", "/moderation/alone"),
        ("moderation-decisions", "/moderation/decisions"),
        ("moderation-idea", "/moderation/ideas/{idea}"),
    ],
    "planner": [("planning", "/planning"), ("planning-clusters", "/planning/clusters")],
    "admin": [("people", "/people")],
}


@pytest.mark.parametrize(("lang", "width"), LOOKS)
@pytest.mark.parametrize("role", list(PAGES), ids=lambda role: role or "anyone")
async def test_every_page_looks_right(visitor, facts, role: str | None, lang: str, width: int) -> None:
    someone = await visitor(lang, width)
    if role:
        await someone.sign_in(role)
        await someone.use_language()
    for name, path in PAGES[role]:
        await someone.go(path.format(**facts))
        await someone.looks_right(name)


async def test_large_text_and_a_narrow_screen_lose_nothing(visitor, facts) -> None:
    someone = await visitor("ru", 320)
    for path in ("/", "/ideas?campaign=my-office", f"/ideas/{facts['idea']}", "/register"):
        await someone.go(path)
        await someone.looks_right("narrow" + path.split("?")[0].replace("/", "-"))


async def test_every_link_of_the_main_pages_leads_somewhere(visitor, facts) -> None:
    someone = await visitor("en", 1280)
    checked: set[str] = set()
    for path in (
        "/",
        "/ideas?campaign=my-office",
        f"/ideas/{facts['idea']}",
        f"/clusters/{facts['cluster']}",
        "/help",
    ):
        await someone.go(path)
        links = await someone.page.eval_on_selector_all(
            "a[href^='/']", "nodes => nodes.map(n => n.getAttribute('href'))"
        )
        async with httpx.AsyncClient(base_url=someone.address, timeout=20, follow_redirects=True) as client:
            for link in sorted(set(links) - checked)[:40]:
                checked.add(link)
                answer = await client.get(link)
                assert answer.status_code < 400, f"{path} links to {link}, which answers {answer.status_code}"
