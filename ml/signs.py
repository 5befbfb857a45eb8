"""Signs by which the tagger alone knows a principle where no wish is told: scenes of any office that serves the public.

Written by hand from how people speak, and broader than wishes, so that they say nothing of which ideas are alike.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import scipy.sparse as sp

from ml.text import normal, tokens
from ml.thesaurus import Thesaurus

MARK = "@sign-"
"""Keyword "@sign-time": the principle that the signs of time speak for."""
TELLING, LONG = 1.5, 0.15
"""Power of what a word hints at; power of the number of words of a wish or sign that is taken off its hints: those with
many collect them by chance (chosen, as all that is said of wishes, on the demo's training groups)."""
SIGN, BY_CONCEPT, PLAIN = 0.84, 0.3, 0.7
"""What a hint at a sign counts beside one at a wish, a shared concept beside a shared word, and how plainly a word of a
sign must name the concept (chosen on the demo's training groups, each without the wishes that it tells)."""


@cache
def built_in() -> list[dict]:
    """What comes with the package: {"principle": slugs (none: small talk), "ru": words, "en": words} a scene."""
    return json.loads((files("ml") / "data" / "signs.json").read_text(encoding="utf-8"))


class Signs:
    """The scenes laid beside the wishes of a thesaurus. marks: per principle the slugs whose signs are its own; without
    any there are no signs.

    principles: (signs, p) what part of a sign each principle has; rows of small talk are 0. small_talk: (signs,).
    """

    def __init__(self, thesaurus: Thesaurus, marks: Sequence[Sequence[str]]) -> None:
        self.thesaurus = thesaurus
        scenes = built_in() if any(marks) else []
        self.principles = np.zeros((len(scenes), len(marks)))
        self.small_talk = np.array([not scene["principle"] for scene in scenes], bool)
        self.claims: dict[str, list[int]] = {}
        concepts = np.zeros((len(scenes), len(thesaurus.slugs)))
        sizes = np.ones(len(scenes))
        for row, scene in enumerate(scenes):
            own = [bool(set(scene["principle"]) & set(slugs)) for slugs in marks]
            self.principles[row] = np.array(own) / max(sum(own), 1)
            forms = tokens(normal(" ".join((*scene["ru"], *scene["en"]))))
            keys = {key for word in forms if len(key := thesaurus.words.stem(word)) > 1}
            for key in keys:
                self.claims.setdefault(key, []).append(row)
            sizes[row] = max(len(keys), 1)
            for word in forms:
                for c, weight in thesaurus.find([word]).items():
                    concepts[row, c] = max(concepts[row, c], weight >= PLAIN)
        told = self._telling(concepts.sum(axis=0)) ** TELLING
        self._sizes = sizes**LONG
        self._concepts = sp.csr_matrix((concepts * told).T / np.maximum(concepts.sum(axis=1), 1) ** LONG)

    def _telling(self, claims: np.ndarray) -> np.ndarray:
        total = len(self.thesaurus.slugs) + len(self.principles)
        return np.log(1 + total / np.maximum(claims, 1)) / np.log(1 + total)

    def hinted(self, texts: Sequence[str], keys: Sequence[str], present: sp.csr_matrix) -> np.ndarray:
        """(n, signs) from 0: how much the stems of n texts (present: (n, keys) weights) and their concepts hint at
        each sign."""
        if not len(self.principles):
            return np.zeros((len(texts), 0))
        rows, columns, data = [], [], []
        for row, key in enumerate(keys):
            claimed = self.claims.get(key, ())
            rows += [row] * len(claimed)
            columns += claimed
            # What wishes and concepts claim tells less, too.
            data += [len(claimed) + len(self.thesaurus.claims.get(key, ()))] * len(claimed)
        told = self._telling(np.array(data, float)) ** TELLING
        hints = sp.csr_matrix((told, (rows, columns)), (len(keys), len(self.principles)))
        words = (present @ hints).toarray() / self._sizes
        return SIGN * (words + BY_CONCEPT * (self._found(texts) @ self._concepts).toarray())

    def _found(self, texts: Sequence[str]) -> sp.csr_matrix:
        found = [self.thesaurus.find(tokens(normal(text))) for text in texts]
        ends = np.cumsum([0, *(len(f) for f in found)])
        flat = np.array([(c, min(w, 1.0)) for f in found for c, w in f.items()] or [(0, 0)], float)[
            : ends[-1]
        ]
        return sp.csr_matrix(
            (flat[:, 1], flat[:, 0].astype(np.int64), ends), (len(texts), len(self.thesaurus.slugs))
        )
