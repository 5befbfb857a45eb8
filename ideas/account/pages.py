"""Registering, signing in and out, the language; and the organiser's list of people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from ideas.account import actions, queries, rules
from ideas.account.api import limit_registration, limit_sign_in
from ideas.account.guards import admin, anyone
from ideas.account.middleware import SESSION_COOKIE
from ideas.account.rules import Person
from ideas.errors import BadRequest, DomainError, message
from ideas.i18n import LANGUAGES
from ideas.web import clean, language_of, page, redirect, safe_next

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


def field(data: dict[str, Any], name: str) -> str:
    """A single text field of a form; anything else counts as empty."""
    value = data.get(name, "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


class AccountPages(Controller):
    @get("/sign-in", guards=[anyone])
    async def sign_in_form(
        self, request: Request, next: str | None = None, confirm: str | None = None
    ) -> Response:
        if request.user:
            return redirect(request, safe_next(next))
        return page(request, "account/sign_in.html", next=safe_next(next), confirm=(confirm or "")[:100])

    @post("/sign-in", guards=[anyone])
    async def sign_in(self, request: Request, data: Form) -> Response:
        email, password, next = field(data, "email"), field(data, "password"), safe_next(field(data, "next"))
        settings, token = request.app.state.settings, field(data, "confirm")[:100]
        try:
            await limit_sign_in(request, email)
            account = await actions.sign_in(
                email, password, confirm=settings.confirm_email, secret=settings.secret, token=token
            )
        except DomainError as problem:
            return page(
                request,
                "account/sign_in.html",
                status=problem.status,
                next=next,
                confirm=token,
                values={"email": email},
                errors=problem.errors,
                problem=problem,
            )
        return await _enter(request, account, next)

    @get("/register", guards=[anyone])
    async def register_form(self, request: Request, next: str | None = None) -> Response:
        if request.user:
            return redirect(request, safe_next(next))
        return _registration(request, safe_next(next))

    @post("/register", guards=[anyone])
    async def register(self, request: Request, data: Form) -> Response:
        email, password, name = field(data, "email"), field(data, "password"), clean(field(data, "name"))
        next = safe_next(field(data, "next"))
        confirm = request.app.state.settings.confirm_email
        try:
            _require_person(request, data)
            await limit_registration(request)
            account = await actions.register(
                email, password, name, language=language_of(request), confirm=confirm
            )
        except DomainError as problem:
            return _registration(request, next, {"email": email, "name": name}, problem)
        if confirm:
            return page(request, "account/confirm.html", status=201, email=rules.normal_email(email))
        return await _enter(request, account, next, message("Welcome! Your account is ready."))

    @post("/sign-out", guards=[anyone])
    async def sign_out(self, request: Request) -> Response:
        person: Person | None = request.user
        if person:
            await actions.close_session(person.id, person.session)
        response = redirect(request, "/", message("You have signed out."))
        response.cookies.append(Cookie(SESSION_COOKIE, value="", max_age=0))
        return response

    @post("/language", guards=[anyone])
    async def language(self, request: Request, data: Form) -> Response:
        chosen = field(data, "lang")
        response = redirect(request, safe_next(field(data, "next")))
        if chosen in LANGUAGES:
            response.cookies.append(Cookie("language", value=chosen, max_age=365 * 86400, samesite="lax"))
            if request.user:
                await actions.set_language(request.user.id, chosen)
        return response

    @get("/people", guards=[admin])
    async def people(
        self,
        request: Request,
        q: Annotated[str, Parameter(max_length=100)] = "",
        after: int = 0,
    ) -> Response:
        rows = await queries.people(clean(q), after, 51)
        more = rows[49].id if len(rows) > 50 else None
        return page(request, "account/people.html", people=rows[:50], q=q, more=more, roles=rules.ROLES)

    @post("/people/{account:int}/block", guards=[admin])
    async def block(self, request: Request, account: int, data: Form) -> Response:
        blocked = field(data, "blocked") == "yes"
        await actions.set_blocked(request.user, account, blocked)
        said = (
            message("This person is blocked, and signed out everywhere.")
            if blocked
            else message("Let in again.")
        )
        return redirect(request, safe_next(field(data, "next"), "/people"), said)

    @post("/people/role", guards=[admin])
    async def role(self, request: Request, data: Form) -> Response:
        await actions.set_role(field(data, "email"), field(data, "role"), request.user)
        return redirect(request, safe_next(field(data, "next"), "/people"), message("The role is changed."))


def _registration(
    request: Request, next: str, values: dict[str, str] | None = None, problem: DomainError | None = None
) -> Response:
    return page(
        request,
        "account/register.html",
        status=problem.status if problem else 200,
        next=next,
        values=values or {},
        started=rules.started_token(request.app.state.settings.secret, datetime.now(UTC)),
        errors=problem.errors if problem else {},
        problem=problem,
    )


def _require_person(request: Request, data: dict[str, Any]) -> None:
    """Programs fill in every field, also the one that people do not see, and faster than anybody types."""
    settings = request.app.state.settings
    if field(data, "website"):
        raise BadRequest(message("This looked like a program's doing. Please send the form once more."))
    if settings.rate_limits and not rules.typed_in(
        settings.secret, field(data, "started"), datetime.now(UTC)
    ):
        raise BadRequest(message("That was faster than one can type. Please send the form once more."))


async def _enter(request: Request, account: int, next: str, said: Any = None) -> Redirect:
    """Open a browser session; a session of before is not taken over (no fixation)."""
    secret, _ = await actions.open_session(account)
    response = redirect(request, next, said)
    response.cookies.append(
        Cookie(
            SESSION_COOKIE,
            value=secret,
            max_age=rules.BROWSER_DAYS * 86400,
            httponly=True,
            secure=request.app.state.settings.secure_cookies,
            samesite="lax",
        )
    )
    return response
