"""A month of some accounts, priced but not written: stretches cut, reads folded, plans applied in order of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.billing.kinds import BillExceptionKind, MissingReadsPolicyKind
from gridhall.apps.billing.queries import measuring
from gridhall.apps.billing.queries.metered import Finding, keep_metered
from gridhall.apps.billing.queries.plans import MonthPlans, read_month_plans
from gridhall.apps.billing.queries.population import (
    BilledDays,
    History,
    Ints,
    Stretches,
    list_agreements_billed_later,
    list_billed_days,
    list_history,
    list_stretches,
    list_unapproved_codes,
)
from gridhall.apps.billing.queries.year_terms import apply_year_terms, fills_year_tiers, lay_out_households
from gridhall.apps.billing.rules.cutting import fill_missing, split_at
from gridhall.apps.billing.rules.social import WORDS
from gridhall.apps.metering.queries import MeterSegments
from gridhall.core.periods import Month
from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.plan import LineTable, MonthPlan
from gridhall.engines.rating.price import price
from gridhall.engines.rating.terms import Terms
from gridhall.engines.scaling.engine import LOCAL, FoldEngine


@dataclass(frozen=True)
class Carried:
    """What an agreement brings into a month: energy (in tiers) and money of the year, credits of net billing."""

    year_wh: int = 0
    year_minor: int = 0
    credit_minor: int = 0
    credit_wh: tuple[int, ...] = ()


@dataclass(frozen=True)
class PlanBlock:
    """The parts priced under one plan at once. `rows` are rows of the draft's parts."""

    document_id: int
    plan: MonthPlan
    rows: Ints
    terms: Terms
    table: LineTable


@dataclass
class MonthDraft:
    """
    Priced parts of a month, n rows in order of account and day; `bill` numbers the bills they make up.

    :param first_rows: for each bill, its first part.
    """

    month: Month
    parts: Stretches
    bill: Ints
    first_rows: Ints
    found: Determinants
    blocks: list[PlanBlock] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    billed: BilledDays | None = None
    history: History | None = None
    brought: Mapping[int, Carried] = field(default_factory=dict)
    total_minor: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    base_minor: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    tier_wh: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    billed_later: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    households: Mapping[int, NDArray[np.int16]] = field(default_factory=dict)

    @property
    def energy_wh(self) -> Ints:
        """Energy delivered, by part."""
        return self.found.import_energy.sum(axis=1)

    def per_bill(self, values: NDArray) -> Ints:
        """Add up a column of parts by bill."""
        if not len(self.first_rows):
            return np.zeros(0, np.int64)
        return np.add.reduceat(np.asarray(values, np.int64), self.first_rows)


