"""Reads about clusters: the queue, one cluster with its members, its neighbours and its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ideas import database
from ideas.cluster.members import SUPPORTERS
from ideas.cluster.order import ORDERS, Wanted
from ideas.errors import NotFound, message

MOST_MEMBERS = 500
APART = 0.8
"""A member that fits so much worse than the median one stands apart (six of seven such do not belong, on the demo)."""


class Sample(msgspec.Struct):
    id: int
    title: str


class Share(msgspec.Struct):
    """A principle, and how many of a cluster's ideas carry it."""

    slug: str
    ideas: int


class Cluster(msgspec.Struct):
    """A cluster; `supporters` are distinct people counted now, imported counts stand apart."""

    id: int
    campaign: str
    name: str
    keywords: list[str]
    state: str
    theme: int | None
    theme_name: str | None
    size: int
    supporters: int
    votes: int
    imported_votes: int
    cohesion: float
    typical: int | None
    pinned: bool
    created: datetime
    changed: datetime
    retired: datetime | None
    merged_into: int | None
    sample: list[Sample]
    principles: list[Share]
    rank: int = 0
    """What the queue is ordered by: as a rule supporters, which may be a minute old."""


class Tag(msgspec.Struct):
    slug: str
    source: str
    probability: float
    because: list[str]


class Member(msgspec.Struct):
    id: int
    title: str
    text: str
    author: str
    lang: str
    status: str
    votes: int
    imported_votes: int
    similarity: float | None
    created: datetime
    tagged: str | None
    unsure: bool
    tags: list[Tag]
    fit: float | None = None
    """How alike it is to the other members, as a share of the group's median; None: too few to tell."""
    half: bool = False
    """Whether the split that the last run proposes takes it out."""


class Standing(msgspec.Struct):
    """The decision that stands on a cluster."""

    id: int
    verdict: str
    reason: str
    moderator: str
    created: datetime
    ideas: int


class Event(msgspec.Struct):
    id: int
    kind: str
    account: str | None
    data: dict[str, Any]
    created: datetime


class Near(msgspec.Struct):
    """A cluster that may say the same."""

    id: int
    name: str
    size: int
    supporters: int
    state: str
    similarity: float


class Theme(msgspec.Struct):
    id: int
    name: str
    clusters: int


_CLUSTER = f"""
SELECT c.id, a.slug AS campaign, c.name, c.keywords, c.state, c.theme, t.name AS theme_name, n.size, n.votes,
    n.imported_votes, {SUPPORTERS.format("c.id")} AS supporters, c.cohesion, c.typical, c.pinned, c.created,
    c.changed, c.retired, c.merged_into, {{1}} AS rank,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'title', s.title)), '[]') FROM (
        SELECT i.id, i.title FROM idea i WHERE i.cluster = c.id AND i.hidden IS NULL
        ORDER BY i.similarity DESC NULLS LAST, i.id LIMIT 3) s) AS sample,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('slug', p.slug, 'ideas', p.ideas)), '[]') FROM (
        SELECT p.slug, count(*) AS ideas FROM idea i JOIN tag g ON g.idea = i.id JOIN principle p ON p.id = g.principle
        WHERE i.cluster = c.id AND i.hidden IS NULL GROUP BY p.id
        ORDER BY count(*) DESC, p.id LIMIT 3) p) AS principles
FROM (SELECT * FROM cluster c {{0}}) c
    JOIN campaign a ON a.id = c.campaign
    LEFT JOIN theme t ON t.id = c.theme
    CROSS JOIN LATERAL (SELECT count(*) AS size, coalesce(sum(i.votes), 0) AS votes,
        coalesce(sum(i.imported_votes), 0) AS imported_votes
        FROM idea i WHERE i.cluster = c.id AND i.hidden IS NULL) n
"""


def _cluster(row: Any) -> Cluster:
    return msgspec.convert(
        {**row, **{k: database.from_json(row[k]) for k in ("keywords", "sample", "principles")}}, Cluster
    )


async def queue(wanted: Wanted, after: tuple[int, int] | None = None, limit: int = 20) -> list[Cluster]:
    """Live clusters in the order wanted; `after` is the (rank, id) of the page before."""
    rank = ORDERS[wanted.order]
    conditions, args = wanted.conditions()
    if after is not None:
        args.extend(after)
        conditions.append(f"({rank}, c.id) < (${len(args) - 1}::bigint, ${len(args)}::bigint)")
    args.append(limit)
    where = f"WHERE {' AND '.join(conditions)} ORDER BY {rank} DESC, c.id DESC LIMIT ${len(args)}"
    sql = f"{_CLUSTER.format(where, rank)} ORDER BY {rank} DESC, c.id DESC"
    return [_cluster(row) for row in await database.fetch(sql, *args)]


