"""Dashboards of places: districts, centres, who is missing, principles by centres."""

from __future__ import annotations

from typing import Any

from ideas.dashboard import queries, rules
from ideas.dashboard.charts import ANSWERED, IDEAS, PEOPLE, PROPOSALS, VOTES, Cell, Chart, Column
from ideas.dashboard.queries import Figures
from ideas.dashboard.search import Search
from ideas.errors import Message, message
from ideas.i18n import localised


async def places(found: Search, data: Figures, lang: str) -> list[Chart]:
    c = found.campaign
    totals = await queries.districts(c.id)
    districts = []
    for d in c.districts:
        t = totals.get(d.id, {"ideas": 0, "proposals": 0, "people": 0, "answered": 0})
        rate = 10_000 * t["people"] / d.population if d.population else None
        districts.append([localised(d.name, lang), localised(d.area, lang), t["ideas"], t["proposals"], t["people"],
                          rate, t["answered"]])  # fmt: skip
    districts.sort(key=lambda row: (-row[4], row[0]))
    names = {o.id: localised(o.name, lang) for o in c.offices}
    offices = [[names.get(row[0], str(row[0])), *row[1:]] for row in data.get("offices", [])]
    return [
        Chart(
            "districts", "bar", message("Districts"),
            message("By the district of the centre that an idea is about."),
            [
                Column("district", message("District"), "text"), Column("area", message("Okrug"), "text"),
                Column("ideas", IDEAS, drawn=True), Column("proposals", PROPOSALS),
                Column("people", PEOPLE, drawn=True), Column("rate", message("Per 10,000 residents")),
                Column("answered", ANSWERED),
            ],
            districts, most=20,
        ),
        Chart(
            "offices", "bar", message("Centres"),
            message("The centres that ideas are about, those with most ideas first."),
            [
                Column("office", message("Centre"), "text"), Column("ideas", IDEAS, drawn=True),
                Column("proposals", PROPOSALS), Column("people", PEOPLE, drawn=True), Column("votes", VOTES),
                Column("answered", ANSWERED),
            ],
            offices, most=20,
        ),
        _missing_chart(found, data.get("people", []), lang),
    ]  # fmt: skip


_STATES = {"missing": message("too few"), "more": message("more than its part"), "": message("in proportion")}


def _missing_chart(found: Search, people: list[list[Any]], lang: str) -> Chart:
    """Districts' parts of those who take part against their parts of the population, the least heard first."""
    c = found.campaign
    counted = {row[0]: row[1] for row in people}
    lived_in = [d for d in c.districts if d.population]
    everybody = sum(counted.get(d.id, 0) for d in lived_in)
    city = sum(d.population or 0 for d in lived_in)
    rows = []
    for d in lived_in:
        m = rules.missing(counted.get(d.id, 0), everybody, d.population or 0, city)
        if m:
            rows.append(
                [
                    localised(d.name, lang),
                    m.people,
                    m.part,
                    m.low,
                    m.high,
                    m.residents,
                    m.index,
                    _STATES[m.state],
                ]
            )
    rows.sort(key=lambda row: (row[6], -row[5]))
    told = sum(row[2] for row in people)
    unknown = sum(row[1] for row in people) - everybody
    return Chart(
        "missing", "bar", message("Who is missing"),
        message(
            "Each district's part of those who take part, beside its part of the residents. “Too few” is said where "
            "the whole interval lies below."
        ),
        [
            Column("district", message("District"), "text"), Column("people", PEOPLE),
            Column("part", message("Part of participants"), "%", drawn=True),
            Column("low", message("Interval from"), "%"), Column("high", message("to"), "%"),
            Column("residents", message("Part of residents"), "%", drawn=True),
            Column("index", message("Ratio")), Column("state", message("Heard"), "text"),
        ],
        rows, most=20,
        notes=[message(
            "A person's district is what they told (%(told)s people), else that of most ideas they wrote or supported. "
            "Of %(unknown)s people it is not known.", told=told, unknown=unknown,
        )],
    )  # fmt: skip


async def principles(found: Search, data: Figures, lang: str) -> list[Chart]:
    """Principles by centres: which part of a centre's tagged ideas is about a principle."""
    c = found.campaign
    cells = data.get("cells", [])
    of = {office: n for office, n, _, _ in cells}
    counts = {(office, principle): k for office, _, principle, k in cells}
    offices = sorted(of, key=lambda o: -of[o])
    shares = {p.id: rules.shrink([(counts.get((o, p.id), 0), of[o]) for o in offices]) for p in c.principles}
    names = {o.id: localised(o.name, lang) for o in c.offices}
    rows = [
        [
            names.get(o, str(o)),
            *(Cell(shares[p.id][n].shrunk, counts.get((o, p.id), 0), of[o]) for p in c.principles),
        ]
        for n, o in enumerate(offices)
    ]
    return [Chart(
        "principles", "heat", message("Principles by centres"),
        message(
            "Which part of a centre's ideas is about each principle. Where there are few ideas, the part is drawn "
            "towards that of all centres, so that three ideas make no hot spot; the counts stand below."
        ),
        [Column("office", message("Centre"), "text"),
         *(Column(p.slug, Message(localised(p.name, lang)), "%", drawn=True) for p in c.principles)],
        rows, most=30,
        notes=[message("An idea may touch several principles, so a centre's parts add up to more than a hundred.")],
    )]  # fmt: skip
