"""Writing an idea, one question a page. Whatever fails, what was typed comes back or is kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from ideas.account import actions as accounts
from ideas.account.api import address_of
from ideas.account.guards import anyone, signed_in
from ideas.account.pages import Form, field
from ideas.account.rules import Person
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign, closed
from ideas.draft import actions, queries, rules, steps
from ideas.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, message
from ideas.i18n import local_datetime
from ideas.idea import actions as ideas
from ideas.idea import blocked, screening
from ideas.idea.api import limit_submissions
from ideas.idea.cards import accepting, is_open_now
from ideas.idea.similar import near
from ideas.photo import actions as photos
from ideas.photo.pages import FORM_LIMIT, Files, described, files_of, limit_photos
from ideas.photo.rules import BYTES
from ideas.web import language_of, redirect, translator

OFFICE_COOKIE = "office"
PARKED_COOKIE = "parked"
PARKED_HOURLY = 30


class DraftPages(Controller):
    @get("/ideas/new", guards=[anyone])
    async def new(
        self, request: Request, campaign: FromQuery[str] = "", office: FromQuery[str] = ""
    ) -> Response:
        """An empty form, or one's draft; after signing in, what one was about to publish."""
        secret = request.cookies.get(PARKED_COOKIE)
        if not request.user or not secret:
            return await _start(request, campaign, office)
        claimed = await actions.claim(request.user.id, secret)
        if claimed is None:
            response = await _start(request, campaign, office)
        else:
            where = await campaigns.campaign_by_id(claimed.campaign)
            form = steps.Form(where.slug, claimed.typed, [], "", "")
            response = await steps.check(request, where, form, replaced=claimed.replaced)
        response.cookies.append(Cookie(PARKED_COOKIE, value="", max_age=0))
        return response

    @post("/ideas/new", guards=[anyone], status_code=200)
    async def step(self, request: Request, data: Form) -> Response:
        """One step on, or what a button asks for."""
        form = steps.read(data, actions.new_key())
        where, lost = await _where(request, form)
        if lost:
            return steps.what(request, where, form, lost)
        await _keep(request, where, form)
        if form.act == "publish":
            return await _publish(request, where, form)
        if form.step == "check" and await _mended(where, form):
            await _keep(request, where, form)
            return await steps.check(request, where, form)
        return await _next(request, where, form)

    @post("/ideas/new/photos", guards=[anyone], status_code=200, request_max_body_size=FORM_LIMIT)
    async def photos(self, request: Request, data: Files) -> Response:
        """The second page with its photos."""
        form = steps.read(data, actions.new_key())
        where, lost = await _where(request, form)
        if lost:
            return steps.what(request, where, form, lost)
        await _keep(request, where, form)
        try:
            if request.user:
                await _change_photos(request, where, data)
            if form.typed.office and where.office(form.typed.office) is None:
                ideas.check(where, form.typed.idea)
        except DomainError as problem:
            return await steps.place(request, where, form, problem)
        if form.act == "add" or form.act.startswith("remove:"):
            return await steps.place(request, where, form)
        return await _next(request, where, form)

    @post("/drafts", guards=[signed_in], status_code=200)
    async def keep(self, request: Request, data: Form) -> Response:
        """The fragment that says when a draft was kept, asked for while one types."""
        form = steps.read(data, actions.new_key())
        where = await campaigns.campaign(form.campaign)
        saved = None
        if not form.typed.empty:
            saved = await actions.keep(request.user.id, where.id, form.typed)
        if saved is None:
            return Response("", media_type="text/html")
        lang = language_of(request)
        said = translator(lang)(message("Draft kept, %(time)s", time=local_datetime(saved, lang)))
        return Response(said, media_type="text/html")

    @post("/drafts/discard", guards=[signed_in], status_code=200)
    async def discard(self, request: Request, data: Form) -> Response:
        where = await campaigns.campaign(field(data, "campaign"))
        await actions.discard(request.user.id, where.id)
        return redirect(request, f"/ideas/new?campaign={where.slug}", message("The draft is thrown away."))


async def _start(request: Request, campaign: str, office: str) -> Response:
    """The first page with one's draft; the centre is that of the link or of the code that brought the person."""
    where = await _campaign(campaign)
    found = await queries.draft_of(request.user.id, where.id) if request.user else None
    typed = actions.Typed(key=actions.new_key())
    if found:
        typed = actions.Typed(found.title, found.text, found.office, found.rest, found.key)
    form = steps.Form(where.slug, typed, [], "", "")
    if not is_open_now(where, "submit"):
        if typed.empty:
            return redirect(request, f"/campaigns/{where.slug}", closed("submit").detail, "info")
        return steps.closed(request, where, form, closed("submit"))
    here = office or request.cookies.get(OFFICE_COOKIE, "")
    if where.office(here) and (office or not typed.office):
        typed.office = here
    return steps.what(request, where, form, saved=found.saved if found and not typed.empty else None)


