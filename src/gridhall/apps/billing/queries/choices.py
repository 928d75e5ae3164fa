"""What the last twelve months would have cost under each tariff that an account may choose, by the kernel of bills."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.utils import timezone

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.models import Bill
from gridhall.apps.billing.queries.access import check_access
from gridhall.apps.billing.queries.agreed import Agreed, facts_of, find_agreed
from gridhall.apps.billing.queries.measuring import take
from gridhall.apps.billing.queries.plans import MonthPlans, compile_document
from gridhall.apps.billing.queries.year_terms import fills_year_tiers
from gridhall.apps.billing.rules.cutting import gather
from gridhall.apps.metering import queries as metering
from gridhall.apps.tariffs import queries as tariffs
from gridhall.core.periods import Month, months_between
from gridhall.core.units import kwh_from_wh
from gridhall.engines.rating.clock import holds
from gridhall.engines.rating.determinants import Determinants, Segments
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.price import price
from gridhall.engines.rating.tariff import CapacityCharge, Clause, DemandCharge, EnergyCharge, Tariff
from gridhall.engines.rating.terms import DEMAND_BASES, Terms

MONTHS = 12
ZERO = Decimal("0.00")
CHOICE_WORDS = ("选择", "自愿", "变更", "choice", "choose", "voluntar")
"""Words by which a clause shows that it says who may have a tariff, and when it may be changed."""


@dataclass(frozen=True, slots=True)
class ComparedMonth:
    """One month of the comparison; `reason` is empty for months that were priced, else INCOMPLETE or NO_TERMS."""

    month: Month
    energy_kwh: Decimal
    export_kwh: Decimal
    billed: Decimal | None
    is_estimated: bool = False
    reason: str = ""


@dataclass
class Choice:
    """
    One tariff, priced over the compared months.

    :param amounts: by month, only those that were priced. :param difference: total less that of the own tariff.
    :param rules: clauses that say who may have the tariff, and when it may be changed.
    :param reason: empty, else why it cannot be priced: NO_PRICES, NEEDS_CAPACITY, NO_FEED_IN or NO_GENERATION.
    """

    code: str
    name: str
    name_en: str
    is_own: bool
    is_verified: bool
    note: str
    rules: tuple[Clause, ...]
    amounts: dict[Month, Decimal] = field(default_factory=dict)
    difference: Decimal = ZERO
    reason: str = ""

    @property
    def total(self) -> Decimal:
        """What all compared months come to."""
        return sum(self.amounts.values(), ZERO)


@dataclass(frozen=True, slots=True)
class TariffComparison:
    """The compared months, oldest first, and the tariffs: those that could be priced, the cheapest first."""

    months: list[ComparedMonth]
    choices: list[Choice]
    left_out: list[Choice]

    @property
    def own(self) -> Choice | None:
        """The tariff that the account has now."""
        return next((choice for choice in self.choices if choice.is_own), None)

    @property
    def compared(self) -> list[ComparedMonth]:
        """The months that were priced."""
        return [month for month in self.months if not month.reason]

    @property
    def billed(self) -> Decimal | None:
        """What was billed for those months; None unless each has its bill."""
        amounts = [month.billed for month in self.compared]
        return sum((a for a in amounts if a is not None), ZERO) if amounts and None not in amounts else None


def compare_tariffs(*, account: CustomerAccount, viewer: Any, at: datetime) -> TariffComparison | None:
    """
    Price the last twelve whole months of an account under its own tariff and each that its kind may choose.

    All with the terms of today (capacity, demand, household); months without complete reads are left out for all.
    None for an account that nobody answers for.

    :raises AccessDenied: for a viewer who may not see both bills and usage.
    """
    check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_BILLS)
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    today = timezone.localdate(at)
    agreed = find_agreed(account, today)
    if agreed is None:
        return None
    candidates = _list_candidates(account, agreed)
    months = _list_months(today, max(agreed.agreement.starts_on, days[0]))
    bills = _list_bills(account, agreed, months)
    measured = _measure(account, months, [item for item in candidates if not item.choice.reason])
    compared = [_compare_month(month, measured[month], bills) for month in months]
    for candidate in candidates:
        if not candidate.choice.reason:
            _price(candidate, agreed, compared, measured, bills)
    exports = any(month.export_kwh for month in compared)
    for candidate in candidates:
        if not candidate.choice.reason and not candidate.choice.is_own and candidate.has_feed_in != exports:
            candidate.choice.reason = "NO_FEED_IN" if exports else "NO_GENERATION"
    return _sort(compared, [candidate.choice for candidate in candidates])


@dataclass
class _Candidate:
    document_id: int
    tariff: Tariff
    choice: Choice
    plans: dict[Month, MonthPlans] = field(default_factory=dict)

    def plan(self, month: Month) -> MonthPlan | None:
        """Give the plan of a month, None where it has none or several: those months are told as left out."""
        found = self.plans.get(month)
        if found is None:
            found = self.plans[month] = compile_document(self.document_id, self.tariff, month)
        return found.plans[0] if len(found.plans) == 1 else None

    @property
    def has_feed_in(self) -> bool:
        """Whether it pays for energy fed in."""
        return any(
            isinstance(c, EnergyCharge) and c.direction == "export" for v in self.tariff.versions for c in v.components
        )


def _list_candidates(account: CustomerAccount, agreed: Agreed) -> list[_Candidate]:
    """List the account's own tariff and those in force for its kind, region, currency and voltage."""
    applied = tariffs.list_applied()
    own = next((tariff for _, tariff in applied if tariff.code == agreed.terms.tariff_code), None)
    found = []
    for key, tariff in applied:
        is_own = tariff.code == agreed.terms.tariff_code
        if not is_own and (own is None or not _may_choose(tariff, own, account.kind)):
            continue
        version = tariff.versions[-1]
        rules = tuple(
            clause
            for clause in tariff.clauses.values()
            if any(word in f"{clause.text}{clause.text_en}".lower() for word in CHOICE_WORDS)
        )
        choice = Choice(
            tariff.code, tariff.label.zh, tariff.label.en, is_own, version.source.verified, version.source.note, rules
        )
        if _lacks_capacity(tariff, agreed):
            choice.reason = "NEEDS_CAPACITY"
        found.append(_Candidate(key, tariff, choice))
    return found


