"""The list page's parts besides the ideas: filters that are on, orders, links that keep the rest."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from markupsafe import Markup, escape

from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import message
from ideas.i18n import translator
from ideas.idea import queries, search
from ideas.idea.cards import Names, cards, is_open_now, names
from ideas.idea.filters import QUERY_LIMIT, Asked
from ideas.idea.impressions import seen
from ideas.idea.rules import STATUSES
from ideas.web import language_of, page, page_for_strangers, templates

PAGE = 20
_FIELDS = tuple(f for f in Asked.__struct_fields__)

STATUS_NAMES = {
    "submitted": message("Submitted"),
    "study": message("Under study"),
    "accepted": message("Accepted"),
    "declined": message("Declined"),
    "standard": message("In the standard"),
    "done": message("Carried out"),
}
_SORTS = {
    "match": message("Best match"),
    "new": message("New"),
    "top": message("Top"),
    "fair": message("Fair"),
}


def asked_of(params: Any) -> Asked:
    """Filters from an address; of a repeated one the first counts."""
    given = {}
    for name in _FIELDS:
        value = params.get(name)
        if isinstance(value, str):
            given[name] = value
    return Asked(**given)


def address(asked: Asked, **changes: str | None) -> str:
    """The list's address with some filters changed."""
    values = {**msgspec.structs.asdict(asked), **changes}
    query = urlencode({k: v for k, v in values.items() if v})
    return f"/ideas?{query}" if query else "/ideas"


async def list_page(request: Request, asked: Asked, after: str | None) -> Response:
    """The page of ideas that an address asks for."""

    async def make() -> tuple[Response, list[int]]:
        return await _list_page(request, asked, after)

    response, shown = await page_for_strangers(request, make)
    seen(shown)
    return response


async def _list_page(request: Request, asked: Asked, after: str | None) -> tuple[Response, list[int]]:
    # A long text pasted into the search box is searched by its beginning instead of refused.
    asked.q = asked.q[:QUERY_LIMIT]
    where, filters = await queries.resolve(asked)
    person = request.user
    account = person.id if person else None
    lang = language_of(request)
    words = names(where, lang)
    reading, help = None, None
    if filters.q:
        reading = await search.read(filters.campaign, filters.q)
        filters = msgspec.structs.replace(filters, q=reading.q)
        hits = await search.page(filters, reading.said, after, PAGE, account)
        items, following = [hit.item for hit in hits.hits], hits.next
        shown = [
            {**card, **marked(hit)}
            for hit, card in zip(hits.hits, cards(items, await campaigns.campaigns(), lang), strict=True)
        ]
        if not items and not after:
            help = await search.elsewhere(filters, reading)
    else:
        found = await queries.page(filters, after, PAGE, account)
        items, following = found.items, found.next
        shown = cards(items, await campaigns.campaigns(), lang)
    say = translator(lang)
    response = page(
        request,
        "idea/list.html",
        ideas=shown,
        canonical=address(msgspec.structs.replace(asked, sort="")),
        next_url=address(asked, after=following) if following else None,
        query=asked,
        sort=filters.sort,
        changed=reading.changed if reading else (),
        help=_help(asked, help),
        **await _filters(asked, where, words, lang),
        sorts=[
            {"label": say(_SORTS[s]), "href": address(asked, sort=s), "current": s == filters.sort}
            for s in _SORTS
            if s != "match" or asked.q
        ],
        vote_open=is_open_now(where, "vote"),
        submit_open=is_open_now(where, "submit"),
        campaign=words.shown,
    )
    return response, [item.id for item in items]


def marked(hit: search.Hit) -> dict[str, Any]:
    """A card's texts with what matched marked."""
    return {
        "marked_title": _with_marks(hit.item.title, hit.title),
        "excerpt": _with_marks(hit.excerpt, hit.spans),
        "by_meaning": hit.by_meaning and not hit.title and not hit.spans,
    }


def _with_marks(text: str, spans: list[tuple[int, int]]) -> Markup:
    done, last = Markup(""), 0
    for begin, end in spans:
        done += escape(text[last:begin]) + Markup("<mark>{}</mark>").format(text[begin:end])
        last = end
    return done + escape(text[last:])


def _help(asked: Asked, found: dict[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "without_filters": found["without_filters"],
        "everywhere": address(Asked(campaign=asked.campaign, q=asked.q)),
        "words": [
            {"word": word, "ideas": n, "href": address(Asked(campaign=asked.campaign, q=word))}
            for word, n in found["words"]
        ]
        if len(found["words"]) > 1 or asked.q != "".join(w for w, _ in found["words"])
        else [],
    }


async def _filters(asked: Asked, where: Campaign, words: Names, lang: str) -> dict[str, Any]:
    """The parts of the page that narrow the list."""
    themes = await queries.themes(where.id)
    group = await queries.group_name(int(asked.cluster)) if asked.cluster else ""
    return {
        "fields": _fields(asked, words, themes, lang),
        "active": _active(asked, words, {str(t.id): t.name for t in themes}, group, lang),
        "clear_url": address(Asked(campaign=asked.campaign, sort=asked.sort)),
        "principles": [
            {**p, "href": address(asked, principle=slug), "current": slug == asked.principle}
            for slug, p in words.principle.items()
        ],
    }


def _active(
    asked: Asked, words: Names, themes: dict[str, str], group: str, lang: str
) -> list[dict[str, str]]:
    """The filters that are on, each with the list without it."""
    say = translator(lang)
    on: dict[str, str] = {}
    if asked.principle:
        on["principle"] = words.principle[asked.principle]["name"]
    if asked.district:
        on["district"] = words.district[asked.district]
    if asked.office:
        on["office"] = words.office[asked.office]
    if asked.status:
        on["status"] = say(STATUS_NAMES[asked.status])
    if asked.cluster:
        on["cluster"] = group or say(message("One group"))
    if asked.theme:
        on["theme"] = themes.get(asked.theme) or say(message("One theme"))
    return [{"label": label, "href": address(asked, **{name: None})} for name, label in on.items()]


# A hundred centres make most of the page's markup and change hardly ever.
_fields_known: dict[tuple[Any, ...], tuple[Names, Markup]] = {}


def _fields(asked: Asked, words: Names, themes: tuple[queries.Named, ...], lang: str) -> Markup:
    key = (
        words.campaign.id, lang, asked.principle, asked.district, asked.office, asked.status, asked.theme, themes,
    )  # fmt: skip
    known = _fields_known.get(key)
    if known is not None and known[0] is words:
        return known[1]
    say = translator(lang)
    markup = (
        templates(lang)
        .get_template("idea/filters.html")
        .render(
            query=asked,
            principles=[(slug, p["name"]) for slug, p in words.principle.items()],
            districts=sorted(words.district.items(), key=lambda d: d[1]),
            offices=words.offices,
            themes=[(str(t.id), f"{t.name} ({t.ideas})") for t in themes],
            statuses=[(s, say(STATUS_NAMES[s])) for s in STATUSES],
        )
    )
    if len(_fields_known) > 500:
        _fields_known.clear()
    _fields_known[key] = (words, Markup(markup))
    return _fields_known[key][1]
