"""How a bill line came to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F

from gridhall.apps.billing.models import Bill, BillLine, BillPart
from gridhall.apps.billing.queries.access import AccessDenied, find_bill
from gridhall.apps.billing.queries.bills import line_view, list_lines, list_part_tariffs, list_related
from gridhall.apps.billing.queries.repricing import UnableToReprice, reprice
from gridhall.apps.billing.queries.views import Clause, LineExplanation, MeterSpan, Step
from gridhall.apps.billing.rules.step_words import words
from gridhall.apps.billing.rules.steps import Surroundings, steps_of
from gridhall.apps.metering import queries as metering
from gridhall.apps.metering.kinds import RegisterKind
from gridhall.core.units import kwh_from_wh
from gridhall.engines.rating.bill import BillLine as RatedLine
from gridhall.engines.rating.explain import lines_of
from gridhall.engines.rating.hours import describe_hours
from gridhall.engines.rating.plan import LineSpec, LineTable, MonthPlan
from gridhall.engines.rating.tariff import CapacityCharge, DemandCharge, EnergyCharge

REBILL_CLAUSE = {
    "zh": ("重算账单说明", "按更正后的读数重新计算本期全部电费，减去此前已出账的金额，只收（退）差额。"),
    "en": (
        "About adjustments",
        "The period is computed again from corrected readings; only the difference to what was billed is charged.",
    ),
}


def explain_line(
    *, mrid: UUID, position: int, viewer: Any, language: str, at: datetime | None = None
) -> LineExplanation:
    """
    Explain one line of a bill.

    :param at: the moment of looking; None asks the database's clock.
    :raises AccessDenied: for a viewer without access, or when there is no such line.
    """
    bill = find_bill(mrid=mrid, viewer=viewer, at=at)
    line = next((one for one in list_lines((bill.pk,)) if one.position == position), None)
    if line is None:
        raise AccessDenied
    return explain(bill, line, language)


def explain(bill: Bill, line: BillLine, language: str) -> LineExplanation:
    """
    Explain a line, whoever looks.

    :raises UnableToReprice: if what the bill keeps does not give this line again.
    """
    if line.part < 0:
        return _already_billed(bill, line, language)
    parts = list_parts(bill)
    part = next(one for one in parts if one.position == line.part)
    return _explain(bill, line, part, reprice(part), _Readings(bill, [part]), language)


def explain_bill(*, mrid: UUID, viewer: Any, language: str, at: datetime | None = None) -> list[LineExplanation]:
    """
    Explain every line of a bill; what several lines rest on is read and computed once.

    :param at: the moment of looking; None asks the database's clock.
    :raises AccessDenied: for a viewer without access, or when there is no such bill.
    """
    bill = find_bill(mrid=mrid, viewer=viewer, at=at)
    parts = {part.position: part for part in list_parts(bill)}
    tables = {position: reprice(part) for position, part in parts.items()}
    readings = _Readings(bill, list(parts.values()))
    return [
        _already_billed(bill, line, language)
        if line.part < 0
        else _explain(bill, line, parts[line.part], tables[line.part], readings, language)
        for line in list_lines((bill.pk,))
    ]


def list_parts(bill: Bill) -> list[BillPart]:
    """List the parts of a bill; which tariffs they name is then known to the look under way."""
    named = {"code": F("tariff_document__code"), "sha256": F("tariff_document__sha256")}
    found: list[Any] = list(BillPart.objects.filter(bill_id=bill.pk).annotate(**named).order_by("position"))
    tariffs = [(part.first_day, part.tariff_document_id, part.code, part.sha256) for part in found]
    list_part_tariffs.know(tariffs, bill.pk)  # type: ignore[attr-defined]
    return found


class _Readings:
    """What the meters said for some parts of a bill, as it was known when the bill was drafted; read when asked for."""

    def __init__(self, bill: Bill, parts: Sequence[BillPart]) -> None:
        self._bill = bill
        self._stretches = [(part.first_day, part.end_day) for part in parts]

    @cached_property
    def _spans(self) -> metering.Spans:
        account, known_at = self._bill.account_id, self._bill.drafted_at
        return metering.read_spans(account_id=account, stretches=self._stretches, known_at=known_at)

    def list(self, part: BillPart, registers: tuple[str, ...]) -> list[MeterSpan]:
        """List the spans of a part, register by register."""
        return [
            _span_of(span, register)
            for register in registers
            for span in self._spans.list(part.first_day, part.end_day, register)
        ]


def _explain(
    bill: Bill, line: BillLine, part: BillPart, table: LineTable, read: _Readings, language: str
) -> LineExplanation:
    rated, spec = lines_of(table, 0, keep_zero=True)[line.part_line], table.specs[line.part_line]
    if rated.amount != line.amount or rated.code != line.charge.code:
        raise UnableToReprice(
            f"Line {line.position} of bill {bill.number} does not come out again: {rated.amount}, not {line.amount}.",
            code="does-not-recompute",
        )
    readings = read.list(part, _registers_of(rated))
    steps = steps_of(rated, language, _look_around(part, table.plan, spec, readings))
    return LineExplanation(
        line=line_view(line),
        clause=_clause(rated, table.plan, language),
        readings=readings,
        steps=[Step(*step) for step in steps],
        unrounded=rated.unrounded,
        amount=line.amount,
        rounding_text=_rounding(language),
        is_about_demand=isinstance(spec.component, DemandCharge | CapacityCharge),
    )


def _look_around(part: BillPart, plan: MonthPlan, spec: LineSpec, readings: list[MeterSpan]) -> Surroundings:
    """Give what a line's steps need beyond its operands: the readings, the other periods, the hours of its own."""
    component = spec.component
    energies = tuple(span.energy_kwh for span in readings if span.register != RegisterKind.REACTIVE)
    if not isinstance(component, EnergyCharge):
        is_measured = isinstance(component, DemandCharge) and component.basis == "actual"
        return Surroundings(readings=energies, is_measured=is_measured, currency=plan.tariff.currency)
    measured = part.export_wh if component.direction == "export" else part.import_wh
    sums = {
        name: sum(measured[index] for index in classes if index < len(measured))
        for name, classes in plan.periods(component.schedule)
    }
    label = plan.tariff.period_labels.get(spec.period)
    return Surroundings(
        readings=energies,
        periods=tuple(kwh_from_wh(energy) for energy in sums.values()) if spec.period else (),
        period=(label.zh, label.en) if label else (spec.period, spec.period),
        hours=describe_hours(plan, component.schedule, spec.period),
        is_yearly=component.tier_basis == "year",
        listed=_listed_limits(component, spec),
        months=part.year_months if component.prorate_limits else 12,
        extras=_extras(part, component),
        currency=plan.tariff.currency,
    )


