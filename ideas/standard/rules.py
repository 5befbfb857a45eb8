"""What the standard may say, how its clauses are numbered, and how two texts differ word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import msgspec

from ideas.errors import Invalid, Message, message

TITLE_LONGEST = 200
PREAMBLE_LONGEST = 5000
CLAUSE_LONGEST = 4000
DRAFT_KEPT = 20_000
"""A draft keeps more than may be saved, so that a text that is too long is not cut."""
REMARK_LONGEST = 2000
NAME_LONGEST = 160
PERSON_LONGEST = 120
REASON_LONGEST = 1000
MOST_CLAUSES = 200
MOST_CLUSTERS = 50
MOST_REMARKS = 200

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class Piece(msgspec.Struct, frozen=True):
    """A stretch of a text: `kind` same, gone (only in the first) or new (only in the second)."""

    text: str
    kind: str = "same"


def differences(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, to stand side by side; the pieces of each joined are the text."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    left: list[Piece] = []
    right: list[Piece] = []
    # Ratcliff and Obershelp's matching, on words; "junk" heuristics would hide changes of frequent words.
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        kinds = ("same", "same") if tag == "equal" else ("gone", "new")
        if a < b:
            left.append(Piece("".join(old[a:b]), kinds[0]))
        if c < d:
            right.append(Piece("".join(new[c:d]), kinds[1]))
    return left, right


def check_head(title: str, preamble: str) -> None:
    """Invalid unless these can stand at the head of a document."""
    errors: dict[str, Message] = {}
    if not title:
        errors["title"] = message("Give the document a title")
    elif len(title) > TITLE_LONGEST:
        errors["title"] = message("At most %(most)s characters, please", most=TITLE_LONGEST)
    if len(preamble) > PREAMBLE_LONGEST:
        errors["preamble"] = message("At most %(most)s characters, please", most=PREAMBLE_LONGEST)
    if errors:
        raise Invalid(errors=errors)


def check_clause(text: str) -> None:
    """Invalid unless this can be a clause."""
    if not text:
        raise Invalid(errors={"text": message("Write the clause")})
    if len(text) > CLAUSE_LONGEST:
        raise Invalid(errors={"text": message("At most %(most)s characters, please", most=CLAUSE_LONGEST)})


def check_remark(text: str) -> None:
    """Invalid unless this can be said about a clause."""
    if not text:
        raise Invalid(errors={"remark": message("Write what you think of the clause")})
    if len(text) > REMARK_LONGEST:
        raise Invalid(errors={"remark": message("At most %(most)s characters, please", most=REMARK_LONGEST)})


def check_signature(name: str, post: str) -> None:
    """Invalid unless somebody signs by name and post."""
    errors: dict[str, Message] = {}
    for field, value, missing in (
        ("signer", name, message("Enter the full name of the person who signs")),
        ("post", post, message("Enter the post of the person who signs")),
    ):
        if not value:
            errors[field] = missing
        elif len(value) > NAME_LONGEST:
            errors[field] = message("At most %(most)s characters, please", most=NAME_LONGEST)
    if errors:
        raise Invalid(errors=errors)


def check_pledge(name: str, post: str, office: bool) -> None:
    """Invalid unless a person of a centre can pledge so."""
    errors: dict[str, Message] = {}
    if len(name.split()) < 2:
        errors["name"] = message("Enter your first and last name")
    elif len(name) > PERSON_LONGEST:
        errors["name"] = message("At most %(most)s characters, please", most=PERSON_LONGEST)
    if len(post) > PERSON_LONGEST:
        errors["post"] = message("At most %(most)s characters, please", most=PERSON_LONGEST)
    if not office:
        errors["office"] = message("Choose your centre")
    if errors:
        raise Invalid(errors=errors)
