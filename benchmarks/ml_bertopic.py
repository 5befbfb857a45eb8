"""Topics of BERTopic beside ours on the theme files, in one run: quality (ARI, AMI) and seconds.

python benchmarks/ml_bertopic.py FOLDER

Needs the optional packages bertopic, umap-learn, hdbscan; without sentence-transformers its own embeddings cannot be
had offline, so it runs on the same vectors as ours, and on TF-IDF with SVD (its documented light-weight setting).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import ml
from ml.evaluate import language, rows_of
from ml.measures import adjusted_information, adjusted_rand


def light(texts: list[str]) -> np.ndarray:
    """TF-IDF and SVD of 100, what BERTopic's documentation advises without a transformer."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TruncatedSVD(100, random_state=0).fit_transform(TfidfVectorizer(min_df=2).fit_transform(texts))


def bertopic(texts: list[str], vectors: np.ndarray) -> list[int]:
    """Topics with all defaults but a fixed seed; outliers stay outliers (−1)."""
    from bertopic import BERTopic
    from umap import UMAP

    umap = UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0, low_memory=False
    )
    found, _ = BERTopic(umap_model=umap, embedding_model=None).fit_transform(texts, embeddings=vectors)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    try:
        import bertopic as _  # noqa: F401
    except ImportError:
        print("bertopic is not installed: pip install bertopic umap-learn hdbscan", file=sys.stderr)
        return 2
    print(f"{'file':18} {'who':24} {'ARI':>6} {'AMI':>6} {'groups':>7} {'unplaced':>9} {'seconds':>8}")
    warm = ["тёплый старт", "warm start"] * 60
    bertopic([f"{w} {i}" for i, w in enumerate(warm)], np.random.default_rng(0).standard_normal((120, 16)))
    for name in ("ru_city_themes", "en_intents"):
        rows = rows_of(chosen.folder / f"{name}.jsonl")
        texts, gold, lang = [r["text"] for r in rows], [r["label"] for r in rows], language(rows)
        ml.Encoder.fit(texts[:50], lang).encode(texts[:50])

        def report(who: str, found: list[int], seconds: float, name: str = name, gold: list = gold) -> None:
            labels = np.array(found)
            outside = float((labels < 0).mean())
            print(
                f"{name:18} {who:24} {adjusted_rand(gold, labels):6.3f} {adjusted_information(gold, labels):6.3f} "
                f"{len(set(found) - {-1}):7} {outside:9.0%} {seconds:8.1f}", flush=True,
            )  # fmt: skip

        start = time.perf_counter()
        report("ours", ml.group(texts, lang).themes.tolist(), time.perf_counter() - start)
        start = time.perf_counter()
        vectors = ml.Encoder.fit(texts, lang).encode(texts)
        report("BERTopic, our vectors", bertopic(texts, vectors), time.perf_counter() - start)
        start = time.perf_counter()
        report("BERTopic, TF-IDF + SVD", bertopic(texts, light(texts)), time.perf_counter() - start)
    return 0


if __name__ == "__main__":
    sys.exit(main())
