"""Which encoding a text file is in. Pure, but for reading the file."""

from __future__ import annotations

import codecs
from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "cp1252")
_OFTEN = frozenset("оеаинтсрвлкмдпуя")
_LATIN = frozenset("áéíóúüñçãõâêôàèäößÁÉÍÓÚÑ¿¡’“”–—«»€")
SAMPLE = 400_000
# A file of which this share of the non-ASCII text is right UTF-8 is UTF-8 with some broken rows.
MOSTLY = 0.98


def encoding_of(path: Path) -> tuple[str, bool]:
    """The encoding's name, and whether some of the file is not valid in it.

    A byte order mark decides; then zero bytes (UTF-16), strict UTF-8, and at last the likeliest of the one-byte
    encodings in which Russian and Western European files are still made.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name, False
    zeros = [sample[n:4000:2].count(0) for n in (0, 1)]
    # No other text has zero bytes, and even Russian UTF-16 has them in its spaces and digits.
    if max(zeros) > len(sample[:4000]) // 50:
        return ("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"), False
    broken, fine = _utf8(path)
    if not broken:
        return "utf-8", False
    if fine and fine / (fine + broken) >= MOSTLY:
        return "utf-8", True
    return max(_LEGACY, key=lambda name: _plausible(sample, name)), False


def _utf8(path: Path) -> tuple[int, int]:
    """How many places are broken as UTF-8, and how many non-ASCII characters are fine."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    broken = fine = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            for c in decoder.decode(chunk):
                if c > "\x7f":
                    if "\udc80" <= c <= "\udcff":
                        broken += 1
                    else:
                        fine += 1
    return broken + len(decoder.getstate()[0]), fine


def _plausible(sample: bytes, name: str) -> float:
    """How much the sample looks like writing: common letters for, mixed alphabets, cases and symbols against."""
    text = sample.decode(name, "replace")
    score = 0.0
    before = " "
    for c in text:
        if c > "\x7f":
            russian = "а" <= c <= "я" or c == "ё"
            if c in _OFTEN:
                score += 2
            elif russian or c in _LATIN or "А" <= c <= "Я":
                score += 1
            else:
                score -= 2
            # «пРИВЕТ» and "mecбnicas" come of a wrong guess.
            cyrillic = "А" <= c <= "я" or c in "ёЁ"
            if ("а" <= before <= "я" and "А" <= c <= "Я") or (
                cyrillic and before.isascii() and before.isalpha()
            ):
                score -= 3
        elif "А" <= before <= "я" and c.isalpha():
            score -= 3
        before = c
    return score
