"""Figures by which a tagger is judged: F1, calibration, and how much it may do by itself at a given precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PrincipleReport:
    """coverage: share of this principle's tags found by the suggestions that reach the precision asked for."""

    slug: str
    labels: int
    precision: float
    recall: float
    f1: float
    calibration_error: float
    coverage: float
    coverage_threshold: float


@dataclass(frozen=True)
class Report:
    """texts: how many were labelled. coverage: share of all tags found at precision `asked_precision`; covered_texts:
    share of texts with at least one such suggestion. uncertain: (index, slug, probability), most doubtful first."""

    texts: int
    micro_f1: float
    macro_f1: float
    calibration_error: float
    coverage: float
    covered_texts: float
    asked_precision: float
    principles: tuple[PrincipleReport, ...]
    uncertain: tuple[tuple[int, str, float], ...]


def make_report(
    gold: np.ndarray, probability: np.ndarray, threshold: np.ndarray, slugs: Sequence[str], asked: float = 0.9
) -> Report:
    """From held-out probabilities (n, p), their gold tags (n, p) bool and the thresholds (p,)."""
    guess = probability >= threshold
    rows = []
    for c, slug in enumerate(slugs):
        p, r, f = scores(gold[:, c], guess[:, c])
        cover, at = coverage(gold[:, c], probability[:, c], asked)
        error = calibration_error(gold[:, c], probability[:, c])
        rows.append(PrincipleReport(slug, int(gold[:, c].sum()), p, r, f, error, cover, at))
    cover, at = coverage(gold.ravel(), probability.ravel(), asked)
    doubt = np.abs(probability - threshold)
    closest = np.argsort(doubt.ravel(), kind="stable")[:20]
    uncertain = tuple(
        (int(i // len(slugs)), str(slugs[int(i) % len(slugs)]), float(probability.ravel()[i]))
        for i in closest.tolist()
    )
    return Report(
        len(gold), scores(gold, guess)[2], float(np.mean([r.f1 for r in rows])) if rows else 0.0,
        calibration_error(gold, probability), cover,
        float((probability >= at).any(axis=1).mean()) if len(gold) else 0.0,
        asked, tuple(rows), uncertain,
    )  # fmt: skip


def scores(gold: np.ndarray, guess: np.ndarray) -> tuple[float, float, float]:
    """Precision, recall, F1 over all cells."""
    hit = float((gold & guess).sum())
    precision, recall = hit / max(guess.sum(), 1), hit / max(gold.sum(), 1)
    return float(precision), float(recall), float(2 * hit / max(guess.sum() + gold.sum(), 1))


def calibration_error(gold: np.ndarray, probability: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean distance of probability and frequency over ten equal bins, by their sizes."""
    p, g = probability.ravel(), gold.ravel().astype(float)
    if not len(p):
        return 0.0
    at = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(at, minlength=bins)
    gap = np.abs(np.bincount(at, p, bins) - np.bincount(at, g, bins))
    return float(gap.sum() / count.sum())


def coverage(gold: np.ndarray, probability: np.ndarray, asked: float) -> tuple[float, float]:
    """(share of tags found, probability) at the lowest threshold whose suggestions are right as often as asked."""
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(gold[order])
    right = hits / np.arange(1, len(order) + 1)
    # At least five suggestions, so that one lucky guess is no coverage.
    ok = np.nonzero((right >= asked) & (np.arange(len(order)) >= 4))[0]
    if not len(ok) or not gold.any():
        return 0.0, 1.01
    return float(hits[ok[-1]] / gold.sum()), float(probability[order[ok[-1]]])
