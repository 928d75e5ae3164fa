"""Agreements whose tariff or household changed within the year: which months fill annual tiers, for how many people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.billing.queries.plans import MonthPlans, read_month_plans
from gridhall.apps.billing.queries.population import Columns, Ints, Stretches
from gridhall.core.periods import Month
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.tariff import EnergyCharge

MONTHS = 12
AS_USUAL = -1


@dataclass(frozen=True)
class YearTerms(Columns):
    """What agreements were priced by in a year so far; months 1 to 12, both included; in order of agreement and day."""

    agreement_id: Ints
    document_id: Ints
    first_month: Ints
    last_month: Ints
    agreement_last: Ints
    household_size: Ints


_YEAR_TERMS = """
SELECT t.agreement_id, coalesce(d.id, 0)::int8, extract(month FROM greatest(t.starts_on, %(year)s::date))::int8,
       extract(month FROM least(coalesce(t.ends_on, %(next)s::date), %(next)s::date) - 1)::int8,
       extract(month FROM least(coalesce(g.ends_on, %(next)s::date), %(next)s::date) - 1)::int8, t.household_size::int8
  FROM accounts_agreementterms t JOIN accounts_customeragreement g ON g.id = t.agreement_id
  LEFT JOIN LATERAL (
       SELECT d.id FROM tariffs_tariffdocument d WHERE d.code = t.tariff_code AND d.status = 'APPROVED'
        ORDER BY d.approved_at DESC, d.id DESC LIMIT 1) d ON true
 WHERE t.agreement_id = ANY(%(ids)s::int8[]) AND t.starts_on < %(end)s::date
   AND (t.ends_on IS NULL OR t.ends_on > %(year)s::date)
 ORDER BY t.agreement_id, t.starts_on
"""


def list_year_terms(*, month: Month, agreement_ids: Ints) -> YearTerms:
    """List the terms of some agreements in the year of a month; terms that begin after the month do not count yet."""
    days = {"year": date(month.year, 1, 1), "next": date(month.year + 1, 1, 1), "end": month.next().first_day}
    params = {**days, "ids": agreement_ids.tolist()}
    return YearTerms.read(_YEAR_TERMS, params)  # type: ignore[arg-type]


def fills_year_tiers(plan: MonthPlan | None) -> bool:
    """Tell whether energy under a plan counts towards annual tiers."""
    return plan is not None and any(
        isinstance(component, EnergyCharge)
        and component.tier_basis == "year"
        and component.direction == "import"
        and any(len(ladder) > 1 for ladder in component.ladders.values())
        for component in plan.components
    )


def has_year_tiers(plans: MonthPlans) -> bool:
    """Tell whether a tariff has annual tiers in a month."""
    return any(fills_year_tiers(plan) for plan in plans.plans)


def apply_year_terms(month: Month, parts: Stretches, plans: Mapping[int, MonthPlans]) -> dict[int, NDArray[np.int16]]:
    """
    Count the months in which annual tiers fill, where an agreement was not priced by them all year.

    The tariff of today is taken to last to the end of the year, or of the agreement. `parts.year_months` is changed.

    :returns: people by month of the year, by agreement, where their number changed.
    """
    mixed = np.unique(parts.agreement_id[parts.is_mixed == 1])
    if not len(mixed):
        return {}
    terms = list_year_terms(month=month, agreement_ids=mixed)
    tiered = {
        int(document): bool(document) and has_year_tiers(plans.get(document) or read_month_plans(document, month))
        for document in np.unique(terms.document_id).tolist()
    }
    households: dict[int, NDArray[np.int16]] = {}
    for agreement in mixed.tolist():
        mine = terms.take((terms.agreement_id == agreement) & np.array([tiered[d] for d in terms.document_id.tolist()]))
        if not len(mine):
            continue
        by_month = np.full(MONTHS, AS_USUAL, np.int16)
        for row in range(len(mine)):
            last = mine.agreement_last[row] if row == len(mine) - 1 else mine.last_month[row]
            stretch = slice(int(mine.first_month[row]) - 1, int(last))
            by_month[stretch] = np.maximum(by_month[stretch], mine.household_size[row])
        parts.year_months[parts.agreement_id == agreement] = int((by_month > AS_USUAL).sum())
        if len(np.unique(mine.household_size)) > 1:
            households[agreement] = np.maximum(by_month, 0)
    return households


def lay_out_households(agreements: Ints, households: Mapping[int, NDArray[np.int16]]) -> NDArray[np.int16] | None:
    """Give people by month as rows beside parts, rows of -1 where their number did not change; None if it never did."""
    if not households or not any(agreement in households for agreement in agreements.tolist()):
        return None
    usual = np.full(MONTHS, AS_USUAL, np.int16)
    return np.stack([households.get(agreement, usual) for agreement in agreements.tolist()])
