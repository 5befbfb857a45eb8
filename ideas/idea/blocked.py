"""A campaign's own list of words that it asks to avoid: pointed out before publishing and to moderators.

The list is data. A word on it refuses nothing and hides nothing by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from ideas import database

SHORTEST, LONGEST = 2, 80
NOTE_LONGEST = 200
MOST = 500


class Word(msgspec.Struct, frozen=True):
    """A word or phrase; an asterisk at its end stands for any ending. `note` says why."""

    id: int
    words: str
    note: str = ""


class Found(msgspec.Struct, frozen=True):
    """text[start:end] is on the list."""

    start: int
    end: int
    word: Word


def normal(words: str) -> str:
    """A word as the list keeps it: single spaces, no asterisk but one at the end."""
    inner = " ".join(words.replace("*", " ").split())
    return inner + "*" if inner and words.rstrip().endswith("*") else inner


def find(words: Sequence[Word], text: str) -> list[Found]:
    """Where a text holds words of the list, whatever their case; "ё" and "е" are one letter. Longer phrases first."""
    if not words:
        return []
    whole, each = _patterns(tuple(w.words for w in words))
    hits = []
    for m in whole.finditer(_plain(text)):
        hits.append(Found(m.start(), m.end(), words[next(n for n, one in each if one.fullmatch(m[0]))]))
    return hits


def _plain(text: str) -> str:
    """As many characters as before, so that places stay: letters that lowering makes longer stay as they are."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in text).replace("ё", "е")


@lru_cache(maxsize=64)
def _patterns(words: tuple[str, ...]) -> tuple[re.Pattern[str], list[tuple[int, re.Pattern[str]]]]:
    """One pattern for all, without groups: alternatives that begin with another letter are passed over quickly.

    And each by itself with its place in the list, to tell which one it was.
    """
    parts = []
    for n, word in sorted(enumerate(words), key=lambda w: -len(w[1])):
        body = r"\W{1,3}".join(re.escape(part) for part in _plain(word.rstrip("*")).split())
        parts.append((n, body + (r"\w*" if word.endswith("*") else "")))
    whole = re.compile(r"(?<!\w)(?:" + "|".join(body for _, body in parts) + r")(?!\w)")
    return whole, [(n, re.compile(body)) for n, body in parts]


BLOCKED = """(SELECT coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'words', w.words, 'note', w.note)
    ORDER BY w.id), '[]') FROM blocked_word w WHERE w.campaign = {0})"""
"""SQL: the list of a campaign, by its id, as JSON."""


async def words_of(campaign: int) -> list[Word]:
    """A campaign's list, by the alphabet."""
    rows = await database.fetch(
        f"SELECT id, words, note FROM blocked_word WHERE campaign = $1 ORDER BY lower(words), id LIMIT {MOST}",
        campaign,
    )
    return database.structs(Word, rows)
