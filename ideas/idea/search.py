"""Searching ideas by words and by meaning: what was probably meant, the fused order, what matched."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec

from ideas import database, remembered, web
from ideas.idea import queries, similar, spelling
from ideas.idea.filters import Filters, conditions, search_query, search_terms
from ideas.idea.queries import Item
from ideas.idea.rules import EXCERPT
from ideas.idea.spelling import Vocabulary

RRF = 60
"""Reciprocal rank fusion adds 1 / (RRF + place) of each list: Cormack, Clarke, Büttcher, SIGIR 2009."""
MEANT = 48
"""So many ideas that are close in meaning join those that have the words."""
WORDS = 12
"""So many words of a search are looked up."""
NEWEST = 50_000
"""The vocabulary is that of so many newest ideas: it hardly grows after them."""
KEPT = 600.0
_LOOKED_INTO = 2000

_OPERATORS = re.compile(r'"|(?:^|\s)-\w|\bOR\b')
_WORD = re.compile(r"[^\W_]+")
# Characters that no text has: input is cleaned of them.
_ON, _OFF = "\x02", "\x03"


class Reading(msgspec.Struct, frozen=True):
    """A search as it was understood: `q` is searched; `changed` are (typed, read as); `ideas` counts by word of `q`.

    `said` is what its meaning is taken from: only what is certainly a slip is mended there.
    """

    q: str
    said: str
    changed: tuple[tuple[str, str], ...] = ()
    ideas: tuple[tuple[str, int], ...] = ()


class Hit(msgspec.Struct):
    """A found idea: spans (from, to) of its title that matched, its text around the first match, spans of that."""

    item: Item
    title: list[tuple[int, int]]
    excerpt: str
    spans: list[tuple[int, int]]
    by_meaning: bool = False


class Found(msgspec.Struct):
    hits: list[Hit]
    next: str | None


async def read(campaign: int | None, q: str) -> Reading:
    """What a search means: a word that no idea has is read as the nearest one that some have.

    Searches with operators (quotes, minus, OR) are taken as they stand.
    """
    words = _WORD.findall(q.lower().replace("ё", "е"))[:WORDS]
    if campaign is None or not words or _OPERATORS.search(q):
        return Reading(q, q)
    return await remembered.shared(("reading", campaign, q), lambda: _read(campaign, q, words), 30)


async def _read(campaign: int, q: str, words: list[str]) -> Reading:
    # Both layouts of each word; the last word may be half typed.
    rows = await database.fetch(
        """SELECT w.n, l.lexeme, w.layout, (SELECT count(*) FROM (SELECT FROM idea i WHERE i.campaign = $1
                AND i.hidden IS NULL AND i.search @@ (quote_literal(l.lexeme)
                    || CASE WHEN w.last THEN ':*' ELSE '' END)::tsquery LIMIT 1000) x) AS ideas
        FROM unnest($2::int[], $3::text[], $4::bool[], $5::bool[]) AS w(n, word, layout, last)
        CROSS JOIN LATERAL (SELECT lexeme FROM unnest(to_tsvector('russian', w.word)) LIMIT 1) l""",
        campaign,
        [n for n in range(len(words)) for _ in range(2)],
        [form for word in words for form in (word, _other(word))],
        [layout for _ in words for layout in (False, True)],
        [n == len(words) - 1 for n in range(len(words)) for _ in range(2)],
    )
    found = {(row["n"], row["layout"]): (row["lexeme"], row["ideas"]) for row in rows}
    changed: list[tuple[str, str]] = []
    counts: list[tuple[str, int]] = []
    said = q
    for n, word in enumerate(words):
        lexeme, ideas = found.get((n, False), ("", 0))
        if not lexeme:
            continue
        if not ideas and not word.isdecimal():
            other, in_other = found.get((n, True), ("", 0))
            meant = _other(word) if in_other else await _nearest(campaign, word, lexeme, other)
            if meant and meant != word:
                changed.append((word, meant))
                q = _replaced(q, word, meant)
                # There is no dictionary of Latin words: what no idea has may be right.
                said = _replaced(said, word, meant) if in_other or not word.isascii() else said
                word, ideas = meant, in_other
        counts.append((word, ideas))
    return Reading(q, said, tuple(changed), tuple(counts))


def _replaced(q: str, word: str, by: str) -> str:
    typed = re.escape(word).replace("е", "[её]")
    return re.sub(rf"\b{typed}\b", by, q, count=1, flags=re.IGNORECASE)


def _other(word: str) -> str:
    # Only whole words of the other layout: "the" is not «еру».
    form = spelling.other_layout(word)
    return form.replace("ё", "е") if form.isalpha() and len(form) >= 3 else ""


async def _nearest(campaign: int, word: str, *lexemes: str) -> str | None:
    if not word.isascii() and await asyncio.to_thread(similar.is_russian, word):
        return None
    known = await remembered.shared(("vocabulary", campaign), lambda: vocabulary(campaign), KEPT)
    for lexeme in lexemes:
        stem = spelling.nearest(lexeme, known) if lexeme else None
        if stem:
            return await _in_full(campaign, stem)
    return None


async def vocabulary(campaign: int) -> Vocabulary:
    """The stems of a campaign's newest ideas."""
    rows = await database.fetch(
        "SELECT word, ndoc FROM ts_stat($1) ORDER BY ndoc DESC LIMIT 200000",
        f"SELECT search FROM idea WHERE campaign = {campaign:d} AND hidden IS NULL ORDER BY id DESC LIMIT {NEWEST}",
    )
    return spelling.vocabulary((row["word"], row["ndoc"]) for row in rows)


