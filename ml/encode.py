"""Texts as unit vectors of 256 numbers, whose cosine says how alike they are.

Parts side by side, each of its own length: latent semantic analysis (truncated SVD) of stems and characters, the same
of concepts, and averaged word vectors, or a transformer's sentence vectors where there is one. Which are there depends
on the language. Fitted on a campaign's own texts, kept as plain arrays and JSON.
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
from ml.features import FEW, Features
from ml.parallel import alone, each
from ml.reading import Reading, distinct, read
from ml.rows import Row, Rows, scaled
from ml.sentences import Model, Sentences
from ml.svd import svd
from ml.text import normal, tokens

DIMENSIONS = 256
PARTS = {"ru": (112, 112, 32), "mixed": (112, 112, 32), "en": (144, 112, 0)}
"""Numbers for words, concepts and word vectors by language; others have words alone."""
WITH_MODEL = {"mixed": (112, 80, 64)}
WITH_MODEL_ELSE = (96, 64, 96)
"""Numbers for words, concepts and sentence vectors where a transformer takes part."""
SENTENCE = 1.4
"""Length of the sentence vectors' part (chosen on `en_intents` and the demo's English training groups)."""
LENGTHS = (1.0, 0.2, 0.4)
AT_HOME = 2.0
"""Lengths of the three parts, and what concepts gain where the texts are of their domain (chosen on the demo's training
groups and the public theme sets)."""
SVD_SAMPLE = 5_000
CHUNK = 4096
MEMORY = 60_000
"""So many words' vectors are kept for the texts that come one by one."""
FORMAT = 1


