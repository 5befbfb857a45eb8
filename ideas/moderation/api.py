"""Decisions and tags for programs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Controller, Request, post, put
from litestar.params import FromPath, JSONBody

from ideas.account.guards import moderator
from ideas.cluster.api import Id, check_id
from ideas.moderation import actions, rules
from ideas.web import clean


class DecisionInput(msgspec.Struct):
    verdict: Annotated[str, msgspec.Meta(max_length=20)]
    reason: Annotated[str, msgspec.Meta(max_length=20_000)]
    exceptions: Annotated[list[Id], msgspec.Meta(max_length=rules.MOST_EXCEPTIONS)] = msgspec.field(
        name="except", default_factory=list
    )
    letter: Annotated[str, msgspec.Meta(max_length=20_000)] = ""

    def ruling(self) -> actions.Ruling:
        """The input as the action takes it, without control characters."""
        return actions.Ruling(
            self.verdict, clean(self.reason, lines=True), self.exceptions, clean(self.letter, lines=True)
        )


class TagInput(msgspec.Struct):
    principles: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=60)]], msgspec.Meta(max_length=rules.MOST_TAGS)
    ]


class TagsSet(msgspec.Struct):
    idea: int
    principles: list[str]


class ModerationApi(Controller):
    path = "/api"
    tags = ("moderation",)

    @post("/clusters/{cluster:int}/decision", guards=[moderator], status_code=200)
    async def decide(
        self, request: Request, cluster: FromPath[int], data: JSONBody[DecisionInput]
    ) -> actions.Decided:
        """Rule on a whole cluster but for its exceptions; 409 where a decision stands already."""
        check_id(cluster)
        return await actions.decide(request.user, cluster, data.ruling())

    @post("/ideas/{idea:int}/decision", guards=[moderator], status_code=200)
    async def decide_idea(
        self, request: Request, idea: FromPath[int], data: JSONBody[DecisionInput]
    ) -> actions.Decided:
        """Rule on one idea."""
        check_id(idea)
        return await actions.decide_idea(request.user, idea, data.ruling())

    @post("/decisions/{decision:int}/undo", guards=[moderator], status_code=200)
    async def undo(self, request: Request, decision: FromPath[int]) -> actions.Decided:
        """Take a decision back; statuses return and the authors are told."""
        check_id(decision)
        return await actions.undo(request.user, decision)

    @put("/ideas/{idea:int}/tags", guards=[moderator])
    async def tags_of_idea(self, request: Request, idea: FromPath[int], data: JSONBody[TagInput]) -> TagsSet:
        """Say which principles an idea serves, none included."""
        check_id(idea)
        return TagsSet(idea, await actions.set_tags(request.user, idea, data.principles))
