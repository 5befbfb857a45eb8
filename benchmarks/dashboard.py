"""`python -m benchmarks.dashboard`: rankings and dashboards over 100,000 ideas and a million votes.

Fills a scratch database, makes the numbers as the worker does, then asks for each page and call `--times` times with
nothing remembered: median and 95th percentile of the time to answer, and SQL statements. `--markdown` for docs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from ideas import database, postgres, remembered
from ideas.app import create_app
from ideas.migrate import migrate
from ideas.settings import Settings
from piccolo_conf import DB

FLOOR = 1.0
_FILL = """
SELECT setseed(0.5);
INSERT INTO campaign (slug, title) VALUES ('bench', '{"ru": "Замер", "en": "Benchmark"}');
INSERT INTO stage (campaign, title, opens, closes, submit, comment, vote)
    SELECT id, jsonb_build_object('ru', 'Этап ' || n), now() - make_interval(days => 70 - 20 * n),
        now() - make_interval(days => 50 - 20 * n), true, true, true FROM campaign, generate_series(0, 3) n;
INSERT INTO principle (campaign, slug, name, position)
    SELECT c.id, 'p' || n, jsonb_build_object('ru', 'Принцип ' || n), n FROM campaign c, generate_series(1, 8) n;
INSERT INTO district (campaign, slug, name, area, population)
    SELECT c.id, 'd' || n, jsonb_build_object('ru', 'Район ' || n), jsonb_build_object('ru', 'Округ ' || n % 12),
        20000 + (random() * 200000)::int FROM campaign c, generate_series(1, 125) n;
INSERT INTO office (campaign, district, slug, name)
    SELECT campaign, id, 'o' || id, jsonb_build_object('ru', 'Центр ' || id) FROM district LIMIT 96;
INSERT INTO account (email, name, role, password, created)
    SELECT 'bench' || n || '@example.org', 'Житель ' || n, CASE WHEN n <= 6 THEN 'planner' ELSE 'citizen' END, '',
        now() - random() * interval '70 days' FROM generate_series(1, {people}) n;
INSERT INTO session (account, hash, kind, expires)
    SELECT id, sha256('bench'), 'token', now() + interval '1 day' FROM account WHERE email = 'bench1@example.org';
INSERT INTO theme (campaign, name) SELECT c.id, 'Тема ' || n FROM campaign c, generate_series(1, 80) n;
INSERT INTO cluster (campaign, theme, name, size)
    SELECT t.campaign, t.id, 'Группа ' || n, 1 FROM generate_series(1, {ideas} / 5) n
    JOIN (SELECT id, campaign, row_number() OVER (ORDER BY id) AS k FROM theme) t ON t.k = 1 + n % 80;
CREATE TEMP TABLE word AS SELECT n, translate(md5(n::text), '0123456789abcdef', 'аеиоуыэюбвгдклмн') AS w
    FROM generate_series(0, 4999) n;
INSERT INTO idea (campaign, author, title, text, district, office, cluster, theme, status, eyes, impressions, created)
    SELECT c.campaign, (SELECT min(id) FROM account) + (random() * ({people} - 1))::int, 'Идея ' || n,
        (SELECT string_agg(left(w.w, 5 + w.n % 5), ' ') FROM generate_series(1, 40) k
            JOIN word w ON w.n = (m::bigint * 7919 + k * k * 104729 + m / 5000 * k * 31) % 5000),
        o.district, o.id, c.id, c.theme,
        (ARRAY['submitted', 'submitted', 'submitted', 'accepted', 'declined'])[1 + n % 5], random() * 60,
        (random() * 300)::int, now() - random() * interval '70 days'
    FROM generate_series(1, {ideas}) n
    -- Of each thousand, twenty are copies of one text.
    CROSS JOIN LATERAL (SELECT CASE WHEN n % 50 = 0 THEN n - n % 1000 ELSE n END AS m) u
    JOIN (SELECT id, campaign, theme, row_number() OVER (ORDER BY id) AS k FROM cluster) c
        ON c.k = 1 + n % ({ideas} / 5)
    JOIN (SELECT id, district, row_number() OVER (ORDER BY id) AS k FROM office) o ON o.k = 1 + (n * 31) % 96;
INSERT INTO tag (idea, principle, source, probability)
    SELECT i.id, p.id, 'model', 0.8 FROM idea i JOIN principle p ON p.position IN (1 + i.id % 8, 1 + i.id % 3);
INSERT INTO vote (idea, account, value, created)
    SELECT i, a, CASE WHEN random() < 0.05 THEN -1 ELSE 1 END, now() - random() * interval '70 days' FROM (
        SELECT (SELECT min(id) FROM idea) + (random() * random() * ({ideas} - 1))::int AS i,
            (SELECT min(id) FROM account) + (random() * ({people} - 1))::int AS a
        FROM generate_series(1, {votes})) x ON CONFLICT DO NOTHING;
