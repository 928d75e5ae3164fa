"""Customers: the list of accounts, one of them on one screen, and seeing personal data in full."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing import queries as billing
from gridhall.apps.workforce import actions as workforce_actions
from gridhall.apps.workforce import queries as workforce
from gridhall.interfaces.console.account_lists import ACCOUNTS
from gridhall.interfaces.console.customer_sheets import CustomerSheet
from gridhall.interfaces.console.forms import NoteForm, UnmaskForm
from gridhall.interfaces.console.lists import show_list
from gridhall.interfaces.console.navigation import READS_CUSTOMERS
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.undoing import word_refusal

TABS = ("overview", "bills", "supply", "people", "timeline")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*READS_CUSTOMERS)
def account_list(request: HttpRequest) -> HttpResponse:
    """List accounts; write a note on many of them."""
    return show_list(request, ACCOUNTS, template="console/customers/account_list.html")


@require_safe
@staff_page(*READS_CUSTOMERS)
def account_detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show a customer on one screen."""
    account = accounts.get_account(number=number, viewer=request.user, at=request.at)  # type: ignore
    if account.number != number:  # an old number leads on to the one of today
        return redirect(reverse("console:account-detail", args=[account.number]))
    with billing.one_look():
        return _show(request, account, UnmaskForm(), NoteForm())


@require_POST
@staff_page(*READS_CUSTOMERS)
def account_unmask(request: HttpRequest, number: str) -> HttpResponse:
    """Show personal data in full for a while, to one who says why."""
    account = accounts.get_account(number=number, viewer=request.user, at=request.at)  # type: ignore
    form = UnmaskForm(request.POST)
    if form.is_valid():
        try:
            workforce_actions.unmask_account(
                account=account, fields=form.cleaned_data["fields_wanted"],
                reason_kind=form.cleaned_data["reason_kind"], reason=form.cleaned_data["reason"], **_by(request),
            )  # fmt: skip
        except workforce_actions.UnableToUnmask as refusal:
            form.add_error(None, word_refusal(refusal))
        else:
            return redirect(reverse("console:account-detail", args=[account.number]))
    with billing.one_look():
        return _show(request, account, form, NoteForm(), status=422)


@require_POST
@staff_page(*READS_CUSTOMERS)
def account_mask(request: HttpRequest, number: str) -> HttpResponse:
    """Mask personal data again before its time."""
    account = accounts.get_account(number=number, viewer=request.user, at=request.at)  # type: ignore
    workforce_actions.mask_account(account=account, by=request.user, at=request.at)  # type: ignore
    return redirect(reverse("console:account-detail", args=[account.number]))


def _by(request: Any) -> dict[str, Any]:
    return {"by": request.user, "at": request.at, "actor": str(request.user.mrid)}


def _show(request: Any, account: Any, unmask: UnmaskForm, note: NoteForm, *, status: int = 200) -> HttpResponse:
    tab = request.GET.get("tab", "")
    before = request.GET.get("before", "")
    sheet = CustomerSheet(account, request.user, request.at)
    tab = tab if tab in TABS else TABS[0]
    older = sheet.list_timeline(int(before)) if tab == "timeline" and before.isascii() and before.isdigit() else None
    context = {
        "sheet": sheet,
        "tab": tab,
        "timeline": older,
        "unmask_form": unmask,
        "note_form": note,
        "may_unmask": accounts.unmasks_customers(request.user),
        "may_write": workforce.writes_notes(request.user),
    }
    return render(request, "console/customers/account_detail.html", context, status=status)
