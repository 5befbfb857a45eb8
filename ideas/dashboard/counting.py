"""SQL of the dashboards' tables. Each statement fills one name of `figure` for all parts of one kind; $1: the campaign.

`{part}`: all, principle, district or theme; `{of}` and `{join}` say which of them an idea belongs to.
"""

from __future__ import annotations

from ideas.idea.rules import STATUSES

PARTS = {
    "all": ("0::bigint", ""),
    "principle": ("t.principle", "JOIN tag t ON t.idea = i.id"),
    "district": ("i.district", ""),
    "theme": ("i.theme", ""),
}
CITY = "AT TIME ZONE 'Europe/Moscow'"

_MEMBERS = """part AS MATERIALIZED (
    SELECT {of} AS of, i.id, i.author, i.created, i.status, i.comments, i.imported_votes,
        coalesce(w.wave, i.id) AS proposal, i.cluster, i.votes
    FROM idea i {join} LEFT JOIN wave_idea w ON w.idea = i.id
    WHERE i.campaign = $1 AND i.hidden IS NULL AND {of} IS NOT NULL)"""

# What is not found any more goes, what has changed is written, what is the same is left alone.
_KEEP = """,
kept AS (SELECT of, {data} AS data FROM found GROUP BY of),
gone AS (DELETE FROM figure f WHERE f.campaign = $1 AND f.part = '{part}' AND f.name = '{name}'
    AND NOT EXISTS (SELECT FROM kept k WHERE k.of = f.of))
INSERT INTO figure AS f (campaign, part, of, name, data) SELECT $1, '{part}', of, '{name}', data FROM kept
ON CONFLICT (campaign, part, of, name) DO UPDATE SET data = excluded.data WHERE f.data IS DISTINCT FROM excluded.data
"""

_ACTS = f""",
act AS (
    SELECT of, author AS person, created, 1 AS ideas, 0 AS votes, 0 AS comments FROM part
    UNION ALL SELECT p.of, v.account, v.created, 0, 1, 0 FROM part p JOIN vote v ON v.idea = p.id AND v.value = 1
    UNION ALL SELECT p.of, c.author, c.created, 0, 0, 1 FROM part p
        JOIN comment c ON c.idea = p.id AND c.hidden IS NULL),
day AS (
    SELECT of, person, (created {CITY})::date AS day, sum(ideas) AS ideas, sum(votes) AS votes,
        sum(comments) AS comments FROM act GROUP BY 1, 2, 3)"""

# Days: ideas, votes, comments, people that day, and those who had not taken part in this part before.
_DAYS = """,
newcomer AS (
    SELECT of, day, count(*)::int AS new FROM (SELECT of, min(day) AS day FROM day GROUP BY of, person) f
    GROUP BY of, day),
found AS (
    SELECT d.*, coalesce(n.new, 0) AS new FROM (
        SELECT of, day, sum(ideas)::int AS ideas, sum(votes)::int AS votes, sum(comments)::int AS comments,
            count(*)::int AS people FROM day GROUP BY of, day) d
        LEFT JOIN newcomer n ON n.of = d.of AND n.day = d.day)"""

_STAGES = """,
found AS (
    SELECT of, stage, opens, sum(ideas)::int AS ideas, sum(votes)::int AS votes, sum(comments)::int AS comments,
        count(*)::int AS people FROM (
        SELECT a.of, s.id AS stage, s.opens, a.person, sum(a.ideas) AS ideas, sum(a.votes) AS votes,
            sum(a.comments) AS comments
        FROM act a JOIN stage s ON s.campaign = $1 AND a.created >= s.opens AND a.created < s.closes
        GROUP BY a.of, s.id, s.opens, a.person) p
    GROUP BY of, stage, opens)"""

# People: authors and voters, as in the rankings; all who did anything are the sum of the days' newcomers.
_TOTAL = """,
people AS (
    SELECT of, count(*)::int AS people FROM (SELECT of, author FROM part
        UNION SELECT p.of, v.account FROM part p JOIN vote v ON v.idea = p.id AND v.value = 1) x GROUP BY of),
found AS (
    SELECT p.of, count(*)::int AS ideas, count(DISTINCT p.proposal)::int AS proposals, n.people,
        count(DISTINCT p.author)::int AS authors, sum(p.imported_votes)::int AS imported,
        sum(p.votes)::int AS votes, count(DISTINCT p.cluster)::int AS clusters,
        count(*) FILTER (WHERE p.status <> 'submitted')::int AS answered
    FROM part p JOIN people n ON n.of = p.of GROUP BY p.of, n.people)"""

