"""Usage by month and day, with its time-of-use split as the account's tariff sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.models import Bill
from gridhall.apps.billing.queries.access import check_access, may_see_bills
from gridhall.apps.billing.queries.agreed import list_agreed
from gridhall.apps.billing.queries.kept_months import find_kept
from gridhall.apps.billing.queries.looking import asked_once
from gridhall.apps.billing.queries.measuring import read_installations
from gridhall.apps.billing.queries.plans import find_month_plans
from gridhall.apps.billing.queries.pricing import MonthDraft, draft_month
from gridhall.apps.billing.queries.views import CurrentMonth, TimeBands, UsageDay, UsageMonth
from gridhall.apps.metering import queries as metering
from gridhall.core.fixed_queries import FixedQuery
from gridhall.core.periods import Month, months_between
from gridhall.core.units import kwh_from_wh
from gridhall.engines.rating.determinants import Determinants, Segments
from gridhall.engines.rating.hours import describe_hours
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.tariff import EnergyCharge

SLOTS = 96
_SHARE = Decimal("0.0001")
_PERCENT = Decimal("0.1")
REFERENCE_TARIFF = "hubei-residential-ev"
"""Whose hours show a flat tariff's customer how he would be split; the only published residential hours of Hubei."""


@dataclass(frozen=True)
class DayTable:
    """
    A month of an account by day, D rows; Wh with ratios applied.

    :param classes: int64[D, 16], energy by slot class. :param periods: class -> SHARP, PEAK …
    """

    month: Month
    classes: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    expected: NDArray[np.int64]
    estimated: NDArray[np.int64]
    missing: NDArray[np.int64]
    periods: tuple[str, ...]

    def split(self, first: int = 0, end: int | None = None) -> dict[str, Decimal]:
        """Give the energy of days [first, end) by period."""
        sums = self.classes[first:end].sum(axis=0)
        found: dict[str, int] = {}
        for index, period in enumerate(self.periods):
            found[period] = found.get(period, 0) + int(sums[index])
        return {period: kwh_from_wh(energy) for period, energy in found.items() if energy}

    def energy_kwh(self, first: int = 0, end: int | None = None) -> Decimal:
        """Give the energy of days [first, end)."""
        return kwh_from_wh(int(self.classes[first:end].sum()))

    @property
    def complete_days(self) -> int:
        """How many days from the first read day on are complete, counted from the first of the month."""
        read = self.expected - self.missing > 0
        if not read.any():
            return 0
        begun = int(np.argmax(read))
        whole = (self.missing == 0) & (self.expected > 0)
        whole[:begun] = True
        broken = np.flatnonzero(~whole)
        return int(broken[0]) if len(broken) else len(whole)


@asked_once
def read_days(account_id: int, month: Month, days: tuple[date, date | None] = (date.min, None)) -> DayTable:
    """Fold a month of an account by day: one look at the store."""
    segments = read_installations(account_id).cut(month)
    plan = _plan_for(account_id, month)
    visible_first = max((days[0] - month.first_day).days, 0)
    visible_end = month.days if days[1] is None else min((days[1] - month.first_day).days, month.days)
    rows = [
        (index, day)
        for index in range(len(segments))
        for day in range(
            max(int(segments.first_day[index]), visible_first), min(int(segments.end_day[index]), visible_end)
        )
    ]
    shape = (month.days, 16)
    classes, export = np.zeros(shape, np.int64), np.zeros(month.days, np.int64)
    expected, estimated, missing = (np.zeros(month.days, np.int64) for _ in range(3))
    if rows:
        which, day = np.array(rows, np.int64).T
        order = np.lexsort((day, segments.series_id[which]))
        which, day = which[order], day[order]
        found = _fold(month, segments, which, day, day + 1, plan)
        np.add.at(classes, day, found.import_energy)
        np.add.at(export, day, found.export_energy.sum(axis=1))
        np.add.at(expected, day, SLOTS)
        np.add.at(estimated, day, found.estimated_slots)
        np.add.at(missing, day, found.missing_slots)
    periods = periods_of(plan)
    return DayTable(month, classes[:, : len(periods)], export, expected, estimated, missing, periods)


