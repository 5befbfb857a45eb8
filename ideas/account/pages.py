"""Pages about oneself: registering, signing in, one's account; and the organiser's list of people."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from ideas.account import actions, queries, rules
from ideas.account.api import limit_registration, limit_sign_in
from ideas.account.guards import admin, anyone, signed_in
from ideas.account.middleware import SESSION_COOKIE
from ideas.account.rules import Person
from ideas.errors import DomainError, message
from ideas.i18n import LANGUAGES
from ideas.web import clean, page, redirect, safe_next

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


def field(data: dict[str, Any], name: str) -> str:
    """A single text field of a form; anything else counts as empty."""
    value = data.get(name, "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


class AccountPages(Controller):
    @get("/sign-in", guards=[anyone])
    async def sign_in_form(self, request: Request, next: str | None = None) -> Response:
        if request.user:
            return redirect(request, safe_next(next))
        return page(request, "account/sign_in.html", next=safe_next(next))

    @post("/sign-in", guards=[anyone])
    async def sign_in(self, request: Request, data: Form) -> Response:
        email, password, next = field(data, "email"), field(data, "password"), safe_next(field(data, "next"))
        try:
            await limit_sign_in(request, email)
            account = await actions.sign_in(email, password)
        except DomainError as problem:
            return page(
                request,
                "account/sign_in.html",
                status=problem.status,
                next=next,
                values={"email": email},
                errors=problem.errors,
                problem=problem,
            )
        return await _enter(request, account, next)

    @get("/register", guards=[anyone])
    async def register_form(self, request: Request, next: str | None = None) -> Response:
        if request.user:
            return redirect(request, safe_next(next))
        return page(request, "account/register.html", next=safe_next(next))

    @post("/register", guards=[anyone])
    async def register(self, request: Request, data: Form) -> Response:
        email, password, name = field(data, "email"), field(data, "password"), clean(field(data, "name"))
        next = safe_next(field(data, "next"))
        try:
            await limit_registration(request)
            account = await actions.register(email, password, name)
        except DomainError as problem:
            return page(
                request,
                "account/register.html",
                status=problem.status,
                next=next,
                values={"email": email, "name": name},
                errors=problem.errors,
                problem=problem,
            )
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

    @get("/account", guards=[signed_in])
    async def detail(self, request: Request) -> Response:
        return await _account_page(request)

    @post("/account/password", guards=[signed_in])
    async def change_password(self, request: Request, data: Form) -> Response:
        try:
            await limit_sign_in(request, request.user.email or "")
            await actions.change_password(request.user, field(data, "current"), field(data, "new"))
        except DomainError as problem:
            return await _account_page(request, problem)
        response = redirect(request, "/sign-in", message("The password is changed. Please sign in again."))
        response.cookies.append(Cookie(SESSION_COOKIE, value="", max_age=0))
        return response

    @post("/account/tokens", guards=[signed_in])
    async def create_token(self, request: Request, data: Form) -> Response:
        name = clean(field(data, "name")) or "API"
        secret, _ = await actions.open_session(request.user.id, "token", name)
        return await _account_page(request, token=secret)

    @post("/account/notices", guards=[signed_in])
    async def read_notices(self, request: Request) -> Response:
        """Mark everything as read."""
        await actions.read_notices(request.user.id)
        return redirect(request, "/account")

    @post("/account/sessions/{session:int}/close", guards=[signed_in])
    async def close_session(self, request: Request, session: int) -> Response:
        await actions.close_session(request.user.id, session)
        return redirect(request, "/account", message("That session is closed."))

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
        await actions.set_role(field(data, "email"), field(data, "role"))
        return redirect(request, safe_next(field(data, "next"), "/people"), message("The role is changed."))


async def _account_page(
    request: Request, problem: DomainError | None = None, token: str | None = None
) -> Response:
    person: Person = request.user
    own = await queries.own(person.id)
    return page(
        request,
        "account/detail.html",
        status=problem.status if problem else 200,
        ideas=own.ideas,
        votes=own.votes,
        comments=own.comments,
        notices=own.notices,
        sessions=await queries.sessions(person.id),
        token=token,
        problem=problem,
        errors=problem.errors if problem else {},
    )


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
