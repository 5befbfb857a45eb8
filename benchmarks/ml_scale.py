"""How long grouping takes and how much memory, on synthetic ideas of 10,000, 100,000 and a million.

python benchmarks/ml_scale.py [--sizes 10000 100000] [--data FOLDER]

Synthetic texts recombine clauses of the real ones in FOLDER (`ru_city_themes.jsonl`) or, without it, of wishes of the
built-in thesaurus. Each size runs in a process of its own, so that peak memory is that size's.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from ml.evaluate_speed import AIMS, FLOORS, measured


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    chosen = parser.parse_args()
    print(
        f"{'texts':>9} {'seconds':>8} {'processor':>9} {'floor':>6} {'aim':>5} {'GiB':>6} {'floor':>6} "
        f"{'place p95 ms':>13}  stages"
    )
    times: list[tuple[int, float]] = []
    for size in chosen.sizes:
        try:
            row = measured(size, chosen.data.absolute())
        except RuntimeError as error:
            print(f"{size:>9} failed: {error}")
            return 1
        floor, aim = FLOORS.get(size, (0, 0)), AIMS.get(size, (0, 0))
        print(
            f"{size:>9} {row['seconds']:>8.1f} {row['processor']:>9.1f} {floor[0]:>6} {aim[0]:>5} "
            f"{row['gib']:>6.2f} {floor[1]:>6} {row['place_p95_ms']:>13.2f}  {row['stages']}", flush=True,
        )  # fmt: skip
        times.append((size, row["seconds"]))
    for (n1, t1), (n2, t2) in pairwise(times):
        print(f"growth {n1} to {n2}: n^{np.log(t2 / t1) / np.log(n2 / n1):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
