"""Tiers filled in order of time: the one thing that sums by class cannot tell, so it has a fold of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.rating.compile import fills_in_order
from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.pricing.energy import ladder_for
from gridhall.engines.rating.pricing.sheet import Sheet
from gridhall.engines.rating.pricing.tiers import before, limits
from gridhall.engines.rating.tariff import EnergyCharge
from gridhall.engines.rating.terms import Terms

UNLIMITED = 2**62


def ordered_components(plan: MonthPlan) -> list[EnergyCharge]:
    """Give the components whose tiers are filled in order of time in this month."""
    return [
        c
        for c in plan.components
        if isinstance(c, EnergyCharge) and fills_in_order(c, plan.class_count, plan.class_periods)
    ]


def fold_tiers(
    plan: MonthPlan,
    determinants: Determinants,
    terms: Terms,
    *,
    classes: NDArray[np.uint8],
    import_energy: NDArray[np.int64],
    export_energy: NDArray[np.int64] | None = None,
) -> dict[str, NDArray[Any]]:
    """
    Tell apart tiers and classes, slot by slot. A slot that crosses a limit is cut at it.

    :param classes: uint8[slots], the class of each slot, in order of time.
    :param import_energy, export_energy: int64[n, slots], in the determinants' units (multiplier applied); at most some
        hundred rows at a time, as the working set is rows x slots x tiers.
    :returns: component code -> int64[n, tiers, class count], for `Determinants.tier_energy`.
    """
    sheet = Sheet(plan, determinants, terms)
    out: dict[str, NDArray[Any]] = {}
    for component in ordered_components(plan):
        energy = import_energy if component.direction == "import" else export_energy
        if energy is None:
            energy = np.zeros_like(import_energy)
        start = np.zeros(len(energy), np.int64) + np.asarray(before(sheet, component)).astype(np.int64)
        until = start[:, None] + np.cumsum(energy, axis=1)
        since = until - energy
        tops = _tops_by_class(sheet, component)
        tiers = tops.shape[1]
        folded = np.zeros((len(energy), tiers, plan.class_count), np.int64)
        for tier in range(tiers):
            low = tops[:, tier - 1][:, classes] if tier else 0
            high = tops[:, tier][:, classes]
            part = np.clip(until, low, high) - np.clip(since, low, high)
            for index in range(plan.class_count):
                folded[:, tier, index] = part[:, classes == index].sum(axis=1)
        out[component.code] = folded if sheet.like.dtype != object else folded.astype(object)
    return out


def _tops_by_class(sheet: Sheet, component: EnergyCharge) -> NDArray[np.int64]:
    """Give the upper limits: int64[n, tiers, classes]; tiers that a period does not have are empty."""
    periods = sheet.plan.periods(component.schedule)
    tiers = max(len(ladder_for(component, period)) for period, _ in periods)
    tops = np.full((sheet.n, tiers, sheet.plan.class_count), UNLIMITED, np.int64)
    for period, classes in periods:
        for tier, top in enumerate(limits(sheet, component, ladder_for(component, period))):
            for index in classes:
                if top is not None:
                    tops[:, tier, index] = np.minimum(top, UNLIMITED)
    return tops
