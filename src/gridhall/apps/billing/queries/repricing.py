"""Price a part of a bill again from nothing but what the bill keeps: the same lines come out, to the last digit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gridhall.apps.billing.models import BillPart
from gridhall.apps.billing.queries.plans import read_month_plans
from gridhall.apps.billing.rules.social import WORDS
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month
from gridhall.engines.rating.bill import BillLine as RatedLine
from gridhall.engines.rating.determinants import SLOT_CLASSES, Determinants
from gridhall.engines.rating.explain import lines_of
from gridhall.engines.rating.plan import LineTable, MonthPlan
from gridhall.engines.rating.price import price
from gridhall.engines.rating.terms import Terms


class UnableToReprice(BusinessError):
    """A part of a bill cannot be priced again."""


def plan_of(part: BillPart) -> MonthPlan:
    """Give the plan a part was priced by. :raises UnableToReprice: if its tariff cannot be read any more."""
    month = Month.of(part.first_day)
    plans = read_month_plans(part.tariff_document_id, month)
    plan = plans.plans[plans.index_on((part.first_day - month.first_day).days)]
    if plan is None:
        raise UnableToReprice(plans.problem, code="unpriceable")
    return plan


def reprice(part: BillPart) -> LineTable:
    """Price a part again. :raises UnableToReprice: if its tariff cannot be read any more."""
    return price(plan_of(part), determinants_of(part), terms_of(part))


def rated_lines(part: BillPart) -> tuple[RatedLine, ...]:
    """Give every line of a part with its operands, in the tariff's order; those of nothing too."""
    return lines_of(reprice(part), 0, keep_zero=True)


def determinants_of(part: BillPart) -> Determinants:
    """Give what was measured for a part, one row."""
    return Determinants(
        import_energy=_classes(part.import_wh),
        export_energy=_classes(part.export_wh),
        peak_energy=_classes(part.peak_wh),
        reactive_energy=_one(part.reactive_varh),
        measured_slots=_one(part.measured_slots).astype(np.int32),
        estimated_slots=_one(part.estimated_slots).astype(np.int32),
        missing_slots=_one(part.missing_slots).astype(np.int32),
    )


def terms_of(part: BillPart) -> Terms:
    """Give the terms that a part was priced under, one row."""
    return Terms(
        n=1,
        capacity_va=_one(part.contract_capacity_va),
        contract_demand_w=_one(part.contract_demand_w),
        demand_basis=_one(part.demand_basis).astype(np.uint8),
        household_size=_one(part.household_size).astype(np.int16),
        traits={"social": WORDS[_one(part.social)]},
        household_by_month=np.array([part.household_by_month], np.int16) if part.household_by_month else None,
        power_factor_standard=_one(part.power_factor_standard_percent).astype(np.uint8),
        year_to_date=_one(part.year_to_date_wh),
        month_to_date=_one(part.month_to_date_wh),
        year_months=_one(part.year_months).astype(np.int8),
        share_days=_one((part.end_day - part.first_day).days).astype(np.int16),
        is_later=np.array([part.position > 0]),
        credit_energy=np.array([part.credit_wh], np.int64) if part.credit_wh else None,
        credit_minor=_one(part.credit_minor),
        year_amount_minor=_one(part.year_amount_minor),
    )


def _one(value: int) -> np.ndarray:
    return np.array([value], np.int64)


def _classes(values: Sequence[int]) -> np.ndarray:
    row = np.zeros((1, SLOT_CLASSES), np.int64)
    row[0, : len(values)] = values
    return row
