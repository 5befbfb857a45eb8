"""How far long work is, for the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[str, float], None]


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A bar on standard error for work that calls `report(stage, fraction)`, from any thread; 1.0 is all done.

    Where standard error is no terminal, each new stage is a line.
    """
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)

        def report(stage: str, fraction: float) -> None:
            bar.update(task, completed=min(1.0, max(0.0, fraction)), description=f"{title}: {stage}")

        yield report


def _lines(title: str) -> Report:
    last: list[str] = []

    def report(stage: str, fraction: float) -> None:
        if stage not in last:
            last[:] = [stage]
            print(f"{title}: {stage}", file=sys.stderr, flush=True)

    return report
