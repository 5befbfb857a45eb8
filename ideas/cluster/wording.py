"""Two texts beside each other: which words they share, and what one has changed of the other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher

import msgspec

LONGEST = 2000
"""So many characters of a text are compared; the rest is shown as it is."""
SHORTEST = 4
"""Shorter words are in every text."""
SAME_PART = 0.65
"""Words with so much of the longer one in common from their beginning are forms of one word."""
ALIKE = 0.35
"""Below this share of equal words two texts are two texts, and not one with changes."""
_WORD = re.compile(r"\w+")
_EMPTY = frozenset(_WORD.findall(
    "если чтобы когда потому поэтому нужно надо можно было быть есть очень тоже также этот этого этой этом "
    "который которая которые которых только даже между после перед через пусть прошу пожалуйста сделать "
    "сделайте your with that this there they them then have from would should could when where what which "
    "will been please make into more very also only"
))  # fmt: skip


class Piece(msgspec.Struct):
    """A stretch of text. kind: "" as it is, "shared" with the other text, "ins" only here, "del" only there."""

    kind: str
    text: str


def plain(word: str) -> str:
    """A word as it is compared."""
    return word.lower().replace("ё", "е")


def forms(one: str, other: str) -> bool:
    """Whether two plain words are forms of one."""
    longer = max(len(one), len(other))
    same = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return same >= SHORTEST and same >= SAME_PART * longer


def telling(text: str) -> dict[str, list[str]]:
    """The words of a text that say something, plain, by their first letters."""
    found: dict[str, list[str]] = {}
    for word in {plain(w) for w in _WORD.findall(text[:LONGEST])}:
        if len(word) >= SHORTEST and word not in _EMPTY:
            found.setdefault(word[:SHORTEST], []).append(word)
    return found


def shared(text: str, others: dict[str, list[str]]) -> list[Piece]:
    """A text with the words marked that another one (by `telling`) has, too."""
    pieces: list[Piece] = []
    for word, rest in _parts(text[:LONGEST]):
        low = plain(word)
        known = low not in _EMPTY and any(forms(low, other) for other in others.get(low[:SHORTEST], ()))
        _add(pieces, "shared" if word and known else "", word)
        _add(pieces, "", rest)
    _add(pieces, "", text[LONGEST:])
    return pieces


def words_of(pieces: Iterable[Piece]) -> list[str]:
    """The words marked as shared, each once, in their order."""
    return list(dict.fromkeys(plain(w) for p in pieces if p.kind == "shared" for w in _WORD.findall(p.text)))


def changes(of: str, text: str) -> list[Piece]:
    """What a text has changed of another one, word by word; nothing where they have too little in common."""
    old, new = _WORD.findall(of[:LONGEST]), [p for p in _parts(text[:LONGEST]) if p[0]]
    matcher = SequenceMatcher(None, [plain(w) for w in old], [plain(w) for w, _ in new], autojunk=False)
    if not old or not new or matcher.ratio() < ALIKE:
        return []
    pieces: list[Piece] = []
    for op, a, b, c, d in matcher.get_opcodes():
        if op in ("delete", "replace"):
            _add(pieces, "del", " ".join(old[a:b]) + " ")
        _add(pieces, "" if op == "equal" else "ins", "".join(w + rest for w, rest in new[c:d]))
    return pieces


def _parts(text: str) -> list[tuple[str, str]]:
    """(word, what follows it), from the beginning; the first word may be empty."""
    starts = [m.start() for m in _WORD.finditer(text)]
    ends = [m.end() for m in _WORD.finditer(text)]
    if not starts:
        return [("", text)] if text else []
    head = [("", text[: starts[0]])] if starts[0] else []
    follows = [*starts[1:], len(text)]
    return head + [(text[a:b], text[b:c]) for a, b, c in zip(starts, ends, follows, strict=True)]


def _add(pieces: list[Piece], kind: str, text: str) -> None:
    if not text:
        return
    if pieces and pieces[-1].kind == kind:
        pieces[-1].text += text
    else:
        pieces.append(Piece(kind, text))


def common(texts: Sequence[str], most: int = 6, skip: Collection[str] = ()) -> list[str]:
    """The words that most of some texts share, as the first text that has them writes them."""
    count: dict[str, int] = {}
    for text in texts:
        mine = {plain(w) for w in _WORD.findall(text[:LONGEST])}
        for word in sorted(w for w in mine if len(w) >= SHORTEST and w not in _EMPTY and w not in skip):
            known = next((k for k in count if k[:SHORTEST] == word[:SHORTEST] and forms(k, word)), word)
            count[known] = count.get(known, 0) + 1
    often = [w for w, n in sorted(count.items(), key=lambda item: (-item[1], item[0])) if n > len(texts) / 2]
    return often[:most]
