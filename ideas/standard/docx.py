"""The standard as a Word document, out of the same data as its PDF."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ideas.wordfile import WordFile


def docx(data: dict[str, Any], made: datetime) -> bytes:
    """The document of `paper.content`."""
    w = data["words"]
    word = WordFile(
        data["title"], data["brand"], data["lang"], made, f"{data['running']} · {data['edition']}"
    )
    word.paragraph(data["brand"])
    word.title(data["title"])
    word.paragraph(bold=data["kind"])
    for fact in data["facts"]:
        word.paragraph((fact, fact) if fact.startswith("http") else fact)
    for text in data["preamble"]:
        word.paragraph(text)
    if data["people"]:
        word.quote(data["people"])
    sections = [(f"{s['number']}. {s['name']}", f"section_{s['number']}") for s in data["sections"]]
    ends = [(w["evidence"], "evidence")]
    ends += [(w["arguments"], "arguments")] if data["arguments"] else []
    ends += [(w["left_out"], "left_out")] if data["left_out"] else []
    word.document.add_page_break()
    word.contents(w["contents"], [*sections, *ends, (w["signature"], "signature")])
    for section, (name, bookmark) in zip(data["sections"], sections, strict=True):
        word.heading(name, bookmark=bookmark)
        for clause in section["clauses"]:
            for n, text in enumerate(clause["text"]):
                word.paragraph(
                    text,
                    bold=clause["number"] if n == 0 else "",
                    bookmark=f"clause_{clause['id']}" if n == 0 else "",
                )
            word.paragraph(f"{clause['evidence']} · ", (w["read"], clause["address"]), small=True)
    _evidence(word, data, w)
    word.heading(w["signature"], bookmark="signature")
    word.paragraph(data["signed"])
    word.paragraph(data["made"], small=True)
    return word.file()


def _evidence(word: WordFile, data: dict[str, Any], w: dict[str, str]) -> None:
    word.heading(w["evidence"], bookmark="evidence")
    word.paragraph(w["evidence_note"], small=True)
    clauses = [clause for section in data["sections"] for clause in section["clauses"]]
    word.table(
        (w["clause"], w["groups"], w["ideas"], w["supporters"], w["votes"], w["against"]),
        [
            (
                (c["number"], f"#clause_{c['id']}"), "; ".join(g["name"] for g in c["groups"]),
                c["ideas"], c["supporters"], c["votes"], c["against"],
            )
            for c in clauses
        ],
        (16, 68, 18, 20, 18, 20), right=(2, 3, 4, 5),
    )  # fmt: skip
    if data["arguments"]:
        word.heading(w["arguments"], bookmark="arguments")
        for a in data["arguments"]:
            word.paragraph(f"«{a['text']}» ", (w["idea"], a["address"]), bold=a["number"])
    if data["left_out"]:
        word.heading(w["left_out"], bookmark="left_out")
        word.paragraph(w["left_out_note"])
        word.table(
            (w["group"], w["decision"], w["supporters"], w["reason"]),
            [((g["name"], g["address"]), g["state"], g["supporters"], g["reason"]) for g in data["left_out"]],
            (50, 28, 20, 62), right=(2,),
        )  # fmt: skip
