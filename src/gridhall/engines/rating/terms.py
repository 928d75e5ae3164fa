"""Terms: what an account has agreed or is, as rating needs it; one account as a record, many as columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class AccountTerms:
    """
    The terms of one account. `gridhall rate --account` reads these keys.

    :param demand_basis: capacity, contract_demand or actual_demand (two-part tariffs).
    :param power_factor_standard: "0.90", "0.85", "0.80", or None when the account is not adjusted.
    :param year_to_date_kwh: energy of this calendar year before the first read (annual tiers).
    :param month_to_date_kwh: energy of the first month before the first read (monthly tiers).
    :param multiplier: CT ratio x PT ratio; reads are multiplied by it.
    :param moved_in_on: annual limits are shared out from this day's month on.
    :param traits: further words that conditions of a tariff may ask for, such as {"social": "five_guarantees"}.
    :param special_days: named lists of days, added to those of the tariff.
    """

    capacity_kva: Decimal | None = None
    contract_demand_kw: Decimal | None = None
    demand_basis: str = ""
    household_size: int = 1
    moved_in_on: date | None = None
    moved_out_on: date | None = None
    year_to_date_kwh: Decimal = Decimal(0)
    month_to_date_kwh: Decimal = Decimal(0)
    power_factor_standard: str | None = None
    multiplier: int = 1
    traits: dict[str, str] = field(default_factory=dict)
    special_days: dict[str, frozenset[date]] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """
    Terms as columns, one row a priced part (account-month, or part of it). Missing columns mean "the usual".

    Energy columns are in the determinants' units (Wh from the store).

    :param capacity_va: int64[n], contract capacity in VA.
    :param contract_demand_w: int64[n], contracted maximum demand in W.
    :param demand_basis: uint8[n], 0 capacity, 1 contract_demand, 2 actual_demand.
    :param household_size: int16[n].
    :param power_factor_standard: uint8[n] in 1/100 (90, 85, 80); 0 means not adjusted.
    :param year_to_date, month_to_date: int64[n], energy already priced this year and this month.
    :param year_months: int8[n], months of the year that the account holds the agreement (annual limits x months/12).
    :param share_days, month_days: int16[n], days of this part and of the month (for fixed and capacity charges).
    :param traits: name -> array of str.
    """

    n: int
    capacity_va: NDArray[np.int64] | None = None
    contract_demand_w: NDArray[np.int64] | None = None
    demand_basis: NDArray[np.uint8] | None = None
    household_size: NDArray[np.int16] | None = None
    power_factor_standard: NDArray[np.uint8] | None = None
    year_to_date: NDArray[np.int64] | None = None
    month_to_date: NDArray[np.int64] | None = None
    year_months: NDArray[np.int8] | None = None
    share_days: NDArray[np.int16] | None = None
    credit_energy: NDArray[np.int64] | None = None
    credit_minor: NDArray[np.int64] | None = None
    year_amount_minor: NDArray[np.int64] | None = None
    traits: dict[str, NDArray[np.str_]] = field(default_factory=dict)


def columns_from(accounts: list[AccountTerms], *, units_per_kwh: int = 1_000) -> Terms:
    """Lay out account records as columns."""
    raise NotImplementedError