_ANSWERS = """,
answer AS (
    SELECT DISTINCT ON (r.idea) r.idea, d.moderator, d.created FROM ruling r
        JOIN decision d ON d.id = r.decision AND d.undone IS NULL AND d.campaign = $1 ORDER BY r.idea, d.id),
timed AS (
    SELECT p.of, p.status, a.moderator, extract(epoch FROM a.created - p.created) / 86400 AS days,
        extract(epoch FROM now() - p.created) / 86400 AS age FROM part p LEFT JOIN answer a ON a.idea = p.id),
team AS (
    SELECT of, jsonb_agg(jsonb_build_array(moderator, n, quarters) ORDER BY n DESC, moderator) AS team FROM (
        SELECT of, moderator, count(*) AS n,
            percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY days) AS quarters
        FROM timed WHERE moderator IS NOT NULL GROUP BY of, moderator) m GROUP BY of),
found AS (
    SELECT t.of, jsonb_build_object('statuses', jsonb_build_object({statuses}),
        'quarters', percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY days)
            FILTER (WHERE days IS NOT NULL),
        'timed', count(days),
        'waiting', jsonb_build_array(count(*) FILTER (WHERE waits AND age < 7),
            count(*) FILTER (WHERE waits AND age >= 7 AND age < 30), count(*) FILTER (WHERE waits AND age >= 30)),
        'team', coalesce((SELECT team FROM team WHERE team.of = t.of), '[]')) AS data
    FROM (SELECT *, status = 'submitted' AS waits FROM timed) t GROUP BY t.of)"""
_STATUSES = ", ".join(f"'{s}', count(*) FILTER (WHERE status = '{s}')" for s in STATUSES)


def _statement(name: str, part: str, middle: str, data: str) -> str:
    of, join = PARTS[part]
    text = "WITH " + _MEMBERS + middle + _KEEP
    return text.format(of=of, join=join, part=part, name=name, data=data, statuses=_STATUSES)


def statements() -> list[str]:
    """Everything there is to count, one statement after the other."""
    made = []
    for part in PARTS:
        made += [
            _statement(
                "days", part, _ACTS + _DAYS,
                "jsonb_agg(jsonb_build_array(day, ideas, votes, comments, people, new) ORDER BY day)",
            ),
            _statement(
                "stages", part, _ACTS + _STAGES,
                "jsonb_agg(jsonb_build_array(stage, ideas, votes, comments, people) ORDER BY opens, stage)",
            ),
            _statement(
                "total", part, _TOTAL,
                "jsonb_agg(to_jsonb(found.*) - 'of') -> 0",
            ),
            _statement("answers", part, _ANSWERS, "jsonb_agg(data) -> 0"),
        ]  # fmt: skip
    return [*made, *(_whole(name, sql) for name, sql in _WHOLE.items())]


def _whole(name: str, sql: str) -> str:
    return f"""INSERT INTO figure AS f (campaign, part, of, name, data)
        SELECT $1, 'all', 0, '{name}', coalesce(jsonb_agg(x.data), '[]') FROM ({sql}) x
        ON CONFLICT (campaign, part, of, name) DO UPDATE SET data = excluded.data
        WHERE f.data IS DISTINCT FROM excluded.data"""


_WHOLE = {
    # Centres: number, ideas, distinct proposals, distinct people, votes, answered.
    "offices": """
        WITH part AS MATERIALIZED (SELECT i.office, i.id, i.author, i.votes, i.imported_votes, i.status,
            coalesce(w.wave, i.id) AS proposal FROM idea i LEFT JOIN wave_idea w ON w.idea = i.id
            WHERE i.campaign = $1 AND i.hidden IS NULL AND i.office IS NOT NULL),
        people AS (SELECT office, count(*) AS people FROM (SELECT office, author FROM part
            UNION SELECT p.office, v.account FROM part p JOIN vote v ON v.idea = p.id AND v.value = 1) x
            GROUP BY office)
        SELECT jsonb_build_array(p.office, count(*), count(DISTINCT p.proposal), n.people,
            sum(p.votes + p.imported_votes), count(*) FILTER (WHERE p.status <> 'submitted')) AS data
        FROM part p JOIN people n ON n.office = p.office GROUP BY p.office, n.people
        ORDER BY count(*) DESC, p.office""",
    # Centre, its tagged ideas, principle, ideas of it.
    "cells": """
        WITH tagged AS MATERIALIZED (SELECT i.office, i.id, t.principle FROM idea i JOIN tag t ON t.idea = i.id
            WHERE i.campaign = $1 AND i.hidden IS NULL AND i.office IS NOT NULL),
        whole AS (SELECT office, count(DISTINCT id) AS n FROM tagged GROUP BY office)
        SELECT jsonb_build_array(t.office, w.n, t.principle, count(*)) AS data
        FROM tagged t JOIN whole w ON w.office = t.office GROUP BY t.office, w.n, t.principle
        ORDER BY t.office, t.principle""",
    # District, people who take part, those of them who said where they live.
    "people": """
        SELECT jsonb_build_array(district, count(*), count(*) FILTER (WHERE told)) AS data
        FROM participant WHERE campaign = $1 GROUP BY district ORDER BY district""",
    # Day, people who joined (not those who were imported).
    "joined": f"""
        SELECT jsonb_build_array((created {CITY})::date, count(*)) AS data FROM account
        WHERE source IS NULL OR source LIKE 'demo:%' GROUP BY (created {CITY})::date ORDER BY 1""",
    # Distinct people who wrote, commented, voted.
    "doers": """
        SELECT jsonb_build_array(
            (SELECT count(DISTINCT author) FROM idea WHERE campaign = $1 AND hidden IS NULL),
            (SELECT count(DISTINCT c.author) FROM comment c JOIN idea i ON i.id = c.idea
                WHERE i.campaign = $1 AND i.hidden IS NULL AND c.hidden IS NULL),
            (SELECT count(DISTINCT v.account) FROM vote v JOIN idea i ON i.id = v.idea
                WHERE i.campaign = $1 AND i.hidden IS NULL AND v.value = 1)) AS data""",
}
