"""Comments for programs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from ideas.account import actions as account
from ideas.account.api import address_of
from ideas.account.guards import anyone, signed_in
from ideas.comment import actions, queries, rules
from ideas.idea.detail import CommentView
from ideas.web import clean


class NewComment(msgspec.Struct):
    side: str
    text: str


class CommentApi(Controller):
    path = "/api/ideas/{idea:int}/comments"
    tags = ("comment",)

    @get(guards=[anyone])
    async def list(
        self,
        idea: FromPath[int],
        after: FromQuery[str | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> queries.Thread:
        """The comments of an idea, oldest first."""
        return await queries.thread(idea, after, limit)

    @post(guards=[signed_in])
    async def create(self, request: Request, idea: FromPath[int], data: NewComment) -> CommentView:
        """Say something for or against an idea, or ask."""
        await limit_comments(request)
        return await actions.publish(request.user, idea, data.side, clean(data.text, lines=True))


async def limit_comments(request: Request) -> None:
    """At most so many comments an hour by a person and from an address."""
    if request.app.state.settings.rate_limits:
        await account.limit(f"comment:{request.user.id}", rules.HOURLY_BY_PERSON, 3600)
        await account.limit(f"comment@{address_of(request)}", rules.HOURLY_BY_ADDRESS, 3600)
