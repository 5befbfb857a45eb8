"""A transformer that the operator has put there, as an option: texts as vectors that know paraphrases.

A folder in the form of sentence-transformers (config.json, tokenizer.json, model.safetensors) or with model.onnx, or an
installed package that carries one. Nothing is fetched, and no code that comes with a model is run.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ml.bert import Bert, tensors, wide
from ml.parallel import alone, each

LONGEST = 256
"""So many tokens of a text are read at most: a text begins with its title."""
CHARACTERS = 4000
TOGETHER = 2048
"""So many tokens are computed at once."""
MOST_OUTPUT = 4096
ONNX = ("model.onnx", "onnx/model.onnx")

Network = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(n, length) token ids and mask to (n, length, d) states or (n, d) vectors."""


class TransformerError(ValueError):
    """A model cannot be used; the message is one line for the operator."""


def locate(name: str) -> Path:
    """The folder of a model: a path, or the name of an installed package that carries one. Raises TransformerError."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.absolute()
    if folder.exists() or "/" in name or "\\" in name or name.startswith((".", "~")):
        raise TransformerError(f"{name} is no folder")
    try:
        files = importlib.metadata.files(name) or []
    except (importlib.metadata.PackageNotFoundError, ValueError):
        raise TransformerError(f"{name} is neither a folder nor an installed package") from None
    found = sorted({Path(str(f.locate())).parent for f in files if f.name == "tokenizer.json"})
    if not found:
        raise TransformerError(f"the package {name} carries no tokenizer.json, so no model")
    return found[0]


def weights_of(folder: Path) -> Path:
    """The file with a model's weights. Raises TransformerError with what is missing in the folder or as a library."""
    for part in ("config.json", "tokenizer.json"):
        if not (folder / part).is_file():
            raise TransformerError(f"{folder} holds no {part}")
    _wants("tokenizers")
    kept = folder / "model.safetensors"
    if kept.is_file() and _json(folder / "config.json").get("model_type") in _family():
        return kept
    for part in ONNX:
        if (folder / part).is_file():
            _wants("onnxruntime")
            return folder / part
    if kept.is_file():
        kind = _json(folder / "config.json").get("model_type")
        raise TransformerError(f"{folder}: models of the kind {kind} are read from model.onnx only")
    raise TransformerError(f"{folder} holds neither model.safetensors nor model.onnx")


def _family() -> tuple[str, ...]:
    from ml.bert import FAMILY

    return FAMILY


def _wants(library: str) -> None:
    if find_spec(library) is None:
        raise TransformerError(
            f"the library {library} is not installed: `make encoder` or `pip install .[encoder]`"
        )


class Transformer:
    """A loaded model. `dimensions` is the width of its vectors; `version` changes with any of its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = _name(folder)
        self.weights = weights_of(folder)
        try:
            self._load()
        except TransformerError:
            raise
        except KeyError as error:
            raise TransformerError(f"{folder}: the model has no {error}") from error
        except Exception as error:
            said = " ".join(str(error).split())[:300]
            raise TransformerError(f"{folder}: {said or type(error).__name__}") from error

    @classmethod
    def load(cls, name: str) -> Transformer:
        """The model of a folder or an installed package. Raises TransformerError with one line that says why not."""
        return cls(locate(name))

    def _load(self) -> None:
        from tokenizers import Tokenizer

        config = _json(self.folder / "config.json")
        sentences = _json(self.folder / "config_sentence_transformers.json")
        self._prefix = str((sentences.get("prompts") or {}).get(sentences.get("default_prompt_name"), ""))
        steps = _steps(self.folder)
        self._pooling = _pooling(steps)
        self._dense = [_dense(step) for kind, step in steps if kind == "Dense"]
        self._network: Network
        if self.weights.suffix == ".safetensors":
            bert = Bert(tensors(self.weights), config)
            self._network, longest = bert, bert.longest
        else:
            self._network = _onnx(self.weights)
            longest = int(config.get("max_position_embeddings", 512))
        most = _json(self.folder / "sentence_bert_config.json").get("max_seq_length") or longest
        self._tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max(8, min(int(most), longest, LONGEST)))
        self._pad = int(config.get("pad_token_id") or 0)
        self.version = _digest(self.folder, self.weights)
        self.dimensions = self.encode(["probe"]).shape[1]
        if not 8 <= self.dimensions <= MOST_OUTPUT:
            raise TransformerError(f"{self.folder}: vectors of {self.dimensions} numbers cannot be used")

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(n, dimensions) float32 unit rows; a text's row does not depend on the others but by rounding."""
        if not len(texts):
            return np.zeros((0, self.dimensions), np.float32)
        said = [self._prefix + text[:CHARACTERS] for text in texts]
        ids = [e.ids or [self._pad] for e in self._tokenizer.encode_batch(said)]
        order = np.argsort([len(i) for i in ids], kind="stable")
        batches = _batches(order, ids)
        out: list[np.ndarray] = [np.zeros(0)] * len(ids)

        def fill(part: np.ndarray) -> None:
            for at, row in zip(part, self._vectors([ids[i] for i in part]), strict=True):
                out[at] = row

        if len(batches) < 2:
            each(fill, batches)
        else:
            with alone():
                each(fill, batches)
        return np.array(out, np.float32).reshape(len(ids), -1)

    def _vectors(self, ids: list[list[int]]) -> np.ndarray:
        length = max(len(i) for i in ids)
        table = np.full((len(ids), length), self._pad, np.int64)
        mask = np.zeros((len(ids), length), np.int64)
        for row, some in enumerate(ids):
            table[row, : len(some)] = some
            mask[row, : len(some)] = 1
        states = np.asarray(self._network(table, mask), np.float32)
        rows = states if states.ndim == 2 else _pooled(states, mask, self._pooling)
        for weight, bias, bent in self._dense:
            rows = rows @ weight.T + bias
            rows = np.tanh(rows) if bent else rows
        rows = np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _batches(order: np.ndarray, ids: list[list[int]]) -> list[np.ndarray]:
    """Rows of similar length together, as many as make `TOGETHER` tokens."""
    out, start = [], 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end + 1 - start) * len(ids[order[end]]) > TOGETHER:
            out.append(order[start:end])
            start = end
    return out


