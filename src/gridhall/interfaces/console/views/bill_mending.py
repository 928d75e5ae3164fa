"""Putting right what was billed: taking a bill back, closed months computed again, final bills."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing import actions
from gridhall.apps.billing import queries as billing
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month
from gridhall.interfaces.console.forms_billdesk import AgreedRebillForm, CloseForm, ReasonForm, RebillForm
from gridhall.interfaces.console.rebill_sheets import RebillSheet
from gridhall.interfaces.console.run_lists import DECIDES, PREPARES, tell_who
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.undoing import tell
from gridhall.interfaces.console.views.bill_runs import list_months
from gridhall.interfaces.console.words_billdesk import refuse, word

MONTHS_TO_REBILL = 36


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*DECIDES)
def bill_cancel(request: Any, mrid: UUID) -> HttpResponse:
    """Say what taking an issued bill back will do, and do it for a reason."""
    bill = billing.find_desk_bill(mrid=mrid, viewer=request.user)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_bill(bill=bill, reason=form.cleaned_data["reason"], **tell_who(request))
        except BusinessError as refusal:
            if refusal.code != "canceled":  # taken back already: the second click
                refuse(request, refusal)
        else:
            tell(request, _("账单已作废，余额已冲回。"))
        return redirect("console:bill-review", mrid=mrid)
    if str(bill.status) != "ISSUED":
        return redirect("console:bill-review", mrid=mrid)
    context = {"bill": bill, "form": form}
    return render(request, "console/billing/bill_cancel.html", context, status=422 if form.errors else 200)


def _find_account(request: Any, form: Any) -> Any:
    """Find the account that a form names; None, with the fault beside the field, where there is none."""
    try:
        return accounts.get_account(number=form.cleaned_data["account"], viewer=request.user, at=request.at)
    except accounts.AccessDenied:
        form.add_error("account", _("没有这个户号。"))
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*PREPARES)
def bill_rebill(request: Any) -> HttpResponse:
    """Explain what computing closed months again would change, line by line; then do it."""
    asked = request.POST if request.method == "POST" else request.GET
    form = RebillForm(asked if "account" in asked else None, months=list_months(request.at, MONTHS_TO_REBILL))
    reason, sheet, account = AgreedRebillForm(), None, None
    if form.is_bound and form.is_valid():
        account = _find_account(request, form)
    if account is not None:
        first = Month.parse(form.cleaned_data["first"])
        if request.method == "POST":
            reason = AgreedRebillForm(request.POST)
            done = _rebill(request, account, first, reason) if reason.is_valid() else None
            if done is not None:
                return done
        try:
            changes = list(actions.preview_rebill(account_ids=[account.pk], first=first, with_lines=True))
            sheet = RebillSheet(changes)
        except BusinessError as refusal:
            form.add_error(None, word(refusal))
    status = 422 if request.method == "POST" or (form.is_bound and form.errors) else 200
    context = {"form": form, "reason_form": reason, "sheet": sheet, "account": account}
    return render(request, "console/billing/bill_rebill.html", context, status=status)


def _rebill(request: Any, account: Any, first: Month, form: AgreedRebillForm) -> HttpResponse | None:
    """Do what was shown; None where it comes to something else meanwhile, and is to be shown again."""
    try:
        run, _changes = actions.rebill(account_ids=[account.pk], first=first, **form.cleaned_data, **tell_who(request))
    except BusinessError as refusal:
        if refusal.code == "changed-meanwhile":
            form.add_error(None, word(refusal))
            return None
        waiting = billing.find_waiting_run(account_id=account.pk, kind="REBILL", viewer=request.user)
        if waiting is not None and refusal.code == "adjustment-waiting":  # made a moment ago: the second click
            return redirect("console:bill-run-detail", run=waiting.mrid)
        refuse(request, refusal)
        return redirect("console:bill-rebill")
    if run is None:
        tell(request, _("重算后没有差别，什么都没有改。"))
        return redirect("console:bill-rebill")
    tell(request, _("更正已算好，等复核。"))
    return redirect("console:bill-run-detail", run=run.mrid)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*PREPARES)
def bill_close(request: Any) -> HttpResponse:
    """Tell what the final bill of somebody who leaves would be; then draft it."""
    form = CloseForm(
        request.POST if request.method == "POST" else None, initial={"account": request.GET.get("account", "")}
    )
    preview, account = None, None
    if request.method == "POST" and form.is_valid():
        account = _find_account(request, form)
    if account is not None:
        asked = {"account": account, "ends_on": form.cleaned_data["ends_on"]} | tell_who(request)
        try:
            if request.POST.get("step") == "do":
                run = actions.close_agreement(**asked)
                tell(request, _("结清账单已算好，等复核。"))
                return redirect("console:bill-run-detail", run=run.mrid)
            preview = actions.preview_closing(**asked)
        except BusinessError as refusal:
            waiting = billing.find_waiting_run(account_id=account.pk, kind="CLOSING", viewer=request.user)
            if waiting is not None:  # made a moment ago: the second click
                return redirect("console:bill-run-detail", run=waiting.mrid)
            form.add_error(None, word(refusal))
    context = {"form": form, "preview": preview, "account": account}
    return render(request, "console/billing/bill_close.html", context, status=422 if form.errors else 200)
