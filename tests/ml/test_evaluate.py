"""The table of figures: what counts as a missed floor and a reached aim, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml import evaluate, evaluate_speed
from ml.evaluate import Count, Row

ROWS = [
    Row("more is better", "a", 0.7, 0.6, 0.7),
    Row("missed", "a", 0.599, 0.6, 0.7),
    Row("less is better", "a", 3.0, 5.0, 2.0, least=True),
    Row("only told", "a", 9.0),
]


def test_floors_and_aims_are_counted(capsys):
    count = Count()
    count.show(iter(ROWS))
    assert (count.measured, count.missed, count.aims, count.reached) == (4, 1, 3, 1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[:3]] == ["aim", "floor", "ok"]


@pytest.mark.parametrize("quality", [True, False])
def test_what_is_timed_stands_apart(tmp_path: Path, capsys, monkeypatch, quality: bool):
    made = {"seconds": 1.0, "processor": 1.0, "gib": 0.1, "place_p95_ms": 9.0}
    monkeypatch.setattr(evaluate_speed, "measured", lambda size, folder: made)
    asked = [str(tmp_path), "--demo", str(tmp_path / "none")] + ["--quality"] * quality
    assert evaluate.main(asked) == (0 if quality else 1)
    told, _, timed = capsys.readouterr().out.partition("\nTimed")
    assert "personal data found, F1" in told
    assert ("one new text placed, ms, p95" in timed) != quality
    assert evaluate.main([str(tmp_path / "none")]) == 2


def test_a_size_is_measured_in_a_process_of_its_own(tmp_path: Path):
    row = evaluate_speed.measured(40, tmp_path)
    assert row["texts"] == 40
    assert row["seconds"] > 0 < row["place_p95_ms"]
    with pytest.raises(RuntimeError):
        evaluate_speed.measured(-1, tmp_path)