class Encoder:
    """Fitted encoder. `dimensions` is 256 always; `version` changes with anything that changes a vector.

    `fallback` is true when the language has no stemmer, so that likeness rests on words as written and characters.
    """

    dimensions = DIMENSIONS

    def __init__(
        self, features: Features, arrays: Mapping[str, np.ndarray], sentences: Sentences | None = None
    ) -> None:
        self.features = features
        self.arrays = dict(arrays)
        self.sentences = sentences
        self._wide = {k: v.astype(np.float32) for k, v in self.arrays.items()}
        self._memory: dict[str, np.ndarray] = {}
        self.lately: dict[str, tuple[Row, np.ndarray]] = {}
        self._bytes: bytes | None = None
        self.version = hashlib.blake2b(self.to_bytes(), digest_size=5).hexdigest()

    @property
    def lang(self) -> str:
        return self.features.lang

    @property
    def told(self) -> int:
        """So many of the last numbers are a transformer's."""
        return self.sentences.width if self.sentences else 0

    @property
    def fallback(self) -> bool:
        return self.features.words.fallback

    @classmethod
    def fit(
        cls,
        texts: Sequence[str] | Reading,
        lang: str = "ru",
        concepts: Mapping[str, Mapping] | None = None,
        model: Model | None = None,
    ) -> Encoder:
        """Fits on a campaign's texts (any number, order irrelevant; concepts: an organiser's additions; model: a
        transformer, which takes part where it understands the language)."""
        with alone():
            return cls._fit(distinct(read(texts)), lang, concepts, model)

    @classmethod
    def _fit(
        cls, reading: Reading, lang: str, concepts: Mapping[str, Mapping] | None, model: Model | None
    ) -> Encoder:
        features = Features(lang, concepts).fit(reading)
        lexical, concept, word = PARTS.get(lang, (DIMENSIONS, 0, 0))
        widths = WITH_MODEL.get(lang, WITH_MODEL_ELSE)
        sentences = Sentences.fit(model, lang, reading.texts, widths[2]) if model else None
        if sentences:
            lexical, concept, word = (*widths[:2], 0) if concept else (widths[0] + widths[1], 0, 0)
        if word and not vectors.available():
            lexical, word = lexical + word, 0
        sample = reading.take(slice(None, None, max(1, len(reading) // SVD_SAMPLE)))
        stems, chars, concepts_found = features.rows(sample)
        arrays = {"lexical": svd(_beside(features, stems, chars), lexical)}
        if concept:
            arrays["concepts"] = svd(concepts_found, concept)
        if word:
            arrays |= _fit_words(features, sample, word)
        return cls(features, {k: v.astype(np.float16) for k, v in arrays.items()}, sentences)

    def encode(self, texts: Sequence[str] | Reading) -> np.ndarray:
        """(n, 256) float32 unit rows. A text without a known word gets a direction of its own."""
        if not isinstance(texts, Reading) and len(texts) <= FEW:
            out = np.zeros((len(texts), DIMENSIONS), np.float32)
            for i, text in enumerate(texts):
                out[i] = self.encode_row(text, self.features.row(text))
            return out
        reading = read(texts)
        columns = self.features.columns(reading.words)
        table = self.word_table(reading.words)
        out = np.empty((len(reading), DIMENSIONS), np.float32)

        def fill(part: slice) -> None:
            some = reading.take(part)
            counts = some.counts()
            out[part] = self.encode_rows(some, counts, columns.rows(counts), table)

        with alone():
            each(fill, reading.parts(CHUNK))
        return out

    def recall(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        """Takes in (n, 256) stored rows of raw texts, so that a transformer need not read these again."""
        if self.sentences:
            self.sentences.recall([normal(t) for t in texts], vectors[:, DIMENSIONS - self.told :])

    def encode_rows(
        self, reading: Reading, counts: sp.csr_matrix, rows: Rows, table: np.ndarray | None
    ) -> np.ndarray:
        """`encode` for texts whose counts of words and rows are at hand; table: `word_table` of the vocabulary."""
        stems, chars, concepts = rows
        blocks = [LENGTHS[0] * _unit(_beside(self.features, stems, chars) @ self._wide["lexical"])]
        if "concepts" in self._wide:
            blocks.append(self._concept_length * _unit(concepts @ self._wide["concepts"]))
        if table is not None:
            counts = sp.csr_matrix((np.ones_like(counts.data), counts.indices, counts.indptr), counts.shape)
            blocks.append(LENGTHS[2] * self._average(counts @ table))
        if self.sentences:
            blocks.append(SENTENCE * self.sentences.rows(reading.texts, self.lang))
        return _whole(np.hstack(blocks), reading.texts)

    def encode_row(self, text: str, row: Row) -> np.ndarray:
        """(256,) `encode` for one raw text whose row is at hand."""
        (stems, stem_values), (chars, char_values), (concepts, concept_values) = row
        wide, weights = self._wide, self.features.weights
        total = _mixed(stem_values, wide["lexical"], stems) * weights[0]
        total += _mixed(char_values, wide["lexical"], chars + len(self.features.stem_index)) * (
            weights[1] / 2
        )
        blocks = [LENGTHS[0] * scaled(total)]
        if "concepts" in wide:
            blocks.append(self._concept_length * scaled(_mixed(concept_values, wide["concepts"], concepts)))
        if "axes" in wide:
            words = dict.fromkeys(tokens(normal(text)))
            # Not by the difference of sets, which looks at every word that is remembered.
            new = [w for w in words if w not in self._memory]
            if new:
                if len(self._memory) > MEMORY:
                    self._memory.clear()
                    new = list(words)
                self._memory.update(zip(new, _weighted_words(self.features, new), strict=True))
            sums = sum((self._memory[w] for w in words), np.zeros(vectors.WIDTH, np.float32))
            blocks.append(LENGTHS[2] * self._average(sums[None, :])[0])
        if self.sentences:
            blocks.append(SENTENCE * self.sentences.rows([normal(text)], self.lang)[0])
        return _whole(np.concatenate(blocks)[None, :], [normal(text)])[0]

    @property
    def _concept_length(self) -> float:
        return LENGTHS[1] + AT_HOME * self.features.at_home

    def word_table(self, words: list[str]) -> np.ndarray | None:
        """(words, 300) what each word of a vocabulary adds to an average; None where there are no word vectors."""
        return _weighted_words(self.features, words or [""]) if "axes" in self._wide else None

    def _average(self, sums: np.ndarray) -> np.ndarray:
        present = np.linalg.norm(sums, axis=1, keepdims=True) > 0
        centred = (_unit(sums) - self._wide["mean"]) * present
        return _unit(centred @ self._wide["axes"])

    def to_bytes(self) -> bytes:
        """The whole encoder as an npz archive (arrays and one JSON text, no pickle)."""
        if self._bytes is None:
            about = {"format": FORMAT, **self.features.state()}
            arrays = {f"idf{i}": v for i, v in enumerate(self.features.idf)}
            if self.sentences:
                about |= self.sentences.state()
                arrays |= self.sentences.arrays()
            state = json.dumps(about, ensure_ascii=False, sort_keys=True)
            arrays |= {f"part_{k}": v for k, v in self.arrays.items()}
            out = io.BytesIO()
            np.savez(out, state=np.frombuffer(state.encode(), np.uint8), **arrays)
            self._bytes = out.getvalue()
        return self._bytes

    @classmethod
    def from_bytes(cls, data: bytes, model: Model | None = None) -> Encoder:
        """The encoder that `to_bytes` wrote; where it was fitted with a transformer, model is the same one: without
        it, or with another, the part of sentences stays zero. Raises ValueError on anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                arrays = {k: archive[k] for k in archive.files}
            state = json.loads(arrays["state"].tobytes())
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError("not an encoder") from error
        if state.get("format") != FORMAT:
            raise ValueError(f"encoder of format {state.get('format')}, expected {FORMAT}: fit a new one")
        features = Features.restore(state, [arrays[f"idf{i}"] for i in range(2)])
        parts = {k[5:]: v for k, v in arrays.items() if k.startswith("part_")}
        return cls(features, parts, Sentences.restore(state, arrays, model))


def _beside(features: Features, stems: sp.csr_matrix, chars: sp.csr_matrix) -> sp.csr_matrix:
    return sp.hstack(
        [stems * features.weights[0], chars * (features.weights[1] / 2)], format="csr", dtype=np.float32
    )


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


def _fit_words(features: Features, reading: Reading, width: int) -> dict[str, np.ndarray]:
    """Mean and principal axes of the texts' averaged word vectors."""
    counts = reading.take(slice(None, None, max(1, len(reading) // SVD_SAMPLE))).counts()
    counts.data[:] = 1
    rows = _unit(counts @ _weighted_words(features, reading.words or [""]))
    mean = rows.mean(axis=0)
    # A prior of the plain axes keeps tiny campaigns from losing what their few texts do not span.
    scatter = (rows - mean).T @ (rows - mean) + np.eye(vectors.WIDTH) * 1e-3
    _, axes = np.linalg.eigh(scatter)
    return {"mean": mean.astype(np.float32), "axes": axes[:, ::-1][:, :width].astype(np.float32)}


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _mixed(values: np.ndarray, table: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Some rows of a table, weighed and summed: without the matrix library, whose threads cost more than this."""
    return np.einsum("i,ij->j", values, table[rows])


def _whole(rows: np.ndarray, texts: Sequence[str]) -> np.ndarray:
    """Rows at length one; those that are empty get a direction of their text's own (normal form)."""
    norms = np.linalg.norm(rows, axis=1)
    for i in np.nonzero(norms < 1e-6)[0]:
        rows[i] = _own_direction(texts[i])
        norms[i] = 1
    return rows / norms[:, None]


def _own_direction(text: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    vector = np.random.default_rng(seed).standard_normal(DIMENSIONS)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
