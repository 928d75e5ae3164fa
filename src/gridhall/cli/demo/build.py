"""
Build the demo county, step by step, each step taken up again where it was stopped.

Reads come first (written month by month; a month that is already there is left alone), then all rows of the database in
one transaction. Killed anywhere, the next start goes on and nothing is there twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from gridhall.cli.demo import logins, reads, registers, rows
from gridhall.cli.demo.county import CountyPlan, plan_county
from gridhall.cli.demo.registers import find_mark, known_after
from gridhall.core.errors import FaultyInput
from gridhall.core.periods import Month, months_between
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.catalogue import load_tariff

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
        registers.write_registers(store, plan, first_day, end_day, at=at)
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
    total = (len(plan.points) + len(plan.feeders) + len(plan.transformers)) * (end_day - first_day).days * reads.SLOTS
    done = 0
    (settings.DATA_DIR / "demo").mkdir(parents=True, exist_ok=True)
    for month in months_between(Month.of(first_day), Month.of(end_day - timedelta(days=1))):
        mark = find_mark(month, end_day, len(plan.points))
        size = (min(end_day, month.next().first_day) - month.first_day).days * len(plan.points) * reads.SLOTS
        if not mark.exists():
            written, lost = 0, {}
            known_at = min(at, known_after(month.next().first_day))  # before the bills of the month
            for part in reads.write_month(store, plan, loads, month, end_day=end_day, known_at=known_at):
                written += part.imported.size
                lost |= part.lost_wh
                report(READS, done + min(written, size), total)
            mark.write_text(json.dumps(lost))
        done += size
        report(READS, done, total)
    report(READS, total, total)


def _load_tariffs(*, at: datetime) -> None:
    from gridhall.apps.tariffs import actions as tariffs

    loaded = tariffs.load_tariffs(folder=settings.GRIDHALL_CATALOGUE / "tariffs", at=at, actor=ACTOR)
    if loaded.faults:
        raise FaultyInput(loaded.faults)
    for document in loaded.loaded:
        tariffs.approve_tariff(document=document, at=at, actor=SECOND_PERSON)
