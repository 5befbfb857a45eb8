"""What an import did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ideas.errors import Message

Report = Callable[[str, float], None]
SHOWN = 20
_DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}


def silent(stage: str, fraction: float) -> None:
    """Reports to nobody."""


class ImportReport(msgspec.Struct):
    """`rows` = `added` + `known` + refused + `idle` (participants who voted on nothing).

    Votes are rows of a person each; numbers of votes that a file only counts are `counted_for` and
    `counted_against`. `notes` are remarks about what was added.
    """

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
    idle: int = 0
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


def summary(done: ImportReport) -> str:
    """What an import did, in a few lines for the terminal."""
    would = "would be " if done.dry_run else ""
    how = ", ".join(x for x in (done.kind, done.encoding, _DELIMITERS.get(done.delimiter, "")) if x)
    thing = "participants" if done.source == "polis-votes" else "ideas"
    lines = [
        f"{done.file}: {done.source} ({how}) into {done.campaign}{' (new)' if done.new_campaign else ''}, {done.lang}",
        f"  {done.rows} rows: {done.added} {thing} {would}added, {done.known} known, {len(done.refused)} refused",
    ]
    numbers = {
        "votes for": done.votes_for,
        "votes against": done.votes_against,
        "votes known": done.votes_known,
        "passes": done.passes,
        "participants without a vote": done.idle,
        "counted for": done.counted_for,
        "counted against": done.counted_against,
        "hidden (withdrawn or moderated out)": done.hidden,
        "rows put together again": done.repaired,
        "new people": done.people,
    }
    said = ", ".join(f"{name} {number}" for name, number in numbers.items() if number)
    if said:
        lines.append(f"  {said}")
    lines += [f"  {plain(note)}" for note in done.notes]
    lines += [f"  line {line}: {plain(reason)}" for line, reason in done.refused[:SHOWN]]
    if len(done.refused) > SHOWN:
        lines.append(f"  … and {len(done.refused) - SHOWN} more refused rows")
    return "\n".join(lines)


def refused_lines(done: ImportReport) -> str:
    """Every refused row as tab-separated line number and reason."""
    return "".join(f"{line}\t{plain(reason)}\n" for line, reason in done.refused)
