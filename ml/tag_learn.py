"""Fitting the linear tagger: one logistic regression a principle, calibrated on folds it has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from ml.features import Features
from ml.prototype import Prototypes
from ml.spread import LABEL, spread, told
from ml.text import normal, tokens

STRENGTHS = (0.7, 3.0)
"""Inverse regularisation tried on the first principle's folds; both work from 100 to 10,000 labels."""
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Parts of the regression that are tried beside the descriptions."""


def fit(rows: sp.csr_matrix, gold: np.ndarray, folds: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """(model, held-out probabilities (n, p)) from (n, d) rows and (n, p) gold tags.

    The model's arrays: coef (d, p), bias, slope, offset, threshold (p,).
    """
    n, p = gold.shape
    width = rows.shape[1]
    model = {k: np.zeros(p, np.float64) for k in ("bias", "offset", "threshold")}
    model["slope"] = np.ones(p)
    model["coef"] = np.zeros((width, p), np.float32)
    held_out = np.zeros((n, p))
    parts = _folds(gold, folds)
    for c in range(p):
        if gold[:, c].sum() < 3 or gold[:, c].all():
            # Too few to learn from: the base rate stays.
            rate = (gold[:, c].sum() + 0.5) / (n + 1)
            model["bias"][c] = np.log(rate / (1 - rate))
            model["threshold"][c] = 0.5
            held_out[:, c] = rate
            continue
        logits = {s: _held_out(rows, gold[:, c], parts, s) for s in STRENGTHS}
        best = min(STRENGTHS, key=lambda s: _loss(_calibrated(logits[s], gold[:, c], parts), gold[:, c]))
        held_out[:, c] = _calibrated(logits[best], gold[:, c], parts)
        coef, bias = _logistic(rows, gold[:, c], best)
        slope, offset = _platt(logits[best], gold[:, c])
        model["coef"][:, c], model["bias"][c] = coef, bias
        model["slope"][c], model["offset"][c] = slope, offset
        model["threshold"][c] = _threshold(held_out[:, c], gold[:, c])
    return model, held_out


def beside_prototypes(
    texts: Sequence[str],
    gold: np.ndarray,
    learned: np.ndarray,
    known: tuple[Prototypes, np.ndarray],
    lent: sp.csr_matrix,
    folds: int,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """(part and threshold, held-out probabilities (n, p)): what the regression (held out: learned) adds to descriptions
    whose shares (known) each fold corrects by the labels of the others (lent: (n, n) links)."""
    prototypes, shares = known
    parts = _folds(gold, folds)
    found = np.zeros(gold.shape)
    for f in np.unique(parts):
        lenders = np.where((parts != f)[:, None], told(gold), shares)
        mine = parts == f
        some = [t for t, own in zip(texts, mine.tolist(), strict=True) if own]
        weighed = lent @ sp.diags(np.where(mine, 1.0, LABEL))
        found[mine] = prototypes.probabilities(some, spread(shares, weighed, lenders)[mine])
    best = min(SHARES, key=lambda w: _loss(mixed(found, learned, np.array([w])), gold))
    held_out = mixed(found, learned, np.array([best]))
    usual = prototypes.thresholds()
    threshold = usual + _threshold(held_out.ravel(), gold.ravel(), float(usual.mean()), 0.3) - usual.mean()
    return {"part": np.array([best]), "threshold": threshold}, held_out


def mixed(found: np.ndarray, learned: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Probabilities of the descriptions and of the regression, by the latter's part."""
    return (1 - part[0]) * found + part[0] * learned


def _folds(gold: np.ndarray, folds: int) -> np.ndarray:
    """(n,) fold of each row: rows with the same tags are dealt round, from a fixed shuffle."""
    codes = gold @ (1 << np.arange(gold.shape[1], dtype=np.int64))
    shuffled = np.random.default_rng(0).permutation(len(gold))
    order = shuffled[np.argsort(codes[shuffled], kind="stable")]
    out = np.empty(len(gold), np.int64)
    out[order] = np.arange(len(gold)) % folds
    return out


def _logistic(rows: sp.csr_matrix, gold: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=strength, solver="liblinear", max_iter=200, random_state=0).fit(rows, gold)
    return fitted.coef_[0].astype(np.float32), float(fitted.intercept_[0])


def _held_out(rows: sp.csr_matrix, gold: np.ndarray, parts: np.ndarray, strength: float) -> np.ndarray:
    logits = np.zeros(len(gold))
    for f in np.unique(parts):
        train = parts != f
        if not gold[train].any() or gold[train].all():
            logits[~train] = np.log((gold.mean() + 1e-3) / (1 - gold.mean() + 1e-3))
            continue
        coef, bias = _logistic(rows[train], gold[train], strength)
        logits[~train] = rows[~train] @ coef + bias
    return logits


def _platt(logits: np.ndarray, gold: np.ndarray) -> tuple[float, float]:
    """Slope and offset that turn logits into probabilities, by Newton steps with a pull towards (1, 0)."""
    w = np.array([1.0, 0.0])
    x = np.stack([logits, np.ones_like(logits)], axis=1)
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ (p - gold) + (w - [1.0, 0.0])
        step = np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]) + np.eye(2), gradient)
        w = w - step
        if np.abs(step).max() < 1e-8:
            break
    return float(w[0]), float(w[1])


def _calibrated(logits: np.ndarray, gold: np.ndarray, parts: np.ndarray) -> np.ndarray:
    out = np.zeros(len(gold))
    for f in np.unique(parts):
        slope, offset = _platt(logits[parts != f], gold[parts != f])
        out[parts == f] = 1 / (1 + np.exp(-(logits[parts == f] * slope + offset)))
    return out


def _loss(p: np.ndarray, gold: np.ndarray) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.where(gold, np.log(p), np.log(1 - p))))


def _threshold(p: np.ndarray, gold: np.ndarray, usual: float = 0.4, pull: float = 0.05) -> float:
    """Where F1 is best, pulled a little towards the usual: peaks on few labels are luck."""
    grid = np.arange(0.15, 0.66, 0.01)
    f1 = [
        2 * (gold & (p >= t)).sum() / max((p >= t).sum() + gold.sum(), 1) - pull * abs(t - usual)
        for t in grid
    ]
    return float(grid[int(np.argmax(f1))])


def reasons(features: Features, coef: np.ndarray, text: str) -> list[tuple[str, float]]:
    """Words of the text that speak for a principle, with their part in the logit."""
    stems, _, concepts = features.rows([text])
    width = [len(i) for i in features.idf]
    weight_stem = dict(zip(stems.indices.tolist(), (stems.data * coef[stems.indices]).tolist(), strict=True))
    at = concepts.indices + width[0] + width[1]
    weight_concept = dict(zip(concepts.indices.tolist(), (concepts.data * coef[at]).tolist(), strict=True))
    out = []
    for word in dict.fromkeys(tokens(normal(text))):
        stem = features.words.stem(word)
        if not stem or word.isdigit():
            continue
        part = weight_stem.get(features.stem_index.get(stem, -1), 0.0)
        part += sum(weight_concept.get(c, 0.0) for c in features.thesaurus.claims.get(stem, ())) / 4
        if part > 0.05:
            out.append((word, float(part)))
    return out
