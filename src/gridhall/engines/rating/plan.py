"""A tariff month, compiled: which class each slot is in, and the line items to price, in integers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.core.periods import Month
from gridhall.engines.rating.tariff import Component, Label, Tariff, TariffVersion


@dataclass(frozen=True)
class LineSpec:
    """
    What a line is, apart from the figures of one account.

    :param code: stable, such as `energy.peak`, `energy.tier2`, `energy.tier2.peak`, `demand`, `power_factor`.
    :param price: integer in 1/price_scale of the currency, or None where it differs by account (see operands).
    :param unit: kWh, kW, kVA, month, day, %.
    :param counts: False for lines that only tell (tax inside); they are not in the total.
    """

    code: str
    label: Label
    unit: str
    component: Component
    price: int | None
    price_scale: int
    quantity_scale: int
    places: int = 2
    sign: int = 1
    period: str = ""
    tier: int = 0
    counts: bool = True

    @property
    def clause(self) -> str:
        """The id of the clause the line rests on."""
        return self.component.clause


@dataclass(frozen=True)
class MonthPlan:
    """
    A tariff in one month.

    :param slot_class: uint8[D, slots a day], the class of each slot; `slot_class.max() < class_count <= 16`.
    :param class_periods: schedule code -> for every class, the index of its period in that schedule.
    :param needs_order: tiers are filled in order of time: determinants must bring `tier_energy` (see `chronological`).
    """

    tariff: Tariff
    version: TariffVersion
    month: Month
    slot_class: NDArray[np.uint8]
    class_count: int
    class_periods: dict[str, tuple[int, ...]]
    price_scale: int
    needs_order: bool = False

    @property
    def slots_a_day(self) -> int:
        """How many slots a day has."""
        return self.slot_class.shape[1]


@dataclass(frozen=True)
class LineTable:
    """
    Lines of n priced parts, as columns: line j of part i is quantity[j][i] and amount_minor[j][i].

    :param specs: what the lines are; every part has the same specs, those that do not apply have quantity and amount 0.
    :param quantity: int64[L, n], in 1/specs[j].quantity_scale of the unit.
    :param amount_minor: int64[L, n], in 10**-places of the currency: rounded once.
    :param operands: for each line, the columns that its explanation needs beyond quantity and price.
    :param total_minor: int64[n], sum of the lines that count, in `10**-places` of the currency.
    """

    plan: MonthPlan
    specs: tuple[LineSpec, ...]
    quantity: NDArray[np.int64]
    amount_minor: NDArray[np.int64]
    operands: tuple[dict[str, object], ...]
    total_minor: NDArray[np.int64]
    places: int = 2
