"""Money credits for export: applied to energy charges, carried, or paid out."""

from __future__ import annotations

import numpy as np

from gridhall.engines.rating.arithmetic import Column, zeros
from gridhall.engines.rating.pricing.sheet import Sheet, rescaled
from gridhall.engines.rating.tariff import EnergyCharge, FixedCharge, Label, Rounding


def apply_credits(sheet: Sheet) -> None:
    """
    Set money credits for export against energy charges.

    By month (`net_month_money`) credit serves in the month it is earned; by interval (`net_interval_money`) from the
    next month on. What is left is carried.
    """
    energy = [c for c in sheet.plan.components if isinstance(c, EnergyCharge)]
    if not sheet.plan.tariff.metering.endswith("_money") or not energy:
        return
    places = max(c.rounding.places for c in energy)
    charges, earned = zeros(sheet.n, sheet.like), zeros(sheet.n, sheet.like)
    for component in energy:
        for index in sheet.lines_of.get(component.code, ()):
            amount = rescaled(sheet.amounts[index], sheet.specs[index].places, places)
            if component.direction == "export":
                earned = earned - amount
            else:
                charges = charges + amount
    carried = zeros(sheet.n, sheet.like) if sheet.terms.credit_minor is None else sheet.terms.credit_minor
    usable = carried + earned if sheet.plan.tariff.metering == "net_month_money" else carried
    applied = np.minimum(np.maximum(charges, 0), np.maximum(usable, 0))
    operands = {"charges": charges, "carried": carried, "earned": earned}
    label = Label("上网电费抵扣", "Export credit applied")
    _credit_line(sheet, "export_credit", label, applied, places, "credit", operands)
    sheet.credit_minor = carried + earned - applied


def pay_out_credits(sheet: Sheet) -> None:
    """Pay out what is left in the month that settles; it comes after minimum charges."""
    if sheet.credit_minor is None or sheet.plan.month.month != sheet.plan.tariff.credit_settled_in:
        return
    energy = [c for c in sheet.plan.components if isinstance(c, EnergyCharge)]
    places = max(c.rounding.places for c in energy)
    left = np.maximum(sheet.credit_minor, 0)
    label = Label("上网电费结清", "Export credit paid out")
    _credit_line(sheet, "export_credit_paid", label, left, places, "settled", {"left": left})
    sheet.credit_minor = sheet.credit_minor - left


def _credit_line(
    sheet: Sheet, code: str, label: Label, amount: Column, places: int, rule: str, operands: dict[str, Column]
) -> None:
    component = FixedCharge(code=code, label=label, rounding=Rounding(places))
    scale = sheet.plan.price_scale
    unit = sheet.plan.tariff.currency
    sheet.add(component, amount, -scale, unit=unit, quantity_scale=10**places, rule=rule, operands=operands)
