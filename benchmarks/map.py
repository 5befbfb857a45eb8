"""`python -m benchmarks.map`: the map of ideas at its size, in a real Chromium without a graphics card.

Makes a campaign of 20,000 ideas in 30 themes and 4,000 groups with vectors around them, draws its map by the job that
does so, and opens it as a moderator. While a person's pointer pans, its wheel zooms in and out and a lasso is drawn,
the time between animation frames is written down; frames a second are its median and its slowest twentieth (p5).
Also: how long the map takes to draw, from nothing and again after a tenth has come, and how much goes over the wire.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import math
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from ideas import database, postgres
from ideas.migrate import migrate
from piccolo_conf import DB

THEMES, GROUPS = 30, 4000
FLOORS = {
    "frames a second, median": 30,
    "frames a second, p5": 30,
    "map, KB gzipped": 400,
    "drawn from nothing, s of CPU": 60,
}
RECORD = """() => { window.gaps = []; let last = performance.now(); window.recording = true;
    const step = (now) => {
        window.gaps.push(now - last); last = now; if (window.recording) requestAnimationFrame(step) };
    requestAnimationFrame((now) => { last = now; requestAnimationFrame(step) }) }"""


async def fill(count: int) -> tuple[int, str, str]:
    """A campaign of so many ideas with vectors, themes, groups and votes: (id, slug, a moderator's session)."""
    from ideas.account import actions

    rng = np.random.default_rng(0)
    campaign = await database.fetch_value(
        """INSERT INTO campaign (slug, title, summary) VALUES ('map', '{"ru": "Карта", "en": "Map"}', '{}')
        RETURNING id"""
    )
    author = await database.fetch_value(
        """INSERT INTO account (email, name, role, password) VALUES ('map@example.org', 'Map', 'moderator', '-')
        RETURNING id"""
    )
    themes = [r["id"] for r in await database.fetch(
        "INSERT INTO theme (campaign, name) SELECT $1, 'Тема номер ' || n FROM generate_series(1, $2) n RETURNING id",
        campaign, THEMES,
    )]  # fmt: skip
    home = rng.integers(0, THEMES, GROUPS)
    groups = [r["id"] for r in await database.fetch(
        """INSERT INTO cluster (campaign, theme, name, size) SELECT $1, t, 'Группа об одном и том же ' || n, 5
        FROM unnest($2::bigint[]) WITH ORDINALITY g (t, n) RETURNING id""",
        campaign, [themes[h] for h in home],
    )]  # fmt: skip
    of = rng.integers(0, GROUPS, count)
    middles = rng.standard_normal((THEMES, 256))
    own = middles[home] + 0.9 * rng.standard_normal((GROUPS, 256))
    vectors = own[of] + 0.7 * rng.standard_normal((count, 256))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    votes = np.minimum(rng.pareto(1.2, count) * 4, 900).astype(int)
    ids = [r["id"] for r in await database.fetch(
        """INSERT INTO idea (campaign, author, title, text, theme, cluster, votes)
        SELECT $1, $2, 'Предложение номер ' || n, 'Текст', t, c, v
        FROM unnest($3::bigint[], $4::bigint[], $5::int[]) WITH ORDINALITY r (t, c, v, n) RETURNING id""",
        campaign, author, [themes[home[g]] for g in of], [groups[g] for g in of], votes.tolist(),
    )]  # fmt: skip
    await database.execute(
        "INSERT INTO model (campaign, kind, version, data, report) VALUES ($1, 'encoder', 'v', '', '{}')",
        campaign,
    )
    async with database.transaction() as c:
        await c.copy_records_to_table(
            "embedding",
            columns=["idea", "campaign", "version", "vector"],
            records=[(i, campaign, "v", v) for i, v in zip(ids, vectors, strict=True)],
        )
    return campaign, "map", (await actions.open_session(author))[0]


async def draw(campaign: int) -> dict[str, float]:
    """Seconds of drawing, from nothing and after a tenth has come: by the clock, and of all processors together."""
    from ideas.map import jobs

    figures = {}
    for name in ("drawn from nothing", "drawn again"):
        began, used = time.monotonic(), time.process_time()
        await jobs.draw_now(campaign)
        figures[f"{name}, s"] = time.monotonic() - began
        figures[f"{name}, s of CPU"] = time.process_time() - used
        await database.execute("DELETE FROM spot WHERE idea % 10 = 0")
    await jobs.add(campaign)
    return figures


async def watch(address: str, slug: str, session: str, size: tuple[int, int]) -> dict[str, list[float]]:
    """Milliseconds between frames for each kind of movement."""
    from playwright.async_api import async_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="ru-RU")
        await context.add_cookies([{"name": "session", "value": session, "url": address}])
        page = await context.new_page()
        await page.goto(f"{address}/map?campaign={slug}")
        await page.wait_for_selector("[data-ready]", timeout=60_000)
        box = await page.locator(".map__canvas").bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"], size[1] - box["y"]) / 2
        found = {}

        async def record(name: str, act: Any) -> None:
            await page.evaluate(RECORD)
            await act()
            await page.evaluate("() => { window.recording = false }")
            found[name] = (await page.evaluate("() => window.gaps"))[2:]

        async def pan() -> None:
            await page.mouse.move(x, y)
            await page.mouse.down()
            for n in range(150):
                await page.mouse.move(x + 200 * math.sin(n / 12), y + 120 * math.cos(n / 17))
            await page.mouse.up()

        async def zoom() -> None:
            await page.mouse.move(x, y)
            for n in range(120):
                await page.mouse.wheel(0, -60 if n % 60 < 30 else 60)

        async def lasso() -> None:
            await page.click("[data-do=lasso]")
            await page.mouse.move(x + 150, y)
            await page.mouse.down()
            for n in range(100):
                await page.mouse.move(x + 150 * math.cos(n / 16), y + 150 * math.sin(n / 16))
            await page.mouse.up()
            await page.click("[data-do=pan]")

        await record("panning, all in view", pan)
        await record("zooming", zoom)
        for _ in range(4):
            await page.mouse.wheel(0, -240)
        await record("panning, near", pan)
        await page.click("[data-do=fit]")
        await record("lasso", lasso)
        await browser.close()
    return found


