"""Domain errors with their status, and the one handler that answers every failure.

Under `/api` an answer is RFC 9457 problem+json; elsewhere it is the same message on an accessible page.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect

log = logging.getLogger("ideas")


class Message(msgspec.Struct, frozen=True):
    """A text for people, translated where it is shown. `plural` and `n` go together."""

    msgid: str
    params: dict[str, Any] = {}
    plural: str | None = None
    n: int = 0


def message(msgid: str, plural: str | None = None, n: int = 0, **params: Any) -> Message:
    """A translatable message; `%(name)s` in the text is filled from `params` (and `%(n)s` from `n`)."""
    return Message(msgid, {**params, "n": n} if plural else params, plural, n)


class DomainError(Exception):
    """What a person can be told. `errors` maps a field of the input to its message."""

    status = 400
    kind = "bad-request"
    title = message("The request could not be understood")

    def __init__(self, detail: Message | None = None, errors: Mapping[str, Message] | None = None) -> None:
        self.detail = detail or self.title
        self.errors = dict(errors or {})
        super().__init__(self.detail.msgid)


class BadRequest(DomainError):
    pass


class Invalid(DomainError):
    status = 422
    kind = "invalid"
    title = message("Please check what you entered")


class NotSignedIn(DomainError):
    status = 401
    kind = "not-signed-in"
    title = message("Please sign in first")


class Forbidden(DomainError):
    status = 403
    kind = "forbidden"
    title = message("You may not do this")


class NotFound(DomainError):
    status = 404
    kind = "not-found"
    title = message("There is no such page")


class Conflict(DomainError):
    status = 409
    kind = "conflict"
    title = message("This is not possible now")


class StageClosed(Conflict):
    kind = "stage-closed"
    title = message("This stage is closed")


class TooManyRequests(DomainError):
    status = 429
    kind = "too-many-requests"
    title = message("Too many attempts")

    def __init__(self, wait: int) -> None:
        super().__init__(message("Too many attempts. Please try again in %(wait)s seconds.", wait=wait))
        self.wait = wait


class _Status(DomainError):
    """A failure of HTTP itself, with the title of its status."""

    def __init__(self, status: int, detail: Message | None = None, errors: Any = None) -> None:
        self.status = status
        self.kind, self.title = _STATUSES.get(status, ("error", message("Something went wrong")))
        super().__init__(detail, errors)


_STATUSES = {
    400: ("bad-request", BadRequest.title),
    401: ("not-signed-in", NotSignedIn.title),
    403: ("forbidden", Forbidden.title),
    404: ("not-found", NotFound.title),
    405: ("method-not-allowed", message("This address does not accept such a request")),
    413: ("too-large", message("This is too large to send")),
    415: ("unsupported-media-type", message("This kind of content is not accepted here")),
    429: ("too-many-requests", TooManyRequests.title),
    500: (
        "internal",
        message("Something went wrong on our side. What you typed was not saved; please try again."),
    ),
    503: ("not-ready", message("The service is starting. Please try again in a moment.")),
}


def to_domain_error(error: Exception) -> DomainError:
    """Any exception as an answer to a person; what nobody foresaw is logged and becomes a 500."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, ValidationException):
        fields = {}
        for item in error.extra if isinstance(error.extra, list) else []:
            if isinstance(item, dict):
                name = str(item.get("key", "body"))
                fields[name] = message("This value is not of the expected form")
        return _Status(400, BadRequest.title, fields)
    if isinstance(error, HTTPException):
        return _Status(error.status_code)
    # JSON that is nested thousands of times deep ends as a RecursionError of its decoder.
    if isinstance(
        error, (asyncpg.DataError, UnicodeError, msgspec.DecodeError, OverflowError, RecursionError)
    ):
        return _Status(400)
    if isinstance(error, (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError, ConnectionError)):
        return _Status(503)
    log.error("unhandled error", exc_info=error)
    return _Status(500)


def handle(request: Request, error: Exception) -> Response:
    """Litestar's exception handler for everything."""
    from ideas import web

    problem = to_domain_error(error)
    headers = {"Retry-After": str(problem.wait)} if isinstance(problem, TooManyRequests) else {}
    if isinstance(error, HTTPException) and error.headers:
        headers.update({k: v for k, v in error.headers.items() if k.lower() == "allow"})
    say = web.translator(web.language_of(request))
    if web.wants_html(request):
        if problem.status == 401 and request.method in ("GET", "HEAD"):
            return Redirect(web.sign_in_address(request), status_code=303)
        return web.error_page(request, problem, headers)
    body: dict[str, Any] = {
        "type": f"/problems/{problem.kind}",
        "title": say(problem.title),
        "status": problem.status,
        "detail": say(problem.detail),
    }
    if problem.errors:
        body["errors"] = {field: say(text) for field, text in problem.errors.items()}
    return Response(body, status_code=problem.status, headers=headers, media_type="application/problem+json")
