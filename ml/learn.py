"""`python -m ml.learn CORPUS`: learns from groups how much each concept tells of sameness; writes data/weights.json.

A softmax over all other ideas should fall on the fellows of one's group (multiple-negatives loss). Weights start
at 1 and are pulled back to it, so that few groups move them little. Groups and ideas marked `kept_out` are not read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ml.encode import Encoder
from ml.evaluate_demo import Idea, fellow_hits, read
from ml.likeness import SEARCH, evidence

SHARPNESS, PULL, STEPS = 30.0, 0.5, 60
"""Inverse temperature, regularisation (chosen by folds over training groups) and optimiser steps."""


def learn_weights(concepts: np.ndarray, lexical: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(c,) weights of concepts from (n, c) unit rows, (n, n) cosines of words and (n,) groups, −1 = alone."""
    from scipy.optimize import minimize

    fellows = (groups[:, None] == groups[None]) & (groups[:, None] >= 0)
    np.fill_diagonal(fellows, False)
    asked = np.nonzero(fellows.any(axis=1))[0]
    words = SEARCH[1] * lexical
    rows = concepts.astype(np.float64)

    def loss(shift: np.ndarray) -> tuple[float, np.ndarray]:
        score = SHARPNESS * ((rows * (1 + shift)) @ rows.T + words)
        np.fill_diagonal(score, -1e9)
        mine, right = score[asked], fellows[asked]
        weight = np.exp(mine - mine.max(axis=1, keepdims=True))
        total, hit = weight.sum(axis=1), np.maximum((weight * right).sum(axis=1), 1e-12)
        slope = np.zeros_like(score)
        slope[asked] = (weight / total[:, None] - weight * right / hit[:, None]) / len(asked)
        gradient = SHARPNESS * np.einsum("id,id->d", rows, slope @ rows)
        value = -np.log(hit / total).mean() + PULL * (shift**2).sum()
        return float(value), gradient + 2 * PULL * shift

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.maximum(1 + found.x, 0.05)


def plain_rows(encoder: Encoder, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(n, c) concept rows without learned weights, (n, n) cosines of words."""
    thesaurus = encoder.features.thesaurus
    thesaurus.weights = thesaurus.unlearned
    seen = evidence(encoder, texts)
    return seen.concepts.toarray(), (seen.lexical @ seen.lexical.T).toarray()


def folds(ideas: list[Idea], rows: np.ndarray, lexical: np.ndarray, count: int = 4) -> np.ndarray:
    """(n, n) likeness in which every idea's row is scored by weights that its fold did not teach."""
    groups = np.array([i.group for i in ideas])
    rng = np.random.default_rng(0)
    of_group = rng.integers(0, count, groups.max() + 1)
    part = np.where(groups >= 0, of_group[groups], rng.integers(0, count, len(ideas)))
    words = SEARCH[1] * lexical
    out = np.zeros_like(lexical)
    for fold in range(count):
        taught = part != fold
        weights = learn_weights(rows[taught], lexical[np.ix_(taught, taught)], groups[taught])
        out[~taught] = ((rows[~taught] * weights) @ rows.T) + words[~taught]
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Learns, prints what folds say, writes the weights."""
    parser = argparse.ArgumentParser(prog="python -m ml.learn", description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder of the demo corpus")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "data" / "weights.json")
    chosen = parser.parse_args(arguments)
    ideas = [i for i in read(chosen.corpus) if not i.kept_out]
    if not ideas:
        print(f"no training groups in {chosen.corpus}", file=sys.stderr)
        return 2
    encoder = Encoder.fit([i.text for i in ideas], "mixed")
    rows, lexical = plain_rows(encoder, [i.text for i in ideas])
    groups = np.array([i.group for i in ideas])
    words = SEARCH[1] * lexical
    for name, score in (
        ("not learned", rows @ rows.T + words),
        ("learned, by folds", folds(ideas, rows, lexical)),
    ):
        print(name, {what: round(value, 3) for what, value in fellow_hits(ideas, score).items()})
    weights = learn_weights(rows, lexical, groups)
    slugs = encoder.features.thesaurus.slugs
    table = {s: round(float(w), 3) for s, w in zip(slugs, weights, strict=True) if abs(w - 1) >= 0.005}
    chosen.out.write_text(json.dumps(table, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(table)} of {len(slugs)} weights moved")
    return 0


if __name__ == "__main__":
    sys.exit(main())
