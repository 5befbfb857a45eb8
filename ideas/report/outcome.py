"""The later parts of a report: groups, commitments, the standard."""

from __future__ import annotations

from typing import Any

from ideas.commitment.pages import STATUS_NAMES as PROMISES
from ideas.errors import message
from ideas.i18n import number
from ideas.planning.pages import STATE_NAMES
from ideas.report.blocks import Block, Link, Table, Text
from ideas.report.writer import Writer, chart


def groups(w: Writer) -> list[Block]:
    groups = w.figures.groups
    rows: list[list[Any]] = [
        [n, w.group(g), g.supporters, g.votes, g.ideas, w.say(STATE_NAMES[g.state])]
        for n, g in enumerate(groups, 1)
    ]
    if not rows:
        return [Text(w.say(message("Ideas have not been grouped yet.")))]
    head = [
        message("Place"), message("Group"), message("People"), message("Votes"), message("Ideas"), message("Decision"),
    ]  # fmt: skip
    sheet, top = w.say(message("Groups")), groups[:10]
    known = any(g.supporters > 1 for g in top)
    title = (
        message("People behind the ten largest groups")
        if known
        else message("Votes for the ten largest groups")
    )
    values = [g.supporters if known else g.votes for g in top]
    return [
        chart(w, "bars", w.say(title), [g.name for g in top], values, sheet, 2 if known else 3),
        Table(sheet, [w.say(h) for h in head], rows, (1.1, 4.3, 1.1, 1.2, 1.1, 2.6)),
    ]


def commitments(w: Writer) -> list[Block]:
    t = w.figures.tally
    if not t.all:
        return [Text(w.say(message("Nothing is promised yet.")))]
    counts = [
        message("planned: %(count)s", count=t.planned),
        message("under way: %(count)s", count=t.underway),
        message("done: %(count)s", count=t.done),
        message("dropped: %(count)s", count=t.dropped),
        message("overdue: %(count)s", count=t.overdue),
    ]
    rows: list[list[Any]] = [
        [
            Link(c.title, f"{w.address}/commitments/{c.id}"), c.owner, c.due,
            w.say(message("Overdue")) if c.overdue else w.say(PROMISES[c.status]), c.supporters,
        ]
        for c in w.figures.commitments
    ]  # fmt: skip
    head = [
        w.say(m)
        for m in (
            message("What is promised"),
            message("Who answers for it"),
            message("Until"),
            message("How far"),
            message("People"),
        )
    ]
    return [
        Text(
            w.say(message("Commitments: %(count)s.", count=t.all))
            + " "
            + ", ".join(w.say(c) for c in counts)
            + "."
        ),
        Table(w.say(message("Commitments")), head, rows, (3, 2.1, 2.2, 2.2, 1), 60),
    ]


def standard(w: Writer) -> list[Block]:
    f = w.figures
    if not f.versions:
        return [Text(w.say(message("No version of the standard is signed yet.")))]
    rows: list[list[Any]] = [
        [v.number, f"{v.signer}, {v.post}", v.signed.date(), v.published.date() if v.published else None]
        for v in f.versions
    ]
    head = [
        w.say(m) for m in (message("Version"), message("By whom"), message("Signed"), message("Published"))
    ]
    blocks: list[Block] = []
    if f.standard:
        d = f.standard.document
        said = message(
            "The published standard has %(clauses)s clauses, drawn from %(ideas)s ideas of %(people)s people. "
            "Pledges of staff: %(pledges)s.",
            clauses=number(len(d.clauses), w.lang), ideas=number(d.ideas, w.lang),
            people=number(d.supporters, w.lang), pledges=number(f.pledges, w.lang),
        )  # fmt: skip
        blocks.append(Text(w.say(said)))
    return [*blocks, Table(w.say(message("The standard")), head, rows, (1, 4, 2, 2))]
