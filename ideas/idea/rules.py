"""What makes an idea valid."""

from __future__ import annotations

import math
from datetime import timedelta

from ideas.errors import Message, message

STATUSES = ("submitted", "study", "accepted", "declined", "standard", "done")
TITLE_SHORTEST = 3
TITLE_LONGEST = 120
TEXT_SHORTEST = 10
TEXT_LONGEST = 5000
EXCERPT = 240
# What an author may add once others have voted: so many times, so many characters each.
ADDITIONS = 5
ADDITION_LONGEST = 2000
# A second press of the button within this time is the same submission.
SAME_WITHIN = timedelta(minutes=10)
# Submissions an hour, by a person and by an address (which a whole office may share).
HOURLY_BY_PERSON = 20
HOURLY_BY_ADDRESS = 120


def check_idea(title: str, text: str) -> dict[str, Message]:
    """What is wrong with a cleaned title and text, by field."""
    errors = {}
    if len(title) < TITLE_SHORTEST:
        errors["title"] = message(
            "Say the idea in one line, in at least %(least)s characters", least=TITLE_SHORTEST
        )
    elif len(title) > TITLE_LONGEST:
        errors["title"] = message("The line may have at most %(most)s characters", most=TITLE_LONGEST)
    elif not any(c.isalpha() for c in title):
        errors["title"] = message("Say the idea in words")
    if len(text) < TEXT_SHORTEST:
        errors["text"] = message("Describe the idea in at least %(least)s characters", least=TEXT_SHORTEST)
    elif len(text) > TEXT_LONGEST:
        errors["text"] = message("The description may have at most %(most)s characters", most=TEXT_LONGEST)
    return errors


def language_of(text: str, campaign: str) -> str:
    """The language a text is in: the campaign's, or by its alphabet where that cannot be."""
    cyrillic = sum("а" <= c <= "я" or c == "ё" for c in text.lower())
    latin = sum("a" <= c <= "z" for c in text.lower())
    if cyrillic >= latin:
        return "ru" if cyrillic else (campaign if campaign != "mixed" else "ru")
    return campaign if campaign not in ("ru", "mixed") else "en"


def excerpt(text: str, longest: int = EXCERPT) -> str:
    """The beginning of a text on one line, cut between words."""
    line = " ".join(text[: longest * 2].split())
    if len(line) <= longest and len(text) <= longest * 2:
        return line
    cut = line[:longest].rsplit(" ", 1)[0] or line[:longest]
    return cut.rstrip(" ,;:—-") + "…"


def looked_at(place: int) -> float:
    """The chance that somebody who gets a list looks at its idea number `place` (from 1).

    The position-based model of clicks (Craswell, Zoeter, Taylor, Ramsey: An experimental comparison of click
    position-bias models, WSDM 2008) with examination 1 / place (Joachims, Swaminathan, Schnabel: Unbiased
    learning-to-rank with biased feedback, WSDM 2017).
    """
    return 1 / place


def fair_place(eyes: float, chance: float) -> float:
    """Where an idea stands in the fair order: few eyes first, by powers of two; `chance` 0..1 decides among equals.

    Eyes are summed chances of having been looked at, because what stands twentieth on a page is shown and not seen:
    equity of attention (Biega, Gummadi, Weikum, SIGIR 2018). docs/fairness.md has what it does to votes.
    """
    return math.floor(math.log2(eyes + 1)) + chance
