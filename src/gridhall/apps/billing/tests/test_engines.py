"""A bill run comes to the same bills whoever folds the reads, and may change engines on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest

from gridhall.apps.billing import actions
from gridhall.apps.billing.actions import runs
from gridhall.apps.billing.models import Bill, BillException, BillLine, BillPart, BillRun
from gridhall.apps.billing.tests import world
from gridhall.apps.metering import queries as metering
from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import MONTH_SHARD_SERIES
from gridhall.engines.scaling.engine import LOCAL, FoldEngine, open_engine
from gridhall.engines.scaling.tests.cluster import run_cluster

MARCH = Month(2026, 3)
FAR = 3 * MONTH_SHARD_SERIES


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of our own."""
    with run_cluster(tmp_path_factory.mktemp("cluster")) as address:
        yield address


@pytest.fixture
def cluster(url: str) -> Iterator[FoldEngine]:
    """An engine on it."""
    with open_engine("spark", spark=url) as engine:
        yield engine


@pytest.fixture
def customers(company: list[Any], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Six customers in chunks of two: meters and owners change mid-month, reads are late, corrected and missing."""
    monkeypatch.setattr(runs, "ACCOUNTS_A_CHUNK", 2)
    quality = np.zeros((6, MARCH.days, 96), np.uint8)
    quality[1, 20, 40:44], quality[4, 2:5] = 12, 255
    world.store_month(MARCH, np.where(quality == 255, 0, world.make_reads(MARCH, 6)).astype(np.int32), quality=quality)
    world.store_month(MARCH, world.make_reads(MARCH, 3, seed=2), first=FAR)
    world.exchange_meter(company[0], date(2026, 3, 9), FAR, ct_ratio=40)
    world.change_ratio(company[2], date(2026, 3, 20), 30)
    world.change_owner(company[3], date(2026, 3, 17))
    world.add_usage_point(company[5], "P-second", FAR + 1)
    metering.get_store().write_reads(
        np.array([0, 2, FAR]), np.array(["2026-03-04", "2026-03-15", "2026-03-28"], "datetime64[D]"),
        np.array([0, 50, 95]), np.array([9_999, 1, 77]), known_at=world.LATE,
    )  # fmt: skip
    return company


def draft(engine: FoldEngine, **options: Any) -> BillRun:
    """Open and draft the month."""
    run = actions.open_run(month=MARCH, at=world.AT, actor="ann")
    return actions.draft_run(run=run, at=world.AT, actor="ann", engine=engine, **options)


def told_by(run: BillRun) -> list[Any]:
    """Everything a run made, without the numbers that the database gives out."""
    made = Bill.objects.filter(run=run).order_by("account_id", "first_day")
    own = {"id", "mrid", "number", "run_id", "chunk_id", "status", "is_current", "canceled_at"}
    found: list[Any] = []
    for bill in made:
        found.append({key: value for key, value in vars(bill).items() if key not in own and not key.startswith("_")})
        for kind in (BillPart, BillLine):
            rows = kind.objects.filter(bill_id=bill.pk).order_by("position").values()
            found.extend({key: value for key, value in row.items() if key != "bill_id"} for row in rows)
    exceptions = BillException.objects.filter(run=run).order_by("account_id", "kind", "detail")
    return found + list(exceptions.values_list("account_id", "kind", "holds", "detail"))


def test_engines_make_identical_bills(customers: list[Any], cluster: FoldEngine) -> None:
    here = draft(LOCAL)
    wanted = told_by(here)
    assert len(wanted) > 30
    assert any(row[1] == "MISSING_READS" for row in wanted if isinstance(row, tuple))
    actions.cancel_run(run=here, at=world.AT, actor="ann")
    there = draft(cluster)
    assert there.pk != here.pk
    assert told_by(there) == wanted


@pytest.mark.django_db(transaction=True)
def test_run_goes_on_with_another_engine(customers: list[Any], cluster: FoldEngine) -> None:
    wanted_run = draft(LOCAL)
    wanted = told_by(wanted_run)
    actions.cancel_run(run=wanted_run, at=world.AT, actor="ann")

    def stop_after_one(done: int, total: int, bills: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draft(cluster, progress=stop_after_one, workers=1)
    run = BillRun.objects.get(status="OPEN")
    assert Bill.objects.filter(run=run).count() == 2
    actions.draft_run(run=run, at=world.AT, actor="ann", engine=cluster, workers=3)
    assert told_by(run) == wanted
