"""Pair F1 of the demo's training groups over answered questions, the gold groups answering.

python benchmarks/ml_asking.py [--demo FOLDER] [--answers 100]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import ml
from ml.ask import ask
from ml.evaluate_demo import read
from ml.measures import pair_scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, default=Path(__file__).parents[1] / "ideas" / "demo" / "corpus")
    parser.add_argument("--answers", type=int, default=100)
    chosen = parser.parse_args()
    ideas = [i for i in read(chosen.demo) if not i.kept_out]
    texts, gold = [i.text for i in ideas], np.array([i.group for i in ideas])
    encoder = ml.Encoder.fit(texts, "mixed")
    vectors = encoder.encode(texts)
    must: list[tuple[int, int]] = []
    cannot: list[tuple[int, int]] = []
    print(f"{'answers':>8} {'same':>5} {'pair F1':>8} {'precision':>10} {'recall':>7}")
    while True:
        made = ml.group(texts, "mixed", must, cannot, vectors=vectors, encoder=encoder)
        precision, recall, f1 = pair_scores(gold, made.clusters)
        print(
            f"{len(must) + len(cannot):>8} {len(must):>5} {f1:>8.3f} {precision:>10.3f} {recall:>7.3f}",
            flush=True,
        )
        left = chosen.answers - len(must) - len(cannot)
        questions = (
            ask(texts, made, "mixed", [*must, *cannot], min(20, left), encoder=encoder) if left > 0 else []
        )
        if not questions:
            return
        for q in questions:
            same = gold[q.first] == gold[q.second] >= 0
            (must if same else cannot).append((q.first, q.second))


if __name__ == "__main__":
    main()
