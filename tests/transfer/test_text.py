"""Other systems' texts, dates and numbers as plain values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideas.transfer import text as texts
from ideas.transfer.language import language_of_texts
from ideas.transfer.text import Unreadable, plain, shortened, titled

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<p>Один &amp; два</p><p>три</p>", "Один & два\n\nтри"),
        ("a<br />b<br/><br>c", "a\nb\n\nc"),
        ("<ul><li><p>one</p></li><li>two</li></ul>", "– one\n– two"),
        ("<ol>\n<li>one</li>\n<li>two</li></ol>", "1. one\n2. two"),
        ('<a href="https://e.org/x">here</a>', "here (https://e.org/x)"),
        ('<a href="https://e.org/x">https://e.org/x</a>', "https://e.org/x"),
        ("<script>alert(1)</script>text<object><param/></object>", "text"),
        ("R&D; and ?a=1&p;=2 &amp; more", "R&D and ?a=1&p=2 & more"),
        ("donâ&euro;&trade;t, espaÃ±a", "don’t, españa"),
        ("two lines\r\nof plain text", "two lines\nof plain text"),
        ("2 < 3 and <*> stays", "2 < 3 and <*> stays"),
        ("bell\x07 and \u200bspace", "bell and space"),
        (None, ""),
        (15, "15"),
    ],
)
def test_html_becomes_text(written, read):
    assert plain(written) == read


@given(st.text(max_size=300))
def test_plain_never_fails_and_has_no_control_characters(text):
    read = plain(text)
    assert not any(c != "\n" and c != "\t" and ord(c) < 32 for c in read)
    assert read == read.strip()


@pytest.mark.parametrize(
    ("written", "us", "read"),
    [
        ("2009-05-20 00:00:00", False, "2009-05-20T00:00:00"),
        ("2024-01-05T10:11:12.5Z", False, "2024-01-05T10:11:12"),
        ("2024-01-05 10:11:12 +0100", False, "2024-01-05T09:11:12"),
        ("02/03/2024", False, "2024-03-02T00:00:00"),
        ("02/03/2024", True, "2024-02-03T00:00:00"),
        ("5.6.2014 13:20", False, "2014-06-05T13:20:00"),
        ("1/2/14 1:05 PM", True, "2014-01-02T13:05:00"),
        ("1518501496471", False, "2018-02-13T05:58:16"),
        ("Tue Feb 13 12:58:16 WIB 2018", False, "2018-02-13T12:58:16"),
    ],
)
def test_dates(written, us, read):
    found = texts.moment(written, us=us, now=NOW)
    assert found is not None
    assert found.replace(microsecond=0, tzinfo=None).isoformat() == read


@pytest.mark.parametrize(
    "written", ["yesterday", "32/01/2024", "2024-13-01", "2031-01-01", "1066-10-14", "1/2"]
)
def test_a_date_that_is_none_is_refused(written):
    with pytest.raises(Unreadable):
        texts.moment(written, now=NOW)


def test_an_absent_date_is_none():
    assert texts.moment("  ", now=NOW) is None
    assert texts.moment(None, now=NOW) is None


def test_which_part_of_a_date_is_the_month():
    assert texts.month_first(["01/02/2024", "02/13/2024"])
    assert not texts.month_first(["01/02/2024", "13/02/2024"])
    assert not texts.month_first(["01/02/2024", None, 5])


@pytest.mark.parametrize(
    ("written", "read"), [("15", 15), ("1,234", 1234), ("1 234", 1234), (3.0, 3), ("", 0), ("-2", -2)]
)
def test_counts(written, read):
    assert texts.count(written) == read


@pytest.mark.parametrize("written", ["many", "1.5", "9" * 30, "0x10", True, "1e5", float("inf")])
def test_what_is_no_count_is_refused(written):
    with pytest.raises((Unreadable, OverflowError)):
        texts.count(written)


@given(st.text(alphabet="абв где.", min_size=1, max_size=400), st.text(alphabet="абв \nгде", max_size=200))
def test_a_title_is_short_and_nothing_is_lost(title, text):
    made, rest = titled(" ".join(title.split()), text.strip())
    assert len(made) <= texts.TITLE_LONGEST
    whole = " ".join(title.split())
    if whole and made != whole:
        assert rest.startswith(whole)


def test_the_text_does_not_repeat_its_title():
    assert titled("Скамейки", "Скамейки\nПоставьте их у входа") == ("Скамейки", "Поставьте их у входа")
    assert titled("", "Скамейки у входа") == ("Скамейки у входа", "")
    assert titled("Скамейки", "Скамейки у входа") == ("Скамейки", "Скамейки у входа")


def test_long_titles_are_cut_after_a_word():
    assert shortened("слово " * 40).endswith("слово…")
    assert len(shortened("б" * 500)) == 120


def test_languages():
    assert language_of_texts(["Сделайте пандус у входа"]) == "ru"
    assert language_of_texts(["Es importante que los mayores tengan acceso a la ciudad"]) == "es"
    assert language_of_texts(["The office should open at eight in the morning"]) == "en"
    assert language_of_texts(["Die Stadt soll mehr Radwege für die Kinder bauen"]) == "de"
    assert language_of_texts(["Пандус у входа", "A ramp at the door"]) == "mixed"
