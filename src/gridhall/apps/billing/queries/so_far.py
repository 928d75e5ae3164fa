"""What the month under way has cost so far, by heading and by period of the day, and what demand charges count on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.queries.access import check_access
from gridhall.apps.billing.queries.pricing import MonthDraft, PlanBlock
from gridhall.apps.billing.queries.usage import draft_so_far
from gridhall.apps.billing.queries.views import CurrentMonth
from gridhall.apps.billing.rules.line_groups import group_of
from gridhall.core.periods import Month
from gridhall.core.units import kwh_from_wh
from gridhall.engines.rating.explain import decimal_of
from gridhall.engines.rating.plan import LineSpec
from gridhall.engines.rating.tariff import DemandCharge, EnergyCharge
from gridhall.engines.rating.terms import DEMAND_BASES

ZERO = Decimal("0.00")


@dataclass
class PeriodCost:
    """Energy of one period of the day, and what it comes to."""

    energy_kwh: Decimal = Decimal(0)
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class DemandSoFar:
    """
    What the demand charge of a month counts on, kW.

    :param contract_kw: as agreed; None where the demand as measured is charged.
    :param charged_kw: the contract, or the floor if that is more. :param floor_kw: the least that is charged.
    :param limit_kw: above this, what is measured costs `over_multiple` times; None where there is no such rule.
    """

    measured_kw: Decimal
    contract_kw: Decimal | None
    capacity_kva: Decimal | None
    floor_percent: int
    floor_kw: Decimal | None
    charged_kw: Decimal
    over_percent: int
    over_multiple: int
    limit_kw: Decimal | None
    amount: Decimal
    excess_amount: Decimal

    @property
    def is_floored(self) -> bool:
        """Whether less was agreed than the least that is charged."""
        return self.contract_kw is not None and self.floor_kw is not None and self.contract_kw < self.floor_kw

    @property
    def excess_kw(self) -> Decimal:
        """How much was measured above the limit."""
        return max(self.measured_kw - self.limit_kw, Decimal(0)) if self.limit_kw is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class PowerFactorSoFar:
    """The mean power factor of a month beside its standard; `amount` is what that adds (or, below zero, earns)."""

    factor: Decimal
    standard: Decimal
    percent: Decimal
    amount: Decimal


@dataclass
class MonthCosts:
    """
    The month under way, priced by the kernel of bills for its complete days.

    :param by_group: amount by LineGroupKind. :param by_period: energy charges by SHARP, PEAK …
    """

    month: Month
    as_of: date
    total: Decimal = ZERO
    by_group: dict[str, Decimal] = field(default_factory=dict)
    by_period: dict[str, PeriodCost] = field(default_factory=dict)
    credits: list[tuple[str, str, Decimal, Decimal]] = field(default_factory=list)
    capacity_kva: Decimal | None = None
    demand: DemandSoFar | None = None
    power_factor: PowerFactorSoFar | None = None


def get_month_costs(*, account: CustomerAccount, viewer: Any, current: CurrentMonth, at: datetime) -> MonthCosts | None:
    """
    Take apart what the month under way costs so far; None where it cannot be priced.

    :param current: the month as `get_current_month` told it.
    :raises AccessDenied: for a viewer who may not see both bills and usage.
    """
    check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_BILLS)
    check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    draft = draft_so_far(account.pk, current.month, (current.as_of - current.month.first_day).days + 1)
    if not len(draft.first_rows):
        return None
    costs = MonthCosts(current.month, current.as_of)
    last = len(draft.first_rows) - 1
    for block in draft.blocks:
        for place, row in enumerate(block.rows.tolist()):
            if draft.bill[row] == last:
                _add(costs, draft, block, place, row)
    return costs


def _add(costs: MonthCosts, draft: MonthDraft, block: PlanBlock, place: int, row: int) -> None:
    """Add the lines of one part."""
    table = block.table
    for index, spec in enumerate(table.specs):
        amount = Decimal(int(table.amount_minor[index][place])).scaleb(-spec.places)
        quantity = decimal_of(int(table.quantity[index][place]), spec.quantity_scale)
        if not amount and not quantity:
            continue
        group = group_of(spec)
        if spec.counts:
            costs.total += amount
            costs.by_group[group] = costs.by_group.get(group, ZERO) + amount
        if spec.counts and isinstance(spec.component, EnergyCharge) and spec.component.direction == "import":
            if spec.period:
                cost = costs.by_period.setdefault(spec.period.upper(), PeriodCost())
                cost.energy_kwh += quantity
                cost.amount += amount
        elif group == "CREDIT" and spec.counts:
            costs.credits.append((spec.label.zh, spec.label.en or spec.label.zh, quantity, -amount))
        if spec.rule == "power_factor" and "factor" in table.operands[index]:
            costs.power_factor = _power_factor(costs.power_factor, table.operands[index], place, amount)
    capacity = int(draft.parts.capacity_va[row])
    costs.capacity_kva = decimal_of(capacity, 1_000) if capacity else None
    costs.demand = _demand(costs.demand, draft, block, place, row)


def _power_factor(
    before: PowerFactorSoFar | None, operands: dict[str, Any], place: int, amount: Decimal
) -> PowerFactorSoFar:
    factor, standard, percent = (int(np.asarray(operands[k])[place]) for k in ("factor", "standard", "percent"))
    amount += before.amount if before else ZERO
    return PowerFactorSoFar(*(Decimal(value).scaleb(-2) for value in (factor, standard, percent)), amount)


def _demand(
    before: DemandSoFar | None, draft: MonthDraft, block: PlanBlock, place: int, row: int
) -> DemandSoFar | None:
    specs = block.table.specs
    found = next((s for s in specs if isinstance(s.component, DemandCharge) and _applies(s, block, place)), None)
    if found is None:
        return before
    charge = found.component
    assert isinstance(charge, DemandCharge)
    amounts = {
        spec.rule: Decimal(int(block.table.amount_minor[index][place])).scaleb(-spec.places)
        for index, spec in enumerate(specs)
        if isinstance(spec.component, DemandCharge) and _applies(spec, block, place)
    }
    measured = kwh_from_wh(int(draft.found.peak_energy[row].max()) * 4)
    capacity_kva = decimal_of(int(draft.parts.capacity_va[row]), 1_000) or None
    contract = kwh_from_wh(int(draft.parts.demand_w[row])) if charge.basis == "contract" else None
    floor = capacity_kva * charge.floor_percent / 100 if capacity_kva and charge.floor_percent else None
    measured = max(measured, before.measured_kw) if before else measured
    charged = max(contract if contract is not None else measured, floor or Decimal(0))
    return DemandSoFar(
        measured_kw=measured,
        contract_kw=contract,
        capacity_kva=capacity_kva,
        floor_percent=charge.floor_percent,
        floor_kw=floor,
        charged_kw=charged,
        over_percent=charge.over_percent,
        over_multiple=charge.over_multiple,
        limit_kw=charged * charge.over_percent / 100 if charge.basis == "contract" else None,
        amount=sum(amounts.values(), before.amount if before else ZERO),
        excess_amount=amounts.get("excess", ZERO) + (before.excess_amount if before else ZERO),
    )


def _applies(spec: LineSpec, block: PlanBlock, place: int) -> bool:
    basis = block.terms.demand_basis
    name = DEMAND_BASES[int(basis[place])] if basis is not None else ""
    return all(c.term != "demand_basis" or name in c.allowed for c in spec.component.when)
