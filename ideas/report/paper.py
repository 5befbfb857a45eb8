"""A campaign's figures in words: which sections a report has, and what its tables and charts show. Pure."""

from __future__ import annotations

from typing import Any

from ideas.campaign.rules import Campaign
from ideas.errors import Message, message
from ideas.i18n import local_date, local_datetime, localised, number
from ideas.idea.listing import STATUS_NAMES
from ideas.report import outcome
from ideas.report.blocks import Block, Facts, Report, Section, Share, Table, Text
from ideas.report.methods import METHODS
from ideas.report.queries import Figures, Part
from ideas.report.writer import Say, Writer, chart, tops

BARS = 15
SHOWN_DISTRICTS = 20


def report(where: Campaign, figures: Figures, address: str, lang: str, say: Say) -> Report:
    """The whole report in one language; `address` of the site, without a slash at its end."""
    w = Writer(where, figures, address, lang, say)
    title = localised(where.title, lang)
    return Report(
        title=title,
        brand=say(message("My Public Services Office")),
        kind=say(message("Report on the campaign")),
        lang=lang,
        facts=[
            say(message("Numbers as of %(time)s", time=local_datetime(figures.made, lang))),
            f"{address}/campaigns/{where.slug}",
        ],
        contents=say(message("Contents")),
        made=figures.made,
        sections=[
            Section(say(message("In short")), _short(w)),
            Section(say(message("Participation")), _participation(w)),
            Section(say(message("Stages")), _stages(w)),
            Section(say(message("Answers")), _answers(w)),
            Section(say(message("Principles")), _principles(w)),
            Section(say(message("Districts")), _districts(w)),
            Section(say(message("Groups with most support")), outcome.groups(w)),
            Section(say(message("Commitments")), outcome.commitments(w)),
            Section(say(message("The standard")), outcome.standard(w)),
            Section(say(message("How the numbers are made")), [Text(say(m)) for m in METHODS]),
        ],
    )  # fmt: skip


def _short(w: Writer) -> list[Block]:
    t, a = w.figures.totals, w.figures.answers
    answered = _answered(w)
    facts: list[tuple[Message, Any]] = [
        (message("people took part"), t.people),
        (message("ideas sent in"), t.ideas),
        (message("votes"), t.votes + t.imported),
        (message("comments"), t.comments),
        (message("groups of like ideas"), t.groups),
        (message("ideas answered"), Share(answered / t.ideas) if t.ideas else None),
        (message("days to an answer (median)"), round(a.median, 1) if a.median is not None else None),
        (message("commitments"), w.figures.tally.all),
    ]
    return [
        Facts([(w.say(text), value) for text, value in facts]),
        Text(w.say(message("Each person counts once, however much he or she wrote or supported."))),
    ]


def _answered(w: Writer) -> int:
    return sum(n for status, n in w.figures.answers.statuses.items() if status != "submitted")


def _participation(w: Writer) -> list[Block]:
    t, moments = w.figures.totals, w.figures.moments
    rows: list[tuple[Message, int, int]] = [
        (message("Ideas"), t.ideas, t.authors),
        (message("Votes"), t.votes, t.voters),
        (message("Comments"), t.comments, t.commenters),
    ]
    sheet = w.say(message("Over time"))
    blocks: list[Block] = [
        Table(
            w.say(message("Participation")),
            [w.say(message("What")), w.say(message("How many")), w.say(message("By how many people"))],
            [[w.say(name), n, people] for name, n, people in rows],
            (3, 2, 2),
        )
    ]
    if t.imported:
        blocks.append(
            Text(
                w.say(
                    message(
                        "Besides, %(votes)s votes were taken over as numbers from another platform: it is not known "
                        "whose they are.", votes=number(t.imported, w.lang),
                    )
                ), small=True,
            )
        )  # fmt: skip
    if t.authors == 1 < t.ideas:
        blocks.append(
            Text(
                w.say(message("The ideas came without their authors and stand under one account.")),
                small=True,
            )
        )
    names = {"day": message("by day"), "week": message("by week"), "month": message("by month")}
    labels = [w.day(m.day) for m in moments]
    for column, (name, values) in enumerate(
        (
            (message("Ideas"), [m.ideas for m in moments]),
            (message("Votes"), [m.votes for m in moments]),
            (message("Comments"), [m.comments for m in moments]),
        ),
        1,
    ):
        if any(values):
            title = f"{w.say(name)} {w.say(names[w.figures.unit])}"
            blocks.append(chart(w, "columns", title, labels, values, sheet, column))
    head = [
        w.say(m) for m in (message("Beginning on"), message("Ideas"), message("Votes"), message("Comments"))
    ]
    blocks.append(
        Table(sheet, head, [[m.day, m.ideas, m.votes, m.comments] for m in moments], (2, 1, 1, 1), shown=0)
    )
    return blocks


