"""
Home, bill and usage pages under load, mixed as people look at them: first looks and repeated ones together.

Signed-in customers drawn at random from many, everything as `gridhall up` starts it, nothing kept of anybody at the
start. PostgreSQL, the server processes and the load generator share this machine's cores; requests go out at fixed
times (open loop), and every answer must be the page of the customer who asked. Before it, each page's core time is
measured in a process of its own (`core_time`), which other work on the machine changes little.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from benchmarks.home_page import FAILED_MS, ask, hall, p99_of, run, shown_number, tell
from benchmarks.registry import Bench, Result, measures

BUDGET_MS = 100
RATE, SECONDS, CUSTOMERS = 200, 60, 5_000
SHARES = {"home": 0.4, "bill-list": 0.15, "bill-detail": 0.15, "usage-year": 0.15, "usage-month": 0.15}
"""Of all looks. Nobody has counted yet: home is where everybody arrives, the others are taken as alike."""
CORE_BUDGET_MS = 8
CORE_CUSTOMERS = 400
OPENING_RATE = 100


@measures("pages")
def how_fast_pages_are(bench: Bench) -> Iterator[Result]:
    """Core time of first looks, then the mixed load."""
    points, months = (400, 4) if bench.quick else (20_000, 14)
    rate, seconds, count = (40, 5, 50) if bench.quick else (RATE, SECONDS, CUSTOMERS)
    with hall(bench, points, months) as (port, environment):
        looked = 50 if bench.quick else CORE_CUSTOMERS
        spent = json.loads(run("-m", "benchmarks.core_time", str(looked), env=environment))
        yield from _tell_core_time(spent)
        customers = json.loads(run("-m", "benchmarks.home_customers", str(count), "--measured", env=environment))
        # The first request of a session keeps its device, as signing in does; it is no look at any page of these.
        opening = [{"path": "/mine/", "cookie": one["cookie"], "holds": ""} for one in customers]
        ask(port, opening, OPENING_RATE, len(opening) / OPENING_RATE)
        asks = _draw_looks(customers, round(rate * seconds))
        found = ask(port, asks, rate, seconds)
        bench.say(f"{rate} a second for {seconds} s: {tell(found)}")
        growth = [[rate, p99_of(found)]]
        for step in () if bench.quick else (0.5, 1.25):
            more = _draw_looks(customers, round(rate * step * 10), seed=round(step * 100))
            growth.append([rate * step, p99_of(ask(port, more, rate * step, 10))])
    errors = len(found["errors"])
    yield Result(
        "pages_p99", p99_of(found) if not errors else FAILED_MS, "ms", budget=BUDGET_MS, lower_is_better=True,
        growth=sorted((size, value) for size, value in growth),
        note=f"{rate} requests/s for {seconds} s, home, bill and usage pages of {count:,} customers of {points:,}, "
        f"drawn at random, {_count_first_looks(asks):.0%} of them first looks, {errors} errors, median "
        f"{np.median(found['latencies_ms'] or [FAILED_MS]):.1f} ms; generator, server, database on the same cores",
    )  # fmt: skip


def _tell_core_time(spent: dict[str, dict[str, float]]) -> Iterator[Result]:
    """Give the core time of each page, the mean over all kinds of customers."""
    pages: dict[str, list[dict[str, float]]] = {}
    for name, figures in spent.items():
        pages.setdefault(name.rpartition(", ")[0], []).append(figures)
    for page, kinds in pages.items():
        count = sum(kind["count"] for kind in kinds)
        python, postgres = (
            sum(kind[name] * kind["count"] for kind in kinds) / count for name in ("python_ms", "postgres_ms")
        )
        most = max(kind["most_statements"] for kind in kinds)
        yield Result(
            f"core_ms_first_look_{page.replace(', ', '_').replace('-', '_')}", python + postgres, "ms",
            budget=CORE_BUDGET_MS, lower_is_better=True,
            note=f"processor time a look: server {python:.1f} ms, database {postgres:.1f} ms; at most {most:.0f} SQL "
            f"statements; mean of {count:.0f} customers",
        )  # fmt: skip


def _draw_looks(customers: list[dict[str, str]], count: int, seed: int = 3) -> list[dict[str, str]]:
    """Draw who looks at what, at random."""
    dice = np.random.default_rng(seed)
    who = dice.integers(0, len(customers), count)
    what = dice.choice(list(SHARES), count, p=list(SHARES.values()))
    return [_look(customers[person], str(page)) for person, page in zip(who.tolist(), what.tolist(), strict=True)]


def _look(customer: dict[str, Any], page: str) -> dict[str, str]:
    """Give one look; `holds` is what only this customer's page contains."""
    number = shown_number(customer["number"])
    looks = {
        "home": ("/", number),
        "bill-list": ("/bills/", customer["bill"]),
        "bill-detail": (f"/bills/{customer['bill']}/", customer["bill_number"]),
        "usage-year": ("/usage/", number),
        "usage-month": (f"/usage/{date.today():%Y-%m}/", number),
    }
    path, holds = looks[page if customer["bill"] or not page.startswith("bill") else "home"]
    return {"path": path, "cookie": customer["cookie"], "holds": holds}


def _count_first_looks(asks: list[dict[str, str]]) -> float:
    return len({(one["path"], one["cookie"]) for one in asks}) / len(asks)
