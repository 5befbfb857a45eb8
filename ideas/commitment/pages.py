"""What is promised, for everybody: a campaign's commitments and one with its milestones and news."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, Response, get
from litestar.params import FromPath, FromQuery

from ideas.account.guards import anyone
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.commitment import queries, rules
from ideas.errors import message
from ideas.i18n import CITY_TIME
from ideas.idea.cards import names
from ideas.web import clean, cursor, from_cursor, language_of, page, translator

STATUS_NAMES = {
    "planned": message("Planned"),
    "underway": message("Under way"),
    "done": message("Done"),
    "dropped": message("Dropped"),
}


class CommitmentPages(Controller):
    @get("/commitments", guards=[anyone])
    async def list(
        self, request: Request, campaign: FromQuery[str] = "", after: FromQuery[str | None] = None
    ) -> Response:
        """A campaign's commitments, those due first at the top; filters stand in the address."""
        where = await campaign_of(campaign)
        context = await listing(request, where, "/commitments", after)
        return page(request, "commitment/list.html", **context)

    @get("/commitments/{commitment:int}", guards=[anyone])
    async def detail(self, request: Request, commitment: FromPath[int]) -> Response:
        found = await queries.commitment(commitment, today())
        where = await campaigns.campaign_by_id(found.campaign)
        return page(
            request,
            "commitment/detail.html",
            commitment=found,
            campaign=names(where, language_of(request)).shown,
            status_names=STATUS_NAMES,
            plans=bool(request.user and request.user.plans),
        )


def today() -> date:
    """The day in the city."""
    return datetime.now(CITY_TIME).date()


async def campaign_of(slug: str) -> Campaign:
    """The campaign that an address names, else the newest that runs."""
    return await campaigns.campaign(slug) if slug else await campaigns.default_campaign()


async def listing(request: Request, where: Campaign, path: str, after: str | None) -> dict[str, Any]:
    """A list with its filters and counts, for everybody's page and the planner's alike."""
    given = {k: clean(request.query_params.get(k, ""))[:100] for k in ("status", "overdue", "q")}
    given["status"] = given["status"] if given["status"] in rules.STATUSES else ""
    given["overdue"] = "1" if given["overdue"] == "1" else ""
    asked = queries.Asked(where.id, given["status"], bool(given["overdue"]), given["q"])
    day = today()
    before = from_cursor(after, tuple[date, int])
    rows, following = await queries.listed(asked, day, before)
    tally = await queries.tally(where.id, day)
    say = translator(language_of(request))

    def link(**changes: str) -> str:
        values = {"campaign": where.slug, "q": given["q"], **changes}
        return f"{path}?" + urlencode({k: v for k, v in values.items() if v})

    tabs = [
        {
            "label": f"{say(message('All'))} · {tally.all}",
            "href": link(),
            "current": not given["status"] and not given["overdue"],
        }
    ]
    for key, name in STATUS_NAMES.items():
        tabs.append({
            "label": f"{say(name)} · {getattr(tally, key)}", "href": link(status=key),
            "current": given["status"] == key and not given["overdue"],
        })  # fmt: skip
    tabs.append({
        "label": f"{say(message('Overdue'))} · {tally.overdue}", "href": link(overdue="1"),
        "current": bool(given["overdue"]),
    })  # fmt: skip
    kept = {k: v for k, v in given.items() if k != "q"}
    return {
        "campaign": names(where, language_of(request)).shown,
        "rows": rows,
        "tabs": tabs,
        "query": given,
        "tally": tally,
        "status_names": STATUS_NAMES,
        "next_url": link(**kept, after=cursor(following[0].isoformat(), following[1])) if following else None,
    }
