"""Annual tiers laid out: how much of each is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gridhall.apps.billing import queries as billing


@dataclass(frozen=True, slots=True)
class TierSheet:
    """How far through its annual tiers an account is; `fills` are shares of one."""

    progress: billing.TierProgress
    current: billing.Tier
    fills: list[float]

    @property
    def next_index(self) -> int:
        """The tier after the current one."""
        return self.progress.current_index + 1


def make_tier_sheet(progress: billing.TierProgress | None) -> TierSheet | None:
    """Lay tiers out; None where the tariff has none."""
    if progress is None or not progress.tiers:
        return None
    current = next((tier for tier in progress.tiers if tier.index == progress.current_index), progress.tiers[-1])
    return TierSheet(progress, current, [_get_fill(tier, progress.used_kwh) for tier in progress.tiers])


def _get_fill(tier: billing.Tier, used_kwh: Decimal) -> float:
    if used_kwh <= tier.from_kwh:
        return 0.0
    if tier.to_kwh is None:  # the last has no end: show that it is entered, growing slowly
        return float(min((used_kwh - tier.from_kwh) / max(tier.from_kwh, Decimal(1)), Decimal(1)))
    return float(min((used_kwh - tier.from_kwh) / (tier.to_kwh - tier.from_kwh), Decimal(1)))
