"""One's own pages: ideas and what came of them, news, support, comments, settings; taking one's data away; erasure."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from ideas.account import actions, erasure, own, queries
from ideas.account.api import limit_sign_in
from ideas.account.guards import signed_in
from ideas.account.middleware import SESSION_COOKIE
from ideas.account.pages import Form, field
from ideas.account.rules import Person
from ideas.errors import DomainError, Message, message
from ideas.web import clean, cursor, from_cursor, page, redirect

EXPORTS_AN_HOUR = 10


class OwnPages(Controller):
    @get("/account", guards=[signed_in])
    async def detail(self, request: Request, before: FromQuery[int | None] = None) -> Response:
        found = await own.overview(request.user.id, before, own.PAGE + 1)
        return page(
            request,
            "account/detail.html",
            ideas=found.ideas[: own.PAGE],
            notices=found.notices if before is None else [],
            statuses=found.statuses,
            more=found.ideas[own.PAGE - 1].id if len(found.ideas) > own.PAGE else None,
        )

    @get("/account/notices", guards=[signed_in])
    async def notices(self, request: Request, before: FromQuery[int | None] = None) -> Response:
        found = await own.notices(request.user.id, before, own.PAGE + 1)
        more = found[own.PAGE - 1].id if len(found) > own.PAGE else None
        return page(request, "account/notices.html", notices=found[: own.PAGE], more=more)

    @post("/account/notices", guards=[signed_in])
    async def read_notices(self, request: Request) -> Response:
        """Mark everything as read."""
        await actions.read_notices(request.user.id)
        return redirect(request, "/account/notices")

    @get("/account/support", guards=[signed_in])
    async def support(self, request: Request, before: FromQuery[str | None] = None) -> Response:
        after = from_cursor(before, tuple[datetime, int])
        found = await own.supported(request.user.id, after, own.PAGE + 1)
        last = found[own.PAGE - 1] if len(found) > own.PAGE else None
        return page(
            request,
            "account/support.html",
            votes=found[: own.PAGE],
            follows=await own.followed(request.user.id) if after is None else [],
            more=cursor(last.since, last.id) if last else None,
        )

    @get("/account/comments", guards=[signed_in])
    async def comments(self, request: Request, before: FromQuery[int | None] = None) -> Response:
        found = await own.comments(request.user.id, before, own.PAGE + 1)
        more = found[own.PAGE - 1].id if len(found) > own.PAGE else None
        return page(request, "account/comments.html", comments=found[: own.PAGE], more=more)

    @get("/account/settings", guards=[signed_in])
    async def settings(self, request: Request) -> Response:
        return await _settings_page(request)

    @post("/account/password", guards=[signed_in])
    async def change_password(self, request: Request, data: Form) -> Response:
        try:
            await limit_sign_in(request, request.user.email or "")
            await actions.change_password(request.user, field(data, "current"), field(data, "new"))
        except DomainError as problem:
            # Another form of the page has a field "password".
            errors = {("new" if name == "password" else name): said for name, said in problem.errors.items()}
            return await _settings_page(request, problem, errors)
        return _out(request, "/sign-in", message("The password is changed. Please sign in again."))

    @post("/account/tokens", guards=[signed_in])
    async def create_token(self, request: Request, data: Form) -> Response:
        name = clean(field(data, "name")) or "API"
        secret, _ = await actions.open_session(request.user.id, "token", name)
        return await _settings_page(request, token=secret)

    @post("/account/sessions/{session:int}/close", guards=[signed_in])
    async def close_session(self, request: Request, session: int) -> Response:
        await actions.close_session(request.user.id, session)
        return redirect(request, "/account/settings", message("That session is closed."))

    @get("/account/export", guards=[signed_in])
    async def export(self, request: Request) -> Response:
        """All that is stored about the person, as a file."""
        person: Person = request.user
        if request.app.state.settings.rate_limits:
            await actions.limit(f"export:{person.id}", EXPORTS_AN_HOUR, 3600)
        found = {"made": datetime.now(UTC).isoformat(timespec="seconds"), **await own.everything(person.id)}
        return Response(
            msgspec.json.format(msgspec.json.encode(found), indent=2),
            media_type="application/json",
            headers={
                "Content-Disposition": 'attachment; filename="my-data.json"',
                "Cache-Control": "no-store",
            },
        )

    @get("/account/erase", guards=[signed_in])
    async def erase_form(self, request: Request) -> Response:
        return page(request, "account/erase.html")

    @post("/account/erase", guards=[signed_in], status_code=200)
    async def erase(self, request: Request, data: Form) -> Response:
        try:
            await limit_sign_in(request, request.user.email or "")
            await erasure.erase(request.user, field(data, "password"))
        except DomainError as problem:
            return page(
                request, "account/erase.html", status=problem.status, problem=problem, errors=problem.errors
            )
        return _out(request, "/", message("Your account is erased. Thank you for what you have given."))


def _out(request: Request, address: str, said: Message) -> Response:
    response = redirect(request, address, said)
    response.cookies.append(Cookie(SESSION_COOKIE, value="", max_age=0))
    return response


async def _settings_page(
    request: Request,
    problem: DomainError | None = None,
    errors: dict | None = None,
    token: str | None = None,
) -> Response:
    return page(
        request,
        "account/settings.html",
        status=problem.status if problem else 200,
        sessions=await queries.sessions(request.user.id),
        token=token,
        problem=problem,
        errors=errors or {},
    )
