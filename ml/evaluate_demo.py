"""Figures on the demo corpus: fellows of one wish found and grouped, across languages, and principles tagged.

Groups marked `kept_out` were seen by nothing that is trained or tuned; the default figures are of those.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.cluster import group
from ml.measures import hits, pair_scores
from ml.search import similar
from ml.tag import Principle, Tagger
from ml.tag_report import calibration_error, scores

Figure = tuple[str, str, float, float | None, float | None, bool]


@dataclass(frozen=True)
class Idea:
    """group is −1 for an idea that stands alone; kind is "echo", "distant" or ""."""

    text: str
    lang: str
    group: int
    theme: str
    kind: str
    kept_out: bool
    principles: tuple[str, ...]


def read(folder: Path) -> list[Idea]:
    """All ideas of the corpus, one JSON file a theme."""
    out: list[Idea] = []
    number = 0
    for path in sorted(folder.glob("*.json")):
        theme = json.loads(path.read_text(encoding="utf-8"))
        for made in theme["groups"]:
            for idea in made["ideas"]:
                out.append(_idea(idea, number, theme["theme"], made["kind"], bool(made.get("kept_out"))))
            number += 1
        out += [
            _idea(idea, -1, theme["theme"], "", bool(idea.get("kept_out"))) for idea in theme.get("alone", [])
        ]
    return out


def _idea(idea: dict, number: int, theme: str, kind: str, kept_out: bool) -> Idea:
    text = f"{idea['title']}. {idea['text']}"
    return Idea(text, idea["lang"], number, theme, kind, kept_out, tuple(idea.get("principles", ())))


def principles() -> list[Principle]:
    """The eight principles of the standard, as the package describes them."""
    path = Path(__file__).parent / "data" / "principles.json"
    return [
        Principle(p["slug"], p["name"], p["description"], tuple(p["keywords"]))
        for p in json.loads(path.read_text())
    ]


def figures(ideas: list[Idea], part: str) -> Iterator[Figure]:
    """Rows (what, on, value, floor, aim, smaller is better)."""
    inside = np.array([i.kept_out == (part == "kept-out") for i in ideas])
    if not inside.any():
        return
    name = f"demo {part}"
    yield from fellows(ideas, inside, name)
    yield from groups(ideas, inside, name)
    yield from tagging(ideas, inside, name)


def fellows(ideas: list[Idea], inside: np.ndarray, name: str) -> Iterator[Figure]:
    """Another idea of the same group among all ideas; and across languages, among the other language's ideas."""
    texts = [i.text for i in ideas]
    members: dict[int, set[int]] = {}
    for at, idea in enumerate(ideas):
        if idea.group >= 0:
            members.setdefault(idea.group, set()).add(at)
    found, _ = similar(texts, texts, 11, "mixed")
    ranked = np.array([[j for j in row if j != i][:10] for i, row in enumerate(found.tolist())])
    right = [members.get(idea.group, set()) - {i} for i, idea in enumerate(ideas)]
    for kind, floors, aims in (("echo", (0.75, 0.92), (0.90, 0.98)), ("distant", (0.45, 0.72), (0.70, 0.90))):
        asked = [i for i, idea in enumerate(ideas) if inside[i] and idea.kind == kind and right[i]]
        for k, floor, aim in zip((1, 5), floors, aims, strict=True):
            value = hits(ranked[asked], [right[i] for i in asked], k)
            yield (f"another idea of my group, {kind}, hit@{k}", name, value, floor, aim, False)
    yield ("the same in the other language, hit@5", name, across(ideas, inside, members), 0.50, 0.80, False)


def across(ideas: list[Idea], inside: np.ndarray, members: dict[int, set[int]]) -> float:
    """hit@5 of ideas that have a fellow in the other language, looked for among all ideas of that language."""
    total = count = 0.0
    for lang in ("ru", "en"):
        other = [i for i, idea in enumerate(ideas) if idea.lang != lang]
        place = {i: at for at, i in enumerate(other)}
        asked, right = [], []
        for i, idea in enumerate(ideas):
            fellows = {place[j] for j in members.get(idea.group, ()) if j in place}
            if inside[i] and idea.lang == lang and fellows:
                asked.append(idea.text)
                right.append(fellows)
        if asked:
            found, _ = similar(asked, [ideas[i].text for i in other], 5, "mixed")
            total += hits(found, right, 5) * len(asked)
            count += len(asked)
    return total / max(count, 1)


def groups(ideas: list[Idea], inside: np.ndarray, name: str) -> Iterator[Figure]:
    """Pairs with at least one idea of the asked groups: a stranger drawn in counts against."""
    gold = np.array([i.group for i in ideas])
    made = group([i.text for i in ideas], "mixed")
    precision, recall, f1 = pair_scores(gold, made.clusters, inside & (gold >= 0))
    yield ("groups, pair F1", name, f1, 0.35, 0.60, False)
    yield ("groups, pair precision", name, precision, None, None, False)
    yield ("groups, pair recall", name, recall, None, None, False)


def tagging(ideas: list[Idea], inside: np.ndarray, name: str) -> Iterator[Figure]:
    """From descriptions alone, and with 300 labelled ideas of the other groups; all ideas are tagged together."""
    tagger = Tagger(principles(), "mixed")
    slugs = [p.slug for p in tagger.principles]
    gold = np.array([[s in i.principles for s in slugs] for i in ideas])
    others = np.nonzero(~inside)[0] if not inside.all() else np.arange(len(ideas))
    sample = np.random.default_rng(0).permutation(others)[:300] if len(others) else np.zeros(0, int)
    asked = np.setdiff1d(np.nonzero(inside)[0], sample)
    texts = [i.text for i in ideas]
    learned = tagger.learn([ideas[i].text for i in sample], [list(ideas[i].principles) for i in sample])
    for what, model, floor, aim in (
        ("descriptions alone", tagger, 0.60, 0.70),
        ("300 labels", learned, 0.72, 0.80),
    ):
        probability = model.probabilities(texts)[asked]
        guess = probability >= model.thresholds()
        yield (f"principles from {what}, micro F1", name, scores(gold[asked], guess)[2], floor, aim, False)
        error = calibration_error(gold[asked], probability)
        yield (f"calibration error, {what}", name, error, 0.08, 0.04, True)


def fellow_hits(ideas: list[Idea], score: np.ndarray) -> dict[str, float]:
    """hit@1 and hit@5 by kind, and hit@5 across languages, of an (n, n) likeness."""
    groups = np.array([i.group for i in ideas])
    langs = np.array([i.lang for i in ideas])
    own = np.eye(len(ideas), dtype=bool)
    fellow = (groups[:, None] == groups[None]) & (groups[:, None] >= 0) & ~own
    ranked = np.argsort(-np.where(own, -np.inf, score), axis=1)[:, :5]
    out = {}
    for kind in ("echo", "distant"):
        asked = [i for i, idea in enumerate(ideas) if idea.kind == kind and fellow[i].any()]
        for k in (1, 5):
            out[f"{kind}@{k}"] = float(np.mean([fellow[i, ranked[i, :k]].any() for i in asked]))
    other = langs[:, None] != langs[None]
    ranked = np.argsort(-np.where(other, score, -np.inf), axis=1)[:, :5]
    asked = [i for i in range(len(ideas)) if (fellow[i] & other[i]).any()]
    out["across@5"] = float(np.mean([fellow[i, ranked[i]].any() for i in asked]))
    return out
