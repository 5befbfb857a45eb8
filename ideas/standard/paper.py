"""The standard for paper: what its PDF and its DOCX say, as plain data in one language. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from ideas.errors import Message, message
from ideas.i18n import local_date, localised, number
from ideas.standard.document import ClauseView, Document

REASON_SHOWN = 400
LEFT_OUT_SHOWN = 100
STATES = {
    "accepted": message("Accepted, but not in the standard"),
    "declined": message("Declined"),
    "forwarded": message("Forwarded"),
}


class Edition(msgspec.Struct):
    """Which version it is; `signed` in the name of `signer`, in the post `post`."""

    number: int
    signer: str
    post: str
    signed: datetime
    published: datetime | None


def content(
    document: Document,
    edition: Edition,
    arguments: dict[int, Any],
    *,
    campaign: str,
    slug: str,
    address: str,
    lang: str,
    say: Callable[[Message | str], str],
) -> dict[str, Any]:
    """Everything that the templates need; `arguments` are visible comments by number, `address` without a slash."""

    def n(value: int) -> str:
        return number(value, lang)

    page = f"{address}/campaigns/{slug}/standard"
    version = say(message("Version %(number)s", number=edition.number))
    dated = edition.published or edition.signed
    return {
        "lang": lang,
        "title": document.title,
        "brand": say(message("My Public Services Office")),
        "running": document.title,
        "edition": f"{version}, {local_date(dated, lang)}",
        "kind": say(message("The standard of the campaign “%(campaign)s”", campaign=campaign)),
        "facts": [
            f"{version}. "
            + say(
                message("Published on %(date)s", date=local_date(edition.published, lang))
                if edition.published
                else message("Signed, not published yet")
            ),
            page,
        ],
        "preamble": blocks(document.preamble),
        "people": _people(document, lang, say),
        "sections": [
            {
                "number": s.number,
                "name": localised(s.name, lang),
                "clauses": [_clause(c, page, address, lang, say) for c in s.clauses],
            }
            for s in document.sections
        ],
        "arguments": [
            {
                "clause": c.id, "number": c.number, "text": " ".join(arguments[a].text.split()),
                "address": f"{address}/ideas/{arguments[a].idea}",
            }
            for c in document.clauses for a in c.arguments if a in arguments
        ],
        "left_out": [
            {
                "name": g.name, "state": say(STATES.get(g.state, g.state)), "ideas": n(g.ideas),
                "supporters": n(g.supporters), "reason": shortened(g.reason) or "—",
                "address": f"{address}/clusters/{g.id}",
            }
            for g in document.left_out[:LEFT_OUT_SHOWN]
        ],
        "signed": say(
            message(
                "Signed by %(name)s, %(post)s, on %(date)s", name=edition.signer, post=edition.post,
                date=local_date(edition.signed, lang),
            )
        ),
        "made": say(
            message("The numbers are of the day on which the version was signed; each person counts once.")
        ),
        "words": {key: say(text) for key, text in _WORDS.items()},
    }  # fmt: skip


_WORDS = {
    "contents": message("Contents"),
    "read": message("ideas and arguments on the site"),
    "evidence": message("What stands behind the clauses"),
    "evidence_note": message(
        "Ideas that people sent in, distinct people who wrote or supported them, their votes, and comments against. "
        "A person who supports several ideas of a clause counts once."
    ),
    "clause": message("Clause"),
    "groups": message("Groups"),
    "group": message("Group"),
    "ideas": message("Ideas"),
    "supporters": message("People"),
    "votes": message("Votes"),
    "against": message("Against"),
    "arguments": message("What was said against"),
    "idea": message("the idea"),
    "left_out": message("What is not in the standard, and why"),
    "left_out_note": message(
        "Groups of ideas that were decided on and that no clause is drawn from, the largest first."
    ),
    "decision": message("Decision"),
    "reason": message("Reason"),
    "signature": message("Signature"),
}  # fmt: skip


def _people(document: Document, lang: str, say: Callable[[Any], str]) -> str:
    if not document.ideas:
        return ""
    return say(
        message(
            "Behind this document stand %(people)s people and %(ideas)s ideas. The table at the end shows them "
            "clause by clause.",
            people=number(document.supporters, lang), ideas=number(document.ideas, lang),
        )
    )  # fmt: skip


def _clause(c: ClauseView, page: str, address: str, lang: str, say: Callable[[Any], str]) -> dict[str, Any]:
    counts = [
        message("%(num)s idea", "%(num)s ideas", c.ideas, num=number(c.ideas, lang)),
        message("%(num)s person", "%(num)s people", c.supporters, num=number(c.supporters, lang)),
    ]
    if c.against:
        counts.append(
            message(
                "%(num)s comment against", "%(num)s comments against", c.against, num=number(c.against, lang)
            )
        )
    return {
        "id": c.id, "number": c.number, "text": blocks(c.text), "evidence": " · ".join(say(m) for m in counts),
        "address": f"{page}/clauses/{c.id}", "ideas": number(c.ideas, lang),
        "supporters": number(c.supporters, lang), "votes": number(c.votes, lang), "against": number(c.against, lang),
        "groups": [{"name": g.name, "address": f"{address}/clusters/{g.id}"} for g in c.groups],
    }  # fmt: skip


def blocks(text: str) -> list[str]:
    """A text's paragraphs; single line breaks part paragraphs, too."""
    return [" ".join(part.split()) for part in text.split("\n") if part.strip()]


def shortened(text: str, most: int = REASON_SHOWN) -> str:
    """A text on one line, cut at a word where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: text.rfind(" ", 0, most) or most].rstrip(" ,.;:") + " …"
