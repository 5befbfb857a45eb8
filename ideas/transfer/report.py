"""What an import did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ideas.errors import Message

Report = Callable[[str, float], None]


def silent(stage: str, fraction: float) -> None:
    """Reports to nobody."""


class ImportReport(msgspec.Struct):
    """`rows` = `added` + `known` + refused. Votes are rows of a person each; numbers of votes that a file only
    counts are `counted_for` and `counted_against`. `notes` are remarks about what was added."""

    file: str
    campaign: str
    dry_run: bool = False
    kind: str = ""
    source: str = ""
    encoding: str = ""
    delimiter: str = ""
    lang: str = ""
    new_campaign: bool = False
    rows: int = 0
    added: int = 0
    known: int = 0
    refused: list[tuple[int, Message]] = []
    repaired: int = 0
    hidden: int = 0
    people: int = 0
    votes_for: int = 0
    votes_against: int = 0
    votes_known: int = 0
    passes: int = 0
    counted_for: int = 0
    counted_against: int = 0
    unplaced: int = 0
    seconds: float = 0.0
    notes: list[Message] = []

    def refuse(self, line: int, reason: Message) -> None:
        self.refused.append((line, reason))


def plain(text: Any) -> str:
    """A message in English, for the command line and files of refused rows."""
    return (
        text.msgid % text.params
        if isinstance(text, Message) and text.params
        else getattr(text, "msgid", str(text))
    )
