"""
The home page under load: signed-in customers of the demo county, everything as `gridhall up` starts it.

PostgreSQL, the server processes and the load generator share this machine's cores. Requests go out at fixed times
(open loop); every answer must be the page of the customer who asked. The limit beside it is the same load on a static
file about as long as the page, from the same server.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.registry import Bench, Result, measures
from gridhall.config import addresses

BUDGET_MS = 150
FAILED_MS = 30_000.0
"""What is told when any request failed: as long as the generator waits for an answer."""
RATE, SECONDS, CUSTOMERS = 200, 60, 2_000
FIRST_RATE, ROUNDS = 25, 2
HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[1]


@measures("home_page")
def how_fast_the_home_page_is(bench: Bench) -> Iterator[Result]:
    """First each customer's first looks, slowly; then 200 requests/s for 60 s."""
    points, months = (400, 4) if bench.quick else (20_000, 14)
    rate, seconds, count = (40, 5, 50) if bench.quick else (RATE, SECONDS, CUSTOMERS)
    with hall(bench, points, months) as (port, environment):
        customers = json.loads(run("-m", "benchmarks.home_customers", str(count), "--measured", env=environment))
        asks = [
            {"path": "/", "cookie": one["cookie"], "holds": shown_number(one["number"])} for one in _shuffled(customers)
        ]
        first = ask(port, asks, FIRST_RATE, count / FIRST_RATE)
        bench.say(f"first looks, {FIRST_RATE} a second: {tell(first)}")
        ask(port, asks, rate / 2, count / (rate / 2) * ROUNDS)  # until both server processes know everybody
        found = ask(port, asks, rate, seconds)
        bench.say(f"{rate} a second for {seconds} s: {tell(found)}")
        length = found["bytes"] / max(len(found["latencies_ms"]), 1)
        static = ask(port, [_find_static(environment, length)], rate, seconds / 4)
        bench.say(f"a static file: {tell(static)}")
        faster = (
            [[rate * step, p99_of(ask(port, asks, rate * step, 10))] for step in (0.5, 1.5)] if not bench.quick else []
        )
    errors = len(found["errors"])
    p99 = p99_of(found) if not errors else FAILED_MS
    median = np.median(found["latencies_ms"] or [FAILED_MS])
    growth = sorted([*faster, [rate, p99]])
    yield Result(
        "home_page_p99", p99, "ms", budget=BUDGET_MS, lower_is_better=True,
        ratios={"p99 of a static file as long, same load": p99 / p99_of(static)},
        growth=[(size, value) for size, value in growth],
        note=f"{rate} requests/s for {seconds} s, {count:,} customers of {points:,}, {errors} errors, median "
        f"{median:.1f} ms; generator, server, database on the same cores; growth by rate",
    )  # fmt: skip
    yield Result(
        "home_page_first_look_p99",
        p99_of(first),
        "ms",
        note=f"each customer's very first page, {FIRST_RATE} requests/s",
    )


@contextmanager
def hall(bench: Bench, points: int, months: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Start everything on a demo county of today, made once a day; give the port and the environment."""
    folder = bench.folder.resolve() / "home_page"
    made = folder / f"made-{points}-{date.today()}"
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {
        "GRIDHALL_DATA": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    environment.pop("GRIDHALL_INTERVAL_STORE", None)
    port = next(port for port in range(8300, 8400) if addresses.is_port_free(HOST, port))
    if not made.exists():
        shutil.rmtree(folder, ignore_errors=True)
    try:
        run("-m", "gridhall", "up", "--no-demo", "--port", str(port), env=environment)
        if not made.exists():
            bench.say(f"building a county of {points:,} supply points")
            start = time.perf_counter()
            run("-m", "gridhall", "demo", "build", "--points", str(points), "--months", str(months), env=environment)
            made.touch()
            bench.say(f"built and billed in {time.perf_counter() - start:.0f} s")
        yield port, environment
    finally:
        run("-m", "gridhall", "down", env=environment)


def ask(port: int, asks: list[dict[str, str]], rate: float, seconds: float) -> dict[str, Any]:
    """Send a load from a process of its own."""
    plan = {"host": HOST, "port": port, "rate": rate, "seconds": seconds, "asks": asks}
    return json.loads(run("-m", "benchmarks.open_loop", env=dict(os.environ), stdin=json.dumps(plan)))


def run(*arguments: str, env: dict[str, str], stdin: str | None = None) -> str:
    """Run a part of this in a process of its own; gives what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], env=env, cwd=ROOT, input=stdin, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments[:4])}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def _shuffled(customers: list[dict[str, str]]) -> list[dict[str, str]]:
    return [customers[index] for index in np.random.default_rng(3).permutation(len(customers))]


def shown_number(number: str) -> str:
    """Give the number of an account as pages show it."""
    from gridhall.interfaces.shared.formats import account_number

    return account_number(number)


def _find_static(environment: dict[str, str], length: float) -> dict[str, str]:
    """Find the static file whose packed length is nearest to the page's."""
    folder = Path(environment["GRIDHALL_DATA"]) / "static"
    packed = [path for path in folder.rglob("*.gz") if len(path.name.split(".")) >= 4]
    nearest = min(packed, key=lambda path: abs(path.stat().st_size - length))
    return {"path": f"/static/{nearest.relative_to(folder).as_posix()[:-3]}", "holds": ""}


def p99_of(found: dict[str, Any]) -> float:
    """Give the 99th percentile of a load in milliseconds."""
    return float(np.percentile(found["latencies_ms"], 99)) if found["latencies_ms"] else FAILED_MS


def tell(found: dict[str, Any]) -> str:
    """Put a load into words."""
    times = np.array(found["latencies_ms"] or [FAILED_MS])
    kinds = sorted(set(found["errors"]))
    return (
        f"median {np.median(times):.1f} ms, p99 {np.percentile(times, 99):.1f}, most {times.max():.1f}, "
        f"{len(found['errors'])} errors {kinds[:3] or ''}, {found['bytes'] / len(times) / 1e3:.1f} kB a page, "
        f"{found['connections']} connections, generator late by {found['late_ms']:.1f} ms at most"
    )
