"""What the interface says, gathered from templates and Python, and the catalogues it is translated in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
from babel.messages.catalog import Message as Entry
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "frontend" / "templates"
LOCALE = ROOT / "frontend" / "locale"
# Functions that take an English message id first, and maybe its plural second.
SAYING = {"message", "Message"}


class Said(msgspec.Struct, frozen=True):
    """A message id, its plural or None, and where it stands."""

    msgid: str
    plural: str | None
    where: str


def in_templates(folder: Path = TEMPLATES) -> Iterator[Said]:
    """What templates say through `_`, `gettext` and `ngettext`."""
    options = {
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "extensions": "jinja2.ext.do",
        "silent": "false",
    }
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
        with path.open("rb") as file:
            found = extract(
                cast(Any, babel_extract), file, {"_": None, "gettext": None, "ngettext": (1, 2)}, (), options
            )
            for line, text, *_ in found:
                msgid, plural = (text[0], text[1]) if isinstance(text, tuple) else (text, None)
                yield Said(msgid, plural, f"{path.relative_to(folder)}:{line}")


def in_python(source: str, where: str) -> Iterator[Said]:
    """What Python says through `message("…")` and `message("…", "…", n)`."""
    for node in ast.walk(ast.parse(source)):
        if (
            not isinstance(node, ast.Call)
            or not isinstance(node.func, ast.Name)
            or node.func.id not in SAYING
        ):
            continue
        texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        named = [
            k.value.value
            for k in node.keywords
            if k.arg == "plural" and isinstance(k.value, ast.Constant) and isinstance(k.value.value, str)
        ]
        if texts:
            yield Said(texts[0], (texts[1:] + named + [None])[0], f"{where}:{node.lineno}")


def in_screening(source: str) -> set[str]:
    """Reasons of `ml.screen`, which are message ids that a page may show."""
    return {
        node.args[-1].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "mark"
        and isinstance(node.args[-1], ast.Constant) and isinstance(node.args[-1].value, str)
    }  # fmt: skip


def said() -> list[Said]:
    """Everything that the interface says."""
    found = list(in_templates())
    for path in sorted((ROOT / "ideas").rglob("*.py")):
        found += in_python(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    return found


def entries(lang: str) -> Iterator[tuple[str, Entry]]:
    """(file, entry) of every catalogue of a language."""
    for path in sorted((LOCALE / lang).glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale=lang):
                if entry.id:
                    yield path.name, entry


def placeholders(text: str) -> list[str]:
    """`%(name)s` and `%%{name}` fields of a text, sorted."""
    return sorted(re.findall(r"%\(\w+\)[sd]|%%\{\w+\}", text))


def faults(said: list[Said], translated: list[tuple[str, Entry]], plurals: int) -> list[str]:
    """What is missing or wrong in the translation of what is said."""
    by_id: dict[str, Entry] = {}
    wrong = []
    for file, entry in translated:
        msgid = entry.id if isinstance(entry.id, str) else entry.id[0]
        texts = [entry.string] if isinstance(entry.string, str) else list(entry.string or [])
        known = by_id.get(msgid)
        if (
            known is not None
            and known.string != entry.string
            and isinstance(known.id, str) == isinstance(entry.id, str)
        ):
            wrong.append(f"{file}: {msgid!r} is translated in two ways")
        if known is None or isinstance(known.id, str):
            by_id[msgid] = entry
        if entry.fuzzy:
            wrong.append(f"{file}: {msgid!r} is fuzzy")
        if not all(texts):
            wrong.append(f"{file}: {msgid!r} is empty")
        if not isinstance(entry.id, str) and len(texts) != plurals:
            wrong.append(f"{file}: {msgid!r} has {len(texts)} forms, not {plurals}")
        # A plural form may leave its number out ("one day"), a plain text nothing.
        wanted = placeholders(msgid) if isinstance(entry.id, str) else placeholders(entry.id[1])
        for text in filter(None, texts):
            if placeholders(text) != wanted and isinstance(entry.id, str):
                wrong.append(f"{file}: {msgid!r} has other fields than {text!r}")
            if not isinstance(entry.id, str) and set(placeholders(text)) - set(wanted):
                wrong.append(f"{file}: {msgid!r} has other fields than {text!r}")
    for one in said:
        entry = by_id.get(one.msgid)
        if entry is None:
            wrong.append(f"{one.where}: {one.msgid!r} is not translated")
        elif one.plural and isinstance(entry.id, str):
            wrong.append(f"{one.where}: {one.msgid!r} has no plural forms in its translation")
    return wrong
