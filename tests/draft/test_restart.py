"""The whole product is stopped and started between a form and its sending: a real browser session goes on."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import asyncpg
import httpx

from ideas import postgres
from tests.draft.test_writing import TEXT, TITLE, carried
from tests.test_run import PATIENCE, Start, start

__all__ = ["start"]

FILL = """
INSERT INTO campaign (slug, title) VALUES ('office', '{"ru": "Офис"}');
INSERT INTO stage (campaign, title, opens, closes, submit)
    SELECT id, '{}', now() - interval '1 day', now() + interval '1 day', true FROM campaign;
"""


async def test_a_form_outlives_a_restart(tmp_path: Path, start: Start) -> None:
    folder = tmp_path / "data"
    product = start(folder).ready()
    url = postgres.running(folder)
    assert url
    connection = await asyncpg.connect(url)
    await connection.execute(FILL)
    await connection.close()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{product.port}", timeout=PATIENCE) as browser:
        account = {"name": "Anna", "email": "anna@example.org", "password": "long enough to do"}
        form = await _hidden(browser, "/register") | account
        assert (await browser.post("/register", data=form)).status_code == 303
        page = await browser.get("/ideas/new", params={"campaign": "office"})
        typed = carried(page.text) | {"title": TITLE, "text": TEXT}

        product.process.send_signal(signal.SIGTERM)
        product.process.wait(PATIENCE)
        start(folder, PORT=str(product.port)).ready()

        where = await browser.post("/ideas/new", data=typed)
        assert where.status_code == 200, where.text
        check = await browser.post("/ideas/new/photos", data=carried(where.text), files={"photo": ("", b"")})
        assert TEXT in check.text
        done = await browser.post("/ideas/new", data=carried(check.text) | {"act": "publish"})
        assert done.status_code == 303
        assert TEXT in (await browser.get(done.headers["location"])).text


async def _hidden(browser: httpx.AsyncClient, page: str) -> dict[str, str]:
    text = (await browser.get(page)).text
    # A form that comes back within a second was filled in by a program.
    await asyncio.sleep(2)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
