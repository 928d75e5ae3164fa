"""What an agreement is priced by, and when that makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gridhall.apps.accounts.kinds import BasicChargeKind, SocialKind, VoltageKind

LOW_VOLTAGES = (VoltageKind.V220, VoltageKind.V380)
POWER_FACTOR_STANDARDS = (Decimal("0.80"), Decimal("0.85"), Decimal("0.90"))


@dataclass(frozen=True, slots=True)
class Terms:
    """Tariff, capacity (kVA), contract demand (kW) and household of an agreement."""

    tariff_code: str
    contract_capacity_kva: Decimal | None = None
    contract_demand_kw: Decimal | None = None
    basic_charge: str = BasicChargeKind.NONE.value
    household_size: int = 0
    social: str = SocialKind.NONE.value
    power_factor_standard: Decimal | None = None


def find_fault(terms: Terms) -> tuple[str, str] | None:
    """
    Say which field of a set of terms makes no sense, and why; None if all do.

    >>> find_fault(Terms("hubei_residential", household_size=4)) is None
    True
    >>> find_fault(Terms("x", basic_charge="DEMAND", contract_capacity_kva=Decimal(315)))
    ('contract_demand_kw', 'A basic charge by demand needs a contract demand.')
    """
    if not terms.tariff_code or len(terms.tariff_code) > 64:
        return "tariff_code", "A tariff is named by a code of 1 to 64 characters."
    if terms.basic_charge not in BasicChargeKind.values:
        return "basic_charge", f"The basic charge is one of {', '.join(BasicChargeKind.values)}."
    for field in ("contract_capacity_kva", "contract_demand_kw"):
        value = getattr(terms, field)
        if value is not None and not 0 <= value < 10**9:
            return field, "It must be 0 or more, and below 1,000,000,000."
    if terms.basic_charge == BasicChargeKind.CAPACITY and not terms.contract_capacity_kva:
        return "contract_capacity_kva", "A basic charge by capacity needs a contract capacity."
    if terms.basic_charge == BasicChargeKind.DEMAND and not terms.contract_demand_kw:
        return "contract_demand_kw", "A basic charge by demand needs a contract demand."
    if not 0 <= terms.household_size <= 99:
        return "household_size", "A household has 0 to 99 people."
    if terms.social not in SocialKind.values:
        return "social", f"The public support is one of {', '.join(SocialKind.values)}."
    if terms.power_factor_standard is not None and terms.power_factor_standard not in POWER_FACTOR_STANDARDS:
        return "power_factor_standard", "The standard power factor is 0.80, 0.85 or 0.90."
    return None
