"""
Core time of first looks at pages, in this process: `python -m benchmarks.core_time COUNT [--profile PAGE]`.

Each of COUNT customers of the demo county opens each page once, through all middleware, with nothing kept of him.
Counted is processor time, not the clock's: of this process, and of all processes of the embedded PostgreSQL server.
Other work on the machine changes it little, so two states of the code can be compared where latencies cannot.

Prints {page: {"python_ms", "postgres_ms", "statements", "most_statements", "bytes", "count"}} as JSON; pages of other
kinds of customer stand apart, as in "home, ENTERPRISE".
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import os
import pstats
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGES = ("home", "bill-list", "bill-detail", "usage-year", "usage-month", "usage-month, last")


@dataclass
class Spent:
    """What the looks at one page took together."""

    python_s: float = 0.0
    postgres_s: float = 0.0
    count: int = 0
    bytes: int = 0
    statements: list[int] = field(default_factory=list)

    def tell(self) -> dict[str, float]:
        """Give means in milliseconds."""
        return {
            "python_ms": round(self.python_s / self.count * 1e3, 2),
            "postgres_ms": round(self.postgres_s / self.count * 1e3, 2),
            "statements": round(sum(self.statements) / self.count, 1),
            "most_statements": max(self.statements),
            "bytes": self.bytes // self.count,
            "count": self.count,
        }


def measure(count: int, profile: str = "") -> dict[str, dict[str, float]]:
    """Let the customers look."""
    from django.db import connection
    from django.test import Client

    from benchmarks.home_customers import make_customers, measure_months

    measure_months()
    customers = make_customers(count)
    kinds, bills, first_day = _know(customers)
    paths = _paths(bills, first_day)
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    counted: list[int] = [0]

    def count_one(execute: Callable[..., Any], *args: Any) -> Any:
        counted[0] += 1
        return execute(*args)

    found: dict[str, Spent] = defaultdict(Spent)
    profiler = cProfile.Profile()
    warm = max(len(customers) // 10, 2)
    for one in customers:  # the first request of a session keeps its device, as signing in does
        _look(client, "/mine/", one["cookie"])
    gc.collect()
    with connection.execute_wrapper(count_one):
        for page in PAGES:
            for place, kind_rows in enumerate(_by_kind(customers, kinds)):
                kind, rows = kind_rows
                spent = found[f"{page}, {kind}"]
                rows = [one for one in rows if paths[page](one["number"])]
                for one in rows[:warm]:
                    _look(client, paths[page](one["number"]), one["cookie"])
                before, start = _postgres_s(), time.process_time()
                for one in rows[warm:]:
                    counted[0] = 0
                    if page == profile:
                        profiler.enable()
                    spent.bytes += _look(client, paths[page](one["number"]), one["cookie"])
                    profiler.disable()
                    spent.statements.append(counted[0])
                    spent.count += 1
                spent.python_s += time.process_time() - start
                spent.postgres_s += _postgres_s() - before
                del place
    if profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumulative").print_stats(90)
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(45)
    return {page: spent.tell() for page, spent in found.items() if spent.count}


def _look(client: Any, path: str, cookie: str) -> int:
    answer = client.get(path, HTTP_COOKIE=cookie, HTTP_ACCEPT_ENCODING="gzip", HTTP_ACCEPT_LANGUAGE="zh-CN")
    client.cookies.clear()
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: status {answer.status_code}")
    return len(answer.content)


def _by_kind(customers: list[dict[str, str]], kinds: dict[str, str]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    for kind in sorted(set(kinds.values())):
        yield kind, [one for one in customers if kinds[one["number"]] == kind]


def _know(customers: list[dict[str, str]]) -> tuple[dict[str, str], dict[str, str], Any]:
    from django.utils import timezone

    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.billing.models import Bill

    numbers = [one["number"] for one in customers]
    kinds = dict(CustomerAccount.objects.filter(number__in=numbers).values_list("number", "kind"))
    bills = Bill.objects.filter(account__number__in=numbers, issued_at__isnull=False, agreement__ends_on=None)
    last = {number: str(mrid) for number, mrid in bills.order_by("first_day").values_list("account__number", "mrid")}
    return kinds, last, timezone.localdate().replace(day=1)


def _paths(bills: dict[str, str], first_day: Any) -> dict[str, Callable[[str], str]]:
    from datetime import timedelta

    last = first_day - timedelta(days=1)
    return {
        "home": lambda number: "/",
        "bill-list": lambda number: "/bills/",
        "bill-detail": lambda number: f"/bills/{bills[number]}/" if number in bills else "",
        "usage-year": lambda number: "/usage/",
        "usage-month": lambda number: f"/usage/{first_day:%Y-%m}/",
        "usage-month, last": lambda number: f"/usage/{last:%Y-%m}/",
    }


def _postgres_s() -> float:
    """Give the processor time of all processes of the server so far; those that ended count for their parent."""
    folder = Path(os.environ["GRIDHALL_DATA"]) / "postgres" / "data" / "postmaster.pid"
    head = int(folder.read_text().split()[0])
    total = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = path.read_text().partition(" ")
        except OSError:
            continue
        facts = rest.rpartition(")")[2].split()
        if int(pid) == head or int(facts[1]) == head:
            total += (int(facts[11]) + int(facts[12])) * TICK_S
            total += (int(facts[13]) + int(facts[14])) * TICK_S if int(pid) == head else 0
    return total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.core_time", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--profile", default="", choices=("", *PAGES), help="tell where the time of one page goes")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridhall.config.settings")
    import django

    django.setup()
    json.dump(measure(asked.count, asked.profile), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
