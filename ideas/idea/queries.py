"""Reads of ideas: keyset pages, similar ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ideas import database, remembered, web
from ideas.batch import Batch
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.idea.filters import Asked, Filters, conditions, resolve, search_query, search_terms
from ideas.idea.rules import EXCERPT, excerpt

__all__ = ["Asked", "Filters", "Item", "Page", "conditions", "page", "resolve", "similar"]


class Item(msgspec.Struct):
    """An idea in a list. Offices, districts and principles are slugs of its campaign; `votes` counts imported ones."""

    id: int
    campaign: str
    title: str
    excerpt: str
    author: str
    created: datetime
    status: str
    votes: int
    voted: bool
    comments: int
    office: str | None
    district: str | None
    principles: list[str]
    cluster: int | None
    cluster_size: int


class Page(msgspec.Struct):
    """One keyset page; `next` is the cursor of the one after."""

    items: list[Item]
    next: str | None


class Similar(msgspec.Struct):
    """An idea that may say the same; `score` is 0..1."""

    id: int
    title: str
    votes: int
    score: float


_ORDERS = {
    # sort: (keys of a row, direction, types of the cursor)
    "new": ("i.created", "DESC", "<", tuple[datetime, int]),
    "top": ("i.support", "DESC", "<", tuple[int, int]),
    "fair": ("i.fair", "ASC", ">", tuple[float, int]),
    "match": ("{rank}", "DESC", "<", tuple[int, int]),
}
_CASTS = {"new": "timestamptz", "top": "int", "fair": "real", "match": "int"}

# Twenty look-ups by primary key, after the page was cut: cheaper than any join before it. `i` has `head` and `key`.
COLUMNS = """
    i.id, i.campaign, i.title, i.head, (SELECT a.name FROM account a WHERE a.id = i.author) AS author, i.created,
    i.status, i.support AS votes, i.comments, i.office, i.district, i.cluster, coalesce(
        (SELECT c.size FROM cluster c WHERE c.id = i.cluster AND c.retired IS NULL), 0) AS cluster_size, i.key,
    ARRAY(SELECT t.principle FROM tag t WHERE t.idea = i.id ORDER BY t.probability DESC, t.principle) AS principles"""
_PAGE = """
SELECT {columns} FROM (SELECT i.id, i.campaign, i.author, i.title, left(i.text, {head}) AS head, i.created, i.status,
        i.support, i.comments, i.office, i.district, i.cluster, {key} AS key
    FROM idea i WHERE {where} ORDER BY {order} LIMIT {limit}) i
ORDER BY {outer}
"""


async def page(filters: Filters, after: str | None, limit: int, account: int | None = None) -> Page:
    """A keyset page of ideas, and whether `account` votes for each."""
    if account is None:
        return await _page(filters, after, limit)
    found = await remembered.fresh(("ideas", filters, after, limit), lambda: _page(filters, after, limit))
    voted = await votes_among(account, [item.id for item in found.items])
    # Others share what was found, so it is not changed.
    mine = [msgspec.structs.replace(i, voted=True) if i.id in voted else i for i in found.items]
    return Page(mine, found.next)


_NOT_VOTED = b'"voted":false'


async def encoded_page(filters: Filters, after: str | None, limit: int, account: int | None = None) -> bytes:
    """`page` as JSON. It is encoded once for all who ask together: people's own votes are put into its gaps."""

    async def pieces() -> tuple[list[int], list[bytes]]:
        found = await _page(filters, after, limit)
        # Quotes inside of texts are escaped, so this stands in the encoded page once for each idea.
        return [item.id for item in found.items], msgspec.json.encode(found).split(_NOT_VOTED)

    if account is None:
        ids, parts = await pieces()
        return _NOT_VOTED.join(parts)
    ids, parts = await remembered.fresh(("ideas as json", filters, after, limit), pieces)
    voted = await votes_among(account, ids)
    if not voted:
        return _NOT_VOTED.join(parts)
    own = (b'"voted":true' if id in voted else _NOT_VOTED for id in ids)
    return b"".join(piece for pair in zip(parts, own, strict=False) for piece in pair) + parts[-1]


async def votes_among(account: int, ideas: list[int]) -> frozenset[int]:
    """Which of these ideas a person votes for now; people who ask together are looked up together."""
    if not ideas:
        return frozenset()
    asked = (account, tuple(ideas))
    if database.in_transaction():
        return (await _votes_among([asked]))[0]
    return await _votes_asked.put(asked)


async def _votes_among(asked: Sequence[tuple[int, tuple[int, ...]]]) -> list[frozenset[int]]:
    rows = await database.fetch(
        "SELECT account, idea FROM vote WHERE account = ANY ($1::bigint[]) AND idea = ANY ($2::bigint[]) AND value = 1",
        list({account for account, _ in asked}),
        list({idea for _, ideas in asked for idea in ideas}),
    )
    votes = {(account, idea) for account, idea in rows}
    return [frozenset(i for i in ideas if (account, i) in votes) for account, ideas in asked]


_votes_asked = Batch(_votes_among)