def _may_choose(tariff: Tariff, own: Tariff, kind: str) -> bool:
    charges = [c for v in tariff.versions for c in v.components if isinstance(c, EnergyCharge)]
    return (
        (not tariff.customer_kinds or kind in tariff.customer_kinds)
        and tariff.currency == own.currency
        and (not tariff.region or not own.region or tariff.region == own.region)
        and (not tariff.voltage or not own.voltage or tariff.voltage == own.voltage)
        and (not tariff.category or not own.category or tariff.category == own.category)
        and any(charge.direction == "import" for charge in charges)
    )


def _lacks_capacity(tariff: Tariff, agreed: Agreed) -> bool:
    """Tell whether a tariff counts capacity or demand, and the account has agreed on none."""
    terms, facts = agreed.terms, facts_of(agreed.terms)
    if terms.contract_capacity_kva or terms.contract_demand_kw:
        return False
    return any(
        isinstance(c, CapacityCharge | DemandCharge) and getattr(c, "basis", "") != "measured" and holds(c, facts)
        for version in tariff.versions
        for c in version.components
    )


def _list_months(today: date, since: date) -> list[Month]:
    last = Month.of(today).previous()
    first = last
    for _unused in range(MONTHS - 1):
        first = first.previous()
    return [month for month in months_between(first, last) if month.first_day >= since]


@dataclass(frozen=True)
class _Bills:
    """What was billed by month, and the energy billed in a year before the compared months."""

    amounts: dict[Month, Decimal]
    before_wh: dict[int, int]


def _list_bills(account: CustomerAccount, agreed: Agreed, months: list[Month]) -> _Bills:
    if not months:
        return _Bills({}, {})
    year = months[0].year
    rows = Bill.objects.filter(
        account_id=account.pk, agreement_id=agreed.agreement.pk, is_current=True, first_day__gte=date(year, 1, 1),
        first_day__lt=months[-1].next().first_day,
    ).values_list("first_day", "charge_total", "energy_wh", "issued_at")  # fmt: skip
    amounts: dict[Month, Decimal] = {}
    before = 0
    for first_day, total, energy, issued_at in rows:
        month = Month.of(first_day)
        if month < months[0]:
            before += energy
        elif issued_at is not None:
            amounts[month] = amounts.get(month, ZERO) + total
    return _Bills(amounts, {year: before})


@dataclass(frozen=True)
class _Measured:
    """A month folded under each candidate's hours: row i is candidate i."""

    found: Determinants
    order: dict[str, int]
    days: int


def _measure(account: CustomerAccount, months: list[Month], candidates: list[_Candidate]) -> dict[Month, _Measured]:
    """Fold every month once, under the hours of all candidates together."""
    if not months:
        return {}
    first = months[0].first_day
    all_days = metering.list_day_segments(
        first_day=first, end_day=months[-1].next().first_day, account_ids=[account.pk]
    )
    store = metering.get_store()
    out = {}
    for month in months:
        offset = (month.first_day - first).days
        starts = np.maximum(all_days.first_day.astype(np.int64) - offset, 0)
        ends = np.minimum(all_days.end_day.astype(np.int64) - offset, month.days)
        mine = np.flatnonzero(ends > starts)
        mine = mine[np.argsort(all_days.series_id[mine], kind="stable")]
        calendars, which = _stack(month, candidates)
        count = len(calendars)
        rows = np.repeat(mine, count)  # the store reads in order of series
        folded = store.fold_segments(
            month,
            Segments(
                series_id=all_days.series_id[rows],
                first_day=starts[rows].astype(np.int16),
                end_day=ends[rows].astype(np.int16),
                calendar=np.tile(np.arange(count), len(mine)).astype(np.int16),
                multiplier=all_days.multiplier[rows],
            ),
            calendars,
        )
        part = np.tile(np.arange(count), len(mine)).astype(np.int64)
        gathered = gather(folded, part, all_days.usage_point_id[rows], count)
        days = int((ends[mine] - starts[mine]).max(initial=0))
        out[month] = _Measured(gathered, which, days)
    return out


