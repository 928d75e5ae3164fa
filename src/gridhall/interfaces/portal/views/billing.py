"""Bills: the list, one bill, every line explained, and why it differs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing import queries as billing
from gridhall.interfaces.portal.account_pages import (
    account_context,
    account_page,
    follow_account,
    signed_in_page,
)
from gridhall.interfaces.portal.bill_documents import make_bill_document, make_bill_pages, name_bill_file
from gridhall.interfaces.portal.bill_sheets import draw_bars, group_lines, make_bill_page, make_sheet
from gridhall.interfaces.portal.kept_pages import kept_page
from gridhall.interfaces.shared.web_views import is_web_view

LISTED_BILLS = 240  # twenty years


@require_safe
@account_page
@kept_page
def bill_list(request: HttpRequest) -> HttpResponse:
    """List the bills of the account, newest first, by year with its sums; of one year or one kind, if asked."""
    bills = billing.list_bills(
        account=request.account_view.account, viewer=request.user, limit=LISTED_BILLS, at=request.at
    )
    page = make_bill_page(bills, year=request.GET.get("year", ""), kind=request.GET.get("kind", ""))
    context = {**account_context(request, tab="bills"), "page": page, "bars": draw_bars(page.bills[:12])}
    return render(request, "portal/billing/bill_list.html", context)


@require_safe
@signed_in_page
def bill_detail(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """Show one bill, its lines under their headings, and in short how it differs; its account is looked at from now."""
    views = accounts.list_accounts(viewer=request.user, at=request.at, with_places=False)
    billing.know_sights(views, viewer=request.user, at=request.at)
    detail = billing.get_bill(mrid=mrid, viewer=request.user, at=request.at)
    follow_account(request, detail.bill.account_number, views)
    context = {
        "tab": "bills",
        "detail": detail,
        "bill": detail.bill,
        "groups": group_lines(detail.lines),
        "total": sum((line.amount for line in detail.lines), Decimal(0)),
        "comparisons": billing.compare_bills(mrid=mrid, viewer=request.user, language=get_language(), at=request.at),
    }
    return render(request, "portal/billing/bill_detail.html", context)


@require_safe
@signed_in_page
def bill_document(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """
    Give one bill as PDF, with the explanation of every line, comparisons and charts.

    In a web view, which opens no files, give its pages as pictures instead (`?file=1` gives the file all the same).
    """
    detail, parts = _gather_document(request, mrid)
    if is_web_view(request) and "file" not in request.GET:
        pages = range(1, len(make_bill_pages(detail, **parts)) + 1)
        context = {"tab": "bills", "bill": detail.bill, "pages": pages}
        return render(request, "portal/billing/bill_document.html", context)
    response = HttpResponse(make_bill_document(detail, **parts), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, name_bill_file(detail.bill)) or ""
    return response


@require_safe
@signed_in_page
def bill_document_page(request: HttpRequest, mrid: UUID, position: int) -> HttpResponse:
    """Give one page of the document as a picture."""
    detail, parts = _gather_document(request, mrid)
    pages = make_bill_pages(detail, **parts)
    if not 1 <= position <= len(pages):
        raise Http404
    return HttpResponse(pages[position - 1], content_type="image/png")


def _gather_document(request: HttpRequest, mrid: UUID) -> tuple[billing.BillDetail, dict[str, Any]]:
    asked: dict[str, Any] = {"mrid": mrid, "viewer": request.user, "at": request.at}
    language = get_language()
    # In this order: the lines of the bill come with those it is compared with, its tariffs with its explanation.
    parts: dict[str, Any] = {
        "comparisons": billing.compare_bills(**asked, language=language),
        "explanations": billing.explain_bill(**asked, language=language),
        "bills": billing.list_bills_beside(**asked, limit=LISTED_BILLS),
    }
    detail = billing.get_bill(**asked)
    if detail.bill.issued_at is None:
        raise Http404
    return detail, parts


@require_safe
@signed_in_page
def bill_line(request: HttpRequest, mrid: UUID, position: int) -> HttpResponse:
    """Explain one line: within the bill when the bill asks for it, else as a page of its own."""
    asked: dict[str, Any] = {"mrid": mrid, "viewer": request.user, "at": request.at}
    why = billing.explain_line(**asked, position=position, language=get_language())
    if request.htmx:
        return render(request, "portal/billing/_line_explanation.html", {"why": why})
    detail = billing.get_bill(mrid=mrid, viewer=request.user, at=request.at)
    context = {"tab": "bills", "why": why, "bill": detail.bill}
    return render(request, "portal/billing/bill_line.html", context)


@require_safe
@signed_in_page
def bill_comparison(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """Say why a bill differs from last month's and last year's, cause by cause, adding up."""
    detail = billing.get_bill(mrid=mrid, viewer=request.user, at=request.at)
    comparisons = billing.compare_bills(mrid=mrid, viewer=request.user, language=get_language(), at=request.at)
    sheets = [make_sheet(comparison, detail.bill) for comparison in comparisons]
    context = {"tab": "bills", "bill": detail.bill, "sheets": sheets}
    return render(request, "portal/billing/bill_comparison.html", context)
