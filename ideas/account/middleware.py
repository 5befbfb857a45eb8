"""Who asks: a browser's session cookie or a program's bearer token; and CSRF protection for the former."""

from __future__ import annotations

from typing import Any

from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.middleware.csrf import CSRFMiddleware, generate_csrf_token
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from ideas.account.queries import person_of
from ideas.account.rules import Person
from ideas.errors import Forbidden, NotSignedIn, message

SESSION_COOKIE = "session"
GIVEN_BACK = frozenset({"/ideas/new", "/ideas/new/photos"})
"""Forms in which people write at length: one that has expired comes back as it was (`state["expired"]`)."""


class Authentication:
    """Puts a Person or None into `request.user`. A request with a bearer token never uses its cookies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            headers = dict(scope["headers"])
            person, kind = None, None
            if (given := headers.get(b"authorization")) is not None:
                person, kind = await _bearer(given.decode("latin-1")), "token"
            elif b"cookie" in headers:
                secret = ASGIConnection(scope).cookies.get(SESSION_COOKIE)
                person = await person_of(secret, "browser") if secret else None
                kind = "browser" if person else None
            scope["user"] = person
            scope["auth"] = kind
        await self.app(scope, receive, send)


async def _bearer(header: str) -> Person:
    scheme, _, token = header.partition(" ")
    person = await person_of(token.strip(), "token") if scheme.lower() == "bearer" and token else None
    if person is None:
        raise NotSignedIn(message("This token is not valid, or not any more."))
    return person


class CSRF(CSRFMiddleware):
    """Litestar's double-submit check, for requests that a browser could be tricked into.

    A program's call carries a bearer token, or no session cookie at all; there is nothing to abuse.
    """

    def __init__(self, app: Any, config: CSRFConfig) -> None:
        super().__init__(app, config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/") and scope.get("auth") != "browser":
            await self.app(scope, receive, send)
            return
        try:
            await super().__call__(scope, receive, send)
        except PermissionDeniedException as error:
            if scope["path"] in GIVEN_BACK:
                # Nothing is done with it but to show it again, with a fresh token, to be sent once more.
                scope["state"]["expired"] = True
                token = ScopeState.from_scope(scope).csrf_token = generate_csrf_token(
                    secret=self.config.secret
                )
                await self.app(scope, receive, self.create_send_wrapper(send, token, None))
                return
            expired = message("This form has expired. Go back, reload the page and send it again.")
            raise Forbidden(expired) from error
