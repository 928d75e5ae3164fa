"""Under which heading a line stands, and which account of the company it belongs to."""

from __future__ import annotations

from gridhall.apps.billing.kinds import LedgerAccountKind, LineGroupKind
from gridhall.engines.rating import tariff
from gridhall.engines.rating.plan import LineSpec

LEDGER_ACCOUNTS: dict[str, str] = {
    LineGroupKind.ENERGY: LedgerAccountKind.ENERGY_REVENUE,
    LineGroupKind.TIER: LedgerAccountKind.ENERGY_REVENUE,
    LineGroupKind.BASIC: LedgerAccountKind.BASIC_REVENUE,
    LineGroupKind.POWER_FACTOR: LedgerAccountKind.POWER_FACTOR_REVENUE,
    LineGroupKind.FUNDS: LedgerAccountKind.GOVERNMENT_FUNDS,
    LineGroupKind.TAX: LedgerAccountKind.TAX,
    LineGroupKind.FIXED: LedgerAccountKind.FIXED_REVENUE,
    LineGroupKind.ALLOWANCE: LedgerAccountKind.ENERGY_REVENUE,  # less is earned; nothing is bought
    LineGroupKind.CREDIT: LedgerAccountKind.FEED_IN_COST,
}


def group_of(spec: LineSpec) -> str:
    """Give the heading of a line."""
    component = spec.component
    if isinstance(component, tariff.PowerFactorAdjustment):
        return LineGroupKind.POWER_FACTOR
    if isinstance(component, tariff.Tax):
        return LineGroupKind.TAX
    if isinstance(component, tariff.DemandCharge | tariff.CapacityCharge):
        return LineGroupKind.BASIC
    if isinstance(component, tariff.FreeAllowance | tariff.AverageCap):
        return LineGroupKind.ALLOWANCE
    if getattr(component, "sign", 1) < 0:
        is_consumption = isinstance(component, tariff.EnergyCharge) and component.direction != "export"
        return LineGroupKind.ALLOWANCE if is_consumption else LineGroupKind.CREDIT
    if any(word in component.code for word in ("fund", "levy", "surcharge")):
        return LineGroupKind.FUNDS
    if isinstance(component, tariff.EnergyCharge):
        if component.direction == "export":
            return LineGroupKind.CREDIT
        tiered = any(len(ladder) > 1 for ladder in component.ladders.values())
        return LineGroupKind.TIER if tiered else LineGroupKind.ENERGY
    return LineGroupKind.FIXED
