"""Small models made on the spot, in the forms in which real ones come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers, processors

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ramp", "steep", "toys", "children", "queue", "phone", "пандус"]
WIDTH, LAYERS = 16, 2


def tokenizer(folder: Path) -> None:
    made = Tokenizer(models.WordLevel({w: n for n, w in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.enable_padding(length=40)
    made.save(str(folder / "tokenizer.json"))


def config(folder: Path, **more: object) -> None:
    about = {
        "model_type": "bert", "hidden_size": WIDTH, "num_attention_heads": 2, "num_hidden_layers": LAYERS,
        "pad_token_id": 0, "max_position_embeddings": 32, "layer_norm_eps": 1e-12, "hidden_act": "gelu", **more,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(about))


def safetensors(path: Path, arrays: Mapping[str, np.ndarray], kind: str = "F32") -> None:
    """Written by hand after the description of the format."""
    header, at, parts = {}, 0, []
    for name, array in arrays.items():
        if kind == "BF16":
            data = (np.ascontiguousarray(array, np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()
        else:
            data = np.ascontiguousarray(array, {"F32": np.float32, "F16": np.float16}[kind]).tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
        parts.append(data)
    said = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    path.write_bytes(len(said).to_bytes(8, "little") + said + b"".join(parts))


def weights(seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return random.normal(0, 0.3, shape).astype(np.float32)

    out = {
        "bert.embeddings.word_embeddings.weight": some(len(WORDS), WIDTH),
        "bert.embeddings.position_embeddings.weight": some(32, WIDTH),
        "bert.embeddings.token_type_embeddings.weight": some(2, WIDTH),
        "bert.embeddings.LayerNorm.weight": np.ones(WIDTH),
        "bert.embeddings.LayerNorm.bias": np.zeros(WIDTH),
    }
    for n in range(LAYERS):
        for part, rows, columns in (
            ("attention.self.query", WIDTH, WIDTH), ("attention.self.key", WIDTH, WIDTH),
            ("attention.self.value", WIDTH, WIDTH), ("attention.output.dense", WIDTH, WIDTH),
            ("intermediate.dense", 2 * WIDTH, WIDTH), ("output.dense", WIDTH, 2 * WIDTH),
        ):  # fmt: skip
            out[f"bert.encoder.layer.{n}.{part}.weight"] = some(rows, columns)
            out[f"bert.encoder.layer.{n}.{part}.bias"] = some(rows)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            out[f"bert.encoder.layer.{n}.{part}.weight"] = np.ones(WIDTH)
            out[f"bert.encoder.layer.{n}.{part}.bias"] = np.zeros(WIDTH)
    return out


def bert(folder: Path, seed: int = 0, kind: str = "F32", **more: object) -> Path:
    """A folder with a model of random weights; `more` goes into its config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer(folder)
    config(folder, **more)
    safetensors(folder / "model.safetensors", weights(seed), kind)
    return folder


def onnx(folder: Path, seed: int = 0, output: str = "last_hidden_state") -> tuple[Path, np.ndarray]:
    """A folder with model.onnx that looks tokens up in a table, and the table."""
    from onnx import TensorProto, helper, numpy_helper, save

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer(folder)
    config(folder, model_type="deberta-v2")
    table = np.random.default_rng(seed).normal(0, 1, (len(WORDS), WIDTH)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], [output])],
        "lookup",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", "length", WIDTH])],
        [numpy_helper.from_array(table, "table")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    save(made, str(folder / "model.onnx"))
    return folder, table