def _fold(
    month: Month, segments: Any, which: NDArray, first_day: NDArray, end_day: NDArray, plan: MonthPlan | None
) -> Determinants:
    calendar = plan.slot_class if plan is not None else np.zeros((month.days, SLOTS), np.uint8)
    rows = Segments(
        segments.series_id[which],
        first_day.astype(np.int16),
        end_day.astype(np.int16),
        np.zeros(len(which), np.int16),
        segments.multiplier[which],
    )
    return metering.get_store().fold_segments(month, rows, calendar[None])


def _read_sums(account_id: int, month: Month, days: tuple[date, date | None]) -> tuple[DayTable, int]:
    """
    Fold a month of an account, in one row where no slot of it is missing, else by day.

    :returns: the table, and how many of its days are complete.
    """
    segments = read_installations(account_id).cut(month)
    is_seen_whole = days[0] <= month.first_day and (days[1] is None or days[1] >= month.next().first_day)
    lasts = (segments.first_day <= 0) & (segments.end_day >= month.days)
    if is_seen_whole and lasts.any():  # every day has a meter
        plan = _plan_for(account_id, month)
        which = np.argsort(segments.series_id, kind="stable")
        found = _fold(month, segments, which, segments.first_day[which], segments.end_day[which], plan)
        if not found.missing_slots.any():
            periods = periods_of(plan)
            sums = found.import_energy.sum(axis=0, keepdims=True)[:, : len(periods)]
            slots = SLOTS * int((segments.end_day - segments.first_day).astype(np.int64).sum())
            columns = (int(found.export_energy.sum()), slots, int(found.estimated_slots.sum()), 0)
            return DayTable(month, sums, *(np.array([value], np.int64) for value in columns), periods), month.days
    table = read_days(account_id, month, days)
    return table, table.complete_days


@asked_once
def _plan_for(account_id: int, month: Month) -> MonthPlan | None:
    return find_plan(_tariff_code(account_id, month), month)


def find_plan(code: str | None, month: Month) -> MonthPlan | None:
    """Give the plan whose hours split a month: the tariff's own, or the reference's where it has no hours."""
    for name in (code, REFERENCE_TARIFF):
        plan = _plan_of_code(name, month) if name else None
        if plan is not None and _schedule(plan):
            return plan
    return None


def _tariff_code(account_id: int, month: Month) -> str | None:
    end = month.next().first_day
    return next((code for starts_on, code in _list_codes(account_id) if starts_on < end), None)


@asked_once
def _list_codes(account_id: int) -> list[tuple[date, str]]:
    """List the tariffs of an account with the day each began, the latest first."""
    found = [(agreed.terms.starts_on, agreed.terms.tariff_code) for agreed in list_agreed(account_id)]
    return sorted(found, reverse=True)


@asked_once
def _plan_of_code(code: str, month: Month) -> MonthPlan | None:
    found = find_month_plans(code, month)
    return next((plan for plan in found.plans if plan is not None), None) if found else None


def _schedule(plan: MonthPlan) -> str:
    for component in plan.components:
        if isinstance(component, EnergyCharge) and component.direction == "import" and component.schedule:
            return component.schedule
    return ""


def periods_of(plan: MonthPlan | None) -> tuple[str, ...]:
    """Name the period of each slot class of a plan."""
    if plan is None:
        return ("FLAT",)
    schedule = _schedule(plan)
    names = plan.tariff.schedules[schedule].periods
    return tuple(names[index].upper() for index in plan.class_periods[schedule])


