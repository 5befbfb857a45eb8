"""How well screening finds personal data: hand-written texts with invented numbers, and texts that only look so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

from ml.screen import screen

PERSONAL = {"phone", "email", "passport", "snils", "card"}


@dataclass(frozen=True)
class Screened:
    """missed: (kind, text) that was not found; false: (kinds found, text) where there is nothing."""

    f1: float
    missed: list[tuple[str, str]]
    false: list[tuple[set[str], str]]


def cases() -> tuple[list[tuple[str, str]], list[str]]:
    """(kind, text) that hold personal data, and texts that hold none."""
    found = json.loads((files("ml") / "data" / "screen_cases.json").read_text(encoding="utf-8"))
    return [(kind, text) for kind, text in found["positives"]], found["near_misses"]


def kinds(text: str) -> set[str]:
    """What is found in one text."""
    return {flag.kind for flag in screen([text])[0]}


def screened() -> Screened:
    """F1 of "the kind was found" and "nothing personal was found"."""
    positives, near_misses = cases()
    missed = [(kind, text) for kind, text in positives if kind not in kinds(text)]
    false = [(found, text) for text in near_misses if (found := kinds(text) & PERSONAL)]
    hit = len(positives) - len(missed)
    return Screened(2 * hit / (2 * hit + len(missed) + len(false)), missed, false)
