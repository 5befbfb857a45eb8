"""Parts of a batch on all processors: scipy and numpy let go of the interpreter while they compute."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

In = TypeVar("In")
Out = TypeVar("Out")
MOST = 8


def processors() -> int:
    """How many processors this process may use."""
    can = getattr(os, "sched_getaffinity", None)
    return min(len(can(0)) if can else os.cpu_count() or 1, MOST)


def each(function: Callable[[In], Out], parts: Sequence[In]) -> list[Out]:
    """function(part) of all parts, in their order. The parts, not the processors, decide what is computed, so that
    results do not depend on the machine."""
    count = min(processors(), len(parts))
    if count < 2:
        return [function(part) for part in parts]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(function, parts))


def alone() -> threadpool_limits:
    """While this context lasts, the matrix library computes in the thread that calls it: beside ours (`each`), or
    beside other programs, its own threads mostly wait for each other. Ten times slower was measured."""
    return threadpool_limits(1, "blas")