def _pooled(states: np.ndarray, mask: np.ndarray, how: str) -> np.ndarray:
    if how == "cls":
        return states[:, 0]
    if how == "max":
        return np.where(mask[:, :, None] > 0, states, np.float32(-1e9)).max(axis=1)
    weight = mask.astype(np.float32)[:, :, None]
    return (states * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1)


def _onnx(path: Path) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Batches run on all processors already, each in one thread.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    if unknown := set(names) - {"input_ids", "attention_mask", "token_type_ids"}:
        raise ValueError(f"{path.name} wants {', '.join(sorted(unknown))}, which is not known here")
    outputs = [o.name for o in session.get_outputs()]
    wanted = "sentence_embedding" if "sentence_embedding" in outputs else outputs[0]

    def run(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = np.asarray(session.run([wanted], {name: given[name] for name in names})[0])
        if states.ndim not in (2, 3) or len(states) != len(ids):
            raise ValueError(
                f"{path.name} gives {wanted} of shape {states.shape}, which is no vector of a text"
            )
        return states

    return run


def _steps(folder: Path) -> list[tuple[str, Path]]:
    """(kind, folder) of the modules after the transformer itself."""
    if not (folder / "modules.json").is_file():
        return []
    listed = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    steps = [(str(m["type"]).rsplit(".", 1)[-1], folder / str(m["path"])) for m in listed]
    if unknown := {kind for kind, _ in steps} - {"Transformer", "Pooling", "Dense", "Normalize"}:
        raise TransformerError(f"{folder}: the part {', '.join(sorted(unknown))} is not known here")
    return steps[1:]


def _pooling(steps: list[tuple[str, Path]]) -> str:
    for kind, folder in steps:
        if kind == "Pooling":
            config = _json(folder / "config.json")
            chosen = [k for k, on in config.items() if k.startswith("pooling_mode") and on]
            for mark, how in (("cls", "cls"), ("mean_tokens", "mean"), ("max", "max")):
                if len(chosen) == 1 and (mark in chosen[0] or config.get("pooling_mode") == how):
                    return how
            raise TransformerError(
                f"{folder}: vectors are made by {', '.join(chosen)}, which is not known here"
            )
    return "mean"


def _dense(folder: Path) -> tuple[np.ndarray, np.ndarray, bool]:
    config = _json(folder / "config.json")
    bend = str(config.get("activation_function", "torch.nn.modules.linear.Identity")).rsplit(".", 1)[-1]
    if bend not in ("Tanh", "Identity"):
        raise TransformerError(f"{folder}: the function {bend} is not known here")
    if not (folder / "model.safetensors").is_file():
        raise TransformerError(f"{folder} holds no model.safetensors")
    kept = tensors(folder / "model.safetensors")
    weight = wide(kept["linear.weight"])
    bias = wide(kept["linear.bias"]) if "linear.bias" in kept else np.zeros(len(weight), np.float32)
    return weight, bias, bend == "Tanh"


def _digest(folder: Path, weights: Path) -> str:
    """Of every file that changes a vector."""
    parts = [
        weights,
        *sorted(weights.parent.glob("*.onnx_data")),
        *sorted(weights.parent.glob("*.onnx.data")),
    ]
    parts += [folder / "tokenizer.json", *sorted(folder.glob("*config*.json")), folder / "modules.json"]
    parts += sorted(folder.glob("*_Pooling/config.json")) + sorted(folder.glob("*_Dense/*"))
    digest = hashlib.blake2b(digest_size=8)
    for path in parts:
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()


def _name(folder: Path) -> str:
    return folder.parent.name if folder.name in ("model", "onnx") else folder.name


def _json(path: Path) -> Mapping[str, Any]:
    """A JSON object; empty where there is no file."""
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TransformerError(f"{path} cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}
