"""How long grouping takes and how much memory, on synthetic ideas of 10,000, 100,000 and a million.

python benchmarks/ml_scale.py [--sizes 10000 100000] [--data FOLDER]

Synthetic texts recombine clauses of the real ones in FOLDER (`ru_city_themes.jsonl`) or, without it, of wishes of the
built-in thesaurus. Each size runs in a process of its own, so that peak memory is that size's.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

FLOORS = {10_000: (10, 1.0), 100_000: (60, 2.0), 1_000_000: (600, 6.0)}
AIMS = {10_000: (5, 1.0), 100_000: (30, 1.0), 1_000_000: (360, 6.0)}


def clauses(folder: Path) -> list[str]:
    """Pieces of real texts, or of the thesaurus where there are none."""
    path = folder / "ru_city_themes.jsonl"
    if path.is_file():
        from ml.text import clauses as cut

        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        return [c[:200] for r in rows for c in cut(r["text"])]
    from ml.thesaurus import built_in

    return [
        " ".join(entry["ru"][i : i + 6])
        for entry in built_in().values()
        for i in range(0, len(entry["ru"]), 6)
    ]


def synthetic(count: int, folder: Path) -> list[str]:
    """Texts in groups of five on average: a group repeats a clause beside one of many others, words left out."""
    rng = np.random.default_rng(0)
    pieces = clauses(folder)
    core = rng.integers(0, len(pieces), (count // 5 + 1, 2))
    out = []
    for i in range(count):
        first, second = core[i // 5]
        words = f"{pieces[first]} {pieces[second]} {pieces[rng.integers(len(pieces))]}".split()
        keep = rng.random(len(words)) > 0.3
        out.append(" ".join(w for w, k in zip(words, keep, strict=True) if k) or words[0])
    return out


def run(count: int, folder: Path) -> None:
    """One size in this process; prints one JSON line."""
    import ml
    from ml.index import Index

    texts = synthetic(count, folder)
    before, spent_before = time.perf_counter(), time.process_time()
    stages: list[tuple[str, float]] = []
    made = ml.group(texts, "ru", progress=lambda stage, _: stages.append((stage, time.perf_counter())))
    seconds, processor = time.perf_counter() - before, time.process_time() - spent_before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    encoder = ml.Encoder.fit(texts[:20_000], "ru")
    known = encoder.encode(texts[: min(count, 100_000)])
    index = Index(known)
    placed = []
    for text in texts[:: max(1, count // 500)][:500]:
        start = time.perf_counter()
        vector = encoder.encode([text + " новое"])[0]
        nearest, scores = index.nearest(vector, 15)
        ml.place(vector, scores, made.clusters[nearest], made.threshold)
        placed.append((time.perf_counter() - start) * 1000)
    spent = {a: round(t2 - t1, 1) for (a, t1), (_, t2) in pairwise(stages)}
    print(json.dumps({
        "texts": count, "seconds": round(seconds, 1), "processor": round(processor, 1), "gib": round(peak, 2),
        "clusters": len(made.names),
        "themes": len(made.theme_names), "place_p95_ms": round(float(np.percentile(placed, 95)), 2), "stages": spent,
    }))  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        run(chosen.one, chosen.data)
        return 0
    print(
        f"{'texts':>9} {'seconds':>8} {'processor':>9} {'floor':>6} {'aim':>5} {'GiB':>6} {'floor':>6} "
        f"{'place p95 ms':>13}  stages"
    )
    times: list[tuple[int, float]] = []
    for size in chosen.sizes:
        command = [sys.executable, __file__, "--one", str(size), "--data", str(chosen.data)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{size:>9} failed: {done.stderr.strip().splitlines()[-1]}")
            return 1
        row = json.loads(done.stdout)
        floor, aim = FLOORS.get(size, (0, 0)), AIMS.get(size, (0, 0))
        print(
            f"{size:>9} {row['seconds']:>8} {row['processor']:>9} {floor[0]:>6} {aim[0]:>5} "
            f"{row['gib']:>6} {floor[1]:>6} {row['place_p95_ms']:>13}  {row['stages']}", flush=True,
        )  # fmt: skip
        times.append((size, row["seconds"]))
    for (n1, t1), (n2, t2) in pairwise(times):
        print(f"growth {n1} to {n2}: n^{np.log(t2 / t1) / np.log(n2 / n1):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
