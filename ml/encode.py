"""Texts as unit vectors of 256 numbers, whose cosine says how alike they are.

Three parts side by side, each of its own length: latent semantic analysis (truncated SVD) of stems and characters,
the same of concepts, and averaged word vectors. Which are there depends on the language. Fitted on a campaign's
own texts, kept as plain arrays and JSON.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp

from ml import vectors
from ml.features import Features
from ml.text import normal, tokens

DIMENSIONS = 256
PARTS = {"ru": (112, 112, 32), "mixed": (112, 112, 32), "en": (144, 112, 0)}
"""Numbers for words, concepts and word vectors by language; others have words alone."""
LENGTHS = (1.0, 0.2, 0.4)
AT_HOME = 2.0
"""Lengths of the three parts, and what concepts gain where the texts are of their domain (chosen on the demo's training
groups and the public theme sets)."""
SVD_SAMPLE = 5_000
CHUNK = 20_000
FORMAT = 1


Rows = tuple[sp.csr_matrix, sp.csr_matrix, sp.csr_matrix]


class Encoder:
    """Fitted encoder. `dimensions` is 256 always; `version` changes with anything that changes a vector.

    `fallback` is true when the language has no stemmer, so that likeness rests on words as written and characters.
    """

    dimensions = DIMENSIONS

    def __init__(self, features: Features, arrays: Mapping[str, np.ndarray]) -> None:
        self.features = features
        self.arrays = dict(arrays)
        self._wide = {k: v.astype(np.float32) for k, v in self.arrays.items()}
        self._memory: dict[str, np.ndarray] = {}
        self._bytes: bytes | None = None
        self.version = hashlib.blake2b(self.to_bytes(), digest_size=5).hexdigest()

    @property
    def lang(self) -> str:
        return self.features.lang

    @property
    def fallback(self) -> bool:
        return self.features.words.fallback

    @classmethod
    def fit(
        cls, texts: Sequence[str], lang: str = "ru", concepts: Mapping[str, Mapping] | None = None
    ) -> Encoder:
        """Fits on a campaign's texts (any number, order irrelevant; concepts: an organiser's additions)."""
        ordered = sorted({normal(t) for t in texts}) or [""]
        features = Features(lang, concepts).fit(ordered)
        lexical, concept, word = PARTS.get(lang, (DIMENSIONS, 0, 0))
        if word and not vectors.available():
            lexical, word = lexical + word, 0
        sample = ordered[:: max(1, len(ordered) // SVD_SAMPLE)]
        stems, chars, concepts_found = features.rows(sample)
        arrays = {"lexical": _svd(_beside(features, stems, chars), lexical)}
        if concept:
            arrays["concepts"] = _svd(concepts_found, concept)
        if word:
            arrays |= _fit_words(features, sample, word)
        return cls(features, {k: v.astype(np.float16) for k, v in arrays.items()})

    def encode(self, texts: Sequence[str], rows: Rows | None = None) -> np.ndarray:
        """(n, 256) float32 unit rows. A text without a known word gets a direction of its own.

        rows: what `features.rows(texts)` gave, when it is at hand.
        """
        out = np.zeros((len(texts), DIMENSIONS), np.float32)
        for start in range(0, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            found = tuple(r[start : start + CHUNK] for r in rows) if rows else self.features.rows(part)
            stems, chars, concepts = found
            blocks = [LENGTHS[0] * _unit(_beside(self.features, stems, chars) @ self._wide["lexical"])]
            if "concepts" in self._wide:
                blocks.append(
                    (LENGTHS[1] + AT_HOME * self.features.at_home) * _unit(concepts @ self._wide["concepts"])
                )
            if "axes" in self._wide:
                blocks.append(LENGTHS[2] * self._average(part))
            out[start : start + CHUNK] = np.hstack(blocks)
        norms = np.linalg.norm(out, axis=1)
        for i in np.nonzero(norms < 1e-6)[0]:
            out[i] = _own_direction(texts[i])
            norms[i] = 1
        return out / norms[:, None]

    def _average(self, texts: Sequence[str]) -> np.ndarray:
        toks = [tokens(normal(t)) for t in texts]
        new = sorted({t for row in toks for t in row} - self._memory.keys())
        if new:
            if len(self._memory) > 300_000:
                self._memory.clear()
                new = sorted({t for row in toks for t in row})
            self._memory.update(zip(new, _weighted_words(self.features, new), strict=True))
        zero = np.zeros(vectors.WIDTH, np.float32)
        sums = np.stack([sum((self._memory[t] for t in dict.fromkeys(row)), zero) for row in toks])
        present = np.linalg.norm(sums, axis=1, keepdims=True) > 0
        centred = (_unit(sums) - self._wide["mean"]) * present
        return _unit(centred @ self._wide["axes"])

    def to_bytes(self) -> bytes:
        """The whole encoder as an npz archive (arrays and one JSON text, no pickle)."""
        if self._bytes is None:
            state = json.dumps(
                {"format": FORMAT, **self.features.state()}, ensure_ascii=False, sort_keys=True
            )
            arrays = {f"idf{i}": v for i, v in enumerate(self.features.idf)}
            arrays |= {f"part_{k}": v for k, v in self.arrays.items()}
            out = io.BytesIO()
            np.savez(out, state=np.frombuffer(state.encode(), np.uint8), **arrays)
            self._bytes = out.getvalue()
        return self._bytes

    @classmethod
    def from_bytes(cls, data: bytes) -> Encoder:
        """The encoder that `to_bytes` wrote. Raises ValueError on anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                arrays = {k: archive[k] for k in archive.files}
            state = json.loads(arrays["state"].tobytes())
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError("not an encoder") from error
        if state.get("format") != FORMAT:
            raise ValueError(f"encoder of format {state.get('format')}, expected {FORMAT}: fit a new one")
        features = Features.restore(state, [arrays[f"idf{i}"] for i in range(2)])
        return cls(features, {k[5:]: v for k, v in arrays.items() if k.startswith("part_")})


