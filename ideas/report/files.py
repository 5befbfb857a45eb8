"""A report as PDF, DOCX and XLSX: the same blocks, written three times."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import xlsxwriter

from ideas.i18n import local_date, number, percent
from ideas.report.blocks import Cell, Chart, Facts, Link, Report, Share, Table, Text
from ideas.typeset import pdf, pictures, printable
from ideas.wordfile import WordFile

PAGE_WIDTH = 160.0
"""Millimetres between the margins."""
LONGEST_CELL = 32_000
WIDEST_COLUMN = 60


def shown(cell: Cell, lang: str) -> str:
    """A cell as a document shows it."""
    if cell is None:
        return "—"
    if isinstance(cell, Link):
        return cell.text
    if isinstance(cell, Share):
        return percent(cell.value, lang)
    if isinstance(cell, int | float):
        return number(cell, lang)
    return local_date(cell, lang) if isinstance(cell, date) else cell


def _chart_data(chart: Chart, lang: str) -> dict[str, Any]:
    return {
        "kind": chart.kind, "title": chart.title, "alt": chart.alt, "labels": chart.labels, "values": chart.values,
        "shown": [number(v, lang) for v in chart.values],
    }  # fmt: skip


def as_pdf(report: Report) -> bytes:
    """The report as tagged PDF."""
    lang = report.lang

    def block(b: Any) -> dict[str, Any] | None:
        if isinstance(b, Text):
            return {"kind": "text", "text": b.text, "small": b.small, "heading": b.heading}
        if isinstance(b, Facts):
            return {"kind": "facts", "items": [{"name": n, "value": shown(v, lang)} for n, v in b.items]}
        if isinstance(b, Chart):
            return _chart_data(b, lang)
        rows = [
            [{"text": c.text, "address": c.address} if isinstance(c, Link) else shown(c, lang) for c in row]
            for row in b.rows[: b.shown]
        ]
        if not rows:
            return None
        return {
            "kind": "table",
            "head": list(b.head),
            "rows": rows,
            "widths": list(b.widths),
            "right": b.numeric,
        }

    data = {
        "lang": lang, "title": report.title, "brand": report.brand, "kind": report.kind, "facts": report.facts,
        "running": report.title, "edition": local_date(report.made, lang), "contents": report.contents,
        "sections": [{"title": s.title, "blocks": [x for b in s.blocks if (x := block(b))]} for s in report.sections],
    }  # fmt: skip
    return pdf("report.typ", data, report.made)


def as_docx(report: Report) -> bytes:
    """The report as a Word document; its charts are pictures with descriptions."""
    lang = report.lang
    word = WordFile(report.title, report.brand, lang, report.made)
    word.paragraph(report.brand)
    word.title(report.title)
    word.paragraph(bold=report.kind)
    for fact in report.facts:
        word.paragraph((fact, fact) if fact.startswith("http") else fact)
    names = [(f"{n}. {s.title}", f"section_{n}") for n, s in enumerate(report.sections, 1)]
    word.contents(report.contents, names)
    charts = {"lang": lang, "charts": [_chart_data(c, lang) for c in report.charts]}
    drawn = iter(pictures("chart.typ", charts) if report.charts else [])
    for section, (name, bookmark) in zip(report.sections, names, strict=True):
        word.heading(name, bookmark=bookmark)
        for b in section.blocks:
            if isinstance(b, Text) and b.heading:
                word.heading(b.text, 2)
            elif isinstance(b, Text):
                word.paragraph(b.text, small=b.small)
            elif isinstance(b, Facts):
                for text, value in b.items:
                    word.paragraph(text, bold=shown(value, lang))
            elif isinstance(b, Chart):
                word.paragraph(bold=b.title)
                word.picture(next(drawn), PAGE_WIDTH, b.alt)
            elif rows := b.rows[: b.shown]:
                widths = [PAGE_WIDTH * w / sum(b.widths) for w in b.widths]
                cells: list[list[Any]] = [
                    [(c.text, c.address) if isinstance(c, Link) else shown(c, lang) for c in row]
                    for row in rows
                ]
                word.table(list(b.head), cells, widths, right=b.numeric)
    return word.file()


def as_xlsx(report: Report) -> bytes:
    """The report's tables, a sheet each, with charts that the spreadsheet draws itself. No text is a formula."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({
            "title": printable(report.title)[:250], "author": report.brand, "created": report.made.replace(tzinfo=None),
        })  # fmt: skip
        formats = {
            "head": book.add_format(
                {"bold": True, "bg_color": "#E3EFEC", "text_wrap": True, "valign": "top"}
            ),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "share": book.add_format({"num_format": "0.0%"}),
            "link": book.add_format({"font_color": "#0B4A44", "underline": 1}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        _notes(book, report, formats)
        sheets: dict[str, Any] = {}
        for table in report.tables:
            name = _sheet_name(table.sheet, sheets)
            sheets[name] = book.add_worksheet(name)
            _fill(sheets[name], table, formats)
            for n, chart in enumerate(c for c in report.charts if c.sheet == table.sheet):
                _draw(book, sheets[name], name, chart, table, n)
    return out.getvalue()


def _notes(book: Any, report: Report, formats: dict[str, Any]) -> None:
    """The first sheet: what it is, the main figures, and how the numbers are made."""
    sheet = book.add_worksheet(_sheet_name(report.sections[0].title, {}))
    sheet.set_column(0, 0, 90)
    sheet.set_column(1, 1, 16)
    row = 0
    for line in (report.title, report.kind, *report.facts):
        sheet.write_string(row, 0, printable(line)[:LONGEST_CELL], formats["text"])
        row += 1
    for section in (report.sections[0], report.sections[-1]):
        row += 1
        sheet.write_string(row, 0, printable(section.title), formats["head"])
        row += 1
        for b in section.blocks:
            if isinstance(b, Facts):
                for name, value in b.items:
                    sheet.write_string(row, 0, printable(name))
                    _write(sheet, row, 1, value, formats)
                    row += 1
            elif isinstance(b, Text):
                sheet.write_string(row, 0, printable(b.text), formats["text"])
                row += 1


def _fill(sheet: Any, table: Table, formats: dict[str, Any]) -> None:
    for n, name in enumerate(table.head):
        sheet.write_string(0, n, printable(name), formats["head"])
        longest = max((len(shown(row[n], "en")) for row in table.rows), default=0)
        sheet.set_column(n, n, min(max(longest, len(name)) + 2, WIDEST_COLUMN))
    for r, row in enumerate(table.rows, 1):
        for n, cell in enumerate(row):
            _write(sheet, r, n, cell, formats)
    sheet.freeze_panes(1, 0)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.head) - 1)


