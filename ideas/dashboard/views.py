"""What each dashboard shows: figures of the database made into charts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

from ideas.dashboard import places, queries, rules
from ideas.dashboard.charts import COMMENTS, IDEAS, PEOPLE, PROPOSALS, VOTES, Chart, Column
from ideas.dashboard.queries import Figures
from ideas.dashboard.search import Search
from ideas.errors import Message, message
from ideas.i18n import localised
from ideas.idea.listing import STATUS_NAMES

VIEWS: dict[str, Message] = {
    "participation": message("Participation"),
    "places": message("Places"),
    "principles": message("Principles"),
    "themes": message("Themes"),
    "answers": message("Answers"),
}
NAMES = {
    "participation": ("days", "stages", "total", "joined", "doers"),
    "places": ("offices", "people", "total"),
    "principles": ("cells", "total"),
    "themes": ("days", "total"),
    "answers": ("answers", "total"),
}
# Views and charts that only a whole campaign has say so when they are narrowed.
WHOLE = ("places", "principles", "themes")
WEEK = timedelta(days=7)


async def charts(found: Search, data: Figures, lang: str) -> list[Chart]:
    """The charts of a view."""
    return await _MAKERS[found.view](found, data, lang)


async def _participation(found: Search, data: Figures, lang: str) -> list[Chart]:
    made = [days_chart(found, data.get("days", [])), _stages_chart(found, data.get("stages", []), lang)]
    if found.part == "all":
        made.append(await _funnel(found, data))
    return made


def days_chart(found: Search, days: list[list[Any]]) -> Chart:
    """Days with how many were new, and how many there have been so far."""
    rows, so_far = [], 0
    for day, ideas, votes, comments, people, new in days:
        so_far += new
        at = date.fromisoformat(day)
        if found.within(at):
            rows.append([at, ideas, votes, comments, people, new, so_far])
    return Chart(
        "days", "line", message("Participation over time"),
        message("What came in on each day, and how many different people took part that day."),
        [
            Column("day", message("Day"), "day"), Column("ideas", IDEAS, drawn=True),
            Column("votes", VOTES, drawn=True), Column("comments", COMMENTS, drawn=True),
            Column("people", PEOPLE, drawn=True), Column("new", message("For the first time")),
            Column("so_far", message("People so far")),
        ],
        rows,
        notes=[message("Distinct people of several days must not be added up; “people so far” counts each once.")],
    )  # fmt: skip


def _stages_chart(found: Search, stages: list[list[Any]], lang: str) -> Chart:
    known = {row[0]: row[1:] for row in stages}
    rows = [
        [localised(s.title, lang), s.opens.date(), s.closes.date(), *known.get(s.id, [0, 0, 0, 0])]
        for s in found.campaign.stages
    ]
    return Chart(
        "stages", "bar", message("Participation by stage"),
        message("What came in while each stage ran; each person counts once in each stage."),
        [
            Column("stage", message("Stage"), "text"), Column("opens", message("Opens"), "day"),
            Column("closes", message("Closes"), "day"), Column("ideas", IDEAS, drawn=True),
            Column("votes", VOTES, drawn=True), Column("comments", COMMENTS, drawn=True),
            Column("people", PEOPLE, drawn=True),
        ],
        rows,
    )  # fmt: skip


async def _funnel(found: Search, data: Figures) -> Chart:
    """From visits to votes, over the campaign's days."""
    starts = min((s.opens.date() for s in found.campaign.stages), default=None)
    ends = max((s.closes.date() for s in found.campaign.stages), default=None)
    first, last = found.first or starts, found.last or ends
    came = await queries.visits(first, last)
    joined = sum(n for day, n in data.get("joined", []) if _between(date.fromisoformat(day), first, last))
    authors, commenters, voters = (data.get("doers", []) or [[0, 0, 0]])[0]
    visits = sum(n for _, n in came)
    steps: list[tuple[Message, int]] = [
        (message("Visits of the site"), visits), (message("New accounts"), joined),
        (message("People who wrote an idea"), authors), (message("People who commented"), commenters),
        (message("People who voted"), voters),
    ]  # fmt: skip
    notes = [
        message("Visits and accounts are of the whole site in these days; a visit is a page opened from elsewhere."),
        message(
            "The last three rows are of the whole campaign and do not follow from each other: many only vote."
        ),
    ]  # fmt: skip
    if came and first and came[0][0] > first:
        notes.append(message("Visits have been counted only since %(day)s.", day=came[0][0].isoformat()))
    return Chart(
        "funnel", "bar", message("From visit to vote"),
        message("How many come, join and take part."),
        [
            Column("step", message("Step"), "text"), Column("number", message("Number"), drawn=True),
            Column("of_accounts", message("Of new accounts"), "%"),
        ],
        [[name, n, n / joined if joined and name.msgid != "Visits of the site" else None] for name, n in steps],
        notes=notes,
    )  # fmt: skip


