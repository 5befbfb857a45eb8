"""Encoder and search: shapes, versions, bytes, languages."""

from __future__ import annotations

import numpy as np
import pytest

import ml
from ml import likeness
from ml.features import FEW

TEXTS = [
    "Поставьте кондиционер, душно",
    "Откройте центр в воскресенье",
    "Пандус крутой для коляски",
    "More chairs, please",
]


@pytest.fixture(scope="module")
def encoder() -> ml.Encoder:
    return ml.Encoder.fit(TEXTS, "mixed")


def test_rows_are_unit_and_of_fixed_width(encoder: ml.Encoder) -> None:
    rows = encoder.encode([*TEXTS, "", "🙂", "слово неизвестное"])
    assert rows.shape == (7, ml.DIMENSIONS)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, 256)


def test_bytes_bring_back_the_same(encoder: ml.Encoder) -> None:
    again = ml.Encoder.from_bytes(encoder.to_bytes())
    assert again.version == encoder.version
    assert np.array_equal(again.encode(TEXTS), encoder.encode(TEXTS))
    with pytest.raises(ValueError, match="not an encoder"):
        ml.Encoder.from_bytes(b"PK nonsense")


def test_version_changes_with_what_was_read(encoder: ml.Encoder) -> None:
    assert ml.Encoder.fit(TEXTS[::-1], "mixed").version == encoder.version
    assert ml.Encoder.fit([*TEXTS, "Совсем другое предложение"], "mixed").version != encoder.version
    own = {"skating": {"ru": ["каток"], "en": ["rink"]}}
    assert ml.Encoder.fit(TEXTS, "mixed", own).version != encoder.version


def test_an_organisers_words_tie_texts() -> None:
    texts = [*TEXTS, "Залейте каток у входа", "Открыть ледовую арену"]
    own = {"skating": {"ru": ["каток", "ледовая арена"], "en": ["rink"]}}
    plain, taught = ml.Encoder.fit(texts, "ru").encode(texts), ml.Encoder.fit(texts, "ru", own).encode(texts)
    assert taught[4] @ taught[5] > plain[4] @ plain[5]


@pytest.mark.parametrize("lang", ["ru", "en", "es", "de", "mixed", "el"])
def test_every_language_gives_vectors(lang: str) -> None:
    made = ml.Encoder.fit(TEXTS, lang)
    assert made.encode(TEXTS).shape == (4, 256)
    assert made.fallback == (lang == "el")


def test_search_finds_and_says_nothing_found(encoder: ml.Encoder) -> None:
    index, score = ml.similar(["душно без кондиционера", "⚽"], TEXTS, 2, "mixed")
    assert index.shape == score.shape == (2, 2)
    assert index[0, 0] == 0
    assert (score[index == -1] == 0).all()
    assert (score <= 1).all()
    assert index[1].tolist() == [-1, -1]


def test_search_crosses_languages() -> None:
    corpus = ["Мало стульев в зале", "Откройте центр в воскресенье", "Пандус крутой", "Кулер с водой"]
    index, _ = ml.similar(["Please open on Sunday", "drinking water"], corpus, 1, "mixed")
    assert index[:, 0].tolist() == [1, 3]


def test_search_takes_empty_input() -> None:
    assert ml.similar([], TEXTS, 3)[0].shape == (0, 3)
    assert ml.similar(["да"], [], 3)[0].tolist() == [[-1, -1, -1]]


def test_one_by_one_gives_what_all_at_once_gives(encoder: ml.Encoder) -> None:
    texts = [
        f"{a} {b}" for a in TEXTS for b in ("", "в зале ожидания", "three times a week", "🙂", "душно душно")
    ]
    alone = np.array([encoder.encode([t])[0] for t in texts])
    assert np.allclose(encoder.encode(texts), alone, atol=1e-5)
    assert len(texts) > FEW
    for few, many in zip(encoder.features.rows(texts[:FEW]), encoder.features.rows(texts), strict=True):
        assert abs(few - many[:FEW]).max() < 1e-5


def test_what_is_remembered_changes_nothing_and_is_bounded(
    encoder: ml.Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "REMEMBERED", 64)
    corpus = [f"{t} {i}" for i in range(12) for t in TEXTS]
    for query in ("душно", "стулья", "chairs in the hall"):
        first = ml.similar([query], corpus[:15], 3, encoder=encoder)
        encoder.lately.clear()
        again = ml.similar([query], corpus[:15], 3, encoder=encoder)
        assert first[0].tolist() == again[0].tolist()
        assert np.allclose(first[1], again[1], atol=1e-5)
    for start in range(0, len(corpus) - 8, 3):
        likeness.evidence(encoder, corpus[start : start + 8])
    assert len(encoder.lately) <= 64
