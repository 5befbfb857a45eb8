"""Reads for the planner's desk: ranked clusters and ideas, and sums by principle and district."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ideas import database
from ideas.cluster.members import SUPPORTERS
from ideas.planning.search import ORDERS, Search

PAGE = 25


class RankedCluster(msgspec.Struct):
    """`supporters` are distinct people, counted now; `order` is what the list goes by, maybe a minute old."""

    id: int
    name: str
    state: str
    theme: str | None
    ideas: int
    supporters: int
    votes: int
    imported_votes: int
    districts: int
    created: datetime
    order: Any


class RankedIdea(msgspec.Struct):
    id: int
    title: str
    status: str
    author: str
    district: int | None
    cluster: int | None
    cluster_name: str | None
    votes: int
    votes_against: int
    imported_votes: int
    comments: int
    impressions: int
    created: datetime
    order: Any


class Totals(msgspec.Struct):
    """Sums over all that a search finds."""

    ideas: int
    clusters: int
    votes: int
    people: int


class Part(msgspec.Struct):
    """A principle's or district's share: ideas sent in, votes for them, distinct people behind them."""

    id: int | None
    ideas: int
    votes: int
    people: int
    answered: int


_CLUSTERS = f"""
SELECT c.id, c.name, c.state, h.name AS theme, n.ideas, {SUPPORTERS.format("c.id")} AS supporters, n.votes,
    n.imported_votes, n.districts, c.created, c.sort AS order
FROM (SELECT c.*, {{sort}} AS sort FROM cluster c WHERE {{where}} ORDER BY {{order}} LIMIT {PAGE + 1}) c
    LEFT JOIN theme h ON h.id = c.theme
    CROSS JOIN LATERAL (SELECT count(*) AS ideas, coalesce(sum(i.votes), 0) AS votes,
        coalesce(sum(i.imported_votes), 0) AS imported_votes, count(DISTINCT i.district) AS districts
        FROM idea i WHERE i.cluster = c.id AND i.hidden IS NULL) n
ORDER BY c.sort DESC, c.id DESC
"""
_IDEAS = f"""
SELECT i.id, i.title, i.status, a.name AS author, i.district, i.cluster, c.name AS cluster_name, i.votes,
    i.votes_against, i.imported_votes, i.comments, i.impressions, i.created, i.sort AS order
FROM (SELECT i.*, {{sort}} AS sort FROM idea i WHERE {{where}} ORDER BY {{order}} LIMIT {PAGE + 1}) i
    JOIN account a ON a.id = i.author LEFT JOIN cluster c ON c.id = i.cluster
ORDER BY i.sort DESC, i.id DESC
"""


async def ranked_page(
    search: Search, after: tuple[Any, int] | None
) -> tuple[list[Any], tuple[Any, int] | None]:
    """One page of clusters or ideas and where the next one begins."""
    where, args = search.where()
    sort, kind = ORDERS[search.what][search.order]
    if after is not None:
        args.extend(after if kind is int else (datetime.fromisoformat(after[0]), after[1]))
        cast = "int" if kind is int else "timestamptz"
        where += f" AND ({sort}, {search.what[0]}.id) < (${len(args) - 1}::{cast}, ${len(args)}::bigint)"
    text = _IDEAS if search.what == "ideas" else _CLUSTERS
    rows = await database.fetch(text.format(where=where, sort=sort, order=search.order_by()), *args)
    found = database.structs(RankedIdea if search.what == "ideas" else RankedCluster, rows)
    if len(found) <= PAGE:
        return found, None
    last = found[PAGE - 1]
    return found[:PAGE], (last.order if kind is int else last.order.isoformat(), last.id)


async def totals(search: Search) -> Totals:
    """What the filters leave: ideas, the clusters they stand in, votes and distinct people."""
    some, args = _ideas_of(search)
    row = await database.fetch_one(
        f"""WITH found AS MATERIALIZED (SELECT i.id, i.author, i.cluster, i.votes FROM idea i WHERE {some})
        SELECT count(*) AS ideas, count(DISTINCT cluster) AS clusters, coalesce(sum(votes), 0) AS votes,
            (SELECT count(*) FROM (SELECT author FROM found UNION SELECT v.account FROM vote v
                JOIN found f ON f.id = v.idea WHERE v.value = 1) p) AS people FROM found""",
        *args,
    )
    assert row is not None
    return Totals(**row)


def _ideas_of(search: Search) -> tuple[str, list[Any]]:
    """Conditions on `idea i`: the ideas themselves, or the members of the clusters."""
    if search.what == "ideas":
        return search.where()
    where, args = search.where()
    return f"i.hidden IS NULL AND i.cluster IN (SELECT c.id FROM cluster c WHERE {where})", args


_PARTS = """
WITH found AS MATERIALIZED (SELECT i.id, i.author, i.district, i.support, i.status FROM idea i WHERE {where}),
part AS MATERIALIZED (SELECT {part} AS part, f.id, f.author, f.support, f.status FROM found f {join}),
people AS (SELECT part, count(*) AS people FROM (
    SELECT part, author FROM part UNION SELECT p.part, v.account FROM part p
    JOIN vote v ON v.idea = p.id AND v.value = 1) x GROUP BY part)
SELECT p.part AS id, count(*) AS ideas, sum(p.support) AS votes, min(n.people) AS people,
    count(*) FILTER (WHERE p.status <> 'submitted') AS answered
FROM part p JOIN people n ON n.part IS NOT DISTINCT FROM p.part GROUP BY p.part ORDER BY count(*) DESC, p.part
"""


async def by_principle(search: Search) -> list[Part]:
    """Ideas by principle; an idea with two counts for each, one with none under None."""
    where, args = search.where()
    sql = _PARTS.format(where=where, part="t.principle", join="LEFT JOIN tag t ON t.idea = f.id")
    return database.structs(Part, await database.fetch(sql, *args))


async def by_district(search: Search) -> list[Part]:
    """Ideas by district; those without one under None."""
    where, args = search.where()
    return database.structs(
        Part, await database.fetch(_PARTS.format(where=where, part="f.district", join=""), *args)
    )