def _beside(features: Features, stems: sp.csr_matrix, chars: sp.csr_matrix) -> sp.csr_matrix:
    return sp.hstack(
        [stems * features.weights[0], chars * (features.weights[1] / 2)], format="csr", dtype=np.float32
    )


def _svd(rows, width: int) -> np.ndarray:
    """(features, width) right singular vectors by random projection with power steps (Halko, Martinsson, Tropp
    2011); zero columns where the texts have fewer dimensions."""
    rank = min(width, *rows.shape)
    out = np.zeros((rows.shape[1], width), np.float32)
    if not rank or not rows.nnz:
        return out
    random = np.random.default_rng(0).standard_normal((rows.shape[1], min(rank + 16, *rows.shape)))
    basis = np.linalg.qr(rows @ random.astype(np.float32))[0]
    back = rows.T.tocsr()
    for _ in range(2):
        basis = np.linalg.qr(rows @ np.linalg.qr(back @ basis)[0])[0]
    _, _, right = np.linalg.svd((back @ basis).T, full_matrices=False)
    right = right[:rank]
    # Signs are free: the largest entry is made positive, so that every build of LAPACK gives the same vectors.
    signs = np.sign(right[np.arange(rank), np.abs(right).argmax(axis=1)])
    out[:, :rank] = (right * signs[:, None]).T
    return out


def _weighted_words(features: Features, words: list[str]) -> np.ndarray:
    """Word vectors times inverse document frequency; zero for stop words and unknown ones."""
    stems = [features.words.stem(w) for w in words]
    idf = features.idf[0]
    top = float(idf.max()) if len(idf) else 1.0
    at = [features.stem_index.get(s, -1) for s in stems]
    scale = np.array(
        [0.0 if not s else (float(idf[i]) if i >= 0 else top) for s, i in zip(stems, at, strict=True)]
    )
    return (vectors.word_vectors(words) * scale[:, None]).astype(np.float32)


def _fit_words(features: Features, texts: Sequence[str], width: int) -> dict[str, np.ndarray]:
    """Mean and principal axes of the texts' averaged word vectors."""
    sample = texts[:: max(1, len(texts) // 5000)]
    toks = [tokens(normal(t)) for t in sample]
    names = sorted({t for row in toks for t in row})
    table = dict(zip(names, _weighted_words(features, names), strict=True))
    zero = np.zeros(vectors.WIDTH, np.float32)
    rows = _unit(np.stack([sum((table[t] for t in dict.fromkeys(row)), zero) for row in toks]))
    mean = rows.mean(axis=0)
    # A prior of the plain axes keeps tiny campaigns from losing what their few texts do not span.
    scatter = (rows - mean).T @ (rows - mean) + np.eye(vectors.WIDTH) * 1e-3
    _, axes = np.linalg.eigh(scatter)
    return {"mean": mean.astype(np.float32), "axes": axes[:, ::-1][:, :width].astype(np.float32)}


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _own_direction(text: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.blake2b(normal(text).encode(), digest_size=8).digest(), "big")
    vector = np.random.default_rng(seed).standard_normal(DIMENSIONS)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
