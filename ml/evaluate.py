"""`python -m ml.evaluate FOLDER`: every figure that the grouping, search and tagging are judged by, in one table.

Reads JSON lines files named …_themes, …_intents, …_answers_groups, …_find_existing and …_tags in the folder, and the
demo corpus. No file has settings of its own. What is timed differs from run to run, stands in a section of its own at
the end, and is left out by --quality: the rest is the same numbers each time.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml import evaluate_demo, evaluate_speed
from ml.cluster import group
from ml.encode import Encoder
from ml.evaluate_screen import screened
from ml.measures import adjusted_information, adjusted_rand, hits, pair_scores
from ml.search import similar
from ml.tag import Principle, Tagger

TIGHT = 0.94
"""Members at least this similar to their cluster's typical one are the tight tier."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    on: str
    value: float
    floor: float | None = None
    aim: float | None = None
    least: bool = False

    def met(self, bound: float | None) -> bool:
        # Compared as printed.
        value = round(self.value, 3)
        return bound is None or (value <= bound if self.least else value >= bound)


FLOORS = {
    "ru_city_themes": (0.51, 0.58),
    "en_intents": (0.57, 0.64),
}


def rows_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def language(rows: Sequence[dict]) -> str:
    langs = [r.get("lang", "ru") for r in rows]
    return max(sorted(set(langs)), key=langs.count)


def themes(path: Path, rows: list[dict]) -> Iterator[Row]:
    texts, gold = [r["text"] for r in rows], [str(r["label"]) for r in rows]
    found = group(texts, language(rows)).themes
    floor, aim = FLOORS.get(path.stem, (None, None))
    yield Row("themes, ARI", path.stem, adjusted_rand(gold, found), floor, aim)
    yield Row("themes, AMI", path.stem, adjusted_information(gold, found))
    yield Row(f"themes found ({len(set(gold))} true)", path.stem, len(set(found.tolist())))
    yield from stability(path.stem, texts, language(rows))


def stability(name: str, texts: list[str], lang: str) -> Iterator[Row]:
    """Share of old members whose cluster's and theme's id is the same after a tenth more texts."""
    order = np.random.default_rng(0).permutation(len(texts))
    texts = [texts[i] for i in order]
    old = round(len(texts) / 1.1)
    first = group(texts[:old], lang)
    new = np.full(len(texts) - old, -1)
    second = group(
        texts, lang, previous=np.concatenate([first.clusters, new]),
        previous_themes=np.concatenate([first.themes, new]),
    )  # fmt: skip
    held = first.clusters >= 0
    kept = (second.clusters[:old] == first.clusters)[held].mean()
    yield Row("cluster ids kept by old members, +10%", name, float(kept), 0.95, 0.98)
    yield Row(
        "theme ids kept by old members, +10%",
        name,
        float((second.themes[:old] == first.themes).mean()),
        0.95,
        0.98,
    )


def answers(path: Path, rows: list[dict]) -> Iterator[Row]:
    """Each question's answers are grouped by themselves, with an encoder fitted on all; pairs are pooled."""
    gold, found, close = [], [], []
    encoder = Encoder.fit([r["text"] for r in rows], language(rows))
    for question in dict.fromkeys(str(r.get("question_id")) for r in rows):
        part = [r for r in rows if str(r.get("question_id")) == question]
        made = group([r["text"] for r in part], language(rows), encoder=encoder)
        gold += [r["label"] for r in part]
        base = max((f for f in found), default=0) + 1
        found += [c + base if c >= 0 else -1 for c in made.clusters.tolist()]
        close += made.similarity.tolist()
    _, numbered = np.unique(gold, return_inverse=True)
    labels, near = np.array(found), np.array(close)
    precision, recall, f1 = pair_scores(numbered, labels)
    yield Row("same answer, pair F1", path.stem, f1, 0.52, 0.58)
    yield Row("same answer, pair precision", path.stem, precision)
    yield Row("same answer, pair recall", path.stem, recall)
    tight = np.where(near >= TIGHT, labels, -1)
    precision, recall, _ = pair_scores(numbered, tight)
    yield Row("same answer, precision of the tight tier", path.stem, precision, 0.85, 0.90)
    yield Row("same answer, recall of the tight tier", path.stem, recall)


def find_existing(path: Path, rows: list[dict]) -> Iterator[Row]:
    items = list(dict.fromkeys(r["canonical"] for r in rows))
    found, _ = similar([r["text"] for r in rows], items, 5, language(rows))
    right = [{items.index(r["canonical"])} for r in rows]
    yield Row("find the existing one, hit@1", path.stem, hits(found, right, 1), 0.56, 0.62)
    yield Row("find the existing one, hit@5", path.stem, hits(found, right, 5), 0.80, 0.86)