def _stages(w: Writer) -> list[Block]:
    found = {s.id: s for s in w.figures.stages}
    rows: list[list[Any]] = []
    for stage in w.where.stages:
        if row := found.get(stage.id):
            dates = f"{local_date(stage.opens, w.lang, 'd MMM y')} – {local_date(stage.closes, w.lang, 'd MMM y')}"
            rows.append(
                [localised(stage.title, w.lang), dates, row.ideas, row.votes, row.comments, row.people]
            )
    if not rows:
        return [Text(w.say(message("The campaign has no stages.")))]
    head = (
        message("Stage"),
        message("When"),
        message("Ideas"),
        message("Votes"),
        message("Comments"),
        message("People"),
    )
    return [Table(w.say(message("Stages")), [w.say(h) for h in head], rows, (2.7, 2.7, 1.1, 1.2, 2.4, 1.1))]


def _answers(w: Writer) -> list[Block]:
    a, total = w.figures.answers, w.figures.totals.ideas
    rows: list[list[Any]] = [
        [w.say(name), a.statuses.get(key, 0), Share(a.statuses.get(key, 0) / total) if total else None]
        for key, name in STATUS_NAMES.items()
        if a.statuses.get(key)
    ]
    answered = _answered(w)
    share = round(100 * answered / total, 1) if total else 0
    texts = [
        message(
            "%(some)s of %(all)s ideas have an answer: %(share)s%%.", some=number(answered, w.lang),
            all=number(total, w.lang), share=number(share, w.lang),
        )
    ]  # fmt: skip
    if a.median is not None and a.ninety is not None:
        texts.append(
            message(
                "Half of the answers came within %(median)s days, nine tenths within %(ninety)s.",
                median=number(round(a.median, 1), w.lang), ninety=number(round(a.ninety, 1), w.lang),
            )
        )  # fmt: skip
    sheet = w.say(message("Answers"))
    blocks: list[Block] = [Text(" ".join(w.say(t) for t in texts))]
    if rows:
        blocks.append(
            chart(
                w,
                "bars",
                w.say(message("Ideas by status")),
                [r[0] for r in rows],
                [r[1] for r in rows],
                sheet,
                1,
            )
        )
        head = [w.say(m) for m in (message("Status"), message("Ideas"), message("Share"))]
        blocks.append(Table(sheet, head, rows, (3, 1, 1)))
    return blocks


def _parts(
    w: Writer, parts: list[Part], names: dict[int, str], none: Message, what: Message, title: Message
) -> list[Block]:
    """A chart and a table of principles or districts, by people."""
    populations = {d.id: d.population for d in w.where.districts} if what.msgid == "District" else {}
    rows: list[list[Any]] = []
    for p in parts:
        name = w.say(none) if p.id is None else names.get(p.id, "—")
        row: list[Any] = [name, p.people, p.ideas, p.votes, Share(p.answered / p.ideas) if p.ideas else None]
        if any(populations.values()):
            size = populations.get(p.id or 0)
            row.append(round(10_000 * p.people / size, 1) if size else None)
        rows.append(row)
    head = [what, message("People"), message("Ideas"), message("Votes"), message("Answered")]
    if any(populations.values()):
        head.append(message("People per 10,000"))
    shown = [r for r, p in zip(rows, parts, strict=True) if p.id is not None][:BARS]
    if not shown:
        return [Text(w.say(message("No idea belongs to one.")))]
    sheet = w.say(title)
    # Where people came over as numbers nobody is known, and ideas are what can be compared.
    column, unit = (1, message("people")) if any(r[1] > 1 for r in shown) else (2, message("ideas"))
    name = f"{sheet}: {w.say(unit)}"
    return [
        chart(w, "bars", name, [r[0] for r in shown], [r[column] for r in shown], sheet, column),
        Table(
            sheet,
            [w.say(h) for h in head],
            rows,
            (3.6, 1.2, 1.2, 1.2, 1.4, 1.6)[: len(head)],
            SHOWN_DISTRICTS,
        ),
    ]


def _principles(w: Writer) -> list[Block]:
    if not w.where.principles:
        return [Text(w.say(message("The campaign has no principles.")))]
    blocks = _parts(
        w,
        w.figures.principles,
        w.principles,
        message("No principle"),
        message("Principle"),
        message("Principles"),
    )
    note = message(
        "An idea that touches two principles counts for both; people are counted once in each row."
    )
    return [
        *blocks,
        Text(w.say(note), small=True),
        *tops(
            w, w.figures.principle_groups, w.principles, message("Principle"), message("Groups by principle")
        ),
    ]


def _districts(w: Writer) -> list[Block]:
    if not w.where.districts:
        return [Text(w.say(message("The campaign has no districts.")))]
    blocks = _parts(
        w,
        w.figures.districts,
        w.districts,
        message("No district given"),
        message("District"),
        message("Districts"),
    )
    if len(w.figures.districts) > SHOWN_DISTRICTS:
        blocks.append(Text(w.say(message("The workbook holds all districts.")), small=True))
    order = {p.id: n for n, p in enumerate(w.figures.districts)}
    groups = sorted(w.figures.district_groups, key=lambda g: order.get(g.part, 0))
    return [*blocks, *tops(w, groups, w.districts, message("District"), message("Groups by district"))]
