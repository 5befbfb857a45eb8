"""Reports: right numbers, three files that open, nothing run as a formula, asked for once, for planners only."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from docx import Document as WordDocument
from openpyxl import load_workbook
from pypdf import PdfReader

from ideas import database
from ideas.campaign import queries as campaigns
from ideas.i18n import translator
from ideas.report import actions, listing, paper, queries
from ideas.report.files import as_docx, as_pdf, as_xlsx
from tests import factories
from tests.commitment.test_commitments import group

EVIL = '=HYPERLINK("http://x")'


@pytest.fixture
async def where(campaign, citizen, moderator):
    """Three ideas by two people, three votes by two, a comment; one group accepted after two days."""
    campaigns.forget_campaigns()
    other = await factories.person()
    ideas = [
        await factories.idea(campaign, citizen, "Талон"),
        await factories.idea(campaign, citizen, "Очередь"),
        await factories.idea(campaign, other, "Скамейки"),
    ]
    voter = await factories.person()
    for idea, account in ((ideas[0], voter.id), (ideas[1], voter.id), (ideas[2], citizen.id)):
        await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", idea, account)
        await database.execute("UPDATE idea SET votes = votes + 1 WHERE id = $1", idea)
    await database.execute(
        "INSERT INTO comment (idea, author, side, text) VALUES ($1, $2, 'for', 'Да')", ideas[0], other.id
    )
    cluster = await group(campaign, *ideas[:2], name=EVIL)
    await database.execute("UPDATE cluster SET supporters = 2 WHERE id = $1", cluster)
    await database.execute(
        "UPDATE idea SET created = now() - interval '3 days' WHERE id = ANY($1::bigint[])", ideas
    )
    decision = await database.fetch_value(
        """INSERT INTO decision (campaign, cluster, verdict, reason, moderator, created)
        VALUES ($1, $2, 'accept', 'Да', $3, $4) RETURNING id""",
        campaign.id, cluster, moderator.id, datetime.now(UTC) - timedelta(days=1),
    )  # fmt: skip
    for idea in ideas[:2]:
        await database.execute(
            "INSERT INTO ruling (decision, idea, status) VALUES ($1, $2, 'submitted')", decision, idea
        )
    found = await campaigns.campaign(campaign.slug)
    for idea, principle in ((ideas[0], 0), (ideas[1], 0), (ideas[2], 1)):
        await database.execute(
            "INSERT INTO tag (idea, principle, source, probability) VALUES ($1, $2, 'moderator', 1)",
            idea, found.principles[principle].id,
        )  # fmt: skip
    await database.execute("UPDATE idea SET district = $2 WHERE id = $1", ideas[0], found.districts[0].id)
    return found


async def nothing(_: float) -> None:
    pass


async def test_the_numbers_are_right(where):
    found = await queries.gather(where, nothing)
    t = found.totals
    assert (t.ideas, t.authors, t.votes, t.voters, t.comments, t.commenters, t.people) == (
        3,
        2,
        3,
        2,
        1,
        1,
        3,
    )
    assert (t.grouped, t.groups) == (2, 1)
    assert found.answers.statuses == {"accepted": 2, "submitted": 1}
    assert found.answers.decided == 2
    assert found.answers.median == pytest.approx(2, abs=0.01)
    first, second = where.principles[0].id, where.principles[1].id
    # Behind the first: one author and one voter; behind the second: an author and a voter.
    assert {(p.id, p.ideas, p.people, p.votes, p.answered) for p in found.principles} == {
        (first, 2, 2, 2, 2), (second, 1, 2, 1, 0),
    }  # fmt: skip
    assert {(p.id, p.ideas, p.people) for p in found.districts} == {
        (where.districts[0].id, 1, 2),
        (None, 2, 3),
    }
    assert [(g.name, g.supporters, g.votes) for g in found.groups] == [(EVIL, 2, 2)]
    assert [(g.part, g.name) for g in found.principle_groups] == [(first, EVIL)]
    assert [(g.part, g.supporters, g.ideas) for g in found.district_groups] == [(where.districts[0].id, 2, 1)]
    assert sum(m.ideas for m in found.moments) == 3
    assert sum(m.votes for m in found.moments) == 3
    assert [s.votes for s in found.stages] == [3]


@pytest.mark.parametrize("lang", ["ru", "en"])
async def test_three_files_open_and_say_it(where, lang):
    figures = await queries.gather(where, nothing)
    report = paper.report(where, figures, "https://example.org", lang, translator(lang))
    said = {"ru": ("Как посчитано", "Содержание"), "en": ("How the numbers are made", "Contents")}[lang]

    reader = PdfReader(io.BytesIO(as_pdf(report)))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for words in (*said, EVIL, "https://example.org"):
        assert words in text
    assert reader.root_object["/Lang"] == lang

    word = WordDocument(io.BytesIO(as_docx(report)))
    cells = [c.text for t in word.tables for r in t.rows for c in r.cells]
    assert EVIL in cells
    assert said[0] in " ".join(p.text for p in word.paragraphs)
    assert len(word.inline_shapes) == len(report.charts) > 3

    book = load_workbook(io.BytesIO(as_xlsx(report)))
    assert len(book.sheetnames) == len(report.tables) + 1
    found = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value == EVIL]
    assert found
    assert {c.data_type for c in found} == {"s"}
    assert any(
        c.value == 3 and c.data_type == "n" for sheet in book for row in sheet.iter_rows() for c in row
    )


async def test_a_campaign_with_nothing_has_a_report(campaign):
    campaigns.forget_campaigns()
    where = await campaigns.campaign(campaign.slug)
    figures = await queries.gather(where, nothing)
    report = paper.report(where, figures, "https://example.org", "ru", translator("ru"))
    assert PdfReader(io.BytesIO(as_pdf(report))).pages
    assert as_docx(report)
    assert as_xlsx(report)


async def test_a_planner_asks_once_and_gets_the_files(where, planner, client, browser_as):
    await browser_as(planner)
    answer = await client.post("/planning/reports", data={"campaign": where.slug, "lang": "ru"})
    assert answer.status_code == 303
    page = answer.headers["location"]
    again = await client.post("/planning/reports", data={"campaign": where.slug, "lang": "ru"})
    assert again.headers["location"] == page
    assert (
        await client.post("/planning/reports", data={"campaign": where.slug, "lang": "xx"})
    ).status_code == 422
    waiting = await client.get(page)
    assert waiting.headers["refresh"] == "3"
    assert (await client.get(f"{page}/report.pdf")).status_code == 404
    id = int(page.rpartition("/")[2])
    jobs = await database.fetch(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'ideas.report.jobs.write'"
    )
    assert [database.from_json(j["args"]) for j in jobs] == [{"report": id}]
    await actions.write(id, "https://example.org")
    await actions.write(id, "https://example.org")
    done = await client.get(page)
    assert "refresh" not in done.headers
    assert (await listing.report(id)).percent == 100
    for kind in ("pdf", "docx", "xlsx"):
        assert f"{page}/report.{kind}" in done.text
        answer = await client.get(f"{page}/report.{kind}")
        assert answer.status_code == 200
        assert len(answer.content) > 5000
    assert (await client.get("/planning/reports/999999999")).status_code == 404


async def test_others_get_no_reports(where, citizen, moderator, planner, client, browser_as):
    id = await actions.ask(planner.person, where, "ru")
    for person in (citizen, moderator):
        await browser_as(person)
        assert (
            await client.post("/planning/reports", data={"campaign": where.slug, "lang": "ru"})
        ).status_code == 403
        for path in ("/planning/reports", f"/planning/reports/{id}", f"/planning/reports/{id}/report.pdf"):
            assert (await client.get(path)).status_code == 403
    await actions.fail(id)
    await browser_as(planner)
    assert "could not be made" in (await client.get(f"/planning/reports/{id}")).text


@pytest.mark.parametrize(
    ("days", "unit"), [(0, "day"), (21, "day"), (22, "week"), (183, "week"), (184, "month")]
)
def test_a_chart_has_some_twenty_columns(days, unit):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert queries.unit_of(start, start + timedelta(days=days)) == unit
