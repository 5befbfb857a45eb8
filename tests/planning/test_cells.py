"""Cells that no spreadsheet runs, and a workbook that others can read."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ideas.planning import workbook
from ideas.planning.cells import csv_lines, inert, json_lines
from ideas.planning.workbook import Workbook


@pytest.mark.parametrize(
    "text", ["=1+1", "+7", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "%0A", "|calc"]
)
def test_formulas_are_neutralised(text):
    assert inert(text) == "'" + text


@pytest.mark.parametrize("value", [-5, 0, 1.5, None, "текст", "a=1", "", "1-2"])
def test_the_rest_stays_as_it_is(value):
    assert inert(value) == value


@given(st.lists(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))))
def test_csv_is_read_back(cells):
    row = ["x", *cells]
    [read] = csv.reader(io.StringIO(csv_lines([row]).decode(), newline=""))
    assert read == [inert(c) for c in row]
    assert not any(c[:1] in ("=", "+", "-", "@") for c in read)


def test_json_lines_alter_nothing():
    assert (
        json_lines(["a", "b"], [("=1", None), ("й", 2)]).decode() == '{"a":"=1","b":null}\n{"a":"й","b":2}\n'
    )


def made(tmp_path, rows, header=("a", "b", "c")):
    path = tmp_path / "book.xlsx"
    book = Workbook(path)
    book.sheet("Идеи", header, [10] * len(header))
    book.write(rows)
    book.close()
    return path


def test_a_workbook_is_read_back(tmp_path):
    when = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
    rows = [("Привет, «мир» & <b>", 5, when), ("=1+1", -2.5, None), (" space\nline ", None, "x" * 40_000)]
    path = made(tmp_path, rows)
    [header, one, two, three] = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Идеи").to_python()
    assert header == ["a", "b", "c"]
    assert one == ["Привет, «мир» & <b>", 5.0, when.replace(tzinfo=None)]
    assert two == ["=1+1", -2.5, ""]
    assert three == [" space\nline ", "", "x" * 32_767]
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert parts.testzip() is None
    assert "<f>" not in sheet
    assert 't="inlineStr"' in sheet


def test_what_xml_cannot_hold_is_replaced(tmp_path):
    path = made(tmp_path, [("bell\x07\ud800\x00", 1, 2)])
    assert (
        CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1][0]
        == "bell\ufffd\ufffd\ufffd"
    )


def test_a_full_sheet_goes_on_in_another(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "ROWS", 3)
    path = made(tmp_path, [(n, n, n) for n in range(5)])
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["Идеи", "Идеи 2", "Идеи 3"]
    assert [r[0] for name in book.sheet_names for r in book.get_sheet_by_name(name).to_python()[1:]] == list(
        range(5)
    )


def test_columns_past_z():
    assert [workbook._letters(n) for n in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]
