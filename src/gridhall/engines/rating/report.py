"""A rated bill as plain data: what `gridhall rate --json` prints."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gridhall.engines.rating.bill import BillLine, RatedBill, RatedMonth


def plain(value: Decimal) -> str:
    """
    Write a decimal without exponent and without trailing zeros.

    >>> plain(Decimal("100")), plain(Decimal("1.500")), plain(Decimal("0E-9"))
    ('100', '1.5', '0')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal) -> str:
    """
    Write an amount with at least two places.

    >>> money(Decimal("5")), money(Decimal("0.1234")), money(Decimal("-0.00"))
    ('5.00', '0.1234', '0.00')
    """
    exponent = value.as_tuple().exponent
    places = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"{value if value else abs(value):.{places}f}"


def bill_data(bill: RatedBill) -> dict[str, Any]:
    """Give the bill as JSON data: amounts and energy are decimal strings."""
    return {
        "currency": bill.currency,
        "total": money(bill.total),
        "months": [_month(month) for month in bill.months],
        "tariff": bill.tariff_code,
        "warnings": [str(warning) for warning in bill.warnings],
    }


def _month(month: RatedMonth) -> dict[str, Any]:
    return {
        "month": str(month.month),
        "energy_kwh": plain(month.energy_kwh),
        "export_kwh": plain(month.export_kwh),
        "total": money(month.total),
        "lines": [_line(line) for line in month.lines],
        "notes": [_line(line) for line in month.notes],
        "reads": {"measured": month.measured, "estimated": month.estimated, "missing": month.missing},
        "determinants": _told(month.determinants),
    }


def _line(line: BillLine) -> dict[str, Any]:
    return {
        "code": line.code,
        "label": line.label.zh,
        "label_en": line.label.en,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "price": plain(line.price),
        "amount": money(line.amount),
        "clause": line.clause.id if line.clause else None,
        "operands": _told(line.operands),
    }


def _told(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        return {key: _told(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_told(child) for child in value]
    return value
