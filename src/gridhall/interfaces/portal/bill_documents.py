"""One bill as a document: every word and figure that stands in it, and its charts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gridhall.apps.billing import queries as billing
from gridhall.interfaces.portal.bill_sheets import ComparisonSheet, draw_bars, group_lines, make_sheet
from gridhall.interfaces.portal.templatetags.portal import line_label, product, tariff_label, unit_word
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.stacked_bars import draw_stacked_bars
from gridhall.interfaces.shared.charts.standalone import draw_alone
from gridhall.interfaces.shared.charts.waterfall import draw_waterfall
from gridhall.interfaces.shared.documents.typesetting import set_document, set_pages

TEMPLATE = Path(__file__).parent / "documents" / "bill.typ"
SHOWN_MONTHS = 12
PAGE_PPI = 110  # legible on a phone when pressed larger, some 150 KB a page


def make_bill_document(
    detail: billing.BillDetail,
    *,
    explanations: list[billing.LineExplanation],
    comparisons: list[billing.Comparison],
    bills: list[billing.BillView],
) -> bytes:
    """
    Give a bill as PDF/A-3 with its figures attached as JSON, in the language of the page.

    :param bills: of the account, newest first, for the chart of its months.
    """
    data, charts = _lay_out(detail, explanations=explanations, comparisons=comparisons, bills=bills)
    return set_document(TEMPLATE, data, charts, at=detail.bill.issued_at)  # type: ignore[arg-type]


def make_bill_pages(detail: billing.BillDetail, **parts: Any) -> list[bytes]:
    """Give the pages of the same document as PNG, for where files cannot be opened."""
    return set_pages(TEMPLATE, *_lay_out(detail, **parts), ppi=PAGE_PPI)


def _lay_out(
    detail: billing.BillDetail,
    *,
    explanations: list[billing.LineExplanation],
    comparisons: list[billing.Comparison],
    bills: list[billing.BillView],
) -> tuple[dict[str, Any], dict[str, str]]:
    sheets = [make_sheet(comparison, detail.bill) for comparison in comparisons]
    bars = draw_bars([bill for bill in bills if bill.first_day <= detail.bill.first_day][:SHOWN_MONTHS])
    charts = {sheet.comparison.kind: _draw(draw_waterfall(sheet.steps), "narrow") for sheet in sheets}
    charts |= {"months": _draw(draw_stacked_bars(bars), "wide")} if bars else {}
    return describe_bill(detail, explanations=explanations, sheets=sheets), charts


def _draw(drawing: str, frame: str) -> str:
    return draw_alone(drawing, frame=frame, fonts="Noto Sans SC")


def name_bill_file(bill: billing.BillView) -> str:
    """Name the file in words."""
    return f"{_title(bill)} {bill.account_number} {formats.month(bill.month)}.pdf"


def _title(bill: billing.BillView) -> str:
    return {"REBILL": _("电费更正账单"), "CLOSING": _("电费结清账单")}.get(bill.kind, _("电费账单"))


def describe_bill(
    detail: billing.BillDetail, *, explanations: list[billing.LineExplanation], sheets: list[ComparisonSheet]
) -> dict[str, Any]:
    """Say everything that the document says; exact figures stand beside the written ones under `figures`."""
    bill = detail.bill
    return {
        "language": "zh" if formats.is_chinese() else "en",
        "company": _("咸丰县供电公司"),
        "title": f"{_title(bill)} {formats.month(bill.month)}",
        "number_label": _("账单号"),
        "number": bill.number,
        "notice": _notice(detail),
        "amount_label": _("更正差额（元）") if bill.kind == "REBILL" else _("本期电费（元）"),
        "amount": formats.money(bill.amount),
        "amount_note": _("不用交费，这笔钱记入您的账户余额。") if bill.amount < 0 else "",
        "facts": _facts(detail),
        "lines_title": _("电费明细"),
        "columns": [_("项目"), _("数量 × 单价"), _("金额（元）")],
        "groups": [
            {
                "label": str(group.label),
                "amount": formats.money(group.amount) if len(group.lines) > 1 else "",
                "lines": [
                    {"label": str(line_label(line)), "product": product(line), "amount": formats.money(line.amount)}
                    for line in group.lines
                ],
            }
            for group in group_lines(detail.lines)
        ],
        "total_label": _("合计"),
        "total": formats.money(sum((line.amount for line in detail.lines), Decimal(0))),
        "months_title": _("各月电费（元）"),
        "comparisons": [_describe_comparison(sheet, bill) for sheet in sheets],
        "explanations_title": _("每一行怎么算的"),
        "explanations": [_describe_line(why) for why in explanations],
        "footer": _("供电服务热线 95598 · 账单数据附在本文件内（bill.json）"),
        "figures": _figures(detail),
    }


def _notice(detail: billing.BillDetail) -> str:
    bill = detail.bill
    if bill.status == "CANCELED":
        return _("这张账单已作废，不用交费。")
    if detail.replaced_by is not None:
        return _("这张账单已被更正，以 %(number)s 为准。") % {"number": detail.replaced_by.number}
    if detail.replaces is not None:
        return _("这是更正账单，替代 %(number)s，只收（退）差额。") % {"number": detail.replaces.number}
    if bill.is_estimated:
        return _("部分读数是估算的；实际读数到了以后会更正，多退少补。")
    return ""


def _facts(detail: billing.BillDetail) -> list[dict[str, str]]:
    bill = detail.bill
    due = formats.day(bill.due_on) if bill.amount > 0 else _("不用交费")
    facts = (
        (_("户号"), formats.account_number(bill.account_number)),
        (_("户名"), detail.payer_masked),
        (_("用电日期"), f"{formats.day(bill.first_day)} – {formats.day(bill.last_day)}"),
        (_("用电量"), f"{formats.exact(bill.energy_kwh)} kWh"),
        (_("电价"), tariff_label(detail)),
        (_("交费截止"), due),
        (_("出账日期"), formats.local_day(bill.issued_at)),
    )
    return [{"label": label, "value": value} for label, value in facts]


def _describe_comparison(sheet: ComparisonSheet, bill: billing.BillView) -> dict[str, Any]:
    other = sheet.comparison.other
    rows = [
        (_("%(month)s账单") % {"month": formats.month(other.month)}, "", formats.money(sheet.other_amount)),
        *((label, detail, formats.money_change(amount)) for label, detail, amount in sheet.causes),
        (_("%(month)s账单") % {"month": formats.month(bill.month)}, "", formats.money(sheet.total)),
    ]
    return {
        "title": f"{sheet.label} {formats.money_change(sheet.comparison.difference)}",
        "chart": sheet.comparison.kind,
        "rows": [{"label": label, "detail": detail, "amount": amount} for label, detail, amount in rows],
    }


def _describe_line(why: billing.LineExplanation) -> dict[str, Any]:
    clause = why.clause
    return {
        "label": str(line_label(why.line)),
        "amount": formats.yuan(why.amount),
        "clause": " ".join(filter(None, (clause.document, clause.article, clause.gloss))),
        "readings": [_describe_span(span) for span in why.readings],
        "steps": [
            {
                "text": step.text,
                "formula": step.formula,
                "value": f"{formats.exact(step.value)} {unit_word(step.unit) if step.unit else ''}".strip(),
            }
            for step in why.steps
        ],
    }


def _describe_span(span: billing.MeterSpan) -> str:
    """Say in a line what one meter measured."""
    unit = "kvarh" if span.register == "REACTIVE" else "kWh"
    parts = [f"{_('电表')} {span.meter_serial}", formats.day_span(span.first_day, span.last_day)]
    if span.register_first_kwh is not None and span.register_last_kwh is not None:
        parts.append(f"{formats.exact(span.register_first_kwh)} → {formats.exact(span.register_last_kwh)}")
    parts.append(f"×{span.multiplier}")
    parts.append(f"{formats.exact(span.energy_kwh)} {unit}")
    if span.estimated_slots or span.missing_slots:
        told = {"measured": span.measured_slots, "estimated": span.estimated_slots}
        parts.append(_("实测 %(measured)s 个刻钟，估算 %(estimated)s 个") % told)
    return " · ".join(parts)


def _figures(detail: billing.BillDetail) -> dict[str, Any]:
    """Give the figures for machines: decimals as texts, days as ISO dates."""
    bill = detail.bill
    return {
        "bill_number": bill.number,
        "bill_mrid": str(bill.mrid),
        "kind": bill.kind,
        "status": bill.status,
        "replaces": detail.replaces.number if detail.replaces else None,
        "replaced_by": detail.replaced_by.number if detail.replaced_by else None,
        "customer_number": bill.account_number,
        "first_day": bill.first_day.isoformat(),
        "last_day": bill.last_day.isoformat(),
        "due_on": bill.due_on.isoformat() if bill.due_on else None,
        "currency": "CNY",
        "energy_kwh": str(bill.energy_kwh),
        "amount": str(bill.amount),
        "charge_total": str(bill.charge_total),
        "language": get_language(),
        "lines": [
            {
                "position": line.position, "code": line.code, "label": line.label, "group": line.group,
                "quantity": str(line.quantity), "unit": line.unit, "price": str(line.price),
                "amount": str(line.amount), "counts": line.counts,
            }
            for line in detail.lines
        ],
    }  # fmt: skip
