"""The BERT family of sentence models (BERT, RoBERTa, XLM-RoBERTa) computed with numpy: no other runtime is needed.

Devlin et al. 2019, Liu et al. 2019: post-norm layers, absolute positions, exact GELU. Weights stay mapped to their
file, so that several processes share one copy in memory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.special import erf

FAMILY = ("bert", "roberta", "xlm-roberta", "camembert")
MOST_HEADER = 100 << 20
_TYPES = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}


def tensors(path: Path) -> dict[str, np.ndarray]:
    """The floating tensors of a safetensors file by name, mapped, not read. Raises ValueError on anything else."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(MOST_HEADER, size - 8):
            raise ValueError(f"{path.name} is no safetensors file")
        header = json.loads(file.read(length))
    data = np.memmap(path, np.uint8, "r", 8 + length)
    out = {}
    for name, about in header.items():
        kind = _TYPES.get(about.get("dtype"))
        if name == "__metadata__" or kind is None:
            continue
        start, end = about["data_offsets"]
        if not 0 <= start <= end <= len(data):
            raise ValueError(f"{path.name} is cut off: {name} lies past its end")
        out[name] = data[start:end].view(kind).reshape(about["shape"])
    return out


def wide(array: np.ndarray) -> np.ndarray:
    """The same numbers as float32; bfloat16 comes as its bits."""
    if array.dtype == np.uint16:
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array if array.dtype == np.float32 else array.astype(np.float32)


class Bert:
    """A model of the family. Raises KeyError for a missing weight, ValueError for a kind that is not of the family."""

    def __init__(self, weights: Mapping[str, np.ndarray], config: Mapping) -> None:
        kind, act = config.get("model_type"), config.get("hidden_act", "gelu")
        positions = config.get("position_embedding_type") or "absolute"
        if kind not in FAMILY or act != "gelu" or positions != "absolute":
            raise ValueError(
                f"models of the kind {kind} ({act}, {positions} positions) are computed from model.onnx only"
            )
        ends = "embeddings.word_embeddings.weight"
        prefix = next((n[: -len(ends)] for n in weights if n.endswith(ends)), "")
        self.width, self.heads = int(config["hidden_size"]), int(config["num_attention_heads"])
        self.epsilon = float(config.get("layer_norm_eps", 1e-12))
        self.first = 0 if kind == "bert" else int(config.get("pad_token_id", 1)) + 1

        def take(name: str) -> np.ndarray:
            return wide(weights[prefix + name])

        def pair(name: str) -> tuple[np.ndarray, np.ndarray]:
            return take(f"{name}.weight"), take(f"{name}.bias")

        self.words, self.positions = (take(f"embeddings.{n}_embeddings.weight") for n in ("word", "position"))
        self.type = take("embeddings.token_type_embeddings.weight")[0]
        self.begin = pair("embeddings.LayerNorm")
        self.layers = [
            [
                pair(f"encoder.layer.{n}.{part}")
                for part in (
                    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
                    "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
                )
            ]
            for n in range(int(config["num_hidden_layers"]))
        ]  # fmt: skip
        if self.words.shape[1] != self.width or self.width % self.heads:
            raise ValueError("config.json and the weights do not belong together")

    @property
    def longest(self) -> int:
        """So many tokens a text may have."""
        return len(self.positions) - self.first

    def __call__(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """(n, length, width) float32 states of (n, length) token ids; mask: 1 for tokens, 0 for what fills up."""
        n, length = ids.shape
        rows = self.words[ids] + self.positions[self.first : self.first + length] + self.type
        rows = self._norm(rows.reshape(n * length, -1), self.begin)
        away = np.where(mask[:, None, None, :] > 0, np.float32(0), np.float32(-1e9))
        for query, key, value, out, norm, up, down, last in self.layers:
            q, k, v = (self._by_head(_linear(rows, w), n, length) for w in (query, key, value))
            scores = q @ k.transpose(0, 1, 3, 2)
            scores *= np.float32((self.width // self.heads) ** -0.5)
            scores += away
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            seen = (scores @ v).transpose(0, 2, 1, 3).reshape(n * length, -1)
            rows = self._norm(rows + _linear(seen, out), norm)
            rows = self._norm(rows + _linear(_gelu(_linear(rows, up)), down), last)
        return rows.reshape(n, length, -1)

    def _by_head(self, rows: np.ndarray, n: int, length: int) -> np.ndarray:
        return rows.reshape(n, length, self.heads, -1).transpose(0, 2, 1, 3)

    def _norm(self, rows: np.ndarray, by: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        rows = rows - rows.mean(axis=1, keepdims=True)
        rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows)[:, None] / rows.shape[1] + self.epsilon)
        rows *= by[0]
        rows += by[1]
        return rows


def _linear(rows: np.ndarray, by: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    out = rows @ by[0].T
    out += by[1]
    return out


def _gelu(rows: np.ndarray) -> np.ndarray:
    bent = erf(rows * np.float32(0.5**0.5))
    bent += 1
    bent *= rows
    bent *= np.float32(0.5)
    return bent
