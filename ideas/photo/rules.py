"""What a photo may be."""

from __future__ import annotations

MOST = 3
BYTES = 8_000_000
PIXELS = {"JPEG": 120_000_000, "PNG": 30_000_000, "WEBP": 30_000_000}
"""Pixels by format: a JPEG is decoded at a fraction of its size, the others whole, at four bytes each."""
SIDE = 1600
SMALL_SIDE = 480
ALT_LONGEST = 200
HOURLY = 60
"""So many photos may a person send in an hour."""
