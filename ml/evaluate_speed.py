"""Seconds and memory of grouping synthetic ideas, and of placing one: `python -m ml.evaluate_speed COUNT FOLDER`.

A size is measured in a process of its own, so that peak memory is that size's.
"""

from __future__ import annotations

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
"""Seconds and GiB."""
PLACE = (5.0, 2.0)
"""Milliseconds for one new text among 100,000, p95: floor and aim."""


def clauses(folder: Path) -> list[str]:
    """Pieces of real texts (`ru_city_themes.jsonl`), or of the thesaurus where there are none."""
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


def run(count: int, folder: Path) -> dict:
    """One size in this process: seconds of the clock and of the processor, GiB at the peak, milliseconds for a text."""
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
    return {
        "texts": count, "seconds": seconds, "processor": processor, "gib": peak, "clusters": len(made.names),
        "themes": len(made.theme_names), "place_p95_ms": float(np.percentile(placed, 95)),
        "stages": {a: round(t2 - t1, 1) for (a, t1), (_, t2) in pairwise(stages)},
    }  # fmt: skip


def measured(count: int, folder: Path) -> dict:
    """`run` in a process of its own. Raises RuntimeError with its last line when it fails."""
    command = [sys.executable, "-m", "ml.evaluate_speed", str(count), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it was stopped"])[-1])
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