UPDATE idea SET votes = v.n, votes_against = v.m FROM (SELECT idea, count(*) FILTER (WHERE value = 1) AS n,
    count(*) FILTER (WHERE value = -1) AS m FROM vote GROUP BY idea) v WHERE v.idea = idea.id;
INSERT INTO comment (idea, author, side, text, created)
    SELECT (SELECT min(id) FROM idea) + (random() * ({ideas} - 1))::int,
        (SELECT min(id) FROM account) + (random() * ({people} - 1))::int,
        (ARRAY['for', 'against', 'question'])[1 + n % 3], 'Замечание ' || n, now() - random() * interval '60 days'
    FROM generate_series(1, {ideas}) n;
INSERT INTO decision (campaign, verdict, reason, moderator, created)
    SELECT c.id, 'accept', 'Да', (SELECT min(id) FROM account) + n % 6, now() - random() * interval '60 days'
    FROM campaign c, generate_series(1, 2000) n;
INSERT INTO ruling (decision, idea, status) SELECT d.id, i.id, 'submitted'
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS k FROM idea WHERE status <> 'submitted') i
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS k FROM decision) d ON d.k = 1 + i.k % 2000;
INSERT INTO visit (day, visits) SELECT current_date - n, (random() * 9000)::int FROM generate_series(0, 70) n
"""
_IDEAS = "/planning/ranking?campaign=bench&what=idea"
_GROUPS = "/planning/ranking?campaign=bench&what=cluster"
_THEMES = "/planning/ranking?campaign=bench&what=theme"
_BOARD = "/planning/dashboard?campaign=bench"
PAGES = {
    "groups": _GROUPS,
    "groups not decided yet": f"{_GROUPS}&state=open",
    "groups of a district": f"{_GROUPS}&district={{district}}",
    "groups of a principle, not decided yet": f"{_GROUPS}&principle=p2&state=open",
    "groups of a district, not decided yet": f"{_GROUPS}&district={{district}}&state=open",
    "groups with ideas of a principle and a status": f"{_GROUPS}&principle=p2&status=submitted&order=exposure",
    "ideas": _IDEAS,
    "ideas, page 1000": f"{_IDEAS}&page=1000",
    "ideas of a principle": f"{_IDEAS}&principle=p1&order=share",
    "ideas of a status (3 of 5)": f"{_IDEAS}&status=submitted&order=split",
    **{
        f"ideas of a principle and a status, {order}": f"{_IDEAS}&principle=p2&status=submitted&order={order}"
        for order in ("people", "exposure", "share", "split")
    },
    "… page 500": f"{_IDEAS}&principle=p2&status=submitted&page=500",
    **{
        f"ideas of a principle and a district, {order}": f"{_IDEAS}&principle=p2&district={{district}}&order={order}"
        for order in ("people", "exposure", "share", "split")
    },
    "ideas of a theme and a status": f"{_IDEAS}&theme={{theme}}&status=submitted",
    "ideas of a principle and a theme": f"{_IDEAS}&principle=p2&theme={{theme}}&order=exposure",
    "ideas of a district and a status": f"{_IDEAS}&district={{district}}&status=accepted&order=share",
    "ideas of a principle, district and status": f"{_IDEAS}&principle=p2&district={{district}}&status=declined",
    "ideas with a word that all have": f"{_IDEAS}&q=%D0%B8%D0%B4%D0%B5%D1%8F",
    "… and a status": f"{_IDEAS}&q=%D0%B8%D0%B4%D0%B5%D1%8F&status=submitted&order=exposure",
    "themes": f"{_THEMES}&order=share",
    "themes with ideas of a principle and a status": f"{_THEMES}&principle=p2&status=submitted&order=split",
    "why an idea is there": "/planning/ranking/idea/{idea}?campaign=bench",
    "why a group is there": "/planning/ranking/cluster/{cluster}?campaign=bench",
    "copied texts": "/planning/ranking/waves?campaign=bench",
    "API: ideas": "/api/ranking?campaign=bench&what=idea",
    "API: ideas of a principle and a status": "/api/ranking?campaign=bench&what=idea&principle=p2&status=submitted",
    "API: why an idea is there": "/api/ranking/idea/{idea}?campaign=bench",
    "participation": _BOARD,
    "… of a principle": f"{_BOARD}&principle=p1",
    "… of a principle since a day": f"{_BOARD}&principle=p1&first={{day}}",
    "… of a theme": f"{_BOARD}&theme={{theme}}",
    "… of a district": f"{_BOARD}&district={{district}}",
    "places": f"{_BOARD}&view=places",
    "principles by centres": f"{_BOARD}&view=principles",
    "themes by support and growth": f"{_BOARD}&view=themes",
    "answers": f"{_BOARD}&view=answers",
    "answers of a theme": f"{_BOARD}&view=answers&theme={{theme}}",
    "CSV: centres": "/planning/dashboard/offices.csv?campaign=bench",
    "API: participation": "/api/dashboard?campaign=bench",
    "API: places": "/api/dashboard?campaign=bench&view=places",
}


async def fill(url: str, ideas: int, votes: int, people: int) -> dict[str, Any]:
    """Fill a migrated, empty database; numbers and slugs that the addresses need."""
    connection = await asyncpg.connect(url, command_timeout=1800)
    try:
        for key, value in (("ideas", ideas), ("votes", votes), ("people", people)):
            _sized[key] = value
        for statement in _FILL.split(";\n"):
            for key, value in _sized.items():
                statement = statement.replace("{" + key + "}", str(value))
            await connection.execute(statement)
        await connection.execute("VACUUM ANALYZE")
        row = await connection.fetchrow(
            """SELECT (SELECT max(id) FROM idea WHERE cluster IS NOT NULL) - 100 AS idea,
                (SELECT min(cluster) + 50 FROM idea) AS cluster, (SELECT min(id) FROM theme) AS theme,
                (SELECT slug FROM district WHERE id = (SELECT min(district) FROM office)) AS district,
                (current_date - 21)::text AS day, (SELECT count(*) FROM vote) AS votes"""
        )
        return dict(row)
    finally:
        await connection.close()


_sized: dict[str, int] = {}


class Statements:
    """Counts what goes to the database."""

    def __init__(self) -> None:
        self.count, self.plain = 0, database.connection
        database.connection = self._counted  # type: ignore[assignment]

    def _counted(self) -> Any:
        self.count += 1
        return self.plain()


async def ask(client: httpx.AsyncClient, path: str, times: int, statements: Statements) -> list[float]:
    """Seconds of each answer. The first one, which also compiles templates, is not counted."""
    took = []
    for n in range(times + 1):
        remembered.forget()
        statements.count = 0
        began = time.perf_counter()
        answer = await client.get(path)
        if n:
            took.append(time.perf_counter() - began)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
    return took


async def make(campaign: int) -> None:
    """The numbers, as the worker makes them."""
    from ideas.dashboard import actions as figures
    from ideas.ranking import actions, jobs

    for name, run in (
        ("copied texts", lambda: jobs.find_waves(campaign)),
        ("ranking", lambda: actions.refresh(campaign, always=True)),
        ("ranking again", lambda: actions.refresh(campaign, always=True)),
        ("ranking, nothing new", lambda: actions.refresh(campaign)),
        ("dashboards", lambda: figures.refresh(campaign, always=True)),
    ):
        began = time.perf_counter()
        await run()
        print(f"made: {name} {time.perf_counter() - began:.1f} s", flush=True)
    await database.execute("ANALYZE standing")


async def ask_all(known: dict[str, Any], times: int) -> bool:
    """Ask for every page and print its line; whether all kept to the second and to six statements."""
    app = create_app(Settings(secret="a secret for benchmarks", rate_limits=False), pool=False)
    good, statements = True, Statements()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://bench",
        headers={"Authorization": "Bearer bench"},
        timeout=120,
    ) as client:
        print("| page | median, ms | p95, ms | statements |\n| --- | --- | --- | --- |")
        for name, path in PAGES.items():
            took = await ask(client, path.format(**known), times, statements)
            slow = sorted(took)[max(0, round(0.95 * len(took)) - 1)]
            good &= slow < FLOOR and statements.count <= 6
            print(
                f"| {name} | {1000 * statistics.median(took):.0f} | {1000 * slow:.0f} | {statements.count} |",
                flush=True,
            )
    return good


async def measure(url: str, options: argparse.Namespace) -> bool:
    began = time.perf_counter()
    known = await fill(url, options.ideas, options.votes, options.people)
    print(
        f"filled: {options.ideas} ideas, {known['votes']} votes, {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    await database.open_pool(url, smallest=2, largest=6)
    try:
        await make(await database.fetch_value("SELECT id FROM campaign"))
        return await ask_all(known, options.times)
    finally:
        await database.close_pool()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ideas", type=int, default=100_000)
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=60_000)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ideas-bench-") as folder, postgres.embedded(Path(folder)) as url:
        os.environ["DATABASE_URL"] = url
        DB.config = {"dsn": url}
        asyncio.run(migrate(url))
        good = asyncio.run(measure(url, options))
    if not good:
        sys.exit("a page took more than a second or six statements")


if __name__ == "__main__":
    main()
