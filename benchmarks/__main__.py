"""python -m benchmarks [--only NAME] [--quick] [--folder DIR]: measure, print a table, keep benchmarks/results.json."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine, measure_limits
from benchmarks.registry import Bench, Result, load_all

RESULTS = Path(__file__).parent / "results.json"
FIGURES = 4


def main() -> int:
    """Run benchmarks. Exit 1 when one failed to run or a budget of a full run is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only these; may be given again")
    parser.add_argument("--quick", action="store_true", help="small sizes; results.json is not written")
    parser.add_argument("--folder", type=Path, default=Path(".gridhall/bench"), help="where generated data is kept")
    parser.add_argument("--list", action="store_true", help="show the names")
    asked = parser.parse_args()
    known = load_all()
    names = sorted({name for name, _ in known})
    if asked.list or any(name not in names for name in asked.only):
        print("benchmarks:", ", ".join(names))
        return 0 if asked.list else 2
    folder = asked.folder / ("quick" if asked.quick else "full")
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(folder, asked.quick, lambda text: print(f"  {text}", flush=True))
    # A whole run begins anew, so that no figure outlives what measured it; a part of it leaves the others.
    known_before = read_results().get("results", []) if asked.only and not asked.quick else []
    before = {entry["name"]: entry for entry in known_before}
    machine = describe_machine() | {"limits": measure_limits(folder, quick=asked.quick)}
    failed = False
    for name, measure in known:
        if asked.only and name not in asked.only:
            continue
        print(f"{name} …", flush=True)
        start = time.perf_counter()
        try:
            for result in measure(bench):
                before[result.name] = as_entry(result)
                print_result(result)
        except Exception:
            failed = True
            traceback.print_exc()
        print(f"  {time.perf_counter() - start:.0f} s", flush=True)
        if not asked.quick:
            write_results({"machine": machine, "results": list(before.values())})
    print_table(list(before.values()))
    missed = [entry["name"] for entry in before.values() if entry["met"] is False]
    if missed:
        print(f"not met: {', '.join(missed)}")
    return 1 if failed or (missed and not asked.quick) else 0


def as_entry(result: Result) -> dict[str, Any]:
    """Give a result as it stands in results.json."""
    entry: dict[str, Any] = {
        "name": result.name, "value": rounded(result.value), "unit": result.unit, "budget": result.budget,
        "met": result.met, "ratios": {peer: rounded(ratio) for peer, ratio in result.ratios.items()},
        "growth": [[rounded(size), rounded(value)] for size, value in result.growth],
    }  # fmt: skip
    return entry | ({"note": result.note} if result.note else {})


def rounded(value: float) -> float:
    """Keep four figures."""
    return float(f"{value:.{FIGURES}g}")


def read_results() -> dict[str, Any]:
    """Read the figures of the last run."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def write_results(found: dict[str, Any]) -> None:
    """Keep the figures."""
    temporary = RESULTS.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    temporary.replace(RESULTS)


def print_result(result: Result) -> None:
    """Print one line as it comes in."""
    verdict = {True: "met", False: "NOT MET", None: ""}[result.met]
    print(f"  {result.name:44s} {rounded(result.value):>14,} {result.unit:12s} {verdict}", flush=True)


def print_table(entries: list[dict[str, Any]]) -> None:
    """Print all figures with their ratios."""
    print(f"\n{'what':44s} {'value':>14s} {'unit':12s} {'budget':>12s}  ratios")
    for entry in entries:
        budget = "" if entry["budget"] is None else f"{entry['budget']:,}"
        verdict = {True: "✓", False: "✗", None: " "}[entry["met"]]
        ratios = "  ".join(f"{peer} {ratio:,}x" for peer, ratio in entry["ratios"].items())
        print(f"{entry['name']:44s} {entry['value']:>14,} {entry['unit']:12s} {budget:>12s} {verdict} {ratios}")


if __name__ == "__main__":
    sys.exit(main())
