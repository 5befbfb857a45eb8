"""Accounts and tokens for programs."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import Controller, Request, delete, get, post

from ideas.account import actions
from ideas.account.guards import anyone, signed_in
from ideas.account.rules import Person, normal_email
from ideas.web import clean, language_of


class Credentials(msgspec.Struct):
    email: str
    password: str
    name: str = ""


class Registration(msgspec.Struct):
    email: str
    password: str
    name: str


class Token(msgspec.Struct):
    token: str
    expires: datetime


class AccountView(msgspec.Struct):
    id: int
    name: str
    role: str
    email: str | None


class AccountApi(Controller):
    path = "/api"
    tags = ("account",)

    @post("/token", guards=[anyone], status_code=201)
    async def sign_in(self, request: Request, data: Credentials) -> Token:
        """A bearer token for a program."""
        await limit_sign_in(request, data.email)
        settings = request.app.state.settings
        account = await actions.sign_in(data.email, data.password, confirm=settings.confirm_email)
        secret, expires = await actions.open_session(account, "token", clean(data.name) or "API")
        return Token(secret, expires)

    @delete("/token", guards=[signed_in])
    async def sign_out(self, request: Request) -> None:
        """Revoke the token that this call carries."""
        person: Person = request.user
        await actions.close_session(person.id, person.session)

    @post("/account", guards=[anyone])
    async def register(self, request: Request, data: Registration) -> AccountView:
        """Register a citizen."""
        await limit_registration(request)
        name = clean(data.name)
        confirm = request.app.state.settings.confirm_email
        account = await actions.register(
            data.email, data.password, name, language=language_of(request), confirm=confirm
        )
        return AccountView(account, name, "citizen", data.email.strip().lower())

    @get("/account", guards=[signed_in])
    async def show(self, request: Request) -> AccountView:
        """The account behind this call."""
        person: Person = request.user
        return AccountView(person.id, person.name, person.role, person.email)


def address_of(request: Request) -> str:
    """The caller's network address (the server rewrites it behind trusted proxies)."""
    return request.client.host if request.client else "?"


async def limit_sign_in(request: Request, email: str) -> None:
    """A quarter of an hour allows 60 tries from an address, 10 of them for one account, and 100 for an account."""
    if request.app.state.settings.rate_limits:
        account = normal_email(email)[:120]
        await actions.limit(f"sign-in:{address_of(request)}", 60, 900)
        await actions.limit(f"sign-in:{address_of(request)}:{account}", 10, 900)
        await actions.limit(f"sign-in:{account}", 100, 900)


async def limit_registration(request: Request) -> None:
    """At most 20 registrations an hour from an address."""
    if request.app.state.settings.rate_limits:
        await actions.limit(f"register:{address_of(request)}", 20, 3600)
