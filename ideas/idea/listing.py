"""The list page's parts besides the ideas: filters that are on, orders, links that keep the rest."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from markupsafe import Markup

from ideas.campaign import queries as campaigns
from ideas.errors import message
from ideas.i18n import translator
from ideas.idea import queries
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
    found = await queries.page(filters, after, PAGE, person.id if person else None)
    lang = language_of(request)
    words = names(where, lang)
    asked.sort = filters.sort
    say = translator(lang)
    response = page(
        request,
        "idea/list.html",
        ideas=cards(found.items, await campaigns.campaigns(), lang),
        next_url=address(asked, after=found.next) if found.next else None,
        query=asked,
        fields=_fields(asked, words, lang),
        active=_active(asked, words, lang),
        clear_url=address(Asked(campaign=asked.campaign, sort=asked.sort)),
        sorts=[
            {"label": say(_SORTS[s]), "href": address(asked, sort=s), "current": s == asked.sort}
            for s in _SORTS
            if s != "match" or asked.q
        ],
        principles=[
            {**p, "href": address(asked, principle=slug), "current": slug == asked.principle}
            for slug, p in words.principle.items()
        ],
        total=None,
        vote_open=is_open_now(where, "vote"),
        submit_open=is_open_now(where, "submit"),
        campaign=words.shown,
    )
    return response, [item.id for item in found.items]


def _active(asked: Asked, words: Names, lang: str) -> list[dict[str, str]]:
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
        on["cluster"] = say(message("One group"))
    if asked.theme:
        on["theme"] = say(message("One theme"))
    return [{"label": label, "href": address(asked, **{name: None})} for name, label in on.items()]


# A hundred centres make most of the page's markup and change hardly ever.
_fields_known: dict[tuple[Any, ...], tuple[Names, Markup]] = {}


def _fields(asked: Asked, words: Names, lang: str) -> Markup:
    key = (words.campaign.id, lang, asked.principle, asked.district, asked.office, asked.status)
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
            statuses=[(s, say(STATUS_NAMES[s])) for s in STATUSES],
        )
    )
    if len(_fields_known) > 500:
        _fields_known.clear()
    _fields_known[key] = (words, Markup(markup))
    return _fields_known[key][1]