def tags(path: Path, rows: list[dict]) -> Iterator[Row]:
    """Five folds inside `learn`: every figure is of texts that the model had not seen."""
    slugs = sorted({t for r in rows for t in r["label"]})
    tagger = Tagger([Principle(s, s.replace("_", " "), "") for s in slugs], language(rows))
    report = tagger.learn([r["text"] for r in rows], [r["label"] for r in rows]).report()
    yield Row("tags, micro F1", path.stem, report.micro_f1, 0.76, 0.80)
    yield Row("tags, macro F1", path.stem, report.macro_f1, 0.72, 0.76)
    yield Row("texts with a tag at 90% precision", path.stem, report.covered_texts, 0.53, 0.65)
    yield Row("share of tags found at 90% precision", path.stem, report.coverage)
    yield Row("calibration error", path.stem, report.calibration_error, 0.08, 0.04, least=True)


SHAPES = {
    "_themes": themes, "_intents": themes, "_answers_groups": answers, "_find_existing": find_existing, "_tags": tags,
}  # fmt: skip


def table(folder: Path, demo: Path, part: str) -> Iterator[Row]:
    """Figures of quality."""
    for path in sorted(folder.glob("*.jsonl")):
        for ending, measure in SHAPES.items():
            if path.stem.endswith(ending):
                yield from measure(path, rows_of(path))
    if demo.is_dir():
        for figure in evaluate_demo.figures(evaluate_demo.read(demo), part):
            yield Row(*figure)
    yield Row("personal data found, F1", "hand-written", screened().f1, 0.95, 0.99)


def speed(folder: Path, sizes: Sequence[int]) -> Iterator[Row]:
    """Figures of time and memory, on synthetic texts."""
    for size in sizes:
        row = evaluate_speed.measured(size, folder.absolute())
        floors, aims = evaluate_speed.FLOORS[size], evaluate_speed.AIMS[size]
        name = f"{size:,} texts"
        yield Row("grouped from nothing, seconds", name, row["seconds"], floors[0], aims[0], least=True)
        yield Row("the same, seconds of processor", name, row["processor"])
        yield Row("the same, peak GiB", name, row["gib"], floors[1], aims[1], least=True)
        if size >= 100_000:
            placed = row["place_p95_ms"]
            yield Row("one new text placed, ms, p95", name, placed, *evaluate_speed.PLACE, least=True)


class Count:
    """Figures printed so far, by what they reached."""

    def __init__(self) -> None:
        self.measured = self.missed = self.aims = self.reached = 0

    def show(self, rows: Iterator[Row]) -> None:
        for row in rows:
            met, best = row.met(row.floor), row.met(row.aim)
            mark = "" if row.floor is None else "below floor" if not met else "aim" if best else "ok"
            bounds = [f"{b:6.2f}" if b is not None else " " * 6 for b in (row.floor, row.aim)]
            print(f"{row.what:58} {row.on:18} {row.value:7.3f} {bounds[0]} {bounds[1]} {mark}", flush=True)
            self.measured += 1
            self.missed += row.floor is not None and not met
            self.aims += row.aim is not None
            self.reached += row.aim is not None and best
        print(
            f"{self.measured} figures, {self.missed} floors missed, {self.reached} of {self.aims} aims reached"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; 1 when a floor is missed, 2 when there is no such folder."""
    parser = argparse.ArgumentParser(prog="python -m ml.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of JSON lines files")
    parser.add_argument("--demo", type=Path, default=Path(__file__).parents[1] / "ideas" / "demo" / "corpus")
    parser.add_argument(
        "--part", choices=("kept-out", "training"), default="kept-out", help="which demo groups are asked"
    )
    parser.add_argument("--quality", action="store_true", help="without what is timed")
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[10_000, 100_000], choices=list(evaluate_speed.FLOORS),
        help="synthetic texts to be timed",
    )  # fmt: skip
    chosen = parser.parse_args(arguments)
    if not chosen.folder.is_dir():
        print(f"{chosen.folder} is not a folder of JSON lines files", file=sys.stderr)
        return 2
    print(f"{'what':58} {'on':18} {'value':>7} {'floor':>6} {'aim':>6}")
    count = Count()
    count.show(table(chosen.folder, chosen.demo, chosen.part))
    if not chosen.quality:
        print("\nTimed: differs from run to run and from machine to machine")
        count.show(speed(chosen.folder, chosen.sizes))
    return int(count.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
