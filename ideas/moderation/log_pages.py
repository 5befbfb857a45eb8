"""The audit log for moderators and organisers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, Response, get
from litestar.response import Stream

from ideas.account.guards import moderator
from ideas.campaign import queries as campaigns
from ideas.errors import Message, message
from ideas.i18n import translator
from ideas.idea.cards import names
from ideas.moderation import log
from ideas.web import clean, cursor, from_cursor, language_of, page

PAGE = 50
KIND_NAMES = {
    "decide": message("Decided"),
    "selection": message("Finished a selection"),
    "retry": message("Tried a selection again"),
    "undo": message("Undid"),
    "merge": message("Merged"),
    "split": message("Split"),
    "move": message("Moved"),
    "rename": message("Renamed"),
    "tag": message("Corrected principles"),
    "accept": message("Accepted a proposal"),
    "keep": message("Kept what is"),
    "hide": message("Hid"),
    "show": message("Showed again"),
    "report": message("Ruled on reports"),
    "status": message("Said how far it is"),
    "block": message("Blocked"),
    "unblock": message("Let in again"),
    "role": message("Gave a role"),
    "limit": message("Limited a moderator"),
    "same": message("Answered “same or not?”"),
    "reasons": message("Changed the list of reasons"),
    "campaign": message("Set up a campaign"),
    "export": message("Exported"),
    "disclosure": message("Said what is given away"),
    "webhook": message("Changed a webhook"),
    "promise": message("Made a commitment"),
    "recommit": message("Changed a commitment"),
    "progress": message("Told what is new"),
    "standard": message("Changed the standard’s head"),
    "clause": message("Wrote a clause"),
    "remove": message("Took a clause out"),
    "restore": message("Put a clause back"),
    "evidence": message("Changed a clause’s evidence"),
    "sign": message("Signed the standard"),
    "publish": message("Published the standard"),
    "code": message("Gave a centre a new code"),
    "pledge": message("Pledged to the standard"),
    "withdraw": message("Withdrew a pledge"),
    "opinion": message("Gave a second opinion"),
    "settle": message("Settled a disagreement"),
    "share": message("Changed the share of second opinions"),
    "appeal": message("Answered an appeal"),
    "words": message("Changed the blocked words"),
    "pin_model": message("Put an earlier tagger back"),
    "unpin_model": message("Let the tagger learn again"),
}
KEYS = {
    "ideas": message("ideas"),
    "decision": message("decision"),
    "selection": message("selection"),
    "filters": message("filters"),
    "groups": message("groups"),
    "source": message("out of groups"),
    "new": message("new group"),
    "moved": message("moved"),
    "exceptions": message("left out of it"),
    "done": message("answered"),
    "failed": message("left out"),
    "reports": message("reports"),
    "format": message("format"),
    "change": message("change"),
    "cluster": message("group"),
    "idea": message("idea"),
    "proposal": message("proposal"),
    "what": message("what"),
    "owner": message("owner"),
    "due": message("until"),
    "office": message("centre"),
    "clause": message("clause"),
    "version": message("version"),
    "first": message("the first said"),
    "second": message("the second said"),
    "appeal": message("appeal"),
}
VALUES = {
    "open": message("Not decided yet"),
    "submitted": message("Submitted"),
    **dict.fromkeys(("accept", "accepted"), message("Accepted")),
    **dict.fromkeys(("decline", "declined"), message("Declined")),
    **dict.fromkeys(("forward", "forwarded"), message("Forwarded")),
    "study": message("Under study"),
    "standard": message("In the standard"),
    "done": message("Carried out"),
    "hidden": message("Hidden"),
    "confirmed": message("Decline confirmed"),
    "overturned": message("Decline overturned"),
    "merge": message("Merged"),
    "split": message("Split"),
    "move": message("Moved"),
}
SUBJECTS = {
    "cluster": (message("group %(id)s"), "/moderation/clusters/"),
    "idea": (message("idea %(id)s"), "/ideas/"),
    "decision": (message("decision %(id)s"), None),
    "account": (message("person %(id)s"), None),
    "campaign": (message("project %(id)s"), None),
    "bulk": (message("selection %(id)s"), "/moderation/selections/"),
    "comment": (message("comment %(id)s"), None),
    "commitment": (message("commitment %(id)s"), "/commitments/"),
    "standard": (message("standard %(id)s"), None),
    "clause": (message("clause number %(id)s"), "/planning/standard/clauses/"),
    "pledge": (message("pledge %(id)s"), None),
    "model": (message("version %(id)s of the tagger"), "/moderation/teaching/versions/"),
}


class LogPages(Controller):
    path = "/moderation"

    @get("/audit", guards=[moderator])
    async def listed(self, request: Request) -> Response:
        given = {
            k: clean(request.query_params.get(k, ""))[:60]
            for k in ("kind", "account", "subject", "first", "last")
        }
        where = await _campaign(request)
        asked = log.asked_of(given, where.id)
        before = from_cursor(request.query_params.get("after"), tuple[int])
        found = await log.deeds(asked, before[0] if before else None, PAGE + 1)
        query = {k: v for k, v in {"campaign": where.slug, **given}.items() if v}
        more = cursor(found[PAGE - 1].id) if len(found) > PAGE else None
        return page(
            request, "moderation/audit.html", campaign=names(where, language_of(request)).shown,
            deeds=[_shown(deed, translator(language_of(request))) for deed in found[:PAGE]],
            people=await log.people(), query=given,
            kinds=list(KIND_NAMES.items()), kind_names=KIND_NAMES,
            csv_url=f"/moderation/audit.csv?{urlencode(query)}",
            next_url=f"/moderation/audit?{urlencode(query | {'after': more})}" if more else None,
        )  # fmt: skip

    @get("/audit.csv", guards=[moderator])
    async def file(self, request: Request) -> Stream:
        """The filtered log with every row's hash; only the whole one (without filters) can be followed as a chain."""
        given = {
            k: clean(request.query_params.get(k, ""))[:60]
            for k in ("kind", "account", "subject", "first", "last")
        }
        narrowed = any(given.values()) or "campaign" in request.query_params
        asked = log.asked_of(given, (await _campaign(request)).id if narrowed else None)
        name = f"audit-{datetime.now(UTC):%Y-%m-%d}.csv"
        return Stream(
            log.csv_lines(asked),
            media_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


async def _campaign(request: Request) -> Any:
    slug = request.query_params.get("campaign", "")
    return await campaigns.campaign(slug) if slug else await campaigns.default_campaign()


def _shown(deed: log.Deed, say: Callable[[Any], str]) -> dict[str, Any]:
    table, _, number = deed.subject.partition(":")
    text, address = SUBJECTS.get(table, (None, None))
    data = deed.data
    rest = {k: v for k, v in data.items() if k not in ("before", "after", "reason")}
    return {
        "deed": deed, "what": Message(text.msgid, {"id": number}) if text else None,
        "href": f"{address}{number}" if address else None, "before": _said(data.get("before"), say),
        "after": _said(data.get("after"), say), "reason": data.get("reason"),
        "rest": "; ".join(
            f"{say(KEYS.get(k, k))}: {_said(v, say)}" for k, v in rest.items() if v not in (None, "", [], {})
        ),
    }  # fmt: skip


def _said(value: Any, say: Callable[[Any], str]) -> str:
    """A value of a deed's data in words; what stands for a state or verdict is named."""
    if isinstance(value, list):
        return ", ".join(_said(v, say) for v in value[:12]) + ("…" if len(value) > 12 else "")
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    return "" if value is None else say(VALUES[value]) if value in VALUES else str(value)
