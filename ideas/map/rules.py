"""The map as bytes for the browser, and which colour each theme gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

HUES = 12
"""Colours that people tell apart; with more themes, two far from each other share one, and numbers tell them apart."""
NOTHING = 0xFFFF
"""Index that stands for no theme, cluster or district."""
STATUSES = ("submitted", "study", "accepted", "declined", "standard", "done")
WAITS = 0x80
"""Bit of the status: nobody has answered it."""
GRID = 65_535


def hues(themes: Sequence[tuple[int, float, float]]) -> dict[int, int]:
    """Colours by theme for (id, x, y of its middle): the older first, each the one whose nearest bearer is farthest.

    What came later does not change what was there, as long as that stands where it stood.
    """
    given: dict[int, int] = {}
    places: dict[int, list[tuple[float, float]]] = {hue: [] for hue in range(HUES)}
    for id, x, y in sorted(themes):
        free = [hue for hue in range(HUES) if not places[hue]]
        hue = free[0] if free else max(
            range(HUES), key=lambda h: (min((x - a) ** 2 + (y - b) ** 2 for a, b in places[h]), -h)
        )  # fmt: skip
        places[hue].append((x, y))
        given[id] = hue
    return given


def packed(header: dict[str, Any], columns: dict[str, np.ndarray]) -> bytes:
    """The map as the browser reads it; numbers are little-endian.

    "MAP1", the header's length as uint32, the header as JSON padded with spaces to a multiple of 8, then one column
    after the other: `id` as float64 steps from the one before, `principles` as uint32 bits, `x`, `y`, `theme`,
    `cluster`, `district`, `support` as uint16, `status` as uint8. `columns` are arrays of one length; x and y are
    floats and are written as parts of the square around them, whose corner and side stand in the header.
    """
    n = len(columns["id"])
    x, y = columns["x"].astype(np.float64), columns["y"].astype(np.float64)
    low = (float(x.min()), float(y.min())) if n else (0.0, 0.0)
    side = max(float(np.ptp(x)), float(np.ptp(y)), 1e-6) if n else 1.0
    given = {**header, "n": n, "side": side, "width": float(np.ptp(x)) if n else 0.0,
        "height": float(np.ptp(y)) if n else 0.0}  # fmt: skip
    text = msgspec.json.encode(given)
    text += b" " * (-(len(text) + 8) % 8)
    parts = [b"MAP1", np.uint32(len(text)).astype("<u4").tobytes(), text]
    parts.append(np.diff(columns["id"].astype(np.float64), prepend=0).astype("<f8").tobytes())
    parts.append(columns["principles"].astype("<u4").tobytes())
    for values, corner in ((x, low[0]), (y, low[1])):
        parts.append(np.round((values - corner) / side * GRID).astype("<u2").tobytes())
    for name in ("theme", "cluster", "district", "support"):
        parts.append(np.clip(columns[name], 0, NOTHING).astype("<u2").tobytes())
    parts.append(columns["status"].astype(np.uint8).tobytes())
    return b"".join(parts)
