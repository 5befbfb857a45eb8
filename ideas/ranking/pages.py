"""The planner's rankings: four orders side by side, why something stands where it does, and waves of copies."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from ideas.account.guards import planner, signed_in
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.i18n import localised
from ideas.idea.listing import STATUS_NAMES, asked_of
from ideas.ranking import actions, queries, why
from ideas.ranking.rules import FEW, KINDS, MEANINGS, ORDER_NAMES, ORDERS
from ideas.ranking.search import STATES, Search, search
from ideas.ranking.totals import totals
from ideas.web import language_of, page, redirect, translator

BIGGEST = 2**63
INLINE = 3000
"""A campaign of so few ideas is counted while its first reader waits; later and larger ones by a worker."""
KIND_NAMES = {"cluster": message("Groups"), "idea": message("Ideas"), "theme": message("Themes")}
STATE_NAMES = {
    "open": message("Not decided yet"), "accepted": message("Accepted"), "declined": message("Declined"),
    "forwarded": message("Forwarded"),
}  # fmt: skip
_COUNTING = message(
    "The numbers of this campaign are being counted for the first time. Come back in a minute."
)
WHY_NOT = {
    "populations": message("The populations of the districts are not known in this campaign."),
    "nobody": message("Nobody whose district is known has taken part yet."),
    "impossible": message("The city's proportions cannot be reached."),
}
REASONS = {
    "it has residents and nobody took part": message(
        "%(place)s has residents, and nobody from there took part."
    ),
    "people took part and it has no residents": message(
        "People from %(place)s took part, and it has no residents."
    ),
    "its population is negative": message("The population of %(place)s is below nothing."),
    "its population is not known": message("The populations add up to nothing."),
}


async def counted(campaign: Campaign) -> queries.Numbers:
    """A campaign's numbers; a small one is counted now if it never was, a large one has to wait for a worker."""
    known = await queries.numbers(campaign.id)
    if known is None:
        await actions.queue_refresh(campaign.id)
        if await queries.ideas_in(campaign.id) <= INLINE:
            await actions.refresh(campaign.id)
            known = await queries.numbers(campaign.id)
    if known is None:
        raise Conflict(_COUNTING)
    return known


class RankingPages(Controller):
    @get("/planning/ranking", guards=[planner])
    async def ranking(
        self,
        request: Request,
        what: FromQuery[str] = "",
        order: FromQuery[str] = "",
        states: Annotated[str, QueryParameter(name="state")] = "",
        number: Annotated[int, QueryParameter(name="page")] = 1,
    ) -> Response:
        found = await search(asked_of(request.query_params), what, order, states, number)
        known = await counted(found.campaign)
        rows, more = await queries.page(found)
        return page(
            request,
            "ranking/list.html",
            **_frame(request, found, known),
            rows=rows,
            totals=await totals(found, known),
            of=known.items.get(found.kind, 0),
            next_url=found.address(page=number + 1) if more else None,
            previous_url=found.address(page=number - 1 if number > 2 else None) if number > 1 else None,
        )

    @get("/planning/ranking/waves", guards=[planner])
    async def waves(self, request: Request) -> Response:
        found = await search(asked_of(request.query_params), "", "", "", 1)
        known = await counted(found.campaign)
        return page(
            request, "ranking/waves.html", **_frame(request, found, known),
            waves=await queries.waves(found.campaign.id),
        )  # fmt: skip

    @get("/planning/ranking/waves/{wave:int}", guards=[planner])
    async def wave(self, request: Request, wave: FromPath[int]) -> Response:
        if not 0 < wave < BIGGEST:
            raise NotFound()
        found = await search(asked_of(request.query_params), "", "", "", 1)
        one, copies = await queries.copies(found.campaign.id, wave)
        return page(
            request, "ranking/wave.html", wave=one, copies=copies, link=found.address,
            campaign=_shown(found.campaign, language_of(request)),
        )  # fmt: skip

    @get("/planning/ranking/{what:str}/{item:int}", guards=[planner])
    async def why(self, request: Request, what: FromPath[str], item: FromPath[int]) -> Response:
        if what not in KINDS or not 0 < item < BIGGEST:
            raise NotFound()
        found = await search(asked_of(request.query_params), what, "", "", 1)
        known = await counted(found.campaign)
        one = await queries.ranked(found.campaign.id, what, item)
        near = await queries.neighbours(found.campaign.id, one)
        better = {order: why.above(order, one, items) for order, items in near.items()}
        return page(
            request,
            "ranking/why.html",
            **_frame(request, found, known),
            one=one,
            of=known.items.get(what, 0),
            near=near,
            could=await queries.could_stand(found.campaign.id, one),
            better=better,
            needed={
                order: why.needed(order, one, above, known.weighed) if above else None
                for order, above in better.items()
            },
            waves=await queries.waves_of(one),
        )

    @get("/account/residence", guards=[signed_in])
    async def residence(self, request: Request) -> Response:
        found = await search(asked_of(request.query_params), "", "", "", 1)
        told = await queries.residence(found.campaign.id, request.user.id)
        c = found.campaign
        return await _residence_page(request, c, {
            "district": next((d.slug for d in c.districts if d.id == told["district"]), ""),
            "age_group": next(
                (a["slug"] for a in await queries.age_groups(c.id) if a["id"] == told["age_group"]), ""
            ),
        })  # fmt: skip

    @post("/account/residence", guards=[signed_in])
    async def tell(self, request: Request, data: Form) -> Response:
        values = {name: field(data, name) for name in ("campaign", "district", "age_group")}
        c = await campaigns.campaign(values["campaign"])
        district = c.district(values["district"])
        age = next((a for a in await queries.age_groups(c.id) if a["slug"] == values["age_group"]), None)
        errors = {}
        if values["district"] and district is None:
            errors["district"] = message("Pick a district from the list")
        if values["age_group"] and age is None:
            errors["age_group"] = message("Pick an age group from the list")
        if errors:
            return await _residence_page(request, c, values, Invalid(errors=errors))
        await actions.tell_residence(
            c.id, request.user.id, district.id if district else None, age["id"] if age else None
        )
        return redirect(request, f"/account/residence?campaign={c.slug}", message("Saved. Thank you."))


