"""Looking at drafts: what a run found, the sample, one bill beside its readings; holding and letting go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.billing import actions
from gridhall.apps.billing import queries as billing
from gridhall.apps.identity import queries as identity
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.bill_review_sheets import BillSheet
from gridhall.interfaces.console.forms_billdesk import CheckForm, ReasonForm
from gridhall.interfaces.console.holding import hold_bills
from gridhall.interfaces.console.lists import show_list
from gridhall.interfaces.console.run_lists import (
    PREPARES,
    READS_DESK,
    WORKS_AT_DESK,
    make_exceptions,
    name_run,
    tell_who,
)
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.undoing import tell
from gridhall.interfaces.console.words_billdesk import refuse, word


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*READS_DESK)
def bill_exception_list(request: Any) -> HttpResponse:
    """List what to look at; hold or let go many bills at once."""
    page = make_exceptions(request)
    chosen = request.GET.get("run", "")
    run = {"mrid": chosen, "name": dict(page.filters[0].choices).get(chosen, "")}
    context = {"run": run if run["name"] else {}}
    return show_list(request, page, template="console/billing/bill_exception_list.html", **context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*READS_DESK)
def bill_sample(request: Any, run: UUID) -> HttpResponse:
    """List the drafts that were drawn; draw some."""
    found = billing.find_run(mrid=run, viewer=request.user)
    may_draw = identity.has_role(request.user, *WORKS_AT_DESK)
    if request.method == "POST":
        if not may_draw:
            raise PermissionDenied
        before = request.POST.get("drawn", "")
        known = int(before) if before.isascii() and before.isdigit() and len(before) < 9 else -1
        try:
            drawn = actions.draw_sample(run=found, drawn_before=known, **tell_who(request))
        except BusinessError as refusal:
            refuse(request, refusal)
        else:
            if drawn:
                tell(request, _("抽了 %(count)s 张。") % {"count": drawn})
        return redirect("console:bill-sample", run=run)
    checks = billing.list_checks(run=found, viewer=request.user)
    context = {
        "run": found,
        "checks": checks,
        "left": [one for one in checks if one.outcome == "OPEN"],
        "wrong": [one for one in checks if one.outcome == "WRONG"],
        "may_draw": may_draw and str(found.status) == "DRAFTED",
        "tab": "sample",
        "title": name_run(found),
    }
    return render(request, "console/billing/bill_sample.html", context)


def _show(request: Any, mrid: UUID, *, hold: ReasonForm, check: CheckForm, status: int = 200) -> HttpResponse:
    with billing.one_look():
        found = billing.get_bill_beside_reads(mrid=mrid, viewer=request.user)
    told = billing.list_exceptions_of_bill(bill_id=found.bill_id, viewer=request.user)
    sheet = BillSheet(found, told, request.user)
    context = {"sheet": sheet, "hold_form": hold, "check_form": check}
    return render(request, "console/billing/bill_review.html", context, status=status)


@require_safe
@staff_page(*READS_DESK)
def bill_review(request: Any, mrid: UUID) -> HttpResponse:
    """Show a bill beside its readings."""
    return _show(request, mrid, hold=ReasonForm(), check=CheckForm())


@require_POST
@staff_page(*WORKS_AT_DESK)
def bill_check(request: Any, mrid: UUID) -> HttpResponse:
    """Keep what was found about a drawn draft, and go on to the next."""
    check = billing.find_check(mrid=mrid, viewer=request.user)
    form = CheckForm(request.POST)
    if form.is_valid():
        told: dict[str, Any] = tell_who(request) | {"remark": form.cleaned_data["remark"]}
        try:
            actions.check_bill(check=check, outcome=request.POST.get("outcome", ""), **told)
        except BusinessError as refusal:
            form.add_error("remark" if refusal.code == "no-remark" else None, word(refusal))
        else:
            if request.POST["outcome"] == "WRONG":
                tell(request, _("已记下，请把这张挂起。"))
                return redirect("console:bill-review", mrid=mrid)
            following = billing.find_next_check(check=check)
            if following is not None:
                return redirect("console:bill-review", mrid=following)
            tell(request, _("抽到的都看过了。"))
            return redirect("console:bill-sample", run=check.run.mrid)
    return _show(request, mrid, hold=ReasonForm(), check=form, status=422)


@require_POST
@staff_page(*WORKS_AT_DESK)
def bill_hold(request: Any, mrid: UUID) -> HttpResponse:
    """Keep a draft back for a reason."""
    bill = billing.find_desk_bill(mrid=mrid, viewer=request.user)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, mrid, hold=form, check=CheckForm(), status=422)
    held, refused, undo = hold_bills(request, [bill], form.cleaned_data["reason"])
    if held:
        tell(request, _("已挂起，不会发行。"), undo=undo)
    elif str(bill.status) != "HELD":  # held already: the second click
        refuse(request, refused[0][1])
    return redirect("console:bill-review", mrid=mrid)


@require_POST
@staff_page(*PREPARES)
def bill_release(request: Any, mrid: UUID) -> HttpResponse:
    """Let a held draft go: computed again, or as it is."""
    bill = billing.find_desk_bill(mrid=mrid, viewer=request.user)
    try:
        let_go = actions.release_bill(bill=bill, as_is=request.POST.get("how") == "as-is", **tell_who(request))
    except BusinessError as refusal:
        if str(bill.status) != "DRAFT":
            refuse(request, refusal)
        return redirect("console:bill-review", mrid=mrid)
    tell(request, _("已放行。") if let_go.pk == bill.pk else _("已重算并放行，这是新的账单。"))
    return redirect("console:bill-review", mrid=let_go.mrid)
