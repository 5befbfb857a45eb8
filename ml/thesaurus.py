"""Concepts and wishes of the domain found in texts: what ties different words, and Russian to English, offline.

A concept is a slug with Russian and English forms and near concepts; a wish is what people ask for, with the words of
the pain, the remedy and the scene that it is told by. Both were written by hand. An organiser's own words are laid
over them by `Thesaurus(extra=…)`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import scipy.sparse as sp

from ml.text import Words, cyrillic, normal, root, tokens
from ml.wording import from_dictionary

CONCEPT = 0.5
"""What a shared concept counts beside a shared wish (chosen on the demo's training groups)."""
WINDOW = 2
"""How many foreign words may stand inside a phrase."""


@cache
def built_in() -> dict[str, dict]:
    """What comes with the package: {slug: {"ru": […], "en": […], "kind": topic|actor|place|want|wish, "near": […]}}."""
    table = _read("thesaurus.json")
    for slug, entry in _read("wishes.json").items():
        table[slug] = {**entry, "kind": "wish", "near": []}
    return table


@cache
def learned_weights() -> dict[str, float]:
    """How much each concept tells of sameness, learned from groups (see `ml.learn`); 1 for what it does not name."""
    return _read("weights.json")


def _read(name: str) -> dict:
    return json.loads((files("ml") / "data" / name).read_text(encoding="utf-8"))


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
        self.wish = np.array([table[s].get("kind") == "wish" for s in self.slugs])
        self.single: dict[str, list[int]] = {}
        self.phrases: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        self.claims: dict[str, set[int]] = {}
        for slug in self.slugs:
            for form in (*table[slug].get("ru", []), *table[slug].get("en", [])):
                self._add(form, self.index[slug])
        weights = learned_weights()
        learned = np.array([weights.get(s, 1.0) for s in self.slugs], np.float32)
        self.unlearned = np.where(self.wish, 1.0, CONCEPT).astype(np.float32)
        self.weights = self.unlearned * learned

    def _form_key(self, word: str) -> str:
        # Russian concepts are in dictionary form already: no need to ask the dictionary for each of them.
        return root(word) if cyrillic(word) else self.words.key(word)

    def _add(self, form: str, concept: int) -> None:
        toks = tokens(normal(form))
        wish = bool(self.wish[concept])
        keys = tuple(dict.fromkeys(self.words.key(w) if wish else self._form_key(w) for w in toks))
        if not keys:
            return
        for word, key in zip(toks, keys, strict=False):
            if not self.words.stop(word) and len(key) > 1:
                self.claims.setdefault(key, set()).add(concept)
        if wish:
            # Words of a scene hint at a wish; alone they do not name it.
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

    def hints_at_wish(self, key: str) -> bool:
        """Whether a stem belongs to any wish."""
        return any(self.wish[c] for c in self.claims.get(key, ()))

    def hints(self, keys: Sequence[str]) -> sp.csr_matrix:
        """(keys, concepts): how much each stem speaks for each concept, less the more concepts claim it."""
        total = len(self.slugs)
        rows, columns, data = [], [], []
        for row, key in enumerate(keys):
            claimed = self.claims.get(key)
            if claimed:
                weight = np.log(1 + total / len(claimed)) / np.log(1 + total)
                for c in sorted(claimed):
                    rows.append(row)
                    columns.append(c)
                    data.append(weight)
        return sp.csr_matrix((np.array(data, np.float32), (rows, columns)), shape=(len(keys), total))

    def find(self, toks: Sequence[str]) -> dict[int, float]:
        """{concept: weight} named in a list of normal tokens: a phrase weighs 2, a word 1 shared by its readings."""
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
        """The concept's first form in a language that reads as a phrase: what names and explanations show."""
        entry = self.table[self.slugs[concept]]
        forms = entry.get("ru" if russian else "en") or entry.get("en") or [self.slugs[concept]]
        if not russian or not entry.get("ru"):
            return forms[0]
        return next((said for form in forms if (said := from_dictionary(form))), forms[0])


@cache
def shared(lang: str) -> Thesaurus:
    """The built-in thesaurus of a language: half a second to read, so once a process."""
    return Thesaurus(Words(lang))