def _write(sheet: Any, row: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:
    if cell is None:
        sheet.write_blank(row, column, None)
    elif isinstance(cell, Share):
        sheet.write_number(row, column, cell.value, formats["share"])
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), formats["date"])
    elif isinstance(cell, Link):
        text = printable(cell.text)[:LONGEST_CELL]
        # A spreadsheet takes addresses of at most so many characters.
        if len(cell.address) < 2000:
            sheet.write_url(row, column, cell.address, formats["link"], text)
        else:
            sheet.write_string(row, column, text)
    else:
        sheet.write_string(row, column, printable(cell)[:LONGEST_CELL])


def _draw(book: Any, sheet: Any, name: str, chart: Chart, table: Table, n: int) -> None:
    rows = min(len(chart.values), len(table.rows))
    if not rows:
        return
    drawn = book.add_chart({"type": "bar" if chart.kind == "bars" else "column"})
    labels = next((i for i, c in enumerate(table.rows[0]) if isinstance(c, str | Link | date)), 0)
    drawn.add_series({
        "categories": [name, 1, labels, rows, labels], "values": [name, 1, chart.column, rows, chart.column],
        "fill": {"color": "#0B4A44"}, "data_labels": {"value": chart.kind == "bars"}, "gap": 40,
    })  # fmt: skip
    drawn.set_title({"name": printable(chart.title), "name_font": {"size": 12}})
    drawn.set_legend({"none": True})
    if chart.kind == "bars":
        drawn.set_y_axis({"reverse": True})
    drawn.set_size({"width": 640, "height": 90 + 26 * rows if chart.kind == "bars" else 300})
    place = {"description": printable(chart.alt), "object_position": 3}
    sheet.insert_chart(1 + n * 16, len(table.head) + 1, drawn, place)


def _sheet_name(name: str, taken: dict[str, Any]) -> str:
    """A sheet's name as spreadsheets allow it: at most 31 characters, none of []:*?/\\, and once."""
    name = "".join(c for c in printable(name) if c not in "[]:*?/\\'")[:28] or "Sheet"
    known = {t.casefold() for t in taken}
    found, n = name, 2
    while found.casefold() in known:
        found, n = f"{name} {n}", n + 1
    return found


FORMATS = {"pdf": as_pdf, "docx": as_docx, "xlsx": as_xlsx}
KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
