"""Bill runs: the list, one run with its steps, computing, comparing, approving, issuing, canceling."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.billing import actions
from gridhall.apps.billing import queries as billing
from gridhall.apps.identity import queries as identity
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month
from gridhall.interfaces.console.forms_billdesk import OpenRunForm, ReasonForm
from gridhall.interfaces.console.lists import show_list
from gridhall.interfaces.console.run_lists import (
    DECIDES,
    PREPARES,
    READS_DESK,
    RUNS,
    WORKS_AT_DESK,
    name_run,
    tell_who,
)
from gridhall.interfaces.console.run_sheets import ComparisonSheet, RunSheet
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.undoing import tell
from gridhall.interfaces.console.words_billdesk import WORKS, refuse
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.shares import draw_share

MONTHS_TO_OPEN = 14


def list_months(at: Any, count: int = MONTHS_TO_OPEN) -> list[Month]:
    """List the months that are over, the last one first."""
    months, month = [], Month.of(timezone.localdate(at))
    for _unused in range(count):
        month = month.previous()
        months.append(month)
    return months


def _make_form(request: Any, cycles: list[billing.CycleView], data: Any = None) -> OpenRunForm:
    is_chinese = formats.is_chinese()
    choices = [(one.code, one.name if is_chinese else one.name_en or one.name) for one in cycles]
    return OpenRunForm(data, months=list_months(request.at), cycles=choices)


def _show_runs(request: Any, form: Any, cycles: list[billing.CycleView], *, status: int = 200) -> HttpResponse:
    answer = show_list(request, RUNS, template="console/billing/bill_run_list.html", form=form, cycles=cycles)
    answer.status_code = status
    return answer


@require_safe
@staff_page(*READS_DESK)
def bill_run_list(request: Any) -> HttpResponse:
    """List bill runs; open one."""
    cycles = billing.list_cycles(viewer=request.user)
    form = _make_form(request, cycles) if identity.has_role(request.user, *PREPARES) else None
    return _show_runs(request, form, cycles)


@require_POST
@staff_page(*PREPARES)
def bill_run_open(request: Any) -> HttpResponse:
    """Open the run of a month and have it computed; one that is under way is shown."""
    cycles = billing.list_cycles(viewer=request.user)
    form = _make_form(request, cycles, request.POST)
    if not form.is_valid():
        request.method = "GET"
        return _show_runs(request, form, cycles, status=422)
    month, cycle = Month.parse(form.cleaned_data["month"]), form.cleaned_data["cycle"]
    try:
        run = actions.ask_for_run(month=month, cycle=cycle, **tell_who(request))
    except BusinessError as refusal:
        under_way = billing.find_run_under_way(month=month.first_day, cycle=cycle, viewer=request.user)
        if under_way is not None:  # the second click, or somebody else was quicker
            return redirect("console:bill-run-detail", run=under_way.mrid)
        refuse(request, refusal)
        return redirect("console:bill-run-list")
    tell(request, _("已开始计算，可以离开这一页。"))
    return redirect("console:bill-run-detail", run=run.mrid)


def _get_sheet(request: Any, mrid: UUID) -> RunSheet:
    detail = billing.get_run_detail(mrid=mrid, viewer=request.user)
    return RunSheet(detail, billing.count_exceptions(run=detail.run, viewer=request.user), request.user)


@require_safe
@staff_page(*READS_DESK)
def bill_run_detail(request: Any, run: UUID) -> HttpResponse:
    """Show one run: how far it is, what to look at, what is to be done now."""
    sheet = _get_sheet(request, run)
    context = {"sheet": sheet, "tab": "overview", "title": name_run(sheet.run)}
    return render(request, "console/billing/bill_run_detail.html", context)


@require_safe
@staff_page(*READS_DESK)
def bill_run_progress(request: Any, run: UUID) -> HttpResponse:
    """Tell how far a run is, for the page that looks every two seconds; it is read anew once the work is over."""
    found = billing.find_run(mrid=run, viewer=request.user)
    progress = billing.get_run_progress(run=found, viewer=request.user)
    word = WORKS.get(progress.work, "")
    context = {"run": found, "progress": progress, "bar": draw_share(progress.share), "work": word}
    answer = render(request, "console/billing/_progress.html", context)
    if not progress.work and getattr(request, "htmx", False):
        answer.headers["HX-Refresh"] = "true"
    return answer


@require_safe
@staff_page(*READS_DESK)
def bill_run_comparison(request: Any, run: UUID) -> HttpResponse:
    """Set a run beside the month before: sums by tariff and kind, distribution, biggest changes."""
    found = billing.find_run(mrid=run, viewer=request.user)
    compared = billing.compare_run(run=found, viewer=request.user)
    is_large = request.user.reading_mode == "ELDER"
    context = {"run": found, "sheet": ComparisonSheet(compared, is_large), "tab": "comparison"}
    return render(request, "console/billing/bill_run_comparison.html", context | {"title": name_run(found)})


def _decide(request: Any, mrid: UUID, do: Any, done: str, *, settled: tuple[str, ...]) -> HttpResponse:
    """Do it to a run; pressed twice, the second time finds it done and says nothing more."""
    run = billing.find_run(mrid=mrid, viewer=request.user)
    try:
        do(run)
    except BusinessError as refusal:
        if str(billing.find_run(mrid=mrid, viewer=request.user).status) not in settled:
            refuse(request, refusal)
    else:
        tell(request, done)
    return redirect("console:bill-run-detail", run=mrid)


@require_POST
@staff_page(*PREPARES)
def bill_run_draft(request: Any, run: UUID) -> HttpResponse:
    """Go on computing a run that stopped."""
    who = tell_who(request)
    over = ("DRAFTED", "APPROVED", "ISSUED")
    return _decide(request, run, lambda found: actions.ask_for_draft(run=found, **who), _("已继续计算。"), settled=over)


@require_POST
@staff_page(*DECIDES)
def bill_run_approve(request: Any, run: UUID) -> HttpResponse:
    """Approve a run that somebody else prepared."""
    who = tell_who(request)
    return _decide(
        request, run, lambda found: actions.approve_checked_run(run=found, **who), _("已复核，可以发行。"),
        settled=("APPROVED", "ISSUED"),
    )  # fmt: skip


@require_POST
@staff_page(*DECIDES)
def bill_run_issue(request: Any, run: UUID) -> HttpResponse:
    """Have an approved run issued."""
    who = tell_who(request)
    return _decide(
        request, run, lambda found: actions.ask_for_issue(run=found, **who), _("已开始发行，可以离开这一页。"),
        settled=("ISSUED",),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*WORKS_AT_DESK)
def bill_run_cancel(request: Any, run: UUID) -> HttpResponse:
    """Say what canceling a run will do, and do it for a reason."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = tell_who(request) | {"reason": form.cleaned_data["reason"]}
        return _decide(
            request, run, lambda found: actions.cancel_run(run=found, **told), _("这批已作废。"), settled=("CANCELED",)
        )
    sheet = _get_sheet(request, run)
    if not sheet.may_cancel:
        return redirect("console:bill-run-detail", run=run)
    context = {"sheet": sheet, "form": form, "title": name_run(sheet.run)}
    return render(request, "console/billing/bill_run_cancel.html", context, status=422 if form.errors else 200)
