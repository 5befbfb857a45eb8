"""A scratch campaign for benchmarks: made by the database itself, the same at every run."""

from __future__ import annotations

import asyncpg

CAMPAIGN = "bench"
IDEAS = 10_000
PEOPLE = 60_000

_FILL = """
SELECT setseed(0.5);
INSERT INTO campaign (slug, title) VALUES ('bench', '{"ru": "Замер", "en": "Benchmark"}');
INSERT INTO stage (campaign, title, opens, closes, submit, comment, vote)
    SELECT id, '{"ru": "Этап", "en": "Stage"}', now() - interval '10 days', now() + interval '30 days', true, true, true
    FROM campaign WHERE slug = 'bench';
INSERT INTO principle (campaign, slug, name, position)
    SELECT c.id, 'p' || n, jsonb_build_object('ru', 'Принцип ' || n, 'en', 'Principle ' || n), n
    FROM campaign c, generate_series(1, 8) n WHERE slug = 'bench';
INSERT INTO district (campaign, slug, name)
    SELECT c.id, 'd' || n, jsonb_build_object('ru', 'Район ' || n, 'en', 'District ' || n)
    FROM campaign c, generate_series(1, 96) n WHERE slug = 'bench';
INSERT INTO office (campaign, district, slug, name)
    SELECT campaign, id, 'o' || id, jsonb_build_object('ru', 'Центр госуслуг ' || id, 'en', 'Centre ' || id)
    FROM district;
INSERT INTO account (email, name, role, password)
    SELECT 'bench' || n || '@example.org', 'Житель ' || n, 'citizen', '' FROM generate_series(1, {people} + 1000) n;
INSERT INTO session (account, hash, kind, expires)
    SELECT id, sha256(convert_to('bench-' || substr(email, 6, position('@' in email) - 6), 'UTF8')), 'token',
        now() + interval '1 day' FROM account WHERE email LIKE 'bench%';
INSERT INTO idea (campaign, author, title, text, district, office, imported_votes, created, fair)
    SELECT (SELECT id FROM campaign WHERE slug = 'bench'), (SELECT max(id) FROM account) - (random() * 999)::int,
        'Идея номер ' || n || ': ' || w.title, w.text || ' Случай ' || n || '. ' || w.text,
        o.district, o.id, (random() * random() * 300)::int, now() - (n || ' minutes')::interval, random()
    FROM generate_series(1, {ideas}) n
    JOIN LATERAL (SELECT
        (ARRAY['электронная очередь', 'окно выдачи', 'детский уголок', 'приём по записи', 'пандус у входа'])[1 + n % 5]
            AS title,
        (ARRAY['Пришлите сообщение, когда подойдёт очередь, чтобы не стоять в душном зале целый час.',
            'Готовые документы хочется забирать в отдельном окне и без нового талона, как на почте.',
            'Пока родители подписывают бумаги, малышу нужны стол, книжки и место, где можно не бояться пошуметь.',
            'Назначьте время и держитесь его: человек отпросился с работы на полчаса, а не на полдня.',
            'На коляске не подняться: уклон крутой, перил нет, кнопка вызова не работает с зимы.'])[1 + n % 5]
            AS text) w ON true
    JOIN (SELECT id, district, row_number() OVER (ORDER BY id) AS k FROM office) o ON o.k = 1 + n % 96;
INSERT INTO tag (idea, principle, source, probability)
    SELECT i.id, p.id, 'model', 0.8 FROM idea i
    JOIN LATERAL (SELECT id FROM principle WHERE campaign = i.campaign AND position IN (1 + i.id % 8, 1 + i.id % 3)) p
    ON true;
"""


async def fill(url: str, ideas: int = IDEAS, people: int = PEOPLE) -> tuple[int, int]:
    """Fill a migrated, empty database. Returns the lowest and highest idea's number.

    The ideas are by a thousand further people, since nobody may vote for an idea of their own.
    """
    connection = await asyncpg.connect(url)
    try:
        for statement in _FILL.replace("{ideas}", str(ideas)).replace("{people}", str(people)).split(";\n"):
            if statement.strip():
                await connection.execute(statement)
        await connection.execute("VACUUM ANALYZE")
        row = await connection.fetchrow("SELECT min(id), max(id) FROM idea")
        return row[0], row[1]
    finally:
        await connection.close()


def token(person: int) -> str:
    """The bearer token of the n-th person, from 1."""
    return f"bench-{person}"