def draft_month(
    *,
    month: Month,
    account_ids: Sequence[int] | range,
    cycle: str | None = None,
    policy: str = MissingReadsPolicyKind.HOLD,
    carried: Mapping[int, Carried] | None = None,
    again: bool = False,
    until_day: int | None = None,
    through_day: int | None = None,
    engine: FoldEngine = LOCAL,
    only_prices: bool = False,
    measured: MeterSegments | None = None,
    instead: Mapping[int, MonthPlans] | None = None,
) -> MonthDraft:
    """
    Price what is to be billed in a month; nothing is written.

    :param carried: by agreement, instead of what stands on earlier bills (a re-bill carries its own figures along).
    :param again: price days that are billed already (re-billing).
    :param until_day: leave out agreements that go on beyond this day of the month (closing).
    :param through_day: price only the first days of the month (what it comes to so far).
    :param engine: who folds the reads.
    :param only_prices: for who asks what days come to, and makes no bills: what stands on bills, and meters that were
        missing on some days, are not looked up.
    :param measured: what measured the accounts in the month, where it is known already.
    :param instead: by document in force, the plans to price by instead of its own: a version that is only tried.
    """
    stretches = list_stretches(month=month, account_ids=account_ids, cycle=cycle)
    billed = None if only_prices else list_billed_days(month=month, account_ids=account_ids)
    if until_day is not None:
        stretches = stretches.take((stretches.closes == 1) & (stretches.bill_end <= until_day))
    if through_day is not None:
        stretches = _cut_short(stretches, through_day)
    if not again and billed is not None:
        stretches = leave_out_billed(stretches, billed)
    history = list_history(month=month, account_ids=account_ids)
    findings: list[Finding] = []
    stretches = _refuse(stretches, ~_is_agreed(stretches), BillExceptionKind.NO_TERMS, findings)
    tried = instead or {}
    plans = {i: tried.get(i) or read_month_plans(i, month) for i in np.unique(stretches.document_id).tolist()}
    problems = {i: found.problem for i, found in plans.items() if found.problem}
    bad = np.isin(stretches.document_id, list(problems)) if problems else np.zeros(len(stretches), bool)
    stretches = _refuse(stretches, bad, BillExceptionKind.UNPRICEABLE, findings, problems)
    row, first, end = split_at(
        stretches.first_day, stretches.end_day, {i: p.cuts for i, p in plans.items() if p.cuts}, stretches.document_id
    )
    parts = replace(stretches.take(row), first_day=first, end_day=end)
    found, metered = measuring.fold_parts(month, parts, plans, engine, measured)
    if policy == MissingReadsPolicyKind.ESTIMATE:
        found = fill_missing(found, np.ones(len(parts), bool))
    keep = keep_metered(month, parts, metered, findings, names_points=not only_prices)
    if not keep.all():
        parts, found = parts.take(keep), measuring.take(found, keep)
    changed = np.r_[True, parts.agreement_id[1:] != parts.agreement_id[:-1]] if len(parts) else np.zeros(0, bool)
    bill = np.cumsum(changed) - 1
    draft = MonthDraft(month, parts, bill, np.flatnonzero(changed), found, findings=findings, billed=billed)
    draft.history = history
    if not again:
        draft.billed_later = list_agreements_billed_later(month=month, account_ids=account_ids)
    draft.households = apply_year_terms(month, parts, plans)
    draft.brought = carried if carried is not None else bring_forward(draft, history, plans)
    _price(draft, plans, draft.brought)
    return draft


def leave_out_billed(stretches: Stretches, billed: BilledDays) -> Stretches:
    """Take out the days that stand on a bill."""
    current = billed.take(billed.is_current == 1)
    touched = np.isin(stretches.account_id, current.account_id)
    if not touched.any():
        return stretches
    first, end = stretches.bill_first.copy(), stretches.bill_end.copy()
    for account, low, high in zip(current.account_id, current.first_day, current.end_day, strict=True):
        mine = np.flatnonzero((stretches.account_id == account) & (first < high) & (low < end))
        for row in mine:
            if low <= first[row]:
                first[row] = min(high, end[row])
            elif high >= end[row]:
                end[row] = low
            else:  # days in the middle are billed: what comes before them first, the rest in a later run
                end[row] = low
    cut = replace(
        stretches,
        bill_first=first,
        bill_end=end,
        first_day=np.maximum(stretches.first_day, first),
        end_day=np.minimum(stretches.end_day, end),
    )
    agreed = stretches.end_day > stretches.first_day
    return cut.take((end > first) & (~agreed | (cut.end_day > cut.first_day)))


def _cut_short(stretches: Stretches, day: int) -> Stretches:
    """Keep the days before `day`."""
    cut = replace(stretches, bill_end=np.minimum(stretches.bill_end, day), end_day=np.minimum(stretches.end_day, day))
    return cut.take((cut.bill_end > cut.bill_first) & (cut.end_day > cut.first_day))


def _is_agreed(stretches: Stretches) -> NDArray[np.bool_]:
    """Tell for each row whether its bill has a known tariff on every day."""
    days = np.where(stretches.document_id > 0, stretches.end_day - stretches.first_day, 0)
    _, which = np.unique(stretches.agreement_id, return_inverse=True)
    agreed = np.bincount(which, days, minlength=int(which.max(initial=-1)) + 1)[which] if len(which) else days
    return agreed >= stretches.bill_end - stretches.bill_first