def _between(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or day >= first) and (last is None or day <= last)


async def _themes(found: Search, data: Figures, lang: str) -> list[Chart]:
    """Themes by people, and how many were new in the last week beside the week before."""
    every = await queries.themes(found.campaign.id)
    last = max((date.fromisoformat(t.days[-1][0]) for t in every if t.days), default=None)
    last = min(last, found.last) if last and found.last else last
    rows = []
    for t in every:
        if last is None:
            continue
        days = [
            (date.fromisoformat(d[0]), d[1], d[2], d[5])
            for d in t.days
            if found.within(date.fromisoformat(d[0]))
        ]
        now = sum(new for day, _, _, new in days if day > last - WEEK)
        before = sum(new for day, _, _, new in days if last - 2 * WEEK < day <= last - WEEK)
        rows.append([t.name, sum(d[3] for d in days), sum(d[1] for d in days), t.total["proposals"],
                     sum(d[2] for d in days), now, before, rules.growth(now, before)])  # fmt: skip
    rows.sort(key=lambda row: (-row[1], row[0]))
    notes = [message("Proposals are counted over all days.")]
    if last:
        notes.append(message("The last week ends on %(day)s.", day=last.isoformat()))
    return [Chart(
        "themes", "bar", message("Themes by support and growth"),
        message(
            "People who took part in a theme for the first time: in all, in the last seven days, in the seven before."
        ),
        [
            Column("theme", message("Theme"), "text"), Column("people", PEOPLE, drawn=True), Column("ideas", IDEAS),
            Column("proposals", PROPOSALS), Column("votes", VOTES),
            Column("now", message("New people, last week"), drawn=True),
            Column("before", message("the week before")), Column("growth", message("Growth"), "%"),
        ],
        rows, most=20, notes=notes,
    )]  # fmt: skip


async def _answers(found: Search, data: Figures, lang: str) -> list[Chart]:
    a = data.get("answers", {})
    statuses = a.get("statuses", {})
    everything = sum(statuses.values())
    waiting = a.get("waiting", [0, 0, 0])
    team = a.get("team", [])
    names = await queries.names_of([row[0] for row in team]) if team else {}
    times = [[names.get(who, "—"), n, *(quarters or [None] * 3)] for who, n, quarters in team]
    if a.get("timed"):
        times.insert(0, [message("Everybody"), a["timed"], *(a.get("quarters") or [None] * 3)])
    ages = (message("less than a week"), message("a week to a month"), message("more than a month"))
    return [
        Chart(
            "answered", "bar", message("Answered and unanswered"),
            message("Ideas by what has become of them. “Submitted” has no answer yet."),
            [Column("status", message("Status"), "text"), Column("ideas", IDEAS, drawn=True),
             Column("part", message("Part"), "%")],
            [
                [name, statuses.get(s, 0), statuses.get(s, 0) / everything if everything else None]
                for s, name in STATUS_NAMES.items()
            ],
        ),
        Chart(
            "waiting", "bar", message("How long ideas have waited"),
            message("Ideas without an answer, by their age."),
            [Column("age", message("Age"), "text"), Column("ideas", IDEAS, drawn=True)],
            [[name, n] for name, n in zip(ages, waiting, strict=True)],
        ),
        Chart(
            "times", "range", message("Time to answer"),
            message(
                "Days from an idea to its first decision: a quarter took at most the first number, half at most the "
                "median, three quarters at most the last."
            ),
            [
                Column("who", message("Who"), "text"), Column("ideas", message("Answered ideas")),
                Column("low", message("First quartile, days"), drawn=True),
                Column("median", message("Median, days"), drawn=True),
                Column("high", message("Third quartile, days"), drawn=True),
            ],
            times, most=20,
        ),
    ]  # fmt: skip


_MAKERS: dict[str, Callable[[Search, Figures, str], Awaitable[list[Chart]]]] = {
    "participation": _participation, "places": places.places, "principles": places.principles, "themes": _themes,
    "answers": _answers,
}  # fmt: skip
CHARTS = {
    "days": "participation", "stages": "participation", "funnel": "participation", "districts": "places",
    "offices": "places", "missing": "places", "principles": "principles", "themes": "themes",
    "answered": "answers", "waiting": "answers", "times": "answers",
}  # fmt: skip
"""The view that each chart stands in."""