async def _in_full(campaign: int, lexeme: str) -> str | None:
    """The most usual word of some ideas that has this stem."""
    return await database.fetch_value(
        """WITH few AS (SELECT lower(replace(replace(title || ' ' || left(text, 1000), 'ё', 'е'), 'Ё', 'е')) AS text
            FROM idea WHERE campaign = $1 AND hidden IS NULL AND search @@ quote_literal($2::text)::tsquery LIMIT 10)
        SELECT word FROM few CROSS JOIN LATERAL regexp_split_to_table(few.text, '[^[:alnum:]]+') AS word
        WHERE word <> '' AND to_tsvector('russian', word) @@ quote_literal($2::text)::tsquery
        GROUP BY word ORDER BY count(*) DESC, length(word), word LIMIT 1""",
        campaign,
        lexeme,
    )


# Two lists, one by the words' weight and one by meaning, each narrowed by the same filters, become one by places.
_FUSED = """
WITH worded AS (SELECT i.id, row_number() OVER (ORDER BY ts_rank(i.search, {query}, 1) DESC, i.id DESC) AS place
    FROM idea i WHERE {where} AND i.search @@ {query}),
meant AS (SELECT i.id, m.place FROM unnest({ids}::bigint[]) WITH ORDINALITY AS m(id, place)
    JOIN idea i ON i.id = m.id WHERE {where}),
fused AS (SELECT id, w.id IS NULL AS by_meaning, round(1e9 * (coalesce(1.0 / ({rrf} + w.place), 0)
    + coalesce(1.0 / ({rrf} + m.place), 0)))::bigint AS key FROM worded w FULL JOIN meant m USING (id)),
page AS (SELECT * FROM fused WHERE {after} ORDER BY key DESC, id DESC LIMIT {limit})
SELECT {columns}, page.by_meaning, {marks}
FROM page JOIN LATERAL (SELECT idea.*, left(idea.text, {head}) AS head, page.key FROM idea WHERE idea.id = page.id) i
ON true ORDER BY page.key DESC, page.id DESC
"""
_HEADLINE = (
    "ts_headline('russian', translate({text}, 'ёЁ', 'еЕ'), {query}, "
    f"'StartSel={_ON}, StopSel={_OFF}, HighlightAll=true')"
)


def _marks(query: str) -> str:
    text = f"left(i.text, {_LOOKED_INTO})"
    return ", ".join(
        (
            _HEADLINE.format(text="i.title", query=query) + " AS title_marks",
            f"{text} AS beginning",
            _HEADLINE.format(text=text, query=query) + " AS text_marks",
        )
    )


