"""Concepts of the domain found in texts: what ties different words, and Russian to English, offline.

A concept is a slug with Russian and English forms and near concepts. Forms of several words match in any
order within a short window. An organiser's own words are laid over the built-in ones by `Thesaurus(extra=…)`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from ml.text import Words, cyrillic, normal, root, tokens

WINDOW = 2
"""How many foreign words may stand inside a phrase."""


@cache
def built_in() -> dict[str, dict]:
    """The concepts that come with the package: {slug: {"ru": […], "en": […], "kind": …, "near": […]}}."""
    return json.loads((files("ml") / "data" / "thesaurus.json").read_text(encoding="utf-8"))


class Thesaurus:
    """Finds concepts. `extra` has the shape of the built-in table; its forms are added to those of the slug."""

    def __init__(self, words: Words, extra: Mapping[str, Mapping] | None = None) -> None:
        self.words = words
        table = {slug: dict(entry) for slug, entry in built_in().items()}
        for slug, entry in (extra or {}).items():
            old = table.setdefault(slug, {"ru": [], "en": [], "kind": "topic", "near": []})
            for part in ("ru", "en", "near"):
                old[part] = [*old.get(part, []), *entry.get(part, [])]
        self.slugs = sorted(table)
        self.table = table
        self.index = {slug: i for i, slug in enumerate(self.slugs)}
        self.near = [[self.index[s] for s in table[slug].get("near", []) if s in self.index] for slug in self.slugs]
        self.single: dict[str, list[int]] = {}
        self.phrases: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for slug in self.slugs:
            for form in (*table[slug].get("ru", []), *table[slug].get("en", [])):
                self._add(form, self.index[slug])

    def _form_key(self, word: str) -> str:
        # Russian forms are dictionary forms already: no need to ask the dictionary for each of them.
        return root(word) if cyrillic(word) else self.words.key(word)

    def _add(self, form: str, concept: int) -> None:
        keys = tuple(dict.fromkeys(self._form_key(w) for w in tokens(normal(form))))
        if not keys:
            return
        if len(keys) == 1:
            into = self.single.setdefault(keys[0], [])
            if concept not in into:
                into.append(concept)
            return
        head = max(keys, key=lambda k: (len(k), k))
        into2 = self.phrases.setdefault(head, [])
        if (keys, concept) not in into2:
            into2.append((keys, concept))

    def find(self, toks: Sequence[str]) -> dict[int, float]:
        """{concept: weight} in a list of normal tokens. A phrase weighs 2, a word 1 shared by its readings."""
        keys = [self.words.key(t) for t in toks]
        found: dict[int, float] = {}
        at: dict[str, list[int]] | None = None
        for position, k in enumerate(keys):
            hits = self.single.get(k)
            if hits:
                for c in hits:
                    found[c] = max(found.get(c, 0.0), 1.0 / len(hits) ** 0.5)
            for phrase, c in self.phrases.get(k, ()):
                if at is None:
                    at = {}
                    for i, other in enumerate(keys):
                        at.setdefault(other, []).append(i)
                reach = len(phrase) - 1 + WINDOW
                if all(any(abs(i - position) <= reach for i in at.get(p, ())) for p in phrase):
                    found[c] = 2.0
        return found

    def title(self, concept: int, russian: bool) -> str:
        """The concept's first form in a language: what names and explanations show."""
        entry = self.table[self.slugs[concept]]
        forms = entry.get("ru" if russian else "en") or entry.get("en") or [self.slugs[concept]]
        return forms[0]

    def russian(self, text: str) -> bool:
        return cyrillic(text)
