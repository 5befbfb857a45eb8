"""Webhooks for organisers: addresses, their messages, sending one again."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account.guards import admin
from ideas.account.pages import Form, field
from ideas.campaign import queries as campaigns
from ideas.errors import DomainError, NotFound, message
from ideas.i18n import localised
from ideas.web import clean, cursor, from_cursor, language_of, page, redirect
from ideas.webhook import actions, queries, rules

KINDS = {
    "decision": message("Decisions"),
    "undone": message("Decisions taken back"),
    "status": message("Ideas that go on: in the standard, carried out"),
}
STATES = {"waiting": message("Waiting"), "sent": message("Arrived"), "failed": message("Failed")}


class WebhookPages(Controller):
    path = "/webhooks"

    @get(guards=[admin])
    async def list(self, request: Request) -> Response:
        return await _list(request, request.query_params.get("campaign", ""))

    @post(guards=[admin])
    async def register(self, request: Request, data: Form) -> Response:
        """The secret is on the page that answers, and nowhere else afterwards."""
        slug, address = field(data, "campaign"), clean(field(data, "address"))[:600]
        where = await campaigns.campaign(slug)
        given = data.get("events", [])
        events = [e for e in (given if isinstance(given, list) else [given]) if isinstance(e, str)]
        private = request.app.state.settings.webhooks_private
        try:
            number, secret = await actions.register(request.user, where.id, address, events, private=private)
        except DomainError as problem:
            return await _list(request, slug, problem, {"address": address, "events": events})
        response = await _detail(request, number, secret)
        response.headers["Cache-Control"] = "no-store"
        return response

    @get("/{webhook:int}", guards=[admin])
    async def detail(self, request: Request, webhook: FromPath[int]) -> Response:
        return await _detail(request, _known(webhook))

    @post("/{webhook:int}/switch", guards=[admin])
    async def switch(self, request: Request, webhook: FromPath[int], data: Form) -> Response:
        on = field(data, "active") == "1"
        await actions.switch(request.user, _known(webhook), on)
        said = message("The webhook is on.") if on else message("The webhook is off.")
        return redirect(request, f"/webhooks/{webhook}", said)

    @post("/{webhook:int}/delete", guards=[admin])
    async def delete(self, request: Request, webhook: FromPath[int]) -> Response:
        campaign = await actions.remove(request.user, _known(webhook))
        slug = (await campaigns.campaign_by_id(campaign)).slug
        return redirect(request, f"/webhooks?campaign={slug}", message("The webhook is deleted."))

    @post("/messages/{delivery:int}/again", guards=[admin])
    async def again(self, request: Request, delivery: FromPath[int]) -> Response:
        webhook = await actions.again(_known(delivery))
        return redirect(request, f"/webhooks/{webhook}", message("The message is being sent again."))


def _known(number: int) -> int:
    if not 0 < number < 2**63:
        raise NotFound()
    return number


async def _list(
    request: Request, slug: str, problem: DomainError | None = None, typed: dict[str, Any] | None = None
) -> Response:
    where = await campaigns.campaign(slug) if slug else await campaigns.default_campaign()
    return page(
        request,
        "webhook/list.html",
        status=problem.status if problem else 200,
        campaign={"slug": where.slug, "title": localised(where.title, language_of(request))},
        webhooks=await queries.of_campaign(where.id),
        kinds=KINDS,
        typed=typed or {"address": "", "events": [*rules.KINDS]},
        problem=problem,
        errors=problem.errors if problem else {},
    )


async def _detail(request: Request, webhook: int, secret: str | None = None) -> Response:
    found = await queries.one(webhook)
    before = from_cursor(request.query_params.get("after"), tuple[int])
    messages = await queries.deliveries(webhook, before[0] if before else None, queries.PAGE + 1)
    more = cursor(messages[queries.PAGE - 1].id) if len(messages) > queries.PAGE else None
    where = await campaigns.campaign_by_id(found.campaign)
    return page(
        request,
        "webhook/detail.html",
        webhook=found,
        secret=secret,
        campaign={"slug": where.slug, "title": localised(where.title, language_of(request))},
        messages=messages[: queries.PAGE],
        next_url=f"/webhooks/{webhook}?after={more}" if more else None,
        kinds=KINDS,
        states=STATES,
        tries=rules.TRIES,
    )
