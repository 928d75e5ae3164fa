"""The account file of `gridhall rate --account`: YAML or JSON, one mapping."""

from __future__ import annotations

from decimal import Decimal

from gridhall.core.errors import FaultyInput
from gridhall.engines.rating.language.document import decode, read_json, read_yaml
from gridhall.engines.rating.language.reader import Reader
from gridhall.engines.rating.terms import DEMAND_BASES, AccountTerms

KEYS = (
    "capacity_kva",
    "contract_demand_kw",
    "demand_basis",
    "household_size",
    "moved_in_on",
    "moved_out_on",
    "year_to_date_kwh",
    "month_to_date_kwh",
    "power_factor_standard",
    "multiplier",
    "ct_ratio",
    "pt_ratio",
    "traits",
    "special_days",
)
STANDARDS = ("0.90", "0.85", "0.80")
ZERO = Decimal(0)


def parse_account(content: bytes, file: str) -> AccountTerms:
    """
    Read the terms of one account; keys are those of `AccountTerms`, and ct_ratio and pt_ratio, which multiply.

    :raises FaultyInput: with every fault, its line and how to mend it.
    """
    reader = Reader(file)
    text = decode(content, file)
    root = read_json(text, file) if text.lstrip()[:1] == "{" else read_yaml(text, file)
    keys = reader.mapping(root, "", KEYS)
    standard = reader.text(keys.get("power_factor_standard"), "power_factor_standard")
    if standard:
        value = reader.decimal(keys["power_factor_standard"], "power_factor_standard", ZERO) or ZERO
        standard = f"{value:.2f}"
        if standard not in STANDARDS:
            reader.fault(
                keys["power_factor_standard"],
                "power_factor_standard",
                f"{standard} is no standard",
                f"write one of {', '.join(STANDARDS)}",
            )
    basis = reader.choice(keys.get("demand_basis"), "demand_basis", ("", *DEMAND_BASES), "")
    multiplier = 1
    for name in ("multiplier", "ct_ratio", "pt_ratio"):
        multiplier *= reader.whole(keys.get(name), name, 1, least=1, most=1_000_000)
    traits = reader.mapping(keys["traits"], "traits") if "traits" in keys else {}
    special = reader.mapping(keys["special_days"], "special_days") if "special_days" in keys else {}
    days = {
        name: frozenset(
            day
            for item in reader.items(node, f"special_days.{name}")
            if (day := reader.day(item, f"special_days.{name}"))
        )
        for name, node in special.items()
    }
    account = AccountTerms(
        capacity_kva=reader.decimal(keys.get("capacity_kva"), "capacity_kva", None, least=ZERO),
        contract_demand_kw=reader.decimal(keys.get("contract_demand_kw"), "contract_demand_kw", None, least=ZERO),
        demand_basis=basis,
        household_size=reader.whole(keys.get("household_size"), "household_size", 1, least=1, most=1000),
        moved_in_on=reader.day(keys.get("moved_in_on"), "moved_in_on"),
        moved_out_on=reader.day(keys.get("moved_out_on"), "moved_out_on"),
        year_to_date_kwh=reader.decimal(keys.get("year_to_date_kwh"), "year_to_date_kwh", None, least=ZERO),
        month_to_date_kwh=reader.decimal(keys.get("month_to_date_kwh"), "month_to_date_kwh", None, least=ZERO),
        power_factor_standard=standard or None,
        multiplier=multiplier,
        traits={name: reader.text(node, f"traits.{name}") for name, node in traits.items()},
        special_days=days,
    )
    if basis == "capacity" and account.capacity_kva is None:
        reader.fault(root, "capacity_kva", "is missing: the account pays by capacity", "add `capacity_kva:`")
    if basis == "contract_demand" and account.contract_demand_kw is None:
        reader.fault(
            root, "contract_demand_kw", "is missing: the account pays by contract", "add `contract_demand_kw:`"
        )
    if account.moved_in_on and account.moved_out_on and account.moved_out_on < account.moved_in_on:
        problem = f"{account.moved_out_on} is before moved_in_on, {account.moved_in_on}"
        reader.fault(keys["moved_out_on"], "moved_out_on", problem, "correct one of the two days")
    if reader.faults:
        raise FaultyInput(reader.faults)
    return account
