"""Who may call a route. Every route names one of these guards.

They are coroutines, because Litestar sends a plain function through a thread on every request.
"""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ideas.account.rules import Person
from ideas.errors import Forbidden, NotSignedIn, message


async def anyone(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Open to everybody, said aloud."""


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Open to everybody with an account."""
    _person(connection)


async def moderator(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Open to moderators and admins."""
    if not _person(connection).moderates:
        raise Forbidden(message("This is for moderators."))


async def planner(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Open to planners and admins."""
    if not _person(connection).plans:
        raise Forbidden(message("This is for planners."))


async def staff(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Open to moderators, planners and admins."""
    if _person(connection).role == "citizen":
        raise Forbidden(message("This is for the campaign's team."))


async def admin(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Open to admins."""
    if _person(connection).role != "admin":
        raise Forbidden(message("This is for the organisers."))


def _person(connection: ASGIConnection[Any, Any, Any, Any]) -> Person:
    person = connection.scope.get("user")
    if person is None:
        raise NotSignedIn()
    return person
