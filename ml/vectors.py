"""Word vectors that come with the `natasha` wheel (navec, Russian news, 300 numbers a word), read straight from it.

The file is a tar of a gzipped vocabulary and of product-quantised vectors. It is read here by itself: the `navec`
package computes tables that are not needed, for half a second and sixty megabytes.
"""

from __future__ import annotations

import gzip
import tarfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

WIDTH = 300
CHUNK = 4096


def _file() -> Path | None:
    spec = find_spec("natasha")
    if spec is None or not spec.origin:
        return None
    found = sorted((Path(spec.origin).parent / "data" / "emb").glob("navec_*.tar"))
    return found[0] if found else None


@cache
def _rows() -> tuple[dict[str, int], np.ndarray, np.ndarray] | None:
    """Word numbers, (words, parts) uint8 codes and (parts, 256, width of a part) what they stand for; None where the
    wheel is not installed: Russian then does without."""
    path = _file()
    if path is None:
        return None
    with tarfile.open(path) as archive:
        files = [archive.extractfile(name) for name in ("vocab.bin", "pq.bin")]
        words, packed = (file.read() if file else b"" for file in files)
    words = gzip.decompress(words)
    count = int(np.frombuffer(words, np.uint32, 1)[0])
    # The table writes «ё» where it stands; texts here do not.
    names = words[4 + 4 * count :].decode("utf-8").replace("ё", "е").split("\n")
    ids = dict(zip(names, range(count), strict=True))
    for special in ("<unk>", "<pad>"):
        ids.pop(special, None)
    total, width, parts, centroids = np.frombuffer(packed, np.uint32, 4).tolist()
    if (total, width) != (count, WIDTH):
        raise ValueError(f"{path.name} holds {total} vectors of {width} for {count} words, not of {WIDTH}")
    codes = np.frombuffer(packed, np.uint8, total * parts, offset=16).reshape(total, parts)
    values = np.frombuffer(packed, np.float32, offset=16 + total * parts).reshape(parts, centroids, -1)
    return ids, codes, values


def available() -> bool:
    """Whether word vectors are installed."""
    return _file() is not None


def word_vectors(words: list[str]) -> np.ndarray:
    """(n, 300) float32, zero rows for unknown words."""
    out = np.zeros((len(words), WIDTH), np.float32)
    rows = _rows()
    if rows is None:
        return out
    ids, codes, values = rows
    known = [(i, ids[w]) for i, w in enumerate(words) if w in ids]
    parts = np.arange(values.shape[0])
    for start in range(0, len(known), CHUNK):
        at = np.array(known[start : start + CHUNK])
        out[at[:, 0]] = values[parts[None, :], codes[at[:, 1]]].reshape(len(at), -1)
    return out
