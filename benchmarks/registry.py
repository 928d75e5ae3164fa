"""
How a benchmark is written: a module in this folder, a function with @measures, results that carry their budget.

    @measures("imports")
    def how_fast_imports_are(bench: Bench) -> Iterator[Result]:
        rate = ...
        yield Result("imports_rows", rate, "rows/s", budget=10_000, ratios={"bare COPY": rate / bare})

`python -m benchmarks --only imports` runs it; the figures of the others stay in results.json.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import benchmarks


@dataclass
class Result:
    """
    One figure.

    :param budget: what it should reach; None when it is only told.
    :param lower_is_better: the budget is a ceiling.
    :param ratios: against a peer or a limit measured in the same run.
    :param growth: [size, value] pairs.
    """

    name: str
    value: float
    unit: str
    budget: float | None = None
    lower_is_better: bool = False
    ratios: dict[str, float] = field(default_factory=dict)
    growth: list[tuple[float, float]] = field(default_factory=list)
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        if self.budget is None:
            return None
        return self.value <= self.budget if self.lower_is_better else self.value >= self.budget


@dataclass
class Bench:
    """
    What a benchmark gets.

    :param folder: where data is kept between runs; a benchmark makes what it needs there.
    :param quick: small sizes, for trying things out; budgets are then not comparable.
    """

    folder: Path
    quick: bool
    say: Callable[[str], None]

    def timed(self, work: Callable[[], object], times: int = 1, before: Callable[[], object] | None = None) -> float:
        """Give the seconds of the best of some runs; `before` each is not counted."""
        best = float("inf")
        for _ in range(times):
            if before is not None:
                before()
            start = time.perf_counter()
            work()
            best = min(best, time.perf_counter() - start)
        return best


Measure = Callable[[Bench], Iterator[Result]]
MEASURES: list[tuple[str, Measure]] = []


def measures(name: str) -> Callable[[Measure], Measure]:
    """Register a benchmark under a name for `--only`."""

    def register(function: Measure) -> Measure:
        MEASURES.append((name, function))
        return function

    return register


def load_all() -> list[tuple[str, Measure]]:
    """Import every module of this folder and give the benchmarks in order."""
    for module in sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__)):
        if module != "__main__":
            importlib.import_module(f"benchmarks.{module}")
    return MEASURES
