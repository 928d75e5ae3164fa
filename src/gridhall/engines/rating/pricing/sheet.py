"""The sheet that components write their lines on: columns of n parts, in integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.rating.arithmetic import Column, amount_of, zeros
from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.plan import LineSpec, LineTable, MonthPlan
from gridhall.engines.rating.tariff import Component, DemandCharge, EnergyCharge, Label, MinimumCharge
from gridhall.engines.rating.terms import DEMAND_BASES, Terms

SEPARATE = "separate"


class Sheet:
    """One pass of pricing. Components are priced in order; later ones may build on the amounts of earlier ones."""

    def __init__(self, plan: MonthPlan, determinants: Determinants, terms: Terms) -> None:
        self.plan = plan
        self.determinants = determinants
        self.terms = terms
        self.n = len(determinants)
        self.units = determinants.units_per_kwh
        self.like = determinants.import_energy
        self.specs: list[LineSpec] = []
        self.quantities: list[Column] = []
        self.amounts: list[Column] = []
        self.operands: list[dict[str, Any]] = []
        self.lines_of: dict[str, list[int]] = {}
        self.credit_minor: Column | None = None
        self.credit_energy: Column | None = None
        self._energy: dict[tuple[str, str], list[tuple[str, list[int], Column]]] = {}
        self._total: dict[str, Column] = {}

    def energy(self, direction: str, schedule: str) -> list[tuple[str, list[int], Column]]:
        """Give (period, classes, energy) for the periods that occur, after netting where the tariff nets by month."""
        key = (direction, schedule)
        if key not in self._energy:
            self._energy[key] = self._sum_periods(direction, schedule)
        return self._energy[key]

    def _sum_periods(self, direction: str, schedule: str) -> list[tuple[str, list[int], Column]]:
        periods = self.plan.periods(schedule)
        if self.plan.tariff.metering in ("net_month", "net_month_money"):
            return self._net_periods(direction, schedule, periods)
        table = self.determinants.import_energy if direction == "import" else self.determinants.export_energy
        return [(name, classes, _sum(table, classes)) for name, classes in periods]

    def _net_periods(self, direction: str, schedule: str, periods: list[tuple[str, list[int]]]) -> list[Any]:
        main = self.main_schedule
        if schedule != main:
            total = sum((energy for _, _, energy in self.energy(direction, main)), zeros(self.n, self.like))
            return [("", list(range(self.plan.class_count)), total)]
        credit = self.terms.credit_energy if self.plan.tariff.metering == "net_month" else None
        names = self.plan.tariff.schedules[schedule].periods if schedule else ("",)
        left = np.array([zeros(self.n, self.like)] * len(names)).T
        out = []
        for name, classes in periods:
            net = _sum(self.determinants.import_energy, classes) - _sum(self.determinants.export_energy, classes)
            index = names.index(name)
            if credit is not None:
                net = net - credit[:, index]
            left[:, index] = np.maximum(-net, 0)
            out.append((name, classes, np.maximum(net if direction == "import" else -net, 0)))
        if self.plan.tariff.metering == "net_month":
            settled = self.plan.month.month == self.plan.tariff.credit_settled_in
            self.credit_energy = left * 0 if settled else left
        return out

    @property
    def main_schedule(self) -> str:
        """The schedule by whose periods import and export are netted."""
        return main_schedule(self.plan)

    def total(self, direction: str) -> Column:
        """Give the energy as metered (not netted by month), all classes."""
        if direction not in self._total:
            table = self.determinants.import_energy if direction == "import" else self.determinants.export_energy
            self._total[direction] = _sum(table, list(range(self.plan.class_count)))
        return self._total[direction]

    def demand(self, classes: list[int]) -> Column:
        """Give the largest mean power of an interval, in 1/units kW."""
        peaks = self.determinants.peak_energy
        largest = peaks[:, classes[0]]
        for index in classes[1:]:
            largest = np.maximum(largest, peaks[:, index])
        return largest * 3600 // self.determinants.interval_s

    def mask(self, component: Component) -> NDArray[np.bool_] | None:
        """Tell for which parts a component's conditions hold; None means for all."""
        mask: NDArray[np.bool_] | None = None
        for condition in component.when:
            if condition.term == "demand_basis":
                column = self.terms.demand_basis
                wanted = [DEMAND_BASES.index(a) for a in condition.allowed if a in DEMAND_BASES]
                holds = _is_one_of(column, wanted, self.n)
            else:
                holds = _is_one_of(self.terms.traits.get(condition.term), condition.allowed, self.n)
            mask = holds if mask is None else mask & holds
        return mask

    def shared(self, prorate: bool) -> tuple[Column | None, int]:
        """
        Give (days of each part, days of the month) where a monthly charge is shared out, else (None, 1).

        A charge that is not shared out falls on the first part of a month whole, on later ones not at all: (1 or 0, 1).
        """
        if not prorate and self.terms.is_later is not None and self.terms.is_later.any():
            first = (~self.terms.is_later).astype(np.int64)
            return (first if self.like.dtype != object else first.astype(object)), 1
        if not prorate or self.terms.share_days is None:
            return None, 1
        days = self.terms.share_days.astype(np.int64)
        return (days if self.like.dtype != object else days.astype(object)), self.plan.month.days

    def add(
        self,
        component: Component,
        quantity: Column,
        price: Column | int,
        *,
        unit: str,
        quantity_scale: int,
        price_scale: int | None = None,
        suffix: str = "",
        label: Label | None = None,
        period: str = "",
        tier: int = 0,
        rule: str = "product",
        operands: dict[str, Any] | None = None,
        counts: bool = True,
    ) -> Column:
        """Write a line and give its amounts."""
        mask = self.mask(component)
        if mask is not None:
            quantity = np.where(mask, quantity, 0)
        scale = price_scale or self.plan.price_scale
        places = component.rounding.places
        amount = amount_of(quantity, price, quantity_scale=quantity_scale, price_scale=scale, places=places)
        self.lines_of.setdefault(component.code, []).append(len(self.specs))
        self.specs.append(
            LineSpec(
                code=component.code + suffix,
                label=label or component.label,
                unit=unit,
                component=component,
                price=price,
                price_scale=scale,
                quantity_scale=quantity_scale,
                places=places,
                period=period,
                tier=tier,
                counts=counts,
                rule=rule,
            )
        )
        self.quantities.append(quantity)
        self.amounts.append(amount)
        self.operands.append(operands or {})
        return amount

    def base(self, codes: tuple[str, ...], places: int) -> Column:
        """Add up the amounts of components (all lines so far where none are named), in 10**-places."""
        wanted = [i for code in codes for i in self.lines_of.get(code, ())] if codes else range(len(self.specs))
        total = zeros(self.n, self.like)
        for index in wanted:
            if self.specs[index].counts:
                total = total + rescaled(self.amounts[index], self.specs[index].places, places)
        return total

    def before_minimum(self, component: MinimumCharge, places: int) -> Column:
        """Add up what a minimum looks at: its base, without other minimums and without credit paid out."""
        wanted = {spec.component.code for spec in self.specs} if not component.base else set(component.base)
        left_out = {
            s.component.code for s in self.specs if isinstance(s.component, MinimumCharge) or s.rule == "settled"
        }
        codes = tuple(sorted(wanted - left_out))
        return self.base(codes, places) if codes else zeros(self.n, self.like)

    @property
    def places(self) -> int:
        """The decimals of totals."""
        return max((spec.places for spec in self.specs), default=2)

    def finish(self) -> LineTable:
        """Close the sheet."""
        places = self.places
        total = self.base((), places)
        annual = next((c for c in self.plan.components if isinstance(c, MinimumCharge) and c.per == "year"), None)
        before = self.before_minimum(annual, places) if annual is not None else total
        empty = np.zeros((0, self.n), np.int64)
        return LineTable(
            plan=self.plan,
            specs=tuple(self.specs),
            quantity=np.stack(self.quantities) if self.quantities else empty,
            amount_minor=np.stack(self.amounts) if self.amounts else empty,
            operands=tuple(self.operands),
            total_minor=total,
            before_minimum_minor=before,
            places=places,
            units_per_kwh=self.units,
            credit_minor=self.credit_minor,
            credit_energy=self.credit_energy,
        )