async def cluster(id: int) -> Cluster:
    """One cluster, retired ones too; NotFound where there is none."""
    row = await database.fetch_one(_CLUSTER.format("WHERE c.id = $1", ORDERS["people"]), id)
    if row is None:
        raise NotFound(message("There is no such group."))
    return _cluster(row)


async def members(cluster: int, limit: int = MOST_MEMBERS) -> list[Member]:
    """The visible ideas of a cluster, the most typical first, those that stand apart last."""
    rows = await database.fetch(
        """SELECT i.id, i.title, i.text, a.name AS author, i.lang, i.status, i.votes, i.imported_votes,
            CASE WHEN i.id = c.typical THEN 1 ELSE i.similarity END AS similarity, i.created, i.tagged, i.unsure,
            f.fit, coalesce(f.half, false) AS half,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('slug', p.slug, 'source', g.source,
                'probability', g.probability, 'because', g.because) ORDER BY g.probability DESC, p.id), '[]')
                FROM tag g JOIN principle p ON p.id = g.principle WHERE g.idea = i.id) AS tags
        FROM idea i JOIN account a ON a.id = i.author JOIN cluster c ON c.id = i.cluster
            LEFT JOIN fit f ON f.idea = i.id AND f.cluster = i.cluster
        WHERE i.cluster = $1 AND i.hidden IS NULL
        ORDER BY i.id = c.typical DESC NULLS LAST, coalesce(f.fit, 1) < $3, i.similarity DESC NULLS LAST, i.id
        LIMIT $2""",
        cluster, limit, APART,
    )  # fmt: skip
    return [msgspec.convert({**row, "tags": database.from_json(row["tags"])}, Member) for row in rows]


async def standing_decision(cluster: int) -> Standing | None:
    """The decision that stands on a cluster, its own or one over a selection of many."""
    row = await database.fetch_one(
        """SELECT d.id, d.verdict, d.reason, a.name AS moderator, d.created,
            (SELECT count(*) FROM ruling r WHERE r.decision = d.id) AS ideas
        FROM decision d JOIN account a ON a.id = d.moderator WHERE d.undone IS NULL AND d.id = coalesce(
            (SELECT id FROM decision WHERE cluster = $1 AND undone IS NULL),
            (SELECT decision FROM closing WHERE cluster = $1 AND undone IS NULL))""",
        cluster,
    )
    return Standing(**row) if row else None


TOLD = """CASE WHEN e.kind IN ('merge', 'split', 'move') AND e.account IS NOT NULL THEN e.data
    - '{before,added,removed,typical}'::text[] || jsonb_build_object('moved', jsonb_array_length(e.data->'before'))
    ELSE e.data END"""
"""SQL: an event's data without what undoing needs, which may hold thousands of ideas; readers get their number."""


async def history(cluster: int, limit: int = 50) -> list[Event]:
    """What happened to a cluster, the latest first."""
    rows = await database.fetch(
        f"""SELECT e.id, e.kind, a.name AS account, {TOLD} AS data, e.created
        FROM cluster_event e LEFT JOIN account a ON a.id = e.account
        WHERE e.cluster = $1 ORDER BY e.id DESC LIMIT $2""",
        cluster, limit,
    )  # fmt: skip
    return [Event(**{**row, "data": database.from_json(row["data"])}) for row in rows]


async def neighbours(cluster: int, limit: int = 5) -> list[Near]:
    """Open clusters whose typical ideas are nearest: what a merge is chosen from."""
    rows = await database.fetch(
        """WITH mine AS MATERIALIZED (SELECT c.campaign, e.version, e.vector FROM cluster c
            JOIN model m ON m.campaign = c.campaign AND m.kind = 'encoder' AND m.active
            JOIN embedding e ON e.idea = c.typical AND e.version = m.version WHERE c.id = $1)
        SELECT c.id, c.name, c.size, c.supporters, c.state,
            least(1, greatest(0, 1 - (e.vector <=> mine.vector))) AS similarity
        FROM mine JOIN cluster c ON c.campaign = mine.campaign AND c.retired IS NULL AND c.size > 0
            JOIN embedding e ON e.idea = c.typical AND e.version = mine.version
        WHERE c.id <> $1 AND c.state = 'open' ORDER BY e.vector <=> mine.vector LIMIT $2""",
        cluster, limit,
    )  # fmt: skip
    return database.structs(Near, rows)


async def themes(campaign: int) -> list[Theme]:
    """Themes with live clusters, the largest first."""
    rows = await database.fetch(
        """SELECT t.id, t.name, count(*) AS clusters FROM theme t
            JOIN cluster c ON c.theme = t.id AND c.retired IS NULL AND c.size > 0
        WHERE t.campaign = $1 AND t.retired IS NULL GROUP BY t.id ORDER BY count(*) DESC, t.id LIMIT 200""",
        campaign,
    )
    return database.structs(Theme, rows)
