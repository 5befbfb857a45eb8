"""Word documents (DOCX): headings, paragraphs, links, tables, pictures, contents, page numbers.

python-docx writes the XML, so no text is taken for markup; `typeset.printable` takes out what XML cannot hold.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from ideas.typeset import printable

LOCALES = {"ru": "ru-RU", "en": "en-GB"}
SPRUCE = RGBColor(0x0B, 0x4A, 0x44)
MUTED = RGBColor(0x4D, 0x5B, 0x59)
RULE = "BFC8C6"

Cell = str | tuple[str, str]
"""A text, or a text and the address that it leads to; an address that begins with "#" is a bookmark."""


class WordFile:
    """A document that grows from its beginning to its end; `file()` gives its bytes."""

    def __init__(self, title: str, brand: str, lang: str, made: datetime, running: str = "") -> None:
        self.document = Document()
        self._bookmarks = 0
        self._set_up(title, brand, lang, made)
        self._frame(running or title)

    def _set_up(self, title: str, brand: str, lang: str, made: datetime) -> None:
        properties = self.document.core_properties
        properties.title, properties.author = printable(title)[:250], brand
        properties.language, properties.comments = LOCALES[lang], ""
        properties.created = properties.modified = made.astimezone(UTC).replace(tzinfo=None)
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(25)
        section.top_margin = section.bottom_margin = Mm(22)
        section.different_first_page_header_footer = True
        for name, size, bold in (
            ("Normal", 11, False),
            ("Title", 26, True),
            ("Heading 1", 16, True),
            ("Heading 2", 12.5, True),
        ):
            style: Any = self.document.styles[name]
            style.font.name, style.font.size, style.font.bold = (
                "Cambria" if name == "Normal" else "Calibri",
                Pt(size),
                bold,
            )
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(kind), None)
            for kind in ("w:hAnsi", "w:cs", "w:eastAsia"):
                fonts.set(qn(kind), style.font.name)
            if name != "Normal":
                style.font.color.rgb = SPRUCE
        normal: Any = self.document.styles["Normal"]
        normal.paragraph_format.space_after, normal.paragraph_format.widow_control = Pt(7), True
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), LOCALES[lang])
        normal.element.get_or_add_rPr().append(language)
        # Word wants the settings in their order.
        tabs = self.document.settings.element.find(qn("w:defaultTabStop"))
        if tabs is not None:
            tabs.addnext(OxmlElement("w:autoHyphenation"))

    def _frame(self, running: str) -> None:
        section = self.document.sections[0]
        head = section.header.paragraphs[0]
        self._run(head, running, small=True)
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _field(foot, "PAGE", "1")

    def title(self, text: str) -> None:
        """The document's title, on its first page."""
        self.document.add_paragraph(printable(text), style="Title")

    def heading(self, text: str, level: int = 1, bookmark: str = "") -> None:
        paragraph = self.document.add_heading(printable(text), level)
        if bookmark:
            self._mark(paragraph, bookmark)

    def paragraph(self, *parts: Cell, small: bool = False, bold: str = "", bookmark: str = "") -> None:
        """A paragraph of texts and links; `bold` stands before them."""
        paragraph = self.document.add_paragraph()
        if bookmark:
            self._mark(paragraph, bookmark)
        if bold:
            self._run(paragraph, bold + " ").bold = True
            # What is bold alone is the title of what follows.
            paragraph.paragraph_format.keep_with_next = not parts
        self._fill(paragraph, parts, small)

    def quote(self, text: str) -> None:
        """A paragraph set apart."""
        paragraph = self.document.add_paragraph(style="Intense Quote")
        self._run(paragraph, text)

    def contents(self, title: str, entries: Sequence[tuple[str, str]]) -> None:
        """Headings with links to their bookmarks; Word puts page numbers in when it refreshes the field."""
        self.heading(title)
        paragraph = self.document.add_paragraph()
        runs = _field_start(paragraph, 'TOC \\o "1-1" \\h \\z \\u')
        for n, (text, bookmark) in enumerate(entries):
            if n:
                paragraph = self.document.add_paragraph()
            self._link(paragraph, text, f"#{bookmark}", small=False)
        runs(paragraph)
        self.document.add_page_break()

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        widths: Sequence[float],
        right: Sequence[int] = (),
    ) -> None:
        """A table whose head stands on each of its pages; `widths` in millimetres, `right` the columns of numbers."""
        table: Any = self.document.add_table(rows=1, cols=len(head))
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        # The schema has an order: lines stand before the layout.
        table._tbl.tblPr.find(qn("w:tblLayout")).addprevious(
            _lines("w:tblBorders", insideH=RULE, bottom=RULE)
        )
        # Word goes by the cells' widths, other programs by those of the columns.
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        top = table.rows[0]
        top._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cells in [(top.cells, head), *((None, row) for row in rows)]:
            row = cells[0] or table.add_row().cells
            for n, (cell, value) in enumerate(zip(row, cells[1], strict=True)):
                cell.width = Mm(widths[n])
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.space_after = Pt(1)
                if n in right:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                self._fill(paragraph, [value], small=True)
                if cells[0]:
                    paragraph.runs[0].bold = True
                    cell._tc.get_or_add_tcPr().append(_lines("w:tcBorders", bottom=str(SPRUCE)))
        for row in table.rows:
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        self.document.add_paragraph()

    def picture(self, content: bytes, width: float, alt: str) -> None:
        """A picture, `width` millimetres wide, with its description."""
        shape: Any = self.document.add_picture(io.BytesIO(content), Mm(width))
        shape._inline.docPr.set("descr", printable(alt))

    def file(self) -> bytes:
        """The document as it stands."""
        out = io.BytesIO()
        self.document.save(out)
        return out.getvalue()

    def _fill(self, paragraph: Any, parts: Sequence[Cell], small: bool) -> None:
        for part in parts:
            if isinstance(part, tuple):
                self._link(paragraph, part[0], part[1], small)
            else:
                self._run(paragraph, part, small=small)

    def _run(self, paragraph: Any, text: str, *, small: bool = False) -> Any:
        run = paragraph.add_run(printable(text))
        if small:
            run.font.size = Pt(9)
        return run

    def _link(self, paragraph: Any, text: str, address: str, small: bool) -> None:
        link = OxmlElement("w:hyperlink")
        if address.startswith("#"):
            link.set(qn("w:anchor"), address[1:])
        else:
            link.set(
                qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            )
        run = self._run(paragraph, text, small=small)
        run.font.color.rgb = SPRUCE
        run.font.underline = True
        link.append(run._r)
        paragraph._p.append(link)

    def _mark(self, paragraph: Any, name: str) -> None:
        self._bookmarks += 1
        for kind in ("w:bookmarkStart", "w:bookmarkEnd"):
            mark = OxmlElement(kind)
            mark.set(qn("w:id"), str(self._bookmarks))
            if kind == "w:bookmarkStart":
                mark.set(qn("w:name"), name)
            paragraph._p.append(mark)


def _lines(name: str, **colours: str) -> Any:
    """Lines of half a point on sides of a table or a cell."""
    borders = OxmlElement(name)
    for side in ("bottom", "insideH"):
        if side in colours:
            line = OxmlElement(f"w:{side}")
            for what, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", colours[side])):
                line.set(qn(f"w:{what}"), value)
            borders.append(line)
    return borders


def _field_start(paragraph: Any, instruction: str) -> Any:
    """Begin a field; what is returned ends it in another paragraph."""
    run = paragraph.add_run()
    _char(run, "begin")
    text = OxmlElement("w:instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = instruction
    run._r.append(text)
    _char(run, "separate")
    return lambda last: _char(last.add_run(), "end")


def _field(paragraph: Any, instruction: str, shown: str) -> None:
    end = _field_start(paragraph, instruction)
    paragraph.add_run(shown)
    end(paragraph)


def _char(run: Any, kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    run._r.append(mark)
