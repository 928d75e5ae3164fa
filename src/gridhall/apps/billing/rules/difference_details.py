"""What stands behind each cause of a difference: which energies, prices and charges changed, from what to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from gridhall.apps.billing.kinds import DifferenceCauseKind as Cause
from gridhall.apps.billing.kinds import LineGroupKind as Group
from gridhall.apps.billing.rules.differences import MEASURED, ChargedLine, cause_of, price_by_code
from gridhall.apps.billing.rules.step_words import plain
from gridhall.core.money import round_money

MOST = 4
"""So many things are told of a cause; the bills have the rest."""


def tell_details(
    before: Iterable[ChargedLine], now: Iterable[ChargedLine], energy_kwh: tuple[Decimal, Decimal], *, english: bool
) -> dict[str, str]:
    """
    Tell what changed behind each cause, in words and figures.

    :param energy_kwh: energy used on the earlier bill and on this one.
    """
    old, new = list(before), list(now)
    told: dict[str, list[str]] = defaultdict(list)
    if energy_kwh[0] != energy_kwh[1]:
        told[Cause.QUANTITY].append(f"{plain(energy_kwh[0])} → {plain(energy_kwh[1])} kWh")
    split = {line.group for line in [*old, *new] if line.group in MEASURED and line.unit == "kWh"}
    for group in sorted(split):
        some_old, some_new = ([line for line in lines if line.group == group] for lines in (old, new))
        labels = {line.code: line.label[english] or line.code for line in [*some_old, *some_new]}
        told[Cause.PRICE] += _tell_prices(some_old, some_new, labels)
        if group != Group.FUNDS:
            told[Cause.TIER if group == Group.TIER else Cause.SEASON] += _tell_shares(some_old, some_new, labels)
    for cause, facts in _tell_amounts(old, new, english).items():
        told[cause] += facts
    joint = "; " if english else "；"
    return {str(cause): joint.join(facts[:MOST]) for cause, facts in told.items() if facts}


def _tell_prices(old: list[ChargedLine], new: list[ChargedLine], labels: dict[str, str]) -> list[str]:
    before, now = price_by_code(old), price_by_code(new)
    return [
        f"{labels[code]} {_price(before[code][1])} → {_price(price)}"
        for code, (_, price) in now.items()
        if code in before and before[code][1] != price
    ]


def _price(value: object) -> str:
    return plain(round_money(Decimal(value.numerator) / Decimal(value.denominator), places=6))  # type: ignore[attr-defined]


def _tell_shares(old: list[ChargedLine], new: list[ChargedLine], labels: dict[str, str]) -> list[str]:
    """Tell which share of the energy each line has; of one line alone there is nothing to tell."""
    shares = [_shares(lines) for lines in (old, new)]
    if not all(shares) or len({*shares[0], *shares[1]}) < 2:
        return []
    return [
        f"{label} {shares[0].get(code, 0)}% → {shares[1].get(code, 0)}%"
        for code, label in labels.items()
        if shares[0].get(code, 0) != shares[1].get(code, 0)
    ]


def _shares(lines: list[ChargedLine]) -> dict[str, Decimal]:
    whole = sum((line.quantity for line in lines), Decimal(0))
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        found[line.code] += line.quantity
    return {code: round_money(used * 100 / whole, places=1) for code, used in found.items()} if whole else {}


def _tell_amounts(old: list[ChargedLine], new: list[ChargedLine], english: bool) -> dict[str, list[str]]:
    """Tell by how much each charge changed that is not taken apart, the largest change first."""
    changes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    energies: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for side, lines in enumerate((old, new)):
        for line in lines:
            if line.group in MEASURED and line.unit == "kWh":
                continue
            key = cause_of(line.group, [line]), line.label[english] or line.code
            changes[key] += line.amount if side else -line.amount
            energies[key][side] += line.quantity
    told: dict[str, list[str]] = defaultdict(list)
    for (cause, label), change in sorted(changes.items(), key=lambda item: -abs(item[1])):
        if cause == Cause.FEED_IN:
            first, last = energies[cause, label]
            told[cause].append(f"{label} {plain(first)} → {plain(last)} kWh")
        elif change:
            told[cause].append(f"{label} {'+' if change > 0 else '−'}¥{abs(change):,.2f}")
    return told
