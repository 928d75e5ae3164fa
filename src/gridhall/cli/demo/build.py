"""
Build the demo county, step by step, each step taken up again where it was stopped.

Reads come first (written month by month; a month that is already there is left alone), then all rows of the database in
one transaction. Killed anywhere, the next start goes on and nothing is there twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from gridhall.cli.demo import logins, reads, rows
from gridhall.cli.demo.county import CountyPlan, plan_county
from gridhall.core.errors import FaultyInput
from gridhall.core.periods import Month, local_midnight, months_between
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.catalogue import load_tariff
from gridhall.engines.rating.determinants import Segments

POINTS = 20_000
MONTHS = 14
ACTOR, SECOND_PERSON = "demo", "demo, second person"

READS, ROWS = "Making 15-minute reads", "Writing customers and meters"
PRICED_BY = "hubei-commercial-single-lt1kv"
"""The tariff that covers the fewest days: the county has no reads beyond them."""

Report = Callable[[str, int, int], None]
"""Told of progress: step, how much is done, how much there is."""


def county_days(*, today: date, months: int = MONTHS) -> tuple[date, date]:
    """
    Give the half-open span of days with reads: whole months before this one, and this month until yesterday.

    Never beyond the days that the shipped tariffs price.
    """
    versions = load_tariff(settings.GRIDHALL_CATALOGUE / "tariffs" / f"{PRICED_BY}.yaml").versions
    today = min([today, *(version.end_day for version in versions[-1:] if version.end_day)])
    first = Month.of(today)
    for _ in range(months - 1 if today.day > 1 else months):
        first = first.previous()
    return max(first.first_day, min(version.first_day for version in versions)), today


def get_plan(*, today: date, points: int = POINTS, months: int = MONTHS) -> CountyPlan:
    """Plan the county for the days until `today`."""
    first_day, end_day = county_days(today=today, months=months)
    return plan_county(catalogue=settings.GRIDHALL_CATALOGUE, points=points, first_day=first_day, end_day=end_day)


def is_built() -> bool:
    """Tell whether the county's rows are in the database."""
    from gridhall.apps.accounts.models import CustomerAccount

    return CustomerAccount.objects.exists()