async def _campaign(slug: str) -> Campaign:
    if slug:
        return await campaigns.campaign(slug)
    return accepting(await campaigns.campaigns()) or await campaigns.default_campaign()


async def _where(request: Request, form: steps.Form) -> tuple[Campaign, DomainError | None]:
    """The form's campaign, and why it can only be shown again: it has expired, or its campaign has gone."""
    expired = None
    if request.scope["state"].get("expired"):
        expired = Forbidden(message("This form had expired. It is fresh again: please go on."))
    try:
        return await _campaign(form.campaign), expired
    except NotFound:
        return await _campaign(""), NotFound(message("There is no such campaign."))


async def _keep(request: Request, where: Campaign, form: steps.Form) -> None:
    if request.user and not form.typed.empty:
        await actions.keep(request.user.id, where.id, form.typed)


async def _next(request: Request, where: Campaign, form: steps.Form) -> Response:
    """The page that a button names or that follows; a field that is wrong brings its own page back."""
    if form.act == "what":
        return steps.what(request, where, form)
    try:
        ideas.check(where, form.typed.idea)
    except Invalid as problem:
        return await _wrong(request, where, form, problem)
    if form.step in ("", "what"):
        similar = [
            s for s in await near(where.id, form.typed.title, form.typed.text) if s.id not in form.shown
        ]
        if similar:
            return await steps.resembling(request, where, form, similar)
    if form.step in ("", "what", "similar") or form.act == "where":
        return await steps.place(request, where, form)
    return await steps.check(request, where, form)


async def _wrong(request: Request, where: Campaign, form: steps.Form, problem: Invalid) -> Response:
    if set(problem.errors) <= {"office"}:
        return await steps.place(request, where, form, problem)
    return steps.what(request, where, form, problem)


async def _mended(where: Campaign, form: steps.Form) -> bool:
    """Do to the text what a button asks for; whether one did."""
    typed, lang = form.typed, steps.text_language(where, form.typed)
    asked = re.fullmatch(r"hide:(\d{1,4})", form.act)
    if asked or form.act == "hide":
        words = await blocked.words_of(where.id)
        spots = await screening.spots(typed.title, typed.text, lang, words)
        chosen = [s for n, s in enumerate(spots) if (n == int(asked[1]) if asked else s.personal)]
        for spot in reversed(chosen):
            text = getattr(typed, spot.field)
            setattr(typed, spot.field, rules.mask(text, spot.start, spot.end, spot.kind, lang))
    elif form.act == "lower":
        typed.title, typed.text = rules.lower_capitals(typed.title), rules.lower_capitals(typed.text)
    elif form.act == "split" and (parts := rules.two_ideas(typed.text)):
        typed.text, typed.rest = parts
    elif form.act == "join":
        typed.text, typed.rest = f"{typed.text}\n\n{typed.rest}".strip(), ""
    else:
        return False
    return True


async def _publish(request: Request, where: Campaign, form: steps.Form) -> Response:
    person: Person | None = request.user
    typed = form.typed
    try:
        ideas.check(where, typed.idea)
        if person is None:
            return await _parked(request, where, form)
        await limit_submissions(request)
        done = await actions.publish(person, where, typed, form.shown, datetime.now(UTC))
    except Invalid as problem:
        return await _wrong(request, where, form, problem)
    except DomainError as problem:
        return await steps.check(request, where, form, problem)
    if done.differs:
        # Somebody went back, changed the text of what is published already and sent it again.
        typed.key = actions.new_key()
        problem = Conflict(
            message("You have published this idea already. Publish it again only if it is another one.")
        )
        return await steps.check(request, where, form, problem)
    if typed.rest and done.fresh:
        said = message(
            "Your idea is published. Thank you! Here is the second one: give it a line of its own."
        )
        return redirect(request, f"/ideas/new?campaign={where.slug}", said)
    return redirect(request, f"/ideas/{done.idea}", message("Your idea is published. Thank you!"))


async def _parked(request: Request, where: Campaign, form: steps.Form) -> Response:
    """Keep the text and lead to the sign-in page, which leads back to it."""
    if request.app.state.settings.rate_limits:
        await accounts.limit(f"park@{address_of(request)}", PARKED_HOURLY, 3600)
    if not is_open_now(where, "submit"):
        raise closed("submit")
    secret = await actions.park(where.id, form.typed)
    said = message("One step left: sign in or register. What you typed is kept.")
    response = redirect(request, "/sign-in?next=/ideas/new", said, "info")
    secure = request.app.state.settings.secure_cookies
    response.cookies.append(
        Cookie(PARKED_COOKIE, value=secret, max_age=2 * 86400, httponly=True, samesite="lax", secure=secure)
    )
    return response


async def _change_photos(request: Request, where: Campaign, data: dict[str, Any]) -> None:
    await described(request.user.id, data)
    for file in files_of(data):
        await limit_photos(request)
        await photos.add_to_draft(request.user.id, where.id, await photos.read(await file.read(BYTES + 1)))
