"""Files are recognised by their content, and broken rows never take others with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ideas.errors import BadRequest
from ideas.planning.workbook import Workbook
from ideas.transfer.files import open_table
from ideas.transfer.report import plain

RUSSIAN = "id;title;text\n1;Пандус у входа;Крыльцо высокое, с коляской не подняться\n2;Кулер;Поставьте воду\n"


def read(tmp_path: Path, data: bytes):
    path = tmp_path / "file"
    path.write_bytes(data)
    table = open_table(path)
    return table, list(table.rows)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1251", "cp1251"),
        ("koi8-r", "koi8-r"),
        ("cp866", "cp866"),
    ],
)
def test_encodings(tmp_path, encoding, found):
    table, rows = read(tmp_path, RUSSIAN.encode(encoding))
    assert table.encoding == found
    assert table.delimiter == ";"
    assert rows[0].cells["title"] == "Пандус у входа"
    assert [r.line for r in rows] == [2, 3]


def test_western_european_is_not_taken_for_russian(tmp_path):
    data = "id,title\n1,Más ascensores mecánicos en la estación\n2,Niños pequeños\n".encode("cp1252")
    table, rows = read(tmp_path, data)
    assert table.encoding == "cp1252"
    assert rows[0].cells["title"] == "Más ascensores mecánicos en la estación"


def test_one_broken_row_of_a_utf8_file_is_refused_alone(tmp_path):
    good = "".join(f"{n},Пандус у входа номер {n}\n" for n in range(1, 60))
    table, rows = read(
        tmp_path, b"id,title\n" + good.encode() + b"99,\xc3\x28 \xff\n" + "100,Кулер\n".encode()
    )
    bad = [r for r in rows if r.problem]
    assert table.encoding == "utf-8"
    assert [r.line for r in bad] == [61]
    assert len(rows) == 61


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path, delimiter):
    table, rows = read(
        tmp_path, f"id{delimiter}title{delimiter}text\n1{delimiter}Стулья{delimiter}В зал\n".encode()
    )
    assert table.delimiter == delimiter
    assert rows[0].cells == {"id": "1", "title": "Стулья", "text": "В зал"}


def test_quotes_delimiters_and_line_breaks_inside_fields(tmp_path):
    _, rows = read(tmp_path, b'id,title,text\r\n1,"Say ""hi"", please","two\r\nlines"\r\n2,b,c\r\n')
    assert rows[0].cells == {"id": "1", "title": 'Say "hi", please', "text": "two\r\nlines"}
    assert [r.line for r in rows] == [2, 4]


def test_an_unclosed_quotation_mark_swallows_nothing(tmp_path):
    _, rows = read(tmp_path, b'id,title\n1,"open and never closed\n2,second\n3,third\n')
    assert [(r.line, r.problem is None) for r in rows] == [(2, False), (3, True), (4, True)]
    assert rows[0].problem is not None
    assert "quotation" in plain(rows[0].problem)
    assert rows[2].cells["title"] == "third"


def test_a_quotation_mark_that_closes_too_late_costs_one_row(tmp_path):
    _, rows = read(tmp_path, b'id,title,text\n1,"open,a\n2,"second",b\n3,third,c\n')
    assert [r.cells.get("title") for r in rows if not r.problem] == ["second", "third"]
    assert [r.line for r in rows if r.problem] == [2]


def test_quotation_marks_that_are_not_doubled_cost_nothing(tmp_path):
    _, rows = read(tmp_path, b'id,title,text\n1,a,"he said "yes" twice"\n2,b 5" pipe,c\n')
    assert [r.problem for r in rows] == [None, None]
    assert rows[1].cells["title"] == 'b 5" pipe'


def test_surplus_columns_are_refused_and_missing_empty_ones_are_not(tmp_path):
    _, rows = read(tmp_path, b"id,title,text\n1,a,b,c,d\n2,short\n\n3,x,y\n")
    assert [(r.line, r.problem is None) for r in rows] == [(2, False), (3, True), (5, True)]


IDEASCALE = "id\ttitle\tcreated\tidea\tauthor\tvotes\tvotes_for\tvotes_against\tcomment_count\tlink\terrors\n"
TAIL = "Ann\t3\t5\t2\t0\thttp://e.org/1\t\n"


@pytest.mark.parametrize(
    ("row", "title", "idea"),
    [
        ("1-1\tTitle\t2009-05-20 00:00:00\tbefore\tafter\tthe tab\t" + TAIL, "Title", "before after the tab"),
        ("1-1\tA\ttitle\t2009-05-20 00:00:00\ttext\t" + TAIL, "A title", "text"),
        (
            "1-1\tTitle\t2009-05-20 00:00:00\tfirst line\nsecond line\t" + TAIL,
            "Title",
            "first line\nsecond line",
        ),
        ('1-1\t"Quoted" title\t2009-05-20 00:00:00\the said "so"\t' + TAIL, '"Quoted" title', 'he said "so"'),
    ],
)
def test_broken_records_of_tab_files_are_put_together(tmp_path, row, title, idea):
    after = "2-2\tSecond\t2009-05-21 00:00:00\ttext\t" + TAIL
    table, rows = read(tmp_path, (IDEASCALE + row + after).encode())
    assert table.kind == "tsv"
    assert (rows[0].cells["title"], rows[0].cells["idea"], rows[0].cells["votes for"]) == (title, idea, "5")
    assert rows[1].cells["title"] == "Second"
    assert len(rows) == 2


def test_a_tab_record_that_cannot_be_mended_is_refused(tmp_path):
    _, rows = read(tmp_path, (IDEASCALE + "1-1\ta\tb\tc\td\te\tf\tg\th\ti\tj\tk\tl\n").encode())
    assert rows[0].problem is not None
    assert plain(rows[0].problem) == "13 columns where 11 were expected"


def test_a_spreadsheets_tab_file_is_unquoted(tmp_path):
    _, rows = read(tmp_path, b'id\ttitle\ttext\n1\t"He said ""yes"""\t"two\nlines"\n2\tb\tc\n')
    assert rows[0].cells == {"id": "1", "title": 'He said "yes"', "text": "two\nlines"}
    assert (rows[1].line, rows[1].cells["title"]) == (4, "b")