async def measure(url: str, count: int, size: tuple[int, int]) -> dict[str, float]:
    await migrate(url)
    await database.open_pool(url, smallest=1, largest=4)
    try:
        campaign, slug, session = await fill(count)
        figures: dict[str, float] = await draw(campaign)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {
            "DATABASE_URL": url,
            "PORT": str(port),
            "RATE_LIMITS": "off",
            "SECRET": "benchmark " * 4,
        }
        server = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ideas",
            "run",
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            async with httpx.AsyncClient(
                base_url=address, cookies={"session": session}, timeout=30
            ) as client:
                for _ in range(300):
                    try:
                        if (await client.get("/ready")).status_code == 200:
                            break
                    except httpx.HTTPError:
                        pass
                    await asyncio.sleep(0.2)
                began = time.monotonic()
                body = (await client.get("/api/map", params={"campaign": slug})).content
                figures["sent by the server, s"] = time.monotonic() - began
                figures["map, KB gzipped"] = len(gzip.compress(body, 5)) / 1000
            frames = await watch(address, slug, session, size)
        finally:
            server.terminate()
            await server.wait()
    finally:
        await database.close_pool()
        DB.pool = None
    for name, gaps in frames.items():
        figures[f"{name}: frames a second, median"] = 1000 / statistics.median(gaps)
        figures[f"{name}: frames a second, p5"] = 1000 / sorted(gaps)[math.ceil(0.95 * len(gaps)) - 1]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="The map of ideas, measured")
    parser.add_argument("--ideas", type=int, default=20_000)
    parser.add_argument("--size", default="1280x900", help="of the browser's window")
    options = parser.parse_args()
    width, height = (int(part) for part in options.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="ideas-map-") as folder, postgres.embedded(Path(folder)) as url:
        os.environ["DATABASE_URL"] = url
        DB.config = {"dsn": url}
        figures = asyncio.run(measure(url, options.ideas, (width, height)))
    failed = False
    for name, value in figures.items():
        floor = next((f for k, f in FLOORS.items() if name.endswith(k)), None)
        met = floor is None or (value >= floor if "frames" in name else value <= floor)
        failed |= not met
        print(
            f"{name:48} {value:9.1f}"
            + ("" if floor is None else f"   {'≥' if 'frames' in name else '≤'} {floor}")
        )
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