def _stack(month: Month, candidates: list[_Candidate]) -> tuple[np.ndarray, dict[str, int]]:
    """Stack the slot classes of the candidates, alike ones once."""
    found: dict[bytes, int] = {}
    stack: list[np.ndarray] = []
    which: dict[str, int] = {}
    for candidate in candidates:
        plan = candidate.plan(month)
        classes = plan.slot_class if plan is not None else np.zeros((month.days, 96), np.uint8)
        key = classes.tobytes()
        if key not in found:
            found[key] = len(stack)
            stack.append(classes)
        which[candidate.tariff.code] = found[key]
    if not stack:
        stack.append(np.zeros((month.days, 96), np.uint8))
    return np.stack(stack), which


def _compare_month(month: Month, measured: _Measured, bills: _Bills) -> ComparedMonth:
    found = measured.found
    whole = measured.days == month.days and not int(found.missing_slots[0])
    return ComparedMonth(
        month=month,
        energy_kwh=kwh_from_wh(int(found.import_energy[0].sum())),
        export_kwh=kwh_from_wh(int(found.export_energy[0].sum())),
        billed=bills.amounts.get(month),
        is_estimated=bool(found.estimated_slots[0]),
        reason="" if whole else "INCOMPLETE",
    )


def _price(
    candidate: _Candidate,
    agreed: Agreed,
    compared: list[ComparedMonth],
    measured: dict[Month, _Measured],
    bills: _Bills,
) -> None:
    """Price the months in order, taking along what fills annual tiers and what credits are left."""
    year_wh, year_minor, year = 0, 0, 0
    credit_minor, credit_energy = 0, None
    for month in compared:
        plan = candidate.plan(month.month)
        if plan is None:
            candidate.choice.reason = "NO_PRICES"
            candidate.choice.amounts.clear()
            return
        if month.month.year != year:
            year, year_minor = month.month.year, 0
            year_wh = bills.before_wh.get(year, 0)
        found = measured[month.month]
        row = take(found.found, np.array([found.order[candidate.tariff.code]]))
        used = int(row.import_energy.sum()) if fills_year_tiers(plan) else 0
        if not month.reason:
            terms = _terms(agreed, month.month, year_wh, year_minor, credit_minor, credit_energy)
            table = price(plan, row, terms)
            total = int(table.total_minor[0])
            candidate.choice.amounts[month.month] = Decimal(total).scaleb(-table.places)
            year_minor += int(table.before_minimum_minor[0]) * 10 ** (2 - table.places)
            credit_minor = int(table.credit_minor[0]) if table.credit_minor is not None else 0
            credit_energy = table.credit_energy
        year_wh += used


def _terms(
    agreed: Agreed, month: Month, year_wh: int, year_minor: int, credit_minor: int, credit_energy: np.ndarray | None
) -> Terms:
    terms = agreed.terms
    since, until = agreed.agreement.starts_on, agreed.agreement.ends_on
    first = since.month if since.year == month.year else 1
    last = until.month if until is not None and until.year == month.year else 12

    def one(value: Any) -> np.ndarray:
        return np.array([int(value or 0)], np.int64)

    return Terms(
        n=1,
        capacity_va=one((terms.contract_capacity_kva or 0) * 1_000),
        contract_demand_w=one((terms.contract_demand_kw or 0) * 1_000),
        demand_basis=one(DEMAND_BASES.index(agreed.facts["demand_basis"])).astype(np.uint8),
        household_size=one(terms.household_size).astype(np.int16),
        traits={"social": np.array([agreed.facts["social"]])},
        power_factor_standard=one((terms.power_factor_standard or 0) * 100).astype(np.uint8),
        year_to_date=one(year_wh),
        month_to_date=one(0),
        year_months=one(last - first + 1).astype(np.int8),
        share_days=one(month.days).astype(np.int16),
        credit_energy=credit_energy,
        credit_minor=one(credit_minor),
        year_amount_minor=one(year_minor),
    )


def _sort(months: list[ComparedMonth], choices: list[Choice]) -> TariffComparison:
    """Set every tariff beside the own one."""
    priced = [choice for choice in choices if not choice.reason]
    own = next((choice for choice in priced if choice.is_own), None)
    if own is not None:
        priced = [replace(choice, difference=choice.total - own.total) for choice in priced]
    priced.sort(key=lambda choice: (choice.total, not choice.is_own, choice.code))
    return TariffComparison(months, priced, [choice for choice in choices if choice.reason])
