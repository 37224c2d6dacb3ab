"""Times two functions alternately in one process, so that a noisy machine disturbs both alike; reports minimum and median."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Comparison(NamedTuple):
    """Seconds per call of ours and theirs, and the ratios ours / theirs of minima and of medians."""

    name: str
    ours_min: float
    theirs_min: float
    ours_median: float
    theirs_median: float

    @property
    def ratio_min(self) -> float:
        return self.ours_min / self.theirs_min

    @property
    def ratio_median(self) -> float:
        return self.ours_median / self.theirs_median

    def row(self) -> str:
        return (
            f"{self.name:44s} {self.ours_min * 1e3:10.4f} {self.theirs_min * 1e3:10.4f} ms   "
            f"ratio min {self.ratio_min:6.3f}  median {self.ratio_median:6.3f}"
        )


def _time(f: Callable[[], Any], inner: int) -> float:
    start = time.perf_counter()
    for _ in range(inner):
        f()
    return (time.perf_counter() - start) / inner


def compare(name: str, ours: Callable[[], Any], theirs: Callable[[], Any], *, repeat: int = 7, inner: int = 1) -> Comparison:
    """Runs both `repeat` times in turn, `inner` calls at a time, after one call each that does not count."""
    ours()
    theirs()
    a, b = [], []
    gc.collect()
    for i in range(repeat):
        for times, f in ((a, ours), (b, theirs)) if i % 2 else ((b, theirs), (a, ours)):
            times.append(_time(f, inner))
    return Comparison(name, min(a), min(b), statistics.median(a), statistics.median(b))


def report(comparisons: list[Comparison], as_json: bool = False) -> None:
    """Prints the rows, or one JSON list."""
    if as_json:
        print(
            json.dumps([{**c._asdict(), "ratio_min": c.ratio_min, "ratio_median": c.ratio_median} for c in comparisons], indent=1)
        )
        return
    print(f"{'':44s} {'pullback':>10s} {'JAX':>10s}")
    for c in comparisons:
        print(c.row())