def find_day_periods(account_id: int, day: date) -> tuple[str, ...]:
    """Give the period of each of the 96 quarter hours of a day, as the hours that split its month's usage have it."""
    month = Month.of(day)
    plan = _plan_for(account_id, month)
    if plan is None:
        return ("FLAT",) * SLOTS
    names = periods_of(plan)
    return tuple(names[index] for index in plan.slot_class[day.day - 1].tolist())


def get_time_bands(*, account: CustomerAccount, viewer: Any, month: Month, at: datetime) -> TimeBands:
    """Give the hours that split a month's usage. :raises AccessDenied: for a viewer without access."""
    check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    plan = _plan_for(account.pk, month)
    if plan is None:
        return TimeBands(is_own=True, hours={})
    schedule = _schedule(plan)
    hours = {name.upper(): describe_hours(plan, schedule, name) for name, _ in plan.periods(schedule)}
    return TimeBands(
        is_own=plan.tariff.code == _tariff_code(account.pk, month),
        hours={period: text for period, text in hours.items() if text},
    )


def list_usage_months(
    *, account: CustomerAccount, viewer: Any, first: Month, last: Month, at: datetime
) -> list[UsageMonth]:
    """
    List usage month by month, with what was billed for who may see bills.

    :raises AccessDenied: for a viewer without access.
    """
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    shown = may_see_bills(account=account, viewer=viewer, at=at)
    bills = _list_bills_by_month(account, days, first, last) if shown else {}
    found, running = [], Month.of(timezone.localdate(at))
    for month in months_between(first, last):
        if month < running:
            table, complete = _read_sums(account.pk, month, days)
        else:
            table = read_days(account.pk, month, days)
            complete = table.complete_days
        bill = bills.get(month)
        there = int((table.expected - table.missing).sum())
        found.append(
            UsageMonth(
                month=month,
                energy_kwh=table.energy_kwh(),
                export_kwh=kwh_from_wh(int(table.export_wh.sum())),
                by_period=table.split(),
                estimated_share=(
                    (Decimal(int(table.estimated.sum())) / there).quantize(_SHARE, ROUND_HALF_UP)
                    if there
                    else Decimal(0)
                ),
                complete_until=month.first_day + timedelta(days=complete) if there else None,
                amount=bill.charge_total if bill else None,
                bill_mrid=bill.mrid if bill else None,
            )
        )
    return found


def _list_bills_by_month(
    account: CustomerAccount, days: tuple[date, date | None], first: Month, last: Month
) -> dict[Month, Bill]:
    end = min(last.next().first_day, days[1] or date.max)
    found = _issued_between().ask([account.pk, first.first_day, end, days[0]])
    return {Month.of(bill.first_day): bill for (bill,) in found}


@cache
def _issued_between() -> FixedQuery:
    return FixedQuery(
        Bill,
        tail="FROM billing_bill JOIN accounts_customeragreement g ON g.id = agreement_id"
        " WHERE billing_bill.account_id = %s AND is_current AND issued_at IS NOT NULL"
        " AND first_day >= %s AND first_day < %s AND g.starts_on >= %s ORDER BY first_day",
    )


def list_usage_days(*, account: CustomerAccount, viewer: Any, month: Month, at: datetime) -> list[UsageDay]:
    """List the days of a month that have reads. :raises AccessDenied: for a viewer without access."""
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    table = read_days(account.pk, month, days)
    return [
        UsageDay(
            day=month.first_day + timedelta(days=index),
            energy_kwh=table.energy_kwh(index, index + 1),
            by_period=table.split(index, index + 1),
            is_estimated=bool(table.estimated[index]),
            export_kwh=kwh_from_wh(int(table.export_wh[index])),
        )
        for index in range(month.days)
        if table.expected[index] > table.missing[index]
    ]


def get_current_month(*, account: CustomerAccount, viewer: Any, at: datetime) -> CurrentMonth:
    """
    Give the month under way, priced so far for who may see bills.

    :raises AccessDenied: for a viewer without access.
    """
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    today = timezone.localdate(at)
    kept = find_kept(account.pk, days, today)
    found = kept.current if kept else measure_current_month(account, days, today)
    return found if may_see_bills(account=account, viewer=viewer, at=at) else replace(found, amount_so_far=None)


