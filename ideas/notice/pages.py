"""Following an idea, how letters come, stopping them, and the mailbox where there is no mail server."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.params import FromPath

from ideas.account.guards import anyone, signed_in
from ideas.account.pages import Form, field
from ideas.errors import DomainError, NotFound, message
from ideas.notice import actions, queries, rules
from ideas.settings import Settings
from ideas.web import page, redirect, safe_next

# A letter brings its own few styles, and nothing else may load or run; it cannot be framed either.
_LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-top-navigation-by-user-activation"
)


class FollowApi(Controller):
    path = "/api/ideas/{idea:int}/follow"
    tags = ("notice",)

    @put(guards=[signed_in])
    async def follow(self, request: Request, idea: FromPath[int]) -> dict[str, bool]:
        """Hear of an idea from now on."""
        await actions.follow(request.user, idea)
        return {"followed": True}

    @delete(guards=[signed_in], status_code=200)
    async def unfollow(self, request: Request, idea: FromPath[int]) -> dict[str, bool]:
        """Hear of it no longer."""
        await actions.unfollow(request.user, idea)
        return {"followed": False}


class FollowPages(Controller):
    @post("/ideas/{idea:int}/follow", guards=[signed_in], status_code=200)
    async def follow(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        wanted = field(data, "followed") != "0"
        await (actions.follow if wanted else actions.unfollow)(request.user, idea)
        if request.headers.get("hx-request") == "true":
            return page(request, "notice/follow.html", idea={"id": idea, "followed": wanted})
        said = (
            message("You follow this idea: we will tell you what becomes of it.")
            if wanted
            else message("You no longer follow this idea.")
        )
        return redirect(request, safe_next(field(data, "next"), f"/ideas/{idea}"), said)


class LetterPages(Controller):
    @get("/account/letters", guards=[signed_in])
    async def preference(self, request: Request) -> Response:
        return await _preference_page(request, await queries.preference(request.user.id))

    @post("/account/letters", guards=[signed_in], status_code=200)
    async def set_preference(self, request: Request, data: Form) -> Response:
        wanted = data.get("kinds", [])
        wanted = wanted if isinstance(wanted, list) else [wanted]
        chosen = queries.Preference(field(data, "often"), [k for k in rules.KINDS if k not in wanted])
        try:
            await actions.set_preference(request.user.id, chosen.often, chosen.without)
        except DomainError as problem:
            return await _preference_page(request, chosen, problem)
        return redirect(request, "/account/letters", message("Your choice is saved."))

    @get("/letters/stop/{token:str}", guards=[anyone])
    async def stop_form(self, request: Request, token: FromPath[str]) -> Response:
        """Asks nothing: one button. Opening an address must not change anything, since mail programs do that too."""
        _, kind = _read(request, token)
        return page(request, "notice/stop.html", token=token, kind=kind, done=False)

    # A mail program's one-click request (RFC 8058) has no cookies; the token is what allows it.
    @post("/letters/stop/{token:str}", guards=[anyone], status_code=200, exclude_from_csrf=True)
    async def stop(self, request: Request, token: FromPath[str]) -> Response:
        account, kind = _read(request, token)
        await actions.stop(account, kind)
        return page(request, "notice/stop.html", token=token, kind=kind, done=True)

    @post("/letters/resume/{token:str}", guards=[anyone])
    async def resume(self, request: Request, token: FromPath[str]) -> Response:
        account, kind = _read(request, token)
        await actions.resume(account, kind)
        return redirect(request, f"/letters/stop/{token}", message("Letters will come again."))


class MailboxPages(Controller):
    """Only where letters are not sent; everybody sees their own."""

    @get("/mailbox", guards=[signed_in])
    async def list(self, request: Request) -> Response:
        _require_mailbox(request)
        return page(request, "notice/mailbox.html", letters=await queries.mailbox(request.user.id))

    @get("/mailbox/{letter:int}", guards=[signed_in])
    async def detail(self, request: Request, letter: FromPath[int]) -> Response:
        return page(request, "notice/letter.html", letter=await _letter(request, letter))

    @get("/mailbox/{letter:int}/html", guards=[signed_in])
    async def html(self, request: Request, letter: FromPath[int]) -> Response:
        """The HTML part as a mail program shows it."""
        found = await _letter(request, letter)
        headers = {"Content-Security-Policy": _LETTER_POLICY, "Cache-Control": "no-store"}
        return Response(found.html, media_type="text/html", headers=headers)


def _settings(request: Request) -> Settings:
    return request.app.state.settings


def _require_mailbox(request: Request) -> None:
    if not _settings(request).mailbox:
        raise NotFound()


async def _letter(request: Request, letter: int) -> queries.Letter:
    _require_mailbox(request)
    found = await queries.letter(request.user.id, letter)
    if found is None:
        raise NotFound(message("There is no such letter."))
    return found


def _read(request: Request, token: str) -> tuple[int, str]:
    found = rules.read_stop_token(_settings(request).secret, token)
    if found is None:
        raise NotFound(
            message("This link is not complete. Copy it whole from the letter, or choose on your page.")
        )
    return found


async def _preference_page(
    request: Request, chosen: queries.Preference, problem: DomainError | None = None
) -> Response:
    context: dict[str, Any] = {"problem": problem, "errors": problem.errors if problem else {}}
    return page(
        request,
        "notice/preference.html",
        status=problem.status if problem else 200,
        chosen=chosen,
        kinds=[k for k in rules.KINDS if k not in chosen.without],
        mailbox=_settings(request).mailbox,
        **context,
    )
