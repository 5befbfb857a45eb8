"""Votes for programs."""

from __future__ import annotations

from litestar import Controller, Request, delete, put
from litestar.params import FromPath

from ideas.account.guards import signed_in
from ideas.vote import actions
from ideas.vote.actions import Counted


class VoteApi(Controller):
    path = "/api/ideas/{idea:int}/vote"
    tags = ("vote",)

    @put(guards=[signed_in])
    async def cast(self, request: Request, idea: FromPath[int]) -> Counted:
        """Support an idea. Answered once durable; a second call changes nothing."""
        return await actions.cast(request.user, idea)

    @delete(guards=[signed_in], status_code=200)
    async def withdraw(self, request: Request, idea: FromPath[int]) -> Counted:
        """Take the support back."""
        return await actions.withdraw(request.user, idea)