async def page(
    filters: Filters, said: str, after: str | None, limit: int, account: int | None = None
) -> Found:
    """A page of what was found, by words and meaning for the order "match", else by words in the order asked for.

    `filters.q` are the words; the meaning is that of `said`.
    """
    if filters.sort != "match":
        return await _marked(filters, await queries.page(filters, after, limit, account))
    ids = await _close_in_meaning(filters, said)
    without = msgspec.structs.replace(filters, q="")
    where, args = conditions(without)
    args.extend(search_terms(filters.q))
    query = search_query(len(args) - 2)
    args.append(ids)
    numbers = {"ids": f"${len(args)}"}
    last = web.from_cursor(after, tuple[int, int])
    before = "true"
    if last is not None:
        args.extend(last)
        before = f"(key, id) < (${len(args) - 1}::bigint, ${len(args)}::bigint)"
    args.append(limit + 1)
    sql = _FUSED.format(
        query=query, where=where, rrf=RRF, after=before, limit=f"${len(args)}", columns=queries.COLUMNS,
        marks=_marks(query), head=EXCERPT * 2, **numbers,
    )  # fmt: skip
    rows = await database.fetch(sql, *args)
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = web.cursor(rows[-1]["key"], rows[-1]["id"])
    width = len(rows[0]) - 4 if rows else 0
    items = await queries.items([tuple(row)[:width] for row in rows])
    voted = await queries.votes_among(account, [i.id for i in items]) if account is not None else frozenset()
    for item in items:
        item.voted = item.id in voted
    hits = [_hit(item, row, by_meaning=row["by_meaning"]) for item, row in zip(items, rows, strict=True)]
    return Found(hits, following)


async def _close_in_meaning(filters: Filters, said: str) -> list[int]:
    """Ideas that say something close to a search, the closest first; none where it has operators."""
    campaign = filters.campaign
    if campaign is None or _OPERATORS.search(said) or len(said) < 3:
        return []
    found = await remembered.shared(
        ("meaning", campaign, said), lambda: similar.find(campaign, said, MEANT), 10
    )
    return [s.id for s in found]


async def _marked(filters: Filters, found: queries.Page) -> Found:
    ids = [item.id for item in found.items]
    rows = await database.fetch(
        f"SELECT i.id, {_marks(search_query(2))} FROM idea i WHERE i.id = ANY ($1::bigint[])",
        ids,
        *search_terms(filters.q),
    )
    marks: dict[int, Any] = {row["id"]: row for row in rows}
    return Found([_hit(item, marks[item.id]) for item in found.items if item.id in marks], found.next)


def _hit(item: Item, row: Any, *, by_meaning: bool = False) -> Hit:
    text, spans = around(row["beginning"], spans_of(row["text_marks"]))
    return Hit(item, spans_of(row["title_marks"]), text, spans, by_meaning)


def spans_of(marked: str) -> list[tuple[int, int]]:
    """Where the marks of a marked text stand in the text without them."""
    spans, start, gone = [], 0, 0
    for place, c in enumerate(marked):
        if c == _ON:
            start = place - gone
            gone += 1
        elif c == _OFF:
            spans.append((start, place - gone))
            gone += 1
    return spans


def around(
    text: str, spans: list[tuple[int, int]], longest: int = EXCERPT
) -> tuple[str, list[tuple[int, int]]]:
    """A piece of a text that shows its first match, on one line and cut between words; the spans within it."""
    line = re.sub(r"\s", " ", text)
    begin = 0
    if spans and spans[0][1] > longest * 3 // 4:
        begin = line.rfind(" ", 0, max(0, spans[0][0] - longest // 4)) + 1
    end = len(line)
    if end - begin > longest:
        end = max(line.rfind(" ", begin, begin + longest), begin + longest // 2)
    piece = line[begin:end].rstrip(" ,;:—-") + ("…" if end < len(line) else "")
    shift = begin - bool(begin)
    kept = [(a - shift, b - shift) for a, b in spans if a >= begin and b <= end]
    return ("…" if begin else "") + piece, kept


async def elsewhere(filters: Filters, reading: Reading) -> dict[str, Any]:
    """What helps where nothing was found: how many ideas there are without the filters, and for each word alone."""
    bare = Filters(campaign=filters.campaign, q=filters.q)
    where, args = conditions(bare)
    count = 0
    if bare != msgspec.structs.replace(filters, sort=bare.sort):
        count = await database.fetch_value(
            f"SELECT count(*) FROM (SELECT FROM idea i WHERE {where} LIMIT 1000) x", *args
        )
    return {"without_filters": count, "words": [(w, n) for w, n in reading.ideas if n]}
