"""The pages of writing an idea: what, where, what resembles it, check. Each holds all that was typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response

from ideas.account.pages import field
from ideas.campaign.rules import Campaign
from ideas.draft import rules
from ideas.draft.actions import Typed
from ideas.errors import DomainError
from ideas.idea import blocked, screening
from ideas.idea import rules as idea_rules
from ideas.idea.cards import names
from ideas.idea.choices import MOST
from ideas.photo import queries as photos
from ideas.photo import rules as photo_rules
from ideas.web import clean, language_of, page

LIMITS = {"title": idea_rules.TITLE_LONGEST, "text": idea_rules.TEXT_LONGEST}
# So often the same idea may be shown as similar: five at a time, and four times.
SHOWN = MOST * 4


class Form(msgspec.Struct):
    """A form as it came: what was typed, and the similar ideas that were called different."""

    campaign: str
    typed: Typed
    shown: list[int]
    step: str
    act: str

    @property
    def values(self) -> dict[str, str]:
        """The fields as every page hands them on."""
        typed = self.typed
        return {
            "campaign": self.campaign, "title": typed.title, "text": typed.text, "office": typed.office,
            "rest": typed.rest, "key": typed.key, "shown": ",".join(map(str, self.shown)),
        }  # fmt: skip


def read(data: dict[str, Any], new_key: str) -> Form:
    """A form from its fields; whatever is missing counts as empty."""
    typed = Typed(
        title=clean(field(data, "title")),
        text=clean(field(data, "text"), lines=True),
        office=field(data, "office")[:60],
        rest=clean(field(data, "rest"), lines=True)[: rules.TEXT_KEPT],
        key=clean(field(data, "key"))[:32] or new_key,
    )
    shown = rules.numbers(field(data, "shown"), SHOWN)
    return Form(field(data, "campaign"), typed, shown, field(data, "step"), field(data, "act"))


def what(
    request: Request,
    where: Campaign,
    form: Form,
    problem: DomainError | None = None,
    saved: datetime | None = None,
) -> Response:
    """The first page: the idea in one line, and in full."""
    return page(request, "draft/what.html", saved=saved, **_shared(request, where, form, problem))


async def place(
    request: Request, where: Campaign, form: Form, problem: DomainError | None = None
) -> Response:
    """The second page: which centre, and photos."""
    context = _shared(request, where, form, problem)
    shots = await _photos(request, where)
    return page(request, "draft/where.html", photos=shots, most=photo_rules.MOST, **context)


async def resembling(request: Request, where: Campaign, form: Form, similar: list[Any]) -> Response:
    """The page between: ideas that may say the same."""
    form.shown = list(dict.fromkeys([*form.shown, *(s.id for s in similar)]))[-SHOWN:]
    return page(request, "draft/similar.html", similar=similar, **_shared(request, where, form, None))


async def check(
    request: Request,
    where: Campaign,
    form: Form,
    problem: DomainError | None = None,
    *,
    replaced: str = "",
) -> Response:
    """The last page: the idea as others will see it, with what is better mended first."""
    typed = form.typed
    lang = text_language(where, typed)
    words = await blocked.words_of(where.id)
    spots = await screening.spots(typed.title, typed.text, lang, words)
    return page(
        request,
        "draft/check.html",
        photos=await _photos(request, where),
        office=names(where, language_of(request)).office.get(typed.office),
        title=_pieces(typed.title, "title", spots),
        text=_pieces(typed.text, "text", spots),
        spots=[
            {"kind": s.kind, "words": s.words, "note": s.note, "n": n}
            for n, s in enumerate(spots)
            if s.kind != "shouting"
        ],
        personal=sum(s.personal for s in spots),
        shouting=rules.shouts(typed.title) or rules.shouts(typed.text),
        parts=rules.two_ideas(typed.text) if not typed.rest else None,
        replaced=replaced,
        **_shared(request, where, form, problem),
    )


def closed(request: Request, where: Campaign, form: Form, problem: DomainError) -> Response:
    """A draft whose campaign takes no ideas now: kept, and to be copied."""
    context = _shared(request, where, form, problem)
    context["status"] = 200
    return page(request, "draft/closed.html", **context)


def text_language(where: Campaign, typed: Typed) -> str:
    return idea_rules.language_of(f"{typed.title} {typed.text}", where.lang)


def _shared(request: Request, where: Campaign, form: Form, problem: DomainError | None) -> dict[str, Any]:
    words = names(where, language_of(request))
    return {
        "status": problem.status if problem else 200,
        "values": form.values,
        "problem": problem,
        "errors": problem.errors if problem else {},
        "campaign": words.shown,
        "offices": words.offices,
        "limits": LIMITS,
    }


async def _photos(request: Request, where: Campaign) -> list[photos.PhotoView]:
    return await photos.of_draft(request.user.id, where.id) if request.user else []


def _pieces(text: str, name: str, spots: list[screening.Spot]) -> list[tuple[str, str]]:
    """A text as (piece, kind or ""): what is pointed out stands apart, to be marked."""
    pieces, at = [], 0
    for spot in spots:
        if spot.field != name or spot.kind == "shouting" or spot.start < at:
            continue
        pieces += [(text[at : spot.start], ""), (spot.words, spot.kind)]
        at = spot.end
    return [piece for piece in [*pieces, (text[at:], "")] if piece[0]]
