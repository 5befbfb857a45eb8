"""`python -m benchmarks.fair`: how far votes tell good ideas from early ones, in each order of the list.

A simulated campaign: ideas of known quality come in one after another, visitors get the list in one order, look at some
of it and support what they like. Who looks is the position-based model of clicks (Craswell, Zoeter, Taylor, Ramsey,
WSDM 2008) with examination (1 / place)^eta (Joachims, Swaminathan, Schnabel, "Unbiased learning-to-rank with biased
feedback", WSDM 2017). Eta 1 is what the product's own rule assumes; the table also has 0.5 and 1.5, where it is wrong.
Quality is the chance that somebody who looks at an idea supports it: Beta(2, 5), mean 0.29. The size is that of the
campaign of 2014: 700 ideas, two weeks. The fair order is drawn by the product's own functions every ten minutes.

Printed: rank correlation (Kendall's tau-b, Spearman's rho) of votes with quality; tau of votes with earliness, which
should be 0; votes of the first tenth of the ideas for each vote of the last tenth, which should be 1.
`--runs N` (5; the mean is shown), `--visits N N …`.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np
from scipy.stats import kendalltau, spearmanr

from ideas.idea.rules import fair_place, looked_at

IDEAS = 700
DAYS = 14.0
PAGE = 20
MORE = 0.3
"""The chance that somebody goes on to the next page."""
REDRAWN = 10 / (24 * 60)


@dataclass
class Campaign:
    """One simulated campaign; ideas stand in the order in which they came."""

    quality: np.ndarray
    born: np.ndarray
    votes: np.ndarray
    eyes: np.ndarray
    fair: np.ndarray


def begin(rng: np.random.Generator) -> Campaign:
    """Ideas before anybody has seen them; the last ones come two days before the end."""
    born = np.sort(rng.uniform(0, DAYS - 2, IDEAS))
    born[0] = 0
    nothing = np.zeros(IDEAS)
    return Campaign(rng.beta(2, 5, IDEAS), born, nothing.astype(int), nothing.copy(), nothing.copy())


def listed(campaign: Campaign, known: int, order: str, most: int) -> np.ndarray:
    """The first `most` of the `known` ideas in an order, as the product's list has them."""
    newest_first = -np.arange(known)
    if order == "new":
        return np.arange(known)[::-1][:most]
    if order == "top":
        return np.lexsort((newest_first, -campaign.votes[:known]))[:most]
    return np.lexsort((np.arange(known), campaign.fair[:known]))[:most]


def simulate(order: str, visits: int, eta: float, seed: int) -> Campaign:
    """A campaign whose visitors all use one order."""
    rng = np.random.default_rng(seed)
    campaign = begin(rng)
    eyes_of = np.array([looked_at(place) for place in range(1, PAGE + 1)])
    drawn = 0.0
    for moment in np.sort(rng.uniform(0, DAYS, visits)):
        known = int(np.searchsorted(campaign.born, moment, side="right"))
        if moment - drawn >= REDRAWN:
            drawn = moment
            chances = rng.random(known)
            campaign.fair[:known] = [
                fair_place(eyes, chance) for eyes, chance in zip(campaign.eyes[:known], chances, strict=True)
            ]
        shown = listed(campaign, known, order, PAGE * int(rng.geometric(1 - MORE)))
        places = np.arange(1, len(shown) + 1)
        seen = shown[rng.random(len(shown)) < places**-eta]
        campaign.votes[seen] += rng.random(len(seen)) < campaign.quality[seen]
        # Each page is counted by itself, as the product does.
        campaign.eyes[shown] += eyes_of[(places - 1) % PAGE]
    return campaign


def measured(campaign: Campaign) -> list[float]:
    """tau and rho of votes with quality, tau of votes with earliness, first tenth to last tenth."""
    tenth = IDEAS // 10
    votes = campaign.votes
    found = (
        kendalltau(votes, campaign.quality)[0],
        spearmanr(votes, campaign.quality)[0],
        kendalltau(votes, -campaign.born)[0],
        votes[:tenth].mean() / max(votes[-tenth:].mean(), 0.01),
    )
    return [float(value) for value in found]  # type: ignore[arg-type]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fair", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--visits", type=int, nargs="+", default=[20_000, 4_000])
    parser.add_argument("--eta", type=float, nargs="+", default=[1.0, 0.5, 1.5])
    options = parser.parse_args()
    print(
        "| visits | eta | order | tau with quality | rho with quality | tau with earliness | first to last tenth |"
    )
    print("| --- " * 7 + "|")
    for visits in options.visits:
        for eta in options.eta:
            for order in ("top", "new", "fair"):
                runs = [measured(simulate(order, visits, eta, seed)) for seed in range(options.runs)]
                tau, rho, early, tenths = np.mean(runs, axis=0)
                ratio = f"{tenths:,.0f}" if tenths >= 100 else f"{tenths:.2f}"
                print(
                    f"| {visits:,} | {eta} | {order} | {tau:.2f} | {rho:.2f} | {early:+.2f} | {ratio} |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
