"""A transformer's part of a text's vector: the campaign's principal axes of its sentence vectors.

Only languages that the model understands take part; whether it does is found out by itself, with paraphrases that
share hardly a word. Texts of other languages, and all texts while the model is not at hand, have zeros here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ml.text import cyrillic

SAMPLE = 3_000
"""So many texts, evenly spaced, show the axes."""
REMEMBERED = 100_000
"""So many texts' rows are kept, of about half a kilobyte each: a run asks for the same ones several times, and who
types for the same words."""
KNOWS = 0.4
"""Share of paraphrases that are found first among the others, from which a language counts as understood. Of languages
that it has not learned, all-MiniLM-L6-v2 finds at most a fifth; of English, 0.58."""


class Model(Protocol):
    """What is asked of a transformer: (n, dimensions) float32 unit rows, and a version that changes with them."""

    version: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> np.ndarray: ...


class Sentences:
    """mean (d,) and axes (d, width) of a campaign's sentence vectors under a model's `version`."""

    def __init__(
        self,
        version: str,
        langs: Sequence[str],
        mean: np.ndarray,
        axes: np.ndarray,
        model: Model | None = None,
    ) -> None:
        self.version = version
        self.langs = tuple(langs)
        # As they are stored.
        self.mean = mean.astype(np.float16).astype(np.float32)
        self.axes = axes.astype(np.float16).astype(np.float32)
        self._known: dict[bytes, np.ndarray] = {}
        self.model = model if model is not None and model.version == version else None

    @classmethod
    def fit(cls, model: Model, lang: str, texts: Sequence[str], width: int) -> Sentences | None:
        """Fitted on texts in normal form; None where the model does not understand their language."""
        known = understood(model)
        langs = [c for c in (("ru", "en") if lang == "mixed" else (lang,)) if known.get(c, 0) >= KNOWS]
        if not langs:
            return None
        some = [t for t in texts[:: max(1, len(texts) // SAMPLE)] if _reads(langs, t, lang)]
        rows = model.encode(some or [""]).astype(np.float64)
        mean = rows.mean(axis=0)
        # A prior of the plain axes keeps tiny campaigns from losing what their few texts do not span.
        scatter = (rows - mean).T @ (rows - mean) + np.eye(rows.shape[1]) * 1e-3
        axes = np.linalg.eigh(scatter)[1][:, ::-1][:, :width]
        # Signs are free: the largest entry is made positive, so that every build of LAPACK gives the same vectors.
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
        all_axes = np.zeros((len(mean), width))
        all_axes[:, : axes.shape[1]] = axes
        return cls(model.version, langs, mean, all_axes, model)

    def state(self) -> dict[str, Any]:
        """What `restore` needs besides `arrays`, as JSON-able values."""
        return {"model": self.version, "model_langs": list(self.langs)}

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "sentence_mean": self.mean.astype(np.float16),
            "sentence_axes": self.axes.astype(np.float16),
        }

    @classmethod
    def restore(
        cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray], model: Model | None
    ) -> Sentences | None:
        if "model" not in state:
            return None
        return cls(
            state["model"], state["model_langs"], arrays["sentence_mean"], arrays["sentence_axes"], model
        )

    @property
    def width(self) -> int:
        return self.axes.shape[1]

    def rows(self, texts: Sequence[str], lang: str) -> np.ndarray:
        """(n, width) unit rows of texts in normal form, or zeros."""
        out = np.zeros((len(texts), self.width), np.float32)
        if self.model is None:
            return out
        at = [n for n, text in enumerate(texts) if text and _reads(self.langs, text, lang)]
        keys = [_key(texts[n]) for n in at]
        new = [n for n, key in zip(at, keys, strict=True) if key not in self._known]
        if new:
            rows = (self.model.encode([texts[n] for n in new]) - self.mean) @ self.axes
            self._remember([texts[n] for n in new], _unit(rows))
        for n, key in zip(at, keys, strict=True):
            # Another thread may have made room meanwhile.
            known = self._known.get(key)
            out[n] = known if known is not None else self._afresh(texts[n])
        return out

    def recall(self, texts: Sequence[str], rows: np.ndarray) -> None:
        """Takes in rows of texts in normal form that were computed before, so that they need not be again."""
        rows = np.asarray(rows, np.float32)
        read = np.nonzero(rows.any(axis=1))[0].tolist()
        self._remember([texts[n] for n in read], _unit(rows[read]))

    def _afresh(self, text: str) -> np.ndarray:
        assert self.model is not None
        return _unit((self.model.encode([text]) - self.mean) @ self.axes)[0]

    def _remember(self, texts: Sequence[str], rows: np.ndarray) -> None:
        self._known.update((_key(text), row) for text, row in zip(texts, rows, strict=True))
        for key in list(self._known)[: max(0, len(self._known) - REMEMBERED)]:
            self._known.pop(key, None)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=12).digest()


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _reads(langs: Sequence[str], text: str, lang: str) -> bool:
    """Whether a text of a campaign in `lang` is in one of the languages."""
    return lang != "mixed" or len(langs) == 2 or ("ru" if cyrillic(text) else "en") in langs


@cache
def paraphrases() -> Mapping[str, Sequence[tuple[str, str]]]:
    """By language, pairs that say the same with hardly a common word."""
    path = Path(__file__).parent / "data" / "paraphrases.json"
    return {lang: [(a, b) for a, b in pairs] for lang, pairs in json.loads(path.read_text("utf-8")).items()}


def understood(model: Model) -> dict[str, float]:
    """By language, the share of paraphrases that are nearest to their fellow among all the others."""
    return {lang: figures(model, lang)[0] for lang in paraphrases()}


def figures(model: Model, lang: str) -> tuple[float, float, float]:
    """(share of paraphrases found first, mean cosine of paraphrases, mean cosine of strangers) in a language."""
    pairs = paraphrases()[lang]
    count = len(pairs)
    rows = np.asarray(model.encode([text for pair in pairs for text in pair]), np.float32)
    cos = rows[::2] @ rows[1::2].T
    own = cos.diagonal()
    first = np.concatenate([cos.argmax(axis=1), cos.argmax(axis=0)]) == np.tile(np.arange(count), 2)
    apart = (cos.sum() - own.sum()) / (count * (count - 1))
    return float(first.mean()), float(own.mean()), float(apart)
