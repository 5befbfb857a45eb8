"""Where a group comes from, and what runs propose about decided groups."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import moderator, staff
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.cluster import proposals, queries, rules
from ideas.cluster.api import check_id
from ideas.cluster.cards import told
from ideas.cluster.lineage import lineage
from ideas.errors import BadRequest, DomainError, message
from ideas.i18n import translator
from ideas.idea.cards import names
from ideas.moderation import answers
from ideas.web import language_of, page, redirect, safe_next

SHOWN = 60


class LineagePages(Controller):
    path = "/moderation"

    @get("/clusters/{cluster:int}/history", guards=[staff])
    async def history(self, request: Request, cluster: FromPath[int]) -> Response:
        """Back to the first idea, also of a group that is no more."""
        check_id(cluster)
        found = await queries.cluster(cluster)
        first, past = await lineage(cluster)
        where, lang = await campaigns.campaign(found.campaign), language_of(request)
        say = translator(lang)
        return page(
            request, "moderation/history.html", campaign=names(where, lang).shown, cluster=found, first=first,
            history=[{
                "text": say(told(p.event)), "account": p.event.account, "created": p.event.created,
                "other": p.cluster if p.cluster != cluster else None, "ideas": _numbers(p.event.data.get("ideas")),
            } for p in past],
        )  # fmt: skip

    @get("/proposals", guards=[staff])
    async def listed(self, request: Request) -> Response:
        slug = request.query_params.get("campaign", "")
        where = await campaigns.campaign(slug) if slug else await campaigns.default_campaign()
        me = request.user.id
        groups: dict[int, list[proposals.Proposal]] = {}
        for asked in await proposals.waiting(where.id, SHOWN, moderator=me):
            groups.setdefault(asked.decided, []).append(asked)
        return page(
            request, "moderation/proposals.html", campaign=names(where, language_of(request)).shown,
            groups=list(groups.values()), count=await proposals.count(where.id, me),
        )  # fmt: skip

    @post("/proposals", guards=[moderator])
    async def settle(self, request: Request, data: Form) -> Response:
        """All that is asked about one decided group: the ticked ones get its answer, the others stay apart."""
        back = safe_next(field(data, "next"), "/moderation/proposals")
        same, shown = rules.ids(data.get("same")), rules.ids(data.get("shown"))
        if len(shown) > SHOWN:
            raise BadRequest()
        try:
            got, _ = await answers.settle(request.user, same, [p for p in shown if p not in same])
        except DomainError as problem:
            if problem.status == 403:
                raise
            return redirect(request, back, problem.detail, "error")
        if not got:
            return redirect(request, back, message("They stay apart; no run will ask again."))
        return redirect(
            request, back, message("%(n)s idea got that answer.", "%(n)s ideas got that answer.", got)
        )

    @post("/proposals/{proposal:int}", guards=[moderator])
    async def answer(self, request: Request, proposal: FromPath[int], data: Form) -> Response:
        check_id(proposal)
        back = safe_next(field(data, "next"), "/moderation/proposals")
        try:
            if field(data, "answer") == "accept":
                n = await answers.accept(request.user, proposal)
                said = message("%(n)s idea got that answer.", "%(n)s ideas got that answer.", n)
            else:
                await answers.keep(request.user, proposal)
                said = message("They stay apart; no run will ask again.")
        except DomainError as problem:
            if problem.status in (403, 404):
                raise
            return redirect(request, back, problem.detail, "error")
        return redirect(request, back, said)


def _numbers(ideas: Any) -> list[int]:
    """The first ideas that an event names."""
    return [i for i in ideas if isinstance(i, int)][:8] if isinstance(ideas, list) else []
