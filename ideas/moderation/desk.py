"""One group on the moderator's desk: what its page shows, and coming back to it after each act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any

from litestar import Request, Response
from litestar.response import Redirect

from ideas.account.pages import field
from ideas.campaign import queries as campaigns
from ideas.cluster import claims, wording
from ideas.cluster import pages as public
from ideas.cluster import queries as clusters
from ideas.cluster.near import Beside, beside
from ideas.cluster.taggers import know_topics
from ideas.errors import DomainError, Message
from ideas.idea.cards import names
from ideas.moderation import flags, queries, reasons, rules
from ideas.web import language_of, page, redirect

DESK = "/moderation/clusters"
COMPARED = 100
"""So many members of a page are compared with the typical one, word by word."""
POINTS = 30
WIDTH, HEIGHT = 300, 80


async def act(
    request: Request,
    cluster: int,
    what: Callable[[], Awaitable[Message]],
    values: dict[str, Any],
    to: Callable[[], str] | None = None,
) -> Response:
    """Do it and come back to the group; what fails shows the group again with what was typed."""
    try:
        said = await what()
    except DomainError as problem:
        if problem.status in (400, 403, 404):
            raise
        return await desk(request, cluster, problem, values)
    return redirect(request, to() if to else f"{DESK}/{cluster}", said)


def typed(data: dict[str, Any]) -> dict[str, Any]:
    """What somebody had ticked and typed beside the button that they pressed."""
    return {k: field(data, k) for k in ("reason", "letter", "template", "to")} | {
        "ticked": data.get("ideas"), "near": [*_listed(data.get("ids")), *_listed(data.get("take"))],
    }  # fmt: skip


def _listed(values: Any) -> list[str]:
    return values if isinstance(values, list) else [values] if values else []


async def desk(
    request: Request, cluster: int, problem: DomainError | None = None, values: dict[str, Any] | None = None
) -> Response:
    """The page of a group, in six statements; opening it takes it in hand, where it waits and nobody else has it."""
    found = await public.live(request, cluster, DESK)
    if isinstance(found, Redirect):
        return found
    where, user = await campaigns.campaign(found.campaign), request.user
    values = values or {}
    claim, before = await claims.look(user, cluster) if user.moderates else (None, None)
    shown = await public.shown(request, found, where, public.most_members(request))
    facts = await queries.facts(where.id, user.id, cluster)
    near = await beside(user.id, cluster=cluster) if user.moderates and found.state == "open" else []
    compare(shown["members"], _since(shown["history"], before))
    # Reading them takes a millisecond each: with `?all=1` the later ones go without.
    texts = [(m["id"], m["title"], m["text"], "") for m in shown["members"][: public.SHOWN]]
    return page(
        request,
        "moderation/cluster.html",
        status=problem.status if problem else 200,
        **shown,
        **sides(near, found, shown["members"]),
        know_topics=know_topics(where),
        claim=claim,
        spots=await flags.flags(where.id, texts, facts.blocked),
        tally=facts.tally,
        growth=growth(facts.growth),
        reasons=reasons.of(where, facts.reasons),
        principles=list(names(where, language_of(request)).principle.values()),
        ticked=set(map(str, _listed(values.get("ticked")))),
        values=values,
        preview=preview(values, shown["members"][0]) if values.get("preview") and shown["members"] else None,
        errors=problem.errors if problem else {},
        problem=problem,
        desk=f"{DESK}/{cluster}",
    )


def preview(values: dict[str, Any], first: dict[str, Any]) -> dict[str, str]:
    """How a decision as typed will be read, with the letter to one author."""
    return {
        "reason": rules.joined(values.get("template", ""), values.get("reason", "")),
        "letter": rules.fill(values.get("letter", ""), first["author"], first["title"]),
        "name": first["author"],
    }


def _since(history: Sequence[dict[str, Any]], before: datetime | None) -> set[int]:
    """Ideas that have joined since one looked before, or since the latest decision, whichever is earlier known."""
    decided = next((e["created"] for e in history if e["kind"] == "decide"), None)
    since = min((t for t in (before, decided) if t), default=None)
    return {i for e in history if since and e["created"] > since for i in e["joined"]}


def compare(members: list[dict[str, Any]], fresh: set[int]) -> None:
    """Give members what is marked in them: words shared with the typical one, what differs from it, who is new."""
    if not members:
        return
    first, others = members[0], members[1:COMPARED]
    typical = wording.telling(f"{first['title']} {first['text']}")
    usual = wording.common([f"{m['title']} {m['text']}" for m in others]) if others else []
    first["pieces"] = wording.shared(first["text"], wording.telling(" ".join(usual)))
    for m in others:
        m["pieces"] = wording.shared(m["text"], typical)
        m["words"] = wording.words_of([*wording.shared(m["title"], typical), *m["pieces"]])[:8]
        m["changes"] = wording.changes(first["text"], m["text"])
    for m in members:
        m["new"] = m["id"] in fresh
        m["apart"] = m is not first and m["fit"] is not None and m["fit"] < clusters.APART


def sides(near: Sequence[Beside], found: clusters.Cluster, members: list[dict[str, Any]]) -> dict[str, Any]:
    """Neighbouring groups, lone ideas, and the two halves of a proposed split, as the page takes them."""
    half = [m for m in members if m["half"]]
    return {
        "near": [n for n in near if not n.idea],
        "lone": [n for n in near if n.idea],
        "halves": (half, [m for m in members if not m["half"]])
        if found.state == "open" and 0 < len(half) < len(members)
        else None,
    }


def growth(days: Sequence[tuple[date, int]]) -> dict[str, Any] | None:
    """A line through the people behind a group over time, and its table; none where all came on one day."""
    if len(days) < 2:
        return None
    step = -(-len(days) // POINTS)
    rows = [*days[:-1:step], days[-1]]
    first, span, most = days[0][0], (days[-1][0] - days[0][0]).days, days[-1][1]
    dots = [(WIDTH * (day - first).days / span, HEIGHT * (1 - n / most)) for day, n in rows]
    # Nobody comes between two days, so the line goes in steps.
    line = "".join(f"H{x:.1f}V{y:.1f}" for x, y in dots[1:])
    return {
        "rows": rows, "line": f"M0 {dots[0][1]:.1f}{line}H{WIDTH}", "width": WIDTH, "height": HEIGHT, "most": most,
    }  # fmt: skip