def build_county(
    *, report: Report, at: datetime, today: date, points: int = POINTS, months: int = MONTHS
) -> CountyPlan:
    """
    Make the county's reads and rows.

    :param report: told of progress.
    :param at: the moment at which everything becomes known.
    """
    plan = get_plan(today=today, points=points, months=months)
    first_day, end_day = county_days(today=today, months=months)
    store = IntervalStore(settings.GRIDHALL_INTERVAL_STORE)
    _write_reads(store, plan, first_day, end_day, at=at, report=report)
    report(ROWS, 0, 5)
    with transaction.atomic():
        opened_on = first_day
        rows.write_network(plan)
        report(ROWS, 1, 5)
        rows.write_customers(plan, opened_on=opened_on, at=at)
        report(ROWS, 2, 5)
        rows.write_meters(plan, opened_on=opened_on)
        report(ROWS, 3, 5)
        _write_registers(store, plan, first_day, end_day, at=at)
        report(ROWS, 4, 5)
        _load_tariffs(at=at)
        logins.write_logins(plan, opened_on=opened_on, at=at)
    (settings.DATA_DIR / "demo" / "days.json").write_text(json.dumps([first_day.isoformat(), end_day.isoformat()]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    report(ROWS, 5, 5)
    return plan


def _write_reads(
    store: IntervalStore, plan: CountyPlan, first_day: date, end_day: date, *, at: datetime, report: Report
) -> None:
    loads = reads.lay_out_loads(plan)
    total = (len(plan.points) + len(plan.feeders)) * (end_day - first_day).days * reads.SLOTS
    done = 0
    (settings.DATA_DIR / "demo").mkdir(parents=True, exist_ok=True)
    for month in months_between(Month.of(first_day), Month.of(end_day - timedelta(days=1))):
        mark = _find_mark(month, end_day, len(plan.points))
        size = (min(end_day, month.next().first_day) - month.first_day).days * len(plan.points) * reads.SLOTS
        if not mark.exists():
            written, lost = 0, {}
            known_at = min(at, _known_after(month.next().first_day))  # before the bills of the month
            for part in reads.write_month(store, plan, loads, month, end_day=end_day, known_at=known_at):
                written += part.imported.size
                lost |= part.lost_wh
                report(READS, done + min(written, size), total)
            mark.write_text(json.dumps(lost))
        done += size
        report(READS, done, total)
    report(READS, total, total)


def _find_mark(month: Month, end_day: date, points: int) -> Path:
    """The file that says that a month's reads are complete, and what they lack: series -> Wh."""
    return settings.DATA_DIR / "demo" / f"reads-{month}-until-{min(end_day, month.next().first_day)}-{points}"


def _known_after(day: date) -> datetime:
    """Reads come in an hour after midnight."""
    return local_midnight(day, ZoneInfo(settings.TIME_ZONE)) + timedelta(hours=1)


def _write_registers(store: IntervalStore, plan: CountyPlan, first_day: date, end_day: date, *, at: datetime) -> None:
    """What each customer meter's register showed at every local midnight between months: the sum of its reads."""
    zone = ZoneInfo(settings.TIME_ZONE)
    exchanged = [point for point in plan.points if point.exchange_on]
    count = len(plan.points) + len(exchanged)
    starts = {len(plan.points) + i: first_day for i in range(len(exchanged))}
    standing = np.random.default_rng(len(plan.points)).integers(0, 4_000_000, count)
    standing[[point.index for point in exchanged]] = 0  # a new meter starts at zero
    shown = standing.astype(np.int64)
    rows_out: list[tuple[object, ...]] = []

    def note(day: date) -> None:
        moment = local_midnight(day, zone)
        for series in range(count):
            point = plan.points[series] if series < len(plan.points) else exchanged[series - len(plan.points)]
            is_former = series in starts
            if point.exchange_on and (is_former == (day > point.exchange_on)) and day != point.exchange_on:
                continue
            rows_out.append((series + 1, "IMPORT", moment, int(shown[series]), 0, min(at, _known_after(day)), "demo"))

    note(first_day)
    for month in months_between(Month.of(first_day), Month.of(end_day - timedelta(days=1))):
        last = min(month.next().first_day, end_day)
        shown = shown + _month_sums(store, month, (last - month.first_day).days, count)
        for series, lost_wh in json.loads(_find_mark(month, end_day, len(plan.points)).read_text()).items():
            shown[int(series)] += lost_wh
        note(last)
        for position, point in enumerate(exchanged):
            if point.exchange_on and Month.of(point.exchange_on) == month and point.exchange_on.day > 1:
                moment = local_midnight(point.exchange_on, zone)
                former = len(plan.points) + position
                known_at = min(at, _known_after(point.exchange_on))
                rows_out.append((former + 1, "IMPORT", moment, int(shown[former]), 0, known_at, "demo"))
                rows_out.append((point.index + 1, "IMPORT", moment, 0, 0, known_at, "demo"))
    rows.copy_rows(
        "metering_registerreading",
        ("meter_id", "register", "read_at", "value_wh", "quality", "known_at", "source"),
        rows_out,
    )


def _month_sums(store: IntervalStore, month: Month, days: int, count: int) -> np.ndarray:
    segments = Segments(
        series_id=np.arange(count, dtype=np.int64),
        first_day=np.zeros(count, np.int16),
        end_day=np.full(count, days, np.int16),
        calendar=np.zeros(count, np.int16),
        multiplier=np.ones(count, np.int64),
    )
    calendars = np.zeros((1, month.days, reads.SLOTS), np.uint8)
    return store.fold_segments(month, segments, calendars).import_energy.sum(1)


def _load_tariffs(*, at: datetime) -> None:
    from gridhall.apps.tariffs import actions as tariffs

    loaded = tariffs.load_tariffs(folder=settings.GRIDHALL_CATALOGUE / "tariffs", at=at, actor=ACTOR)
    if loaded.faults:
        raise FaultyInput(loaded.faults)
    for document in loaded.loaded:
        tariffs.approve_tariff(document=document, at=at, actor=SECOND_PERSON)
