"""Terms: what an account has agreed or is, as rating needs it; one account as a record, many as columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

DEMAND_BASES = ("capacity", "contract_demand", "actual_demand")
UNKNOWN_BASIS = 255


@dataclass(frozen=True)
class AccountTerms:
    """
    The terms of one account. `gridhall rate --account` reads these keys.

    :param demand_basis: capacity, contract_demand or actual_demand (two-part tariffs); empty: contract_demand if there
        is one, else capacity if there is one, else actual_demand.
    :param power_factor_standard: "0.90", "0.85", "0.80", or None when the account is not adjusted.
    :param year_to_date_kwh: energy of this calendar year before the first day priced (annual tiers); None: as the reads
        before that day tell.
    :param month_to_date_kwh: energy of the first month before the first day priced (monthly tiers); None likewise.
    :param multiplier: CT ratio x PT ratio; reads are multiplied by it.
    :param moved_in_on, moved_out_on: only days in between are priced, and annual limits are shared out over these
        months, both included.
    :param traits: further words that conditions of a tariff may ask for, such as {"social": "five_guarantees"}.
    :param special_days: named lists of days, added to those of the tariff.
    """

    capacity_kva: Decimal | None = None
    contract_demand_kw: Decimal | None = None
    demand_basis: str = ""
    household_size: int = 1
    moved_in_on: date | None = None
    moved_out_on: date | None = None
    year_to_date_kwh: Decimal | None = None
    month_to_date_kwh: Decimal | None = None
    power_factor_standard: str | None = None
    multiplier: int = 1
    traits: dict[str, str] = field(default_factory=dict)
    special_days: dict[str, frozenset[date]] = field(default_factory=dict)

    @property
    def resolved_basis(self) -> str:
        """What the demand charge goes by."""
        if self.demand_basis:
            return self.demand_basis
        if self.contract_demand_kw is not None:
            return "contract_demand"
        return "capacity" if self.capacity_kva is not None else "actual_demand"

    def months_held(self, year: int) -> int:
        """
        Give the months of a year that the account holds its agreement: the months of moving in and out count whole.

        >>> AccountTerms(moved_in_on=date(2026, 6, 15)).months_held(2026)
        7
        """
        first = 1
        if self.moved_in_on is not None:
            first = (
                self.moved_in_on.month if self.moved_in_on.year == year else (1 if self.moved_in_on.year < year else 13)
            )
        last = 12
        if self.moved_out_on is not None:
            last = (
                self.moved_out_on.month
                if self.moved_out_on.year == year
                else (12 if self.moved_out_on.year > year else 0)
            )
        return max(0, last - first + 1)


@dataclass(frozen=True)
class Terms:
    """
    Terms as columns, one row a priced part (account-month, or part of it). Missing columns mean "the usual".

    Energy columns are in the determinants' units (Wh from the store). Columns are int64, or object where the
    determinants are.

    :param capacity_va: contract capacity in VA.
    :param contract_demand_w: contracted maximum demand in W.
    :param demand_basis: uint8[n], index into `DEMAND_BASES`.
    :param household_size: people in the household.
    :param household_by_month: int[n, 12], people by month of the year, 0 for months not held; where it is given the
        allowance counts the months in which the household was large. Rows of -1: as `household_size` says.
    :param power_factor_standard: int[n] in 1/100 (90, 85, 80); 0 means not adjusted.
    :param year_to_date, month_to_date: energy already priced this year and this month.
    :param year_months: months of the year that the account holds the agreement (annual limits x months/12).
    :param share_days: days of this part; None means whole months (monthly charges are shared out by days).
    :param is_later: bool[n], not the first part of its month: what is not shared out by days was charged before.
    :param credit_energy: [n, periods of the energy schedule], energy credit carried in (net metering).
    :param credit_minor: money credit carried in, in 10**-places.
    :param year_amount_minor: bills of the year so far before minimums (annual minimum), in 10**-places.
    :param traits: name -> array of str[n].
    """

    n: int
    capacity_va: NDArray[Any] | None = None
    contract_demand_w: NDArray[Any] | None = None
    demand_basis: NDArray[np.uint8] | None = None
    household_size: NDArray[Any] | None = None
    household_by_month: NDArray[Any] | None = None
    power_factor_standard: NDArray[Any] | None = None
    year_to_date: NDArray[Any] | None = None
    month_to_date: NDArray[Any] | None = None
    year_months: NDArray[Any] | None = None
    share_days: NDArray[Any] | None = None
    is_later: NDArray[np.bool_] | None = None
    credit_energy: NDArray[Any] | None = None
    credit_minor: NDArray[Any] | None = None
    year_amount_minor: NDArray[Any] | None = None
    traits: dict[str, NDArray[Any]] = field(default_factory=dict)


def columns_from(accounts: list[AccountTerms], year: int, *, units_per_kwh: int = 1_000, exact: bool = False) -> Terms:
    """
    Lay out account records as columns for a month of `year`.

    :param exact: Python integers (object dtype) instead of int64.
    """
    dtype: Any = object if exact else np.int64

    def column(values: list[int]) -> NDArray[Any]:
        return np.array(values, dtype=dtype)

    traits = {name for account in accounts for name in account.traits}
    return Terms(
        n=len(accounts),
        capacity_va=column([int((a.capacity_kva or 0) * 1_000) for a in accounts]),
        contract_demand_w=column([int((a.contract_demand_kw or 0) * 1_000) for a in accounts]),
        demand_basis=np.array([DEMAND_BASES.index(a.resolved_basis) for a in accounts], np.uint8),
        household_size=np.array([a.household_size for a in accounts], np.int64),
        power_factor_standard=np.array([round(float(a.power_factor_standard or 0) * 100) for a in accounts], np.int64),
        year_to_date=column([int((a.year_to_date_kwh or 0) * units_per_kwh) for a in accounts]),
        month_to_date=column([int((a.month_to_date_kwh or 0) * units_per_kwh) for a in accounts]),
        year_months=column([a.months_held(year) for a in accounts]),
        traits={name: np.array([a.traits.get(name, "") for a in accounts]) for name in traits},
    )