def test_json_lines(tmp_path):
    data = '{"id": 1, "title": {"ru": "Стулья"}}\n\nnot json\n[1]\n{"id": 2, "text": "x"}\n'.encode()
    table, rows = read(tmp_path, data)
    assert table.kind == "jsonl"
    assert [(r.line, r.problem is None) for r in rows] == [(1, True), (3, False), (4, False), (5, True)]
    assert rows[0].cells == {"id": 1, "title/ru": "Стулья"}


def test_a_json_array(tmp_path):
    _, rows = read(tmp_path, b'[{"id": 1, "text": "a"},\n {"id": 2, "text": "b"}]')
    assert [r.cells["text"] for r in rows] == ["a", "b"]


def test_a_spreadsheet(tmp_path):
    path = tmp_path / "book.xlsx"
    book = Workbook(path)
    book.sheet("Идеи", ["id", "Название", "Текст"], [8, 20, 20])
    book.write([(7, "Стулья", "=не формула"), (None, None, None), (8, "Вода", "Кулер")])
    book.close()
    table = open_table(path)
    rows = list(table.rows)
    assert table.kind == "xlsx"
    assert table.header == ["id", "название", "текст"]
    assert [(r.line, r.cells["название"]) for r in rows] == [(2, "Стулья"), (4, "Вода")]


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"PK\x03\x04 not a zip", b'[{"a": 1'])
def test_a_file_that_cannot_be_read_is_said_so(tmp_path, data):
    with pytest.raises(BadRequest):
        read(tmp_path, data)


def test_a_missing_file_is_said_so(tmp_path):
    with pytest.raises(BadRequest):
        open_table(tmp_path / "none.csv")