async def _residence_page(
    request: Request, c: Campaign, values: dict[str, str], problem: Invalid | None = None
) -> Response:
    lang = language_of(request)
    return page(
        request,
        "ranking/residence.html",
        status=422 if problem else 200,
        campaign=_shown(c, lang),
        values=values,
        errors=problem.errors if problem else {},
        districts=[(d.slug, localised(d.name, lang)) for d in c.districts],
        ages=[(a["slug"], localised(a["name"], lang)) for a in await queries.age_groups(c.id)],
    )


def _shown(campaign: Campaign, lang: str) -> dict[str, str]:
    return {"slug": campaign.slug, "title": localised(campaign.title, lang)}


def _frame(request: Request, found: Search, known: queries.Numbers) -> dict[str, Any]:
    """What every page of rankings shows around its table."""
    lang = language_of(request)
    say = translator(lang)
    c = found.campaign
    return {
        "campaign": _shown(c, lang),
        "search": found,
        "query": found.given,
        "link": found.address,
        "made": known.made,
        "weighed": known.weighed,
        "why_not": _why_not(known, c, lang),
        "few": FEW,
        "kinds": [
            {
                "label": say(name),
                "href": found.address(what=kind, state=None, page=None),
                "current": kind == found.kind,
            }
            for kind, name in KIND_NAMES.items()
        ],
        "orders": [
            {
                "label": say(ORDER_NAMES[o]),
                "href": found.address(order=o, page=None),
                "current": o == found.order,
            }
            for o in ORDERS
        ],
        "order_names": ORDER_NAMES,
        "meanings": MEANINGS,
        "active": _active(found, lang),
        "clear_url": found.address(**dict.fromkeys(found.given)),
        "principles": [(p.slug, localised(p.name, lang)) for p in c.principles],
        "district_options": [(d.slug, localised(d.name, lang)) for d in c.districts],
        "office_options": [(o.slug, localised(o.name, lang)) for o in c.offices],
        "statuses": [(key, say(name)) for key, name in STATUS_NAMES.items()],
        "states": [(key, say(STATE_NAMES[key])) for key in STATES],
    }


def _why_not(known: queries.Numbers, c: Campaign, lang: str) -> dict[str, str] | None:
    """Why there is no representative order, or what it falls short of, in words; None where nothing is to be said."""
    w, say = known.weighed, translator(lang)
    district = c.district(w.place)
    place = localised(district.name, lang) if district else w.place
    area = next((d.area for d in c.districts if d.area.get("ru") == w.place), None)
    place = localised(area, lang) if area else place
    if not w.why:
        return None
    reason = REASONS.get(w.reason)
    text = say(WHY_NOT[w.why])
    if reason is not None:
        text += " " + say(message(reason.msgid, place=place))
    return {"text": text, "margin": w.margin}


def _active(found: Search, lang: str) -> list[dict[str, str]]:
    """The filters that are on, each with the address without it."""
    c, say = found.campaign, translator(lang)
    shown = []
    for key, value in found.given.items():
        known: Any = {"principle": c.principle, "district": c.district, "office": c.office}.get(key)
        if known:
            label = localised(known(value).name, lang)
        elif key in ("status", "state"):
            label = say((STATUS_NAMES if key == "status" else STATE_NAMES)[value])
        elif key in ("cluster", "theme"):
            name = (
                message("Group %(number)s", number=value)
                if key == "cluster"
                else message("Theme %(number)s", number=value)
            )
            label = say(name)
        else:
            label = f"«{value}»" if lang == "ru" else f"“{value}”"
        shown.append({"label": label, "href": found.address(**{key: None, "page": None})})
    return shown
