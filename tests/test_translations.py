"""Every text of the interface is there in Russian, complete; and no catalogue keeps what nobody says."""

from __future__ import annotations

import io

from babel.messages.pofile import read_po

from tests import translations
from tests.translations import ROOT, Said

RUSSIAN_FORMS = 3


def test_every_text_is_translated():
    assert translations.faults(translations.said(), list(translations.entries("ru")), RUSSIAN_FORMS) == []


def test_nothing_is_translated_that_nobody_says():
    said = {one.msgid for one in translations.said()}
    said |= translations.in_screening((ROOT / "ml" / "screen.py").read_text(encoding="utf-8"))
    spare = [
        f"{file}: {entry.id!r}"
        for file, entry in translations.entries("ru")
        if (entry.id if isinstance(entry.id, str) else entry.id[0]) not in said
    ]
    assert spare == []
    for path in (translations.LOCALE / "ru").glob("*.po"):
        assert "#~" not in path.read_text(encoding="utf-8"), f"{path.name} keeps obsolete texts"


def entries(text: str):
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return [("x.po", e) for e in read_po(io.BytesIO((head + text).encode()), locale="ru") if e.id]


def test_faults_are_found():
    said = [
        Said("Hello", None, "a:1"),
        Said("%(num)s idea", "%(num)s ideas", "a:2"),
        Said("To %(name)s", None, "a:3"),
    ]
    good = """
msgid "Hello"
msgstr "Привет"

msgid "%(num)s idea"
msgid_plural "%(num)s ideas"
msgstr[0] "%(num)s идея"
msgstr[1] "%(num)s идеи"
msgstr[2] "%(num)s идей"

msgid "To %(name)s"
msgstr "Для %(name)s"
"""
    assert translations.faults(said, entries(good), 3) == []
    for broken, name in [
        (good.replace("Привет", ""), "empty"),
        (good.replace('msgid "Hello"', '#, fuzzy\nmsgid "Hello"'), "fuzzy"),
        (good.replace('msgstr[2] "%(num)s идей"', ""), "empty"),
        (good.replace("Для %(name)s", "Для %(title)s"), "fields"),
        (good.replace('msgid "Hello"', 'msgid "Bye"'), "not translated"),
    ]:
        assert any(name in fault for fault in translations.faults(said, entries(broken), 3)), name


def test_texts_are_found_in_python():
    source = 'raise Conflict(message("Closed"))\nx = message("%(n)s day", "%(n)s days", 3)\ny = other("no")'
    found = {(s.msgid, s.plural) for s in translations.in_python(source, "x.py")}
    assert found == {("Closed", None), ("%(n)s day", "%(n)s days")}
