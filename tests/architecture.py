"""The rules that keep the parts apart, as functions over source text: see `test_architecture.py`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ML_LIBRARIES = {
    "numpy", "scipy", "sklearn", "nltk", "navec", "networkit", "stop_words", "pymorphy3", "snowballstemmer",
    "graspologic_native", "joblib", "threadpoolctl", "tokenizers", "onnxruntime",
}  # fmt: skip
# A slice may import what stands to its left.
SLICES = (
    "account", "campaign", "idea", "vote", "photo", "draft", "office", "notice", "comment", "cluster", "moderation",
    "teaching", "map", "ranking", "dashboard", "planning", "commitment", "standard", "report", "opendata",
    "webhook", "demo", "transfer", "front",
)  # fmt: skip
# The files of any slice that may touch `ml`: the parts of `cluster`'s background work, what finds copied texts
# (`ranking`), and the calls behind "similar ideas" and behind what is pointed out before publishing
# (docs/decisions/0008).
ML_USERS = {
    "ideas/cluster/jobs.py", "ideas/cluster/encoders.py", "ideas/cluster/taggers.py", "ideas/cluster/grouping.py",
    "ideas/idea/similar.py", "ideas/idea/screening.py",
    "ideas/standard/proposals.py", "ideas/ranking/jobs.py", "ideas/map/jobs.py",
}  # fmt: skip
# The command line runs any slice; it and the server are where parts are put together.
ENTRANCES = {f"ideas/{name}.py" for name in ("app", "commands", "chores", "__main__", "serve", "worker")}
LONGEST_FILE = 320
LONGEST_FUNCTION = 60


def imports(source: str, package: str = "") -> Iterator[tuple[int, str]]:
    """(line, full name) of everything that a module imports, wherever it does; `from a import b` gives `a.b`.

    What stands under `if TYPE_CHECKING` counts too: it is a dependency in the reader's head.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            for name in node.names:
                yield node.lineno, f"{base}.{name.name}"


def slice_of(path: str) -> str | None:
    """The slice that a file or a module (`ideas.idea.rules`) belongs to."""
    parts = path.replace("/", ".").split(".")
    return parts[1] if len(parts) > 2 and parts[0] == "ideas" and parts[1] in SLICES else None


def violations(path: str, source: str) -> list[str]:
    """What a file at `path` (from the root, with slashes) imports against the rules."""
    found = []
    package = path.rsplit("/", 1)[0].replace("/", ".")
    for line, name in imports(source, package):
        for problem in _problems(path, name):
            found.append(f"{path}:{line}: {problem}: {name}")
    return found


def _problems(path: str, name: str) -> Iterator[str]:
    top = name.split(".")[0]
    file = path.rsplit("/", 1)[-1]
    if path.startswith("ml/"):
        if top not in ML_LIBRARIES | {"ml", "__future__"} and top not in sys.stdlib_module_names:
            yield "ml imports the standard library and numeric and text libraries only"
        return
    if path.startswith("ideas/"):
        here, there = slice_of(path), slice_of(name)
        if name.startswith("ideas.app") and path not in ENTRANCES:
            yield "nothing imports app"
        if there and not here and path not in ENTRANCES and path != "ideas/queue.py" and there != "account":
            yield "what all slices share imports no slice"
        if here and there and SLICES.index(there) > SLICES.index(here):
            yield "slices import leftward only"
        if top == "ml" and here and path not in ML_USERS:
            yield "only cluster's background work and the calls behind similar ideas and the screen touch ml"
    if not slice_of(path):
        return
    tables = name.startswith("ideas.tables")
    if file == "rules.py" and (tables or top in ("litestar", "piccolo", "asyncpg")):
        yield "rules import neither tables nor Litestar"
    if file in ("queries.py", "actions.py") and top == "litestar":
        yield "queries and actions never import Litestar"
    if file in ("api.py", "pages.py") and (
        tables or top in ("piccolo", "asyncpg") or name == "ideas.database"
    ):
        yield "a handler calls an action or a query, never the tables"


def long_functions(source: str, most: int = LONGEST_FUNCTION) -> list[tuple[str, int]]:
    """(name, lines) of functions whose body is longer than `most`, not counting their docstring."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body
            if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1:
                body = body[1:]
            lines = (node.end_lineno or 0) - body[0].lineno + 1
            if lines > most:
                found.append((node.name, lines))
    return found


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    """(path from the root, text) of the Python files under folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
