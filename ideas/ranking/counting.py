"""SQL that counts ideas, clusters and themes from their rows: who took part, who is for and against, how much came in.

`{item}` is the column of `idea i` that says what an idea counts for (`i.id`, `i.cluster`, `i.theme`); $1 the campaign.
"""

from __future__ import annotations

ITEM = {"idea": "i.id", "cluster": "i.cluster", "theme": "i.theme"}

PARTICIPANTS = """
WITH act AS (
    SELECT author AS account, district FROM idea WHERE campaign = $1 AND hidden IS NULL
    UNION ALL SELECT v.account, i.district FROM vote v JOIN idea i ON i.id = v.idea
        WHERE i.campaign = $1 AND i.hidden IS NULL AND v.value = 1),
mostly AS (
    SELECT DISTINCT ON (account) account, district FROM (
        SELECT account, district, count(*) AS times FROM act GROUP BY account, district) t
    ORDER BY account, (district IS NULL), times DESC, district),
found AS (
    SELECT m.account, coalesce(r.district, m.district) AS district, r.district IS NOT NULL AS told, r.age_group
    FROM mostly m LEFT JOIN residence r ON r.campaign = $1 AND r.account = m.account),
gone AS (
    DELETE FROM participant p WHERE p.campaign = $1 AND NOT EXISTS (SELECT FROM found f WHERE f.account = p.account))
INSERT INTO participant AS p (campaign, account, district, told, age_group)
SELECT $1, account, district, told, age_group FROM found
ON CONFLICT (campaign, account) DO UPDATE
SET district = excluded.district, told = excluded.told, age_group = excluded.age_group
WHERE (p.district, p.told, p.age_group) IS DISTINCT FROM (excluded.district, excluded.told, excluded.age_group)
"""
"""A person's district: what they said, else that of most ideas they wrote or supported, ties to the least number."""

CELLS = """SELECT district, age_group, count(*) AS people, count(*) FILTER (WHERE told) AS told
FROM participant WHERE campaign = $1 GROUP BY district, age_group"""

WEIGHTS = """
UPDATE participant p SET weight = w.weight
FROM unnest($2::bigint[], $3::bigint[], $4::float8[]) w (district, age_group, weight)
WHERE p.campaign = $1 AND p.district IS NOT DISTINCT FROM w.district
    AND p.age_group IS NOT DISTINCT FROM w.age_group AND p.weight IS DISTINCT FROM w.weight
"""

# One statement for each kind: distinct people exactly, then what they weigh; then the volume; then who is against.
COUNTS = """
WITH member AS MATERIALIZED (
    SELECT {item} AS item, i.id, i.author, i.votes, i.imported_votes, i.eyes, coalesce(w.wave, i.id) AS proposal
    FROM idea i LEFT JOIN wave_idea w ON w.idea = i.id
    WHERE i.campaign = $1 AND i.hidden IS NULL AND {item} IS NOT NULL),
favour AS (
    SELECT item, author AS person FROM member
    UNION SELECT m.item, v.account FROM member m JOIN vote v ON v.idea = m.id AND v.value = 1),
people AS (
    SELECT f.item, count(*) AS people, count(p.weight) AS known, coalesce(sum(p.weight), 0) AS weight
    FROM favour f LEFT JOIN participant p ON p.campaign = $1 AND p.account = f.person GROUP BY f.item),
opposed AS (
    SELECT item, count(*) AS against FROM (
        SELECT m.item, v.account FROM member m JOIN vote v ON v.idea = m.id AND v.value = -1
        UNION SELECT m.item, c.author FROM member m JOIN comment c ON c.idea = m.id
            AND c.side = 'against' AND c.hidden IS NULL) o GROUP BY item),
volume AS (
    SELECT item, count(*) AS ideas, count(DISTINCT proposal) AS proposals, sum(votes) AS votes,
        sum(imported_votes) AS imported, sum(eyes) AS eyes FROM member GROUP BY item)
SELECT v.item, v.ideas::int, v.proposals::int, p.people::int, v.votes::int, v.imported::int,
    coalesce(o.against, 0)::int AS against, v.eyes, p.known::int, p.weight
FROM volume v JOIN people p ON p.item = v.item LEFT JOIN opposed o ON o.item = v.item ORDER BY v.item
"""

TOTALS = """
WITH member AS MATERIALIZED (
    SELECT i.id, i.author, i.cluster, i.theme, i.votes, i.imported_votes, coalesce(w.wave, i.id) AS proposal
    FROM idea i LEFT JOIN wave_idea w ON w.idea = i.id WHERE {where})
SELECT count(*) AS ideas, count(DISTINCT proposal) AS proposals, count(DISTINCT cluster) AS clusters,
    coalesce(sum(votes), 0) AS votes, coalesce(sum(imported_votes), 0) AS imported,
    (SELECT count(*) FROM (SELECT author FROM member UNION SELECT v.account FROM member m
        JOIN vote v ON v.idea = m.id AND v.value = 1) p) AS people
FROM member
"""

PACKED = """
SELECT i.id, i.status, i.district, i.office, i.cluster, i.theme, i.votes, i.imported_votes AS imported,
    coalesce(w.wave, i.id) AS proposal, c.state, t.id IS NOT NULL AS lively,
    (SELECT array_agg(g.principle) FROM tag g WHERE g.idea = i.id AND g.principle IS NOT NULL) AS principles,
    int8send(i.author) || coalesce((SELECT string_agg(int8send(v.account), ''::bytea) FROM vote v
        WHERE v.idea = i.id AND v.value = 1), ''::bytea) AS people
FROM idea i LEFT JOIN wave_idea w ON w.idea = i.id
    LEFT JOIN cluster c ON c.id = i.cluster AND c.retired IS NULL AND c.size > 0
    LEFT JOIN theme t ON t.id = i.theme AND t.retired IS NULL
WHERE i.campaign = $1 AND i.hidden IS NULL ORDER BY i.id
"""
"""Every visible idea with what filters look at (`state`: of its cluster, if that is shown) and who is for it."""

MARK = """
SELECT md5(concat_ws(' ', (SELECT count(*) FROM idea WHERE campaign = $1),
    (SELECT max(greatest(created, edited, hidden)) FROM idea WHERE campaign = $1),
    (SELECT coalesce(sum(votes), 0) || '/' || coalesce(sum(eyes), 0)::bigint || '/' || coalesce(sum(comments), 0)
        || '/' || count(hidden) || '/' || coalesce(sum(hash_record_extended(
            ROW(id, status, district, office, cluster, theme), 0)), 0) FROM idea WHERE campaign = $1),
    (SELECT sum(hash_record_extended(ROW(t.idea, t.principle), 0)) FROM tag t JOIN idea i ON i.id = t.idea
        WHERE i.campaign = $1),
    (SELECT sum(hash_record_extended(ROW(id, state, size > 0, retired IS NULL), 0)) FROM cluster WHERE campaign = $1),
    (SELECT sum(hash_record_extended(ROW(id, retired IS NULL), 0)) FROM theme WHERE campaign = $1),
    (SELECT count(*) || '/' || max(told) FROM residence WHERE campaign = $1),
    (SELECT max(id) FROM wave_idea WHERE campaign = $1)))
"""
"""What the numbers are made of, in short: while it stays the same they stay the same, but for withdrawn votes that
were given elsewhere, and populations."""
