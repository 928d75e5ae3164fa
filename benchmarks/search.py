"""
The search of the console under load: a clerk's palette among a million accounts, everything as `gridhall up` starts it.

Eleven kinds of search, each as often: whole and partial numbers, names, two characters, a surname with a road, pinyin,
initials, phones, addresses, meters, old numbers. Requests go out at fixed times (open loop). The limit beside it is the
bare look-up of a number by its unique index, over the same pages.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import numpy as np

from benchmarks.home_page import FAILED_MS, HOST, ROOT, ask, run
from benchmarks.registry import Bench, Result, measures
from gridhall.config import addresses

BUDGET_MS = 150
RATE, SECONDS, ASKED = 50, 60, 1_100
MADE = "accounts-1"


@measures("search")
def how_fast_the_search_is(bench: Bench) -> Iterator[Result]:
    """50 searches a second for 60 s among 1,000,000 accounts."""
    count = 20_000 if bench.quick else 1_000_000
    rate, seconds, asked = (20, 5, 110) if bench.quick else (RATE, SECONDS, ASKED)
    with _hall(bench, count) as (port, environment):
        plan = json.loads(run("-m", "benchmarks.search_accounts", str(count), str(asked), env=environment))
        asks = [_as_ask(plan["cookie"], one["text"]) for one in plan["asks"]]
        ask(port, asks, rate / 2, asked / (rate / 2))  # each once: pages of the database that nobody read yet
        found = ask(port, asks, rate, seconds)
        slowest = []
        for kind in dict.fromkeys(one["kind"] for one in plan["asks"]):
            some = [_as_ask(plan["cookie"], one["text"]) for one in plan["asks"] if one["kind"] == kind]
            times = ask(port, some, rate / 2, 4)["latencies_ms"]
            slowest.append((float(np.percentile(times, 99)), kind))
            bench.say(f"{kind}: median {np.median(times):.1f} ms, p99 {slowest[-1][0]:.1f}")
        bare = ask(port, [_as_ask(plan["cookie"], "4228260000010")], rate, seconds / 4)
    errors = len(found["errors"])
    p99 = float(np.percentile(found["latencies_ms"], 99)) if not errors else FAILED_MS
    median = float(np.median(found["latencies_ms"] or [FAILED_MS]))
    worst = max(slowest)
    yield Result(
        "search_p99", p99, "ms", budget=BUDGET_MS, lower_is_better=True,
        ratios={"p99 of one number, same load": p99 / float(np.percentile(bare["latencies_ms"], 99))},
        note=f"{rate} searches/s for {seconds} s among {count:,} accounts, {errors} errors, median {median:.1f} ms; "
        f"slowest kind alone: {worst[1]}, p99 {worst[0]:.1f} ms; generator, server, database on the same cores",
    )  # fmt: skip


def _as_ask(cookie: str, text: str) -> dict[str, str]:
    return {"path": f"/console/search/?q={quote(text)}", "cookie": cookie, "holds": "</html>"}


@contextmanager
def _hall(bench: Bench, count: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Start everything on a database of that many accounts, made once."""
    folder = bench.folder.resolve() / f"{MADE}-{count}"
    made = folder / "made"
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"GRIDHALL_DATA": str(folder), "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    environment.pop("GRIDHALL_INTERVAL_STORE", None)
    port = next(port for port in range(8400, 8500) if addresses.is_port_free(HOST, port))
    if not made.exists():
        shutil.rmtree(folder, ignore_errors=True)
    try:
        run("-m", "gridhall", "up", "--no-demo", "--port", str(port), env=environment)
        if not made.exists():
            bench.say(f"making {count:,} accounts")
            start = time.perf_counter()
            run("-m", "benchmarks.search_accounts", str(count), "11", env=environment)
            Path(made).touch()
            bench.say(f"made in {time.perf_counter() - start:.0f} s")
        yield port, environment
    finally:
        run("-m", "gridhall", "down", env=environment)
