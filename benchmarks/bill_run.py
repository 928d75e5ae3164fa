"""
A whole bill run: reads in the store -> bills, parts, lines, ledger entries and events committed in PostgreSQL.

The limit beside it is a bare COPY of the very same rows into tables without a key, an index or a trigger, committed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.registry import Bench, Result, measures

BUDGET = 3_000
TABLES = (
    "billing_bill",
    "billing_billpart",
    "billing_billline",
    "billing_journalentry",
    "billing_posting",
    "core_event",
)


@measures("bill_run")
def how_fast_a_month_is_billed(bench: Bench) -> Iterator[Result]:
    """Bill months of three in four homes and one in four shops; the first month only warms up."""
    sizes = (1_000, 2_000) if bench.quick else (10_000, 20_000, 50_000)
    growth: list[tuple[float, float]] = []
    ratio = bills_per_s = 0.0
    with database(bench.folder / "bill_run") as store:
        for size in sizes:
            seconds, bills, bare = run_months(bench, store, size)
            bills_per_s, ratio = bills / seconds, seconds / bare
            growth.append((size, seconds))
            bench.say(f"{size:,} bills: {bills_per_s:,.0f} bills/s, {ratio:.2f} x a bare COPY of the same rows")
        lookup = balance_lookup_us()
    yield Result(
        "bill_run_to_ledger", bills_per_s, "bills/s", budget=BUDGET,
        ratios={"seconds to a bare COPY of the same rows": ratio}, growth=growth,
        note="reads to issued bills, lines, postings and events, committed; durable settings; growth in seconds",
    )  # fmt: skip
    yield Result("ledger_balance_read", lookup, "us", note="one indexed read")


@contextmanager
def database(folder: Path) -> Iterator[Path]:
    """Give a migrated database of our own and an empty interval store: on DATABASE_URL, else an embedded server."""
    folder = folder.resolve()  # the server's folder tells whose it is
    folder.mkdir(parents=True, exist_ok=True)
    server = None
    if "DATABASE_URL" not in os.environ:
        from gridhall.config.embedded_postgres import EmbeddedPostgres

        server = EmbeddedPostgres(folder)
        with (folder / "postgres.log").open("ab") as log:
            server.start(log)
        server.wait_until_ready()
        server.ensure_database()
        os.environ["DATABASE_URL"] = server.url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridhall.config.settings")
    import django
    from django.conf import settings
    from django.db import connection, connections

    from gridhall.config.database import get_database

    django.setup()
    # Another measurement of this process may have had a server of its own: this one is elsewhere.
    connections.close_all()
    connection.settings_dict.update(get_database(folder))
    settings.GRIDHALL_INTERVAL_STORE = folder / f"intervals-{os.getpid()}"
    creation, old_name = connection.creation, connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_bill_run_{os.getpid()}"
    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield settings.GRIDHALL_INTERVAL_STORE
    finally:
        connections.close_all()
        creation.destroy_test_db(old_name, verbosity=0)
        import shutil

        shutil.rmtree(settings.GRIDHALL_INTERVAL_STORE, ignore_errors=True)
        if server is not None:
            with suppress(Exception):
                server.stop(patience_s=20)
            os.environ.pop("DATABASE_URL", None)


def run_months(bench: Bench, store: Path, size: int) -> tuple[float, int, float]:
    """Bill two months of `size` accounts; give the seconds of the second, its bills, and the seconds of a bare COPY."""
    import numpy as np
    from django.db import connection

    from gridhall.apps.billing import actions
    from gridhall.apps.billing.models import Bill
    from gridhall.apps.billing.tests import world
    from gridhall.core.periods import Month

    clear()
    world.load_tariff(world.HOME, "home")
    world.load_tariff(world.SHOP, "shop")
    world.make_customers(size, tariff=lambda index: "shop" if index % 4 == 0 else "home")
    seconds, run = 0.0, None
    for month in (Month(2026, 1), Month(2026, 2)):
        for first in range(0, size, 10_000):  # in stretches: a year's worth would not fit in memory at any size
            reads = world.make_reads(month, min(10_000, size - first), seed=first + 1)
            world.store_month(month, reads, first=first, reactive_varh=(reads // 3).astype(np.int32))
        if run is not None:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
        start = time.perf_counter()
        run = actions.run_month(month=month, at=world.AT, actor="bench")
        seconds = time.perf_counter() - start
    assert run is not None
    return seconds, Bill.objects.filter(run=run).count(), bare_copy(run.pk)


def clear() -> None:
    """Empty every table that the measurement fills."""
    from django.core.management import call_command

    from gridhall.apps.metering.queries import get_store

    call_command("flush", interactive=False, verbosity=0)
    with suppress(FileNotFoundError):
        import shutil

        shutil.rmtree(get_store().root)
    from gridhall.apps.metering.queries import store as store_queries

    store_queries._open_store.cache_clear()


def bare_copy(run_id: int) -> float:
    """Give the seconds that a bare COPY of the rows of a run takes, in one transaction."""
    from django.db import connection, transaction

    bills = f"(SELECT id FROM billing_bill WHERE run_id = {run_id})"
    wanted: dict[str, str] = {
        "billing_bill": f"SELECT * FROM billing_bill WHERE run_id = {run_id}",
        "billing_billpart": f"SELECT * FROM billing_billpart WHERE bill_id IN {bills}",
        "billing_billline": f"SELECT * FROM billing_billline WHERE bill_id IN {bills}",
        "billing_journalentry": f"SELECT * FROM billing_journalentry WHERE bill_id IN {bills}",
        "billing_posting": "SELECT p.* FROM billing_posting p JOIN billing_journalentry e ON e.id = p.entry_id"
        f" WHERE e.bill_id IN {bills}",
        "core_event": "SELECT * FROM core_event WHERE kind = 'BillIssued' AND (payload->>'bill_id')::bigint IN "
        + bills,
    }
    rows: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table, sql in wanted.items():
            with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)") as copy:
                rows[table] = b"".join(copy)
            cursor.execute(f"DROP TABLE IF EXISTS bare_{table}")
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table})")
        start = time.perf_counter()
        with transaction.atomic():
            for table in TABLES:
                with cursor.copy(f"COPY bare_{table} FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(rows[table])
        seconds = time.perf_counter() - start
        for table in TABLES:
            cursor.execute(f"DROP TABLE bare_{table}")
    return seconds


def balance_lookup_us(times: int = 2_000) -> float:
    """Give the microseconds of one balance."""
    from gridhall.apps.billing.models import LedgerAccount
    from gridhall.apps.billing.queries.ledger import read_balance

    ids = list(LedgerAccount.objects.filter(kind="RECEIVABLE").values_list("customer_id", flat=True)[:times])
    start = time.perf_counter()
    for account_id in ids:
        read_balance(account_id)
    return (time.perf_counter() - start) / len(ids) * 1e6