def _refuse(
    stretches: Stretches,
    bad: NDArray[np.bool_],
    kind: str,
    findings: list[Finding],
    problems: Mapping[int, str] | None = None,
) -> Stretches:
    """Leave out whole agreements of which some row is bad, and say so."""
    if not bad.any():
        return stretches
    told: set[int] = set()
    is_no_terms = kind == BillExceptionKind.NO_TERMS
    codes = list_unapproved_codes(np.unique(stretches.agreement_id[bad])) if is_no_terms else {}
    for row in np.flatnonzero(bad):
        agreement = int(stretches.agreement_id[row])
        if agreement not in told:
            told.add(agreement)
            detail = (problems or {}).get(int(stretches.document_id[row]), "")
            if is_no_terms:
                mine = stretches.take(stretches.agreement_id == agreement)
                agreed = int(np.where(mine.document_id > 0, mine.end_day - mine.first_day, 0).sum())
                whole = int(mine.bill_end[0] - mine.bill_first[0])
                detail = f"{whole - agreed} of {whole} days without terms whose tariff is approved"
                if agreement in codes:
                    detail += f"; not approved here: {', '.join(codes[agreement])}"
            findings.append(Finding(int(stretches.account_id[row]), agreement, kind, True, detail))
    return stretches.take(~np.isin(stretches.agreement_id, list(told)))


def bring_forward(draft: MonthDraft, history: History, plans: Mapping[int, MonthPlans]) -> dict[int, Carried]:
    """Give what stands on earlier bills, by agreement; credits only where a tariff carries them."""
    netting = [i for i, found in plans.items() if any(p and p.tariff.metering != "separate" for p in found.plans)]
    netted = np.unique(draft.parts.agreement_id[np.isin(draft.parts.document_id, netting)])
    credits = measuring.list_credits(draft.month, netted)
    out = {}
    for agreement, wh, minor in zip(
        history.agreement_id.tolist(), history.year_wh.tolist(), history.year_minor.tolist(), strict=True
    ):
        out[agreement] = Carried(wh, minor, *credits.get(agreement, (0, ())))
    for agreement, (minor, energy) in credits.items():  # of agreements that were not billed this year
        out.setdefault(agreement, Carried(0, 0, minor, energy))
    return out


def _price(draft: MonthDraft, plans: Mapping[int, MonthPlans], carried: Mapping[int, Carried]) -> None:
    """Price wave by wave: first the first part of every bill, then the second parts with what the first ones used."""
    parts, count = draft.parts, len(draft.parts)
    draft.total_minor, draft.base_minor, draft.tier_wh = (np.zeros(count, np.int64) for _ in range(3))
    if not count:
        return
    nothing = Carried()
    brought = [carried.get(agreement, nothing) for agreement in parts.agreement_id[draft.first_rows].tolist()]
    year_wh = np.array([item.year_wh for item in brought], np.int64)
    year_minor = np.array([item.year_minor for item in brought], np.int64)
    month_wh = np.zeros(len(brought), np.int64)
    credit_minor = np.array([item.credit_minor for item in brought], np.int64)
    credit_wh = {index: item.credit_wh for index, item in enumerate(brought) if item.credit_wh}
    energy = draft.energy_wh
    wave_of = np.arange(count) - draft.first_rows[draft.bill]
    plan_of = np.zeros(count, np.int64)
    for document in np.unique(parts.document_id):
        rows = parts.document_id == document
        for cut in plans[int(document)].cuts:
            plan_of[rows] += parts.first_day[rows] >= cut
    for wave in range(int(wave_of.max()) + 1):
        in_wave = wave_of == wave
        for document, index in sorted(
            set(zip(parts.document_id[in_wave].tolist(), plan_of[in_wave].tolist(), strict=True))
        ):
            rows = np.flatnonzero(in_wave & (parts.document_id == document) & (plan_of == index))
            bills = draft.bill[rows]
            plan = plans[document].plans[index]
            assert plan is not None
            terms = _terms(
                parts.take(rows), year_wh[bills], month_wh[bills], year_minor[bills], credit_minor[bills],
                [credit_wh.get(bill, ()) for bill in bills.tolist()] if credit_wh else None,
            )  # fmt: skip
            if wave:
                terms = replace(terms, is_later=np.ones(len(rows), bool))
            by_month = lay_out_households(parts.agreement_id[rows], draft.households)
            if by_month is not None:
                terms = replace(terms, household_by_month=by_month)
            table = price(plan, measuring.take(draft.found, rows), terms)
            draft.blocks.append(PlanBlock(document, plan, rows, terms, table))
            draft.total_minor[rows] = table.total_minor * 10 ** (2 - table.places)
            draft.base_minor[rows] = table.before_minimum_minor * 10 ** (2 - table.places)
            draft.tier_wh[rows] = energy[rows] if fills_year_tiers(plan) else 0
            year_wh[bills] += draft.tier_wh[rows]
            month_wh[bills] += energy[rows]
            year_minor[bills] += draft.base_minor[rows]
            if table.credit_minor is not None:
                credit_minor[bills] = table.credit_minor
            if table.credit_energy is not None:
                credit_wh |= dict(zip(bills.tolist(), map(tuple, table.credit_energy.tolist()), strict=True))


