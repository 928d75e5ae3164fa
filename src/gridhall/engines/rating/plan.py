"""A tariff month, compiled: which class each slot is in, and the line items to price, in integers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.core.periods import Month
from gridhall.engines.rating.tariff import Component, Label, Tariff, TariffVersion


@dataclass(frozen=True)
class LineSpec:
    """
    What a line is, apart from the figures of one account.

    :param code: stable, such as `energy.peak`, `energy.tier2`, `energy.tier2.peak`, `demand`, `power_factor`.
    :param price: integer in 1/price_scale of the currency, or a column where it differs by account.
    :param rule: how the quantity comes about: product, tier, tier_share, tier_order, contract, excess, percent, …
    :param unit: kWh, kW, kVA, month, day, %.
    :param counts: False for lines that only tell (tax inside); they are not in the total.
    """

    code: str
    label: Label
    unit: str
    component: Component
    price: int | NDArray[np.int64]
    price_scale: int
    quantity_scale: int
    places: int = 2
    period: str = ""
    tier: int = 0
    counts: bool = True
    rule: str = "product"

    @property
    def clause(self) -> str:
        """The id of the clause the line rests on."""
        return self.component.clause


@dataclass(frozen=True)
class MonthPlan:
    """
    A tariff in one month.

    :param components: those charged in this month, in order.
    :param slot_class: uint8[D, slots a day], the class of each slot; `slot_class.max() < class_count`.
    :param class_periods: schedule code -> for every class, the index of its period in that schedule.
    :param price_scale: prices are integers in 1/price_scale of the currency: 10**6, or finer where the tariff needs it.
    :param needs_order: some tiers are filled in order of time: determinants must bring `tier_energy`
        (`chronological.fold_tiers`).
    :param rollover_periods: per schedule, the periods on working days at 0, 5, 11 and 17 h: where credits go when the
        season changes.
    """

    tariff: Tariff
    version: TariffVersion
    month: Month
    components: tuple[Component, ...]
    slot_class: NDArray[np.uint8]
    class_count: int
    class_periods: dict[str, tuple[int, ...]]
    price_scale: int
    needs_order: bool = False
    rollover_periods: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def slots_a_day(self) -> int:
        """How many slots a day has."""
        return self.slot_class.shape[1]

    def periods(self, schedule: str) -> list[tuple[str, list[int]]]:
        """Give the periods of a schedule that occur in this month, each with its classes, in the schedule's order."""
        if not schedule:
            return [("", list(range(self.class_count)))]
        names = self.tariff.schedules[schedule].periods
        found = self.class_periods[schedule]
        present = ((name, [c for c, p in enumerate(found) if p == index]) for index, name in enumerate(names))
        return [(name, classes) for name, classes in present if classes]


@dataclass(frozen=True)
class LineTable:
    """
    Lines of n priced parts, as columns: line j of part i is quantity[j][i] and amount_minor[j][i].

    :param specs: what the lines are; every part has the same specs, those that do not apply have quantity and amount 0.
    :param quantity: int64[L, n], in 1/specs[j].quantity_scale of the unit.
    :param amount_minor: int64[L, n], in 10**-specs[j].places of the currency: rounded once.
    :param operands: for each line, the columns or constants that its explanation needs beyond quantity and price.
    :param total_minor: int64[n], sum of the lines that count, in 10**-places of the currency.
    :param before_minimum_minor: int64[n], the same without minimum charges (annual minimums look at its sum).
    :param credit_minor: int64[n], money credit carried to the next month.
    :param credit_energy: int64[n, periods], energy credit carried to the next month, by period of the energy schedule.
    """

    plan: MonthPlan
    specs: tuple[LineSpec, ...]
    quantity: NDArray[np.int64]
    amount_minor: NDArray[np.int64]
    operands: tuple[dict[str, Any], ...]
    total_minor: NDArray[np.int64]
    before_minimum_minor: NDArray[np.int64]
    places: int = 2
    credit_minor: NDArray[np.int64] | None = None
    credit_energy: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return self.quantity.shape[1]
