"""The organiser's page of the moderators: what each is limited to, and what reasons they choose from."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from ideas.account import scopes
from ideas.account.guards import admin
from ideas.account.pages import Form, field
from ideas.cluster import queries as clusters
from ideas.cluster import rules as cluster_rules
from ideas.cluster.api import check_id
from ideas.errors import DomainError, NotFound, message
from ideas.i18n import localised
from ideas.idea.cards import names
from ideas.moderation import reasons
from ideas.moderation.pages import asked_campaign
from ideas.moderation.reasons import Reason
from ideas.web import clean, language_of, page, redirect


class ScopePages(Controller):
    path = "/moderation/moderators"

    @get(guards=[admin])
    async def listed(self, request: Request) -> Response:
        return await _listed(request)

    @get("/{account:int}", guards=[admin])
    async def limits(self, request: Request, account: FromPath[int]) -> Response:
        return await _limits(request, account)

    @post("/{account:int}", guards=[admin])
    async def limit(self, request: Request, account: FromPath[int], data: Form) -> Response:
        check_id(account)
        where = await asked_campaign(request, field(data, "campaign"))
        try:
            districts, themes = (
                cluster_rules.ids(data.get("districts")),
                cluster_rules.ids(data.get("themes")),
            )
            await scopes.limit(request.user, account, where.id, districts, themes)
        except DomainError as problem:
            if problem.status in (400, 404):
                raise
            return await _limits(request, account, problem, data)
        return redirect(
            request, f"/moderation/moderators?campaign={where.slug}", message("It holds from now on.")
        )

    @post("/reasons", guards=[admin])
    async def set_reasons(self, request: Request, data: Form) -> Response:
        where = await asked_campaign(request, field(data, "campaign"))
        try:
            await reasons.replace(request.user, where.id, _read(data))
        except DomainError as problem:
            return await _listed(request, problem, data)
        return redirect(
            request, f"/moderation/moderators?campaign={where.slug}", message("The list is saved.")
        )


def _read(data: dict[str, Any]) -> list[Reason]:
    """One reason on each line of each verdict's field."""
    return [
        Reason(clean(line), verdict)
        for verdict in reasons.VERDICTS
        for line in field(data, f"reasons_{verdict or 'any'}").splitlines()
        if clean(line)
    ]


async def _listed(
    request: Request, problem: DomainError | None = None, values: dict[str, Any] | None = None
) -> Response:
    where, lang = await asked_campaign(request, field(values or {}, "campaign")), language_of(request)
    if values is None:
        lines: dict[str, list[str]] = {}
        for reason in await reasons.listed(where):
            lines.setdefault(f"reasons_{reason.verdict or 'any'}", []).append(reason.text)
        values = {key: "\n".join(texts) for key, texts in lines.items()}
    districts = {d.id: localised(d.name, lang) for d in where.districts}
    themes = {t.id: t.name for t in await clusters.themes(where.id)}
    return page(
        request,
        "moderation/moderators.html",
        status=problem.status if problem else 200,
        campaign=names(where, lang).shown,
        moderators=[
            {
                "who": m,
                "districts": [districts[d] for d in m.districts if d in districts],
                "themes": [themes.get(t, f"№ {t}") for t in m.themes],
            }
            for m in await scopes.moderators(where.id)
        ],
        values=values,
        errors=problem.errors if problem else {},
        problem=problem,
    )


async def _limits(
    request: Request, account: int, problem: DomainError | None = None, values: dict[str, Any] | None = None
) -> Response:
    where, lang = await asked_campaign(request, field(values or {}, "campaign")), language_of(request)
    found = await scopes.moderators(where.id, check_id(account))
    if not found:
        raise NotFound(message("There is no such moderator."))
    areas: dict[str, list[tuple[int, str]]] = {}
    for district in where.districts:
        areas.setdefault(localised(district.area, lang), []).append(
            (district.id, localised(district.name, lang))
        )
    chosen = (
        {"districts": set(map(str, found[0].districts)), "themes": set(map(str, found[0].themes))}
        if values is None
        else {
            k: set(v if isinstance(v := values.get(k) or [], list) else [v]) for k in ("districts", "themes")
        }
    )
    return page(
        request,
        "moderation/limits.html",
        status=problem.status if problem else 200,
        campaign=names(where, lang).shown,
        who=found[0],
        areas=sorted(areas.items()),
        themes=await clusters.themes(where.id),
        chosen=chosen,
        errors=problem.errors if problem else {},
        problem=problem,
    )