def measure_current_month(account: CustomerAccount, days: tuple[date, date | None], today: date) -> CurrentMonth:
    """Measure and price the month of a day up to its last complete day, whoever looks."""

    def read(month: Month) -> DayTable:
        return read_days(account.pk, month, days)

    month, done = find_running_month(read, today)
    amount = _amount_so_far(account, month, done) if done else None
    return describe_month(read(month), read(month.previous()), done, amount, today)


def find_running_month(read: Callable[[Month], DayTable], today: date) -> tuple[Month, int]:
    """Find the month that is shown as the one under way, and how many of its days are complete."""
    month = Month.of(today)
    done = min(read(month).complete_days, (today - month.first_day).days + 1)
    if not done and today.day <= 3:  # no reads of the new month yet: show where the last one ended
        month = month.previous()
        done = read(month).complete_days
    return month, done


def describe_month(table: DayTable, before: DayTable, done: int, amount: Decimal | None, today: date) -> CurrentMonth:
    """Describe the first `done` days of a month beside the one before."""
    month = table.month
    as_of = month.first_day + timedelta(days=max(done - 1, 0))
    energy = table.energy_kwh(0, done)
    split = table.split(0, done)
    same = before.energy_kwh(0, min(done, before.month.days))
    whole = done and int(before.missing[:done].sum()) == 0 and int(before.expected[:done].sum()) > 0
    valley = split.get("VALLEY", Decimal(0)) + split.get("DEEP_VALLEY", Decimal(0))
    return CurrentMonth(
        month=month,
        energy_kwh=energy,
        amount_so_far=amount,
        as_of=as_of,
        change_percent=((energy - same) * 100 / same).quantize(_PERCENT, ROUND_HALF_UP) if whole and same else None,
        yesterday_kwh=_yesterday(table, month, today),
        valley_share=(valley / energy).quantize(_SHARE, ROUND_HALF_UP) if energy else None,
        by_period=split,
    )


def _yesterday(table: DayTable, month: Month, today: date) -> Decimal | None:
    index = (today - timedelta(days=1) - month.first_day).days
    if not 0 <= index < month.days or table.expected[index] == 0 or table.missing[index]:
        return None
    return table.energy_kwh(index, index + 1)


def _amount_so_far(account: CustomerAccount, month: Month, days: int) -> Decimal | None:
    """Price the first days of a month by the kernel that makes bills."""
    draft = draft_so_far(account.pk, month, days)
    if not len(draft.first_rows):
        return None
    return Decimal(int(draft.per_bill(draft.total_minor)[-1])).scaleb(-2)


@asked_once
def draft_so_far(account_id: int, month: Month, days: int) -> MonthDraft:
    """Price the first days of a month of an account, whoever looks."""
    return draft_month(
        month=month,
        account_ids=[account_id],
        again=True,
        through_day=days,
        only_prices=True,
        measured=list_account_segments(account_id, month),
    )


def list_recent_days(
    *, account: CustomerAccount, viewer: Any, last: date, count: int, at: datetime
) -> list[UsageDay | None]:
    """
    List some days up to `last`, oldest first; None for those without reads.

    :raises AccessDenied: for a viewer without access.
    """
    wanted = [last - timedelta(days=count - 1 - index) for index in range(count)]
    known = {
        day.day: day
        for month in months_between(Month.of(wanted[0]), Month.of(last))
        for day in list_usage_days(account=account, viewer=viewer, month=month, at=at)
    }
    return [known.get(day) for day in wanted]


def list_account_segments(account_id: int, month: Month) -> metering.MeterSegments:
    """List what measured an account in a month; its installations are asked once in a look."""
    return read_installations(account_id).cut(month)
