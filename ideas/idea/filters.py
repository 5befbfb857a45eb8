"""What a list of ideas is narrowed to, and the SQL that says so: one place for lists, planners and exports."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import BadRequest, Message, message
from ideas.idea.rules import STATUSES
from ideas.web import clean

SORTS = ("new", "top", "fair", "match")
QUERY_LIMIT = 200


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of rows, already looked up; None or "" is "any". `sort` "match" needs `q`."""

    campaign: int | None = None
    q: str = ""
    principle: int | None = None
    office: int | None = None
    district: int | None = None
    status: str = ""
    cluster: int | None = None
    theme: int | None = None
    sort: str = "new"


class Asked(msgspec.Struct, kw_only=True):
    """A list's filters as they stand in an address: slugs and texts."""

    campaign: str = ""
    q: str = ""
    principle: str = ""
    office: str = ""
    district: str = ""
    status: str = ""
    cluster: str = ""
    theme: str = ""
    sort: str = ""


async def resolve(asked: Asked) -> tuple[Campaign, Filters]:
    """The campaign (by default the newest open one) and the filters; what is unknown is a BadRequest by field."""
    errors: dict[str, Message] = {}
    cluster = _number(asked.cluster, "cluster", errors)
    theme = _number(asked.theme, "theme", errors)
    where = await campaigns.campaign(asked.campaign) if asked.campaign else await campaigns.default_campaign()
    q = clean(asked.q)
    if len(q) > QUERY_LIMIT:
        errors["q"] = message("A search may have at most %(most)s characters", most=QUERY_LIMIT)

    def known(field: str, slug: str, found: Any) -> int | None:
        if slug and found is None:
            errors[field] = message("There is no “%(value)s” in this campaign", value=clean(slug)[:60])
        return found.id if found else None

    principle = known("principle", asked.principle, where.principle(asked.principle))
    office = known("office", asked.office, where.office(asked.office))
    district = known("district", asked.district, where.district(asked.district))
    if asked.status and asked.status not in STATUSES:
        errors["status"] = message("There is no such status")
    sort = asked.sort or ("match" if q else "new")
    if sort not in SORTS:
        errors["sort"] = message("There is no such order")
    if errors:
        raise BadRequest(errors=errors)
    return where, Filters(
        # A group or theme belongs to one campaign already.
        campaign=None if not asked.campaign and (cluster or theme) else where.id,
        q=q, principle=principle, office=office, district=district, status=asked.status,
        cluster=cluster, theme=theme, sort="new" if sort == "match" and not q else sort,
    )  # fmt: skip


def _number(text: str, field: str, errors: dict[str, Message]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        errors[field] = message("This must be a whole number")
        return None
    return int(text)


_WORD = re.compile(r"[^\W_]+")


def search_terms(q: str) -> tuple[str, str, str]:
    """A search as (all of it, all but its last word, its last word): the last may be half typed. Both may be ""."""
    q = q.replace("ё", "е").replace("Ё", "Е")
    words = q.split()
    plain = not re.search(r'["\-]|\bor\b', q, re.IGNORECASE)
    # The parser takes other scripts' digits and long runs for something else than words.
    if plain and words and _WORD.fullmatch(words[-1]) and len(words[-1]) >= 2:
        return q, " ".join(words[:-1]), words[-1]
    return q, "", ""


def conditions(filters: Filters, start: int = 1) -> tuple[str, list[Any]]:
    """SQL conditions on `idea i` and their arguments, `$start` being the first; hidden ideas are left out."""
    parts = ["i.hidden IS NULL"]
    args: list[Any] = []

    def add(sql: str, *values: Any) -> None:
        numbers = [start + len(args) + k for k in range(len(values))]
        parts.append(sql.format(*numbers))
        args.extend(values)

    for column in ("campaign", "office", "district", "cluster", "theme"):
        value = getattr(filters, column)
        if value is not None:
            add(f"i.{column} = ${{}}", value)
    if filters.status:
        add("i.status = ${}", filters.status)
    if filters.principle is not None:
        add("EXISTS (SELECT FROM tag t WHERE t.idea = i.id AND t.principle = ${})", filters.principle)
    if filters.q:
        add(f"i.search @@ {_QUERY}", *search_terms(filters.q))
    return " AND ".join(parts), args


# Half-typed words match as prefixes. An empty query (stop words alone) matches nothing.
_QUERY = (
    "(websearch_to_tsquery('russian', ${0}::text) || CASE WHEN ${2}::text = '' THEN ''::tsquery ELSE "
    "websearch_to_tsquery('russian', ${1}::text) && to_tsquery('russian', ${2}::text || ':*') END)"
)


def search_query(first: int) -> str:
    """The SQL of a text query whose three arguments (`search_terms`) begin at `$first`."""
    return _QUERY.format(first, first + 1, first + 2)