async def _page(filters: Filters, after: str | None, limit: int) -> Page:
    where, args = conditions(filters)
    key, direction, compare, types = _ORDERS[filters.sort]
    if filters.sort == "match":
        args.extend(search_terms(filters.q))
        # A whole number, so that it is the same in a cursor.
        key = f"(ts_rank(i.search, {search_query(len(args) - 2)}, 1) * 1000000)::int"
    last = web.from_cursor(after, types)
    if last is not None:
        where += f" AND ({key}, i.id) {compare} (${len(args) + 1}::{_CASTS[filters.sort]}, ${len(args) + 2})"
        args.extend(last)
    args.append(limit + 1)
    sql = _PAGE.format(
        columns=COLUMNS, head=EXCERPT * 2, key=key, where=where, limit=f"${len(args)}",
        order=f"{key} {direction}, i.id {direction}", outer=f"i.key {direction}, i.id {direction}",
    )  # fmt: skip
    rows = await database.fetch(sql, *args)
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = web.cursor(rows[-1]["key"], rows[-1]["id"])
    return Page(await items(rows), following)


async def items(rows: Sequence[Any]) -> list[Item]:
    """Ideas of rows with COLUMNS; nobody's votes are looked at."""
    names = _slugs(await campaigns.campaigns())
    return [
        Item(
            id, names.campaign[campaign], title, excerpt(head), author, created, status, votes, False, comments,
            names.office.get(office), names.district.get(district),
            [names.principle[p] for p in principles if p in names.principle], cluster, size,
        )
        for id, campaign, title, head, author, created, status, votes, comments, office, district, cluster, size,
            _, principles in rows
    ]  # fmt: skip


class Slugs:
    """Slugs of campaigns and their parts by number."""

    def __init__(self, all: list[Campaign]) -> None:
        self.campaign = {c.id: c.slug for c in all}
        self.office = {o.id: o.slug for c in all for o in c.offices}
        self.district = {d.id: d.slug for c in all for d in c.districts}
        self.principle = {p.id: p.slug for c in all for p in c.principles}


_known_slugs: list[tuple[list[Campaign], Slugs]] = []


def _slugs(all: list[Campaign]) -> Slugs:
    """Made once for the campaigns as they are remembered."""
    if not _known_slugs or _known_slugs[0][0] is not all:
        _known_slugs[:] = [(all, Slugs(all))]
    return _known_slugs[0][1]


class Named(msgspec.Struct, frozen=True):
    """A theme or a group by its name."""

    id: int
    name: str
    ideas: int = 0


async def themes(campaign: int) -> tuple[Named, ...]:
    """A campaign's themes with how many ideas each has, the largest first; at most a minute old."""
    return await remembered.shared(("themes", campaign), lambda: _themes(campaign), 30)


async def _themes(campaign: int) -> tuple[Named, ...]:
    rows = await database.fetch(
        """SELECT t.id, t.name, count(*) AS ideas FROM theme t JOIN idea i ON i.theme = t.id
        WHERE t.campaign = $1 AND t.retired IS NULL AND i.hidden IS NULL GROUP BY t.id
        ORDER BY count(*) DESC, t.id LIMIT 100""",
        campaign,
    )
    return tuple(database.structs(Named, rows))


async def group_name(cluster: int) -> str:
    """What a group is called; "" where there is none."""
    return await database.fetch_value("SELECT name FROM cluster WHERE id = $1", cluster) or ""


async def similar(campaign: int, text: str, limit: int, exclude: int | None = None) -> list[Similar]:
    """Ideas of a campaign that share words with a text, the likest first."""
    rows = await database.fetch(
        """WITH asked AS (SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery AS query, count(*) AS words
            FROM unnest(to_tsvector('russian', replace(left($2, 2000), 'ё', 'е')))),
        hits AS (SELECT i.id, i.title, i.support AS votes, i.search, ts_rank(i.search, asked.query) AS rank
            FROM idea i, asked WHERE i.campaign = $1 AND i.hidden IS NULL AND i.search @@ asked.query
                AND i.id IS DISTINCT FROM $4::bigint ORDER BY rank DESC, i.id LIMIT 50)
        SELECT h.id, h.title, h.votes, (SELECT count(*) FROM unnest(to_tsvector('russian', replace(left($2, 2000), 'ё',
            'е'))) w WHERE w.lexeme = ANY (tsvector_to_array(h.search)))::float8
            / sqrt(greatest(asked.words, 1) * greatest(length(h.search), 1)) AS score
        FROM hits h, asked ORDER BY score DESC, h.id LIMIT $3""",
        campaign,
        text,
        limit,
        exclude,
    )
    return [
        Similar(r["id"], r["title"], r["votes"], round(min(1.0, r["score"]), 4))
        for r in rows
        if r["score"] >= 0.15
    ]


async def texts(ideas: list[int], longest: int = 2000) -> dict[int, str]:
    """Title and text of ideas as one text each, cut to `longest` characters."""
    rows = await database.fetch(
        "SELECT id, left(title || '. ' || text, $2) AS whole FROM idea WHERE id = ANY ($1::bigint[])",
        ideas,
        longest,
    )
    return {row["id"]: row["whole"] for row in rows}


class Near(Similar):
    """A similar idea with its beginning."""

    excerpt: str = ""


async def with_excerpts(found: list[Similar]) -> list[Near]:
    """The same ideas with the beginning of each."""
    if not found:
        return []
    rows = await database.fetch(
        "SELECT id, left(text, $2) AS head FROM idea WHERE id = ANY ($1::bigint[])",
        [s.id for s in found],
        EXCERPT * 2,
    )
    heads = {row["id"]: excerpt(row["head"]) for row in rows}
    return [Near(s.id, s.title, s.votes, s.score, heads.get(s.id, "")) for s in found]
