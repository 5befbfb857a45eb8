"""What is imported is locked, and the locks name packages only."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"ideas", "ml", "tests", "benchmarks", "piccolo_conf"}
# What a benchmark compares with; whoever runs it installs it, and it says so where it is missing.
COMPARED = {"bertopic", "umap"}


def imported(folder: Path) -> dict[str, Path]:
    """Top-level modules that the Python files of a folder import, with one file of each."""
    found = {}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            )
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            found |= {name.split(".")[0]: path for name in names}
    return {
        name: path for name, path in found.items() if name not in OURS | COMPARED | sys.stdlib_module_names
    }


def named(*files: str) -> set[str]:
    """The packages that files of requirements name on lines of their own."""
    text = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    return {plain(name) for name in re.findall(r"^([A-Za-z0-9][\w.-]*)", text, re.MULTILINE)}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize(
    ("folder", "files"),
    [
        ("ideas", ["requirements.in"]),
        ("ml", ["requirements.in", "requirements-encoder.in"]),
        ("benchmarks", ["requirements.in", "requirements-dev.in"]),
        ("tests", ["requirements.in", "requirements-encoder.in", "requirements-dev.in"]),
    ],
)
def test_what_is_imported_is_asked_for(folder: str, files: list[str]) -> None:
    known = packages_distributions()
    asked = named(*files)
    missing = {
        f"{name} in {path.relative_to(ROOT)}"
        for name, path in imported(ROOT / folder).items()
        if not asked & {plain(owner) for owner in known.get(name, [name])}
    }
    assert not missing


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_locks_name_packages_only(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://|file:|--find-links|--(extra-)?index-url", text)
    if "overrides" not in lock:
        packages = re.findall(r"^\S+==", text, re.MULTILINE)
        assert packages
        assert text.count("--hash=sha256:") >= len(packages)
