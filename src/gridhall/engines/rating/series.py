"""Rate one load without a server: reads in, priced months out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np

from gridhall.core.errors import Fault, FaultyInput
from gridhall.core.periods import Month, months_between
from gridhall.engines.intervals.series import UWH_PER_KWH, ReadSeries
from gridhall.engines.rating.bill import BillLine, RatedBill, RatedMonth
from gridhall.engines.rating.calendar import TariffCalendar
from gridhall.engines.rating.compile import compile_month
from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.evening import coarse, even_out, refined
from gridhall.engines.rating.explain import decimal_of, lines_of
from gridhall.engines.rating.fold import EPOCH, Reads, fold, prepare, span_of
from gridhall.engines.rating.plan import LineTable, MonthPlan
from gridhall.engines.rating.price import price
from gridhall.engines.rating.pricing.sheet import main_schedule
from gridhall.engines.rating.schedule import splits_slots
from gridhall.engines.rating.tariff import (
    CapacityCharge,
    Component,
    EnergyCharge,
    MinimumCharge,
    PowerFactorAdjustment,
    Tariff,
)
from gridhall.engines.rating.terms import AccountTerms, Terms, columns_from

MOST_CLASSES = 256


@dataclass
class Carried:
    """
    What one part hands on to the next: consumption so far, credits, bills of the year.

    :param credit_minor, year_amount: in the currency's minor unit; in billionths where rounding is evened out.
    :param exact: what was priced so far this month, before rounding; only where rounding is evened out.
    """

    year: int = 0
    year_to_date: int = 0
    month_to_date: int = 0
    credit_minor: int = 0
    credit_energy: list[int] = field(default_factory=list)
    rollover: tuple[int, ...] = ()
    year_amount: int = 0
    exact: Decimal = Decimal(0)


@dataclass(frozen=True)
class Part:
    """A stretch of a month under one version of the tariff."""

    month: Month
    first: date
    end: date
    whole: bool


def rate_series(
    tariff: Tariff,
    series: ReadSeries,
    account: AccountTerms | None = None,
    *,
    first: date | None = None,
    last: date | None = None,
) -> RatedBill:
    """
    Price the reads of one usage point, month by month, with year-to-date energy and credits carried.

    Whole calendar months are priced, as far as there are reads and the account is held. Monthly charges are shared out
    by days only where `first` or `last` cut a month, the account moves in or out within it, or prices change within it.

    :param first, last: local days, both included; None means as far as the reads go.
    :raises FaultyInput: if there is nothing to price or the tariff does not cover a month.
    """
    account = account or AccountTerms()
    nets = tariff.metering in ("net_interval", "net_month", "net_month_money", "net_interval_money")
    reads = prepare(series, multiplier=account.multiplier, net_by_interval=nets)
    warnings = [Fault(tariff.code, None, None, text, is_warning=True) for text in reads.warnings]
    warnings += list(tariff.warnings) + _term_warnings(tariff, reads, account)
    calendar = TariffCalendar(tariff.holidays, account.special_days)
    carried = Carried()
    months: list[RatedMonth] = []
    exact: list[Decimal] = []
    parts = _parts(tariff, reads, account, first, last)
    carried.year = parts[0].month.year
    begin = parts[0].first
    carried.year_to_date = _used_before(reads, account, account.year_to_date_kwh, begin.replace(month=1, day=1), begin)
    carried.month_to_date = _used_before(reads, account, account.month_to_date_kwh, begin.replace(day=1), begin)
    previous: Month | None = None
    for month in dict.fromkeys(part.month for part in parts):
        if previous is not None:
            carried.month_to_date, carried.exact = 0, Decimal(0)
            if month.year != carried.year:
                carried.year, carried.year_to_date, carried.year_amount = month.year, 0, 0
        previous = month
        own = [part for part in parts if part.month == month]
        months.append(_rate_month(tariff, reads, account, calendar, own, carried, warnings))
        exact.append(carried.exact)
    if tariff.carry_rounding:
        months = even_out(months, exact)
    total = sum((month.total for month in months), Decimal(0))
    return RatedBill(tariff.code, tariff.currency, total, tuple(months), tuple(dict.fromkeys(warnings)))


def _used_before(reads: Reads, account: AccountTerms, told_kwh: Decimal | None, since: date, begin: date) -> int:
    """Give the energy used from `since` to the first day priced: as the account tells, else as earlier reads do."""
    if told_kwh is not None:
        return int(told_kwh * UWH_PER_KWH)
    since = max(since, account.moved_in_on or since)
    return int(reads.imported[(reads.day >= (since - EPOCH).days) & (reads.day < (begin - EPOCH).days)].sum())


def _parts(tariff: Tariff, reads: Reads, account: AccountTerms, first: date | None, last: date | None) -> list[Part]:
    """Cut the time to price into months, and months where versions change."""
    have_first, have_last = span_of(reads)
    held_from, held_to = account.moved_in_on or date.min, account.moved_out_on or date.max
    first_day = max(first or have_first, have_first.replace(day=1))
    end_day = min(last or have_last, Month.of(have_last).next().first_day - timedelta(days=1)) + timedelta(days=1)
    if first is not None and last is not None and first > last:
        raise FaultyInput([Fault("reads", None, None, f"{first} is after {last}", "give --from before --to")])
    if end_day <= first_day:
        problem = f"there are reads from {have_first} to {have_last} only"
        raise FaultyInput([Fault("reads", None, None, problem, "choose --from and --to among these days")])
    if held_from >= end_day or held_to < first_day:
        problem = f"the account is held on none of the days from {first_day} to {end_day - timedelta(days=1)}"
        remedy = "correct moved_in_on or moved_out_on, or price other days"
        raise FaultyInput([Fault("account", None, "moved_in_on", problem, remedy)])
    starts = {version.first_day for version in tariff.versions}
    parts = []
    for month in months_between(Month.of(first_day), Month.of(end_day - timedelta(days=1))):
        begin, end = month.first_day, month.next().first_day
        if first is not None:
            begin = max(begin, first_day)
        if last is not None:
            end = min(end, end_day)
        begin, end = max(begin, held_from), min(end, held_to + timedelta(days=1) if held_to < date.max else end)
        if begin >= end:
            continue
        cuts = sorted({begin, end, *(day for day in starts if begin < day < end)})
        for low, high in pairwise(cuts):
            parts.append(Part(month, low, high, (high - low).days == month.days))
    return parts


def _rate_month(
    tariff: Tariff,
    reads: Reads,
    account: AccountTerms,
    calendar: TariffCalendar,
    parts: list[Part],
    carried: Carried,
    warnings: list[Fault],
) -> RatedMonth:
    lines: list[BillLine] = []
    total = Decimal(0)
    counts = np.zeros(3, np.int64)
    told: dict[str, Any] = {}
    for part in parts:
        plan = compile_month(
            tariff, part.month, calendar, slots_a_day=reads.slots_a_day, on=part.first, most_classes=MOST_CLASSES
        )
        _check_slots(tariff, plan, reads, warnings)
        table, determinants = _price_part(plan, reads, account, part, carried, warnings)
        lines += lines_of(table, 0)
        total += Decimal(int(table.total_minor[0])).scaleb(-table.places)
        counts += [
            int(c[0]) for c in (determinants.measured_slots, determinants.estimated_slots, determinants.missing_slots)
        ]
        _tell(told, plan, determinants)
        _unverified(plan, warnings)
    month = parts[0].month
    begin, end = parts[0].first, parts[-1].end
    inside = (reads.day >= (begin - EPOCH).days) & (reads.day < (end - EPOCH).days)
    imported, exported = int(reads.gross_import[inside].sum()), int(reads.gross_export[inside].sum())
    measured, estimated, missing = (int(count) for count in counts)
    if missing:
        problem = f"{missing} of {measured + estimated + missing} intervals of {month} have no read; priced as they are"
        warnings.append(Fault("reads", None, str(month), problem, is_warning=True))
    return RatedMonth(
        month=month,
        energy_kwh=decimal_of(imported, UWH_PER_KWH),
        export_kwh=decimal_of(exported, UWH_PER_KWH),
        total=total,
        lines=tuple(line for line in lines if line.counts),
        notes=tuple(line for line in lines if not line.counts),
        measured=measured,
        estimated=estimated,
        missing=missing,
        determinants=told,
    )


def _price_part(
    plan: MonthPlan, reads: Reads, account: AccountTerms, part: Part, carried: Carried, warnings: list[Fault]
) -> tuple[LineTable, Determinants]:
    terms = columns_from([account], part.month.year, units_per_kwh=UWH_PER_KWH, exact=True)
    standard = terms.power_factor_standard
    schedule = main_schedule(plan)
    carries = replace(
        terms,
        power_factor_standard=standard if reads.reactive is not None else np.zeros(1, np.int64),
        year_to_date=np.array([carried.year_to_date], dtype=object),
        month_to_date=np.array([carried.month_to_date], dtype=object),
        share_days=None if part.whole else np.array([(part.end - part.first).days], dtype=object),
        credit_minor=np.array([carried.credit_minor], dtype=object),
        year_amount_minor=np.array([carried.year_amount], dtype=object),
        credit_energy=np.array([_rolled(plan, schedule, carried)], dtype=object),
    )
    terms = _cents(carries, plan) if plan.tariff.carry_rounding else carries
    determinants = fold(plan, reads, part.first, part.end, terms)
    table = price(plan, determinants, terms)
    _carry_on(table if not plan.tariff.carry_rounding else price(refined(plan), determinants, carries), carried)
    used = int(determinants.import_energy.sum())
    carried.year_to_date += used
    carried.month_to_date += used
    if table.credit_energy is not None:
        carried.credit_energy = [int(value) for value in table.credit_energy[0]]
        carried.rollover = plan.rollover_periods.get(schedule, ())
        lapses = any(e for p, e in enumerate(carried.credit_energy) if p not in carried.rollover)
        if plan.tariff.credit_by_hours and schedule and lapses:
            problem = "credit of a period that holds at none of 0, 5, 11 and 17 h lapses at the end of the month"
            warnings.append(Fault(plan.tariff.code, None, "dgrules", problem, is_warning=True))
    return table, determinants


def _cents(terms: Terms, plan: MonthPlan) -> Terms:
    """Give the terms with what is carried in billionths rounded to the decimals of the bill."""
    places = max(component.rounding.places for component in plan.components)
    changed: dict[str, Any] = {
        name: np.array([coarse(int(column[0]), places)], dtype=object)
        for name in ("credit_minor", "year_amount_minor")
        if (column := getattr(terms, name)) is not None
    }
    return replace(terms, **changed)


def _carry_on(table: LineTable, carried: Carried) -> None:
    carried.exact += Decimal(int(table.total_minor[0])).scaleb(-table.places)
    carried.year_amount += max(0, int(table.before_minimum_minor[0]))
    if table.credit_minor is not None:
        carried.credit_minor = int(table.credit_minor[0])


def _rolled(plan: MonthPlan, schedule: str, carried: Carried) -> list[int]:
    """Give the energy credits by period of this month, after seasons may have changed."""
    count = len(plan.tariff.schedules[schedule].periods) if schedule else 1
    rolled = [0] * count
    now = plan.rollover_periods.get(schedule, ())
    present = set(plan.class_periods.get(schedule, (0,)))
    for period, energy in enumerate(carried.credit_energy[:count]):
        target = now[carried.rollover.index(period)] if period in carried.rollover and now else None
        if not plan.tariff.credit_by_hours or not schedule:
            rolled[period if period in present else target if target in present else min(present)] += energy
        elif target is not None:
            rolled[target] += energy
    return rolled


def _tell(told: dict[str, Any], plan: MonthPlan, determinants: Determinants) -> None:
    """Keep what was measured by period, for people to read."""
    for schedule in plan.class_periods or {"": ()}:
        for period, classes in plan.periods(schedule):
            energy = sum(int(determinants.import_energy[0, c]) for c in classes)
            key = f"{schedule}.{period}" if period else "all"
            row = told.setdefault(key, {"import_kwh": Decimal(0), "peak_kw": Decimal(0)})
            row["import_kwh"] += decimal_of(energy, determinants.units_per_kwh)
            peak = max(int(determinants.peak_energy[0, c]) for c in classes) * 3600 // determinants.interval_s
            row["peak_kw"] = max(row["peak_kw"], decimal_of(peak, determinants.units_per_kwh))
    reactive = decimal_of(int(determinants.reactive_energy[0]), determinants.units_per_kwh)
    told["reactive_kvarh"] = told.get("reactive_kvarh", Decimal(0)) + reactive


def _check_slots(tariff: Tariff, plan: MonthPlan, reads: Reads, warnings: list[Fault]) -> None:
    for code in plan.class_periods:
        if len(tariff.schedules[code].periods) < 2 or not splits_slots(tariff.schedules[code], reads.slots_a_day):
            continue
        if reads.duration_s >= 86_400:
            problem = f"reads of whole days cannot be told apart by {code!r}"
            raise FaultyInput([Fault("reads", None, None, problem, "give reads of an hour or shorter")])
        problem = f"a period of {code!r} begins inside an interval; the interval counts where it starts"
        warnings.append(Fault(tariff.code, None, None, problem, "give shorter intervals", is_warning=True))


def _unverified(plan: MonthPlan, warnings: list[Fault]) -> None:
    source = plan.version.source
    if not source.verified and source.document:
        since = plan.version.first_day
        span = "prices" if since.year <= 1900 else f"prices from {since} on"
        problem = f"{span} are not verified: {source.note or source.document}"
        warnings.append(Fault(plan.tariff.code, None, None, problem, is_warning=True))


def _needs_capacity(component: Component, account: AccountTerms) -> bool:
    """Tell whether a charge by kVA applies to the account."""
    said = {**account.traits, "demand_basis": account.resolved_basis}
    by_kva = isinstance(component, CapacityCharge) or (isinstance(component, MinimumCharge) and component.per == "kVA")
    return by_kva and all(said.get(condition.term, "") in condition.allowed for condition in component.when)


def _term_warnings(tariff: Tariff, reads: Reads, account: AccountTerms) -> list[Fault]:
    """Tell what the reads or the account leave open, so that nobody takes the bill for the whole of it."""
    components = [component for version in tariff.versions for component in version.components]
    told: list[tuple[str, str, str, str]] = []
    adjusts = any(isinstance(component, PowerFactorAdjustment) for component in components)
    if adjusts and account.power_factor_standard and reads.reactive is None:
        problem = "the power factor is not adjusted: the reads have no reactive energy"
        told.append(("reads", "kvarh", problem, "add a kvarh column"))
    elif adjusts and not account.power_factor_standard and reads.reactive is not None:
        problem = "the power factor is not adjusted: no standard is given"
        told.append((tariff.code, "power_factor_standard", problem, "give 0.90, 0.85 or 0.80 with --account"))
    if account.capacity_kva is None and (by_kva := [c for c in components if _needs_capacity(c, account)]):
        problem = f"{by_kva[0].label.zh} {by_kva[0].label.en}: no capacity is given, none is charged"
        told.append((tariff.code, "capacity_kva", problem, "give it with --account"))
    exported = int(reads.exported.sum())
    pays = any(isinstance(component, EnergyCharge) and component.direction == "export" for component in components)
    if exported and not pays and tariff.metering in ("separate", "net_interval"):
        kwh = f"{decimal_of(exported, UWH_PER_KWH):f}"
        problem = f"{kwh} kWh of export earn nothing: the tariff has no price for them"
        told.append((tariff.code, "export_kwh", problem, "take a tariff with an export price, if there is one"))
    by_basis = any(condition.term == "demand_basis" for component in components for condition in component.when)
    if by_basis and account.resolved_basis == "actual_demand" and not account.demand_basis:
        problem = "neither capacity nor contract is given: demand is charged as measured"
        told.append((tariff.code, "demand_basis", problem, "give them with --account"))
    return [Fault(file, None, field, problem, remedy, is_warning=True) for file, field, problem, remedy in told]