def main_schedule(plan: MonthPlan) -> str:
    """Give the schedule by whose periods import and export are netted: that of the first energy charge."""
    charges = [c for c in plan.components if isinstance(c, EnergyCharge) and c.direction == "import"]
    return charges[0].schedule if charges else ""


def rescaled(amount: Column, places: int, wanted: int) -> Column:
    """Give an amount in other decimals; only ever finer ones, so nothing is lost."""
    return amount if wanted == places else amount * 10 ** (wanted - places)


def period_label(sheet: Sheet, component: EnergyCharge | DemandCharge, period: str, tier: int, tiers: int) -> Label:
    """Name a line: component, tier, period."""
    zh, en = component.label.zh, component.label.en
    if tiers > 1:
        zh, en = f"{zh} · 第{'一二三四五六七八九十'[tier - 1] if tier <= 10 else tier}档", f"{en}, tier {tier}"
    if period:
        name = sheet.plan.tariff.period_labels.get(period, Label(period, period))
        zh, en = f"{zh} · {name.zh}", f"{en}, {name.en}"
    return Label(zh, en)


def _is_one_of(column: NDArray[Any] | None, allowed: Sequence[Any], n: int) -> NDArray[np.bool_]:
    holds = np.zeros(n, bool)
    for value in allowed if column is not None else ():
        holds |= column == value
    return holds


def _sum(table: Column, classes: list[int]) -> Column:
    total = table[:, classes[0]]
    for index in classes[1:]:
        total = total + table[:, index]
    return total