def _terms(
    parts: Stretches, year_wh: Ints, month_wh: Ints, year_minor: Ints, credit_minor: Ints, credit_wh: list | None
) -> Terms:
    count = len(parts)
    energy = None
    if credit_wh is not None and any(credit_wh):
        energy = np.zeros((count, max(map(len, credit_wh))), np.int64)
        for row, values in enumerate(credit_wh):
            energy[row, : len(values)] = values
    return Terms(
        n=count,
        capacity_va=parts.capacity_va,
        contract_demand_w=parts.demand_w,
        demand_basis=parts.demand_basis.astype(np.uint8),
        household_size=parts.household_size.astype(np.int16),
        traits={"social": WORDS[parts.social]},
        power_factor_standard=parts.power_factor.astype(np.uint8),
        year_to_date=year_wh,
        month_to_date=month_wh,
        year_months=parts.year_months.astype(np.int8),
        share_days=(parts.end_day - parts.first_day).astype(np.int16),
        credit_energy=energy,
        credit_minor=credit_minor,
        year_amount_minor=year_minor,
    )


def carry_on(draft: MonthDraft) -> dict[int, Carried]:
    """Give what each agreement takes from this month to the next; a new year begins at nothing but credits."""
    out = dict(draft.brought)
    if draft.month.month == 12:
        out = {key: replace(item, year_wh=0, year_minor=0) for key, item in out.items()}
    energy, base = draft.per_bill(draft.tier_wh), draft.per_bill(draft.base_minor)
    left = _credits_left(draft)
    for index, agreement in enumerate(draft.parts.agreement_id[draft.first_rows].tolist()):
        before = draft.brought.get(agreement, Carried())
        minor, wh = left.get(index, (0, ()))
        if draft.month.month == 12:
            out[agreement] = Carried(0, 0, minor, wh)
        else:
            out[agreement] = Carried(
                before.year_wh + int(energy[index]), before.year_minor + int(base[index]), minor, wh
            )
    return out


def _credits_left(draft: MonthDraft) -> dict[int, tuple[int, tuple[int, ...]]]:
    """Give the credit after the last part of each bill that has one."""
    left: dict[int, tuple[int, tuple[int, ...]]] = {}
    for block in draft.blocks:  # in order of waves: later parts overwrite earlier ones
        minor, wh = block.table.credit_minor, block.table.credit_energy
        if minor is None and wh is None:
            continue
        for place, bill in enumerate(draft.bill[block.rows].tolist()):
            left[bill] = (
                int(minor[place]) if minor is not None else 0,
                tuple(int(item) for item in wh[place]) if wh is not None else (),
            )
    return left