def _listed_limits(component: EnergyCharge, spec: LineSpec) -> tuple[Decimal | None, Decimal | None]:
    """Give where a line's tier begins and ends in the tariff, if it counts kWh of the year."""
    ladder = component.ladders.get(spec.period, component.ladders.get("", ()))
    if component.tier_basis != "year" or component.tier_unit != "kWh" or not 0 < spec.tier <= len(ladder):
        return None, None
    return ladder[spec.tier - 2].up_to if spec.tier > 1 else None, ladder[spec.tier - 1].up_to


def _extras(part: BillPart, component: EnergyCharge) -> tuple[tuple[Decimal, int], ...]:
    """Give what a large household has more in every tier: kWh a month, and for how many months of the year."""
    months = part.year_months if component.prorate_limits else 12
    sizes = part.household_by_month or [part.household_size] * months
    counted = (
        (allowance.extra_kwh_per_month, sum(1 for size in sizes if size >= allowance.from_size))
        for allowance in component.allowances
    )
    return tuple((extra, held) for extra, held in counted if held)


def _clause(rated: RatedLine, plan: MonthPlan, language: str) -> Clause:
    source = plan.version.source
    if rated.clause is None:
        return Clause(source.document, "", source.note, source.url, source.verified)
    clause = rated.clause
    gloss = clause.text_en if language.startswith("en") else ""
    return Clause(clause.document, clause.article, clause.text, clause.url or source.url, source.verified, gloss)


def _span_of(span: metering.MeterSpan, register: str) -> MeterSpan:
    energy = {RegisterKind.EXPORT: span.export_kwh, RegisterKind.REACTIVE: span.reactive_kvarh}
    return MeterSpan(
        meter_serial=span.meter_serial,
        first_day=span.first_day,
        last_day=span.last_day,
        register_first_kwh=span.register_first_kwh,
        register_last_kwh=span.register_last_kwh,
        multiplier=span.multiplier,
        energy_kwh=energy.get(RegisterKind(register), span.energy_kwh),
        measured_slots=span.measured_slots,
        estimated_slots=span.estimated_slots,
        missing_slots=span.missing_slots,
        methods=list(span.methods),
        register=str(register),
        peak_kw=span.peak_kw,
        peak_at=span.peak_at,
    )


def _registers_of(rated: RatedLine) -> tuple[str, ...]:
    """Which registers stand behind a line."""
    if rated.operands.get("rule") == "power_factor":
        return RegisterKind.IMPORT, RegisterKind.REACTIVE
    return (RegisterKind.EXPORT,) if rated.operands.get("direction") == "export" else (RegisterKind.IMPORT,)


def _rounding(language: str) -> str:
    if language.startswith("en"):
        return "Rounded to the fen (half up), once for the line"
    return "四舍五入到分（每行只进位一次）"


def _already_billed(bill: Bill, line: BillLine, language: str) -> LineExplanation:
    replaced = list_related(bill)[0] or bill.replaces
    number = replaced.number if replaced is not None else ""
    title, text = REBILL_CLAUSE["en" if language.startswith("en") else "zh"]
    step = Step(f"{words('billed', language)} {number}", "", line.amount, "CNY")
    return LineExplanation(
        line=line_view(line),
        clause=Clause(title, "", text, "", True),
        readings=[],
        steps=[step],
        unrounded=line.amount,
        amount=line.amount,
        rounding_text="",
    )
