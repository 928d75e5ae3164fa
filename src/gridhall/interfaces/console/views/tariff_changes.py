"""What changes the tariffs of the company: bringing one in, approving it, taking one out of force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.tariffs import actions
from gridhall.apps.tariffs import queries as tariffs
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.effect_sheets import find_effect
from gridhall.interfaces.console.forms_tariffs import LONGEST_TEXT, DecisionForm, TariffTextForm
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.tariff_sheets import ComparisonSheet, TariffPage, number_lines, open_tariff
from gridhall.interfaces.console.undoing import tell
from gridhall.interfaces.console.words_tariffs import word_refusal


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.TARIFF)
def tariff_upload(request: Any) -> HttpResponse:
    """Check a tariff line by line, and keep it as a state that waits for somebody else's approval."""
    form = TariffTextForm(request.POST, request.FILES) if request.method == "POST" else TariffTextForm()
    context: dict[str, Any] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            content, name = form.read()
            checked = tariffs.check_text(content, name)
            if checked.tariff is not None and request.POST.get("action") == "load":
                return _load(request, content, name)
            status = 200 if checked.tariff is not None else 422
            text = checked.text if len(checked.text) <= LONGEST_TEXT else ""
            context |= {
                "form": TariffTextForm(initial={"text": text, "file_name": name}),
                "checked": checked,
                "name": name,
                "lines": number_lines(checked.text, checked.faults),
                "errors": sum(not fault.is_warning for fault in checked.faults),
            }
    return render(request, "console/tariffs/tariff_upload.html", context, status=status)


def _load(request: Any, content: bytes, name: str) -> HttpResponse:
    document, is_new = actions.load_tariff_text(
        content=content, file_name=name, at=request.at, actor=str(request.user.mrid)
    )
    tell(request, _("已装入，等另一位同事批准。") if is_new else _("这份电价以前装入过，没有变化。"))
    return redirect("console:tariff-detail", document.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.TARIFF_APPROVER)
def tariff_approve(request: Any, document_id: int) -> HttpResponse:
    """Put a state in force that somebody else loaded, with a note; the one before is retired."""
    page = open_tariff(document_id, viewer=request.user, at=request.at)

    def approve(note: str, against: int | None) -> None:
        actions.approve_tariff(
            document=page.document, note=note, against=against, at=request.at, actor=str(request.user.mrid)
        )

    seen = page.in_force.document_id if page.in_force and not page.in_force.is_here else 0
    decided = _decide(request, page, approve, status="APPROVED", done=_("已批准，从现在起按这一版计费。"), against=seen)
    if isinstance(decided, HttpResponse):
        return decided
    sheet = ComparisonSheet(page, "", "")
    context = {
        "page": page,
        "form": decided,
        "sheet": sheet,
        "effect": find_effect(document_id, sheet.after.first_day, None, viewer=request.user),
    }
    status = 422 if decided.is_bound else 200
    return render(request, "console/tariffs/tariff_approve.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.TARIFF_APPROVER)
def tariff_retire(request: Any, document_id: int) -> HttpResponse:
    """Take a tariff out of force that nobody is billed by any more, with a note."""
    page = open_tariff(document_id, viewer=request.user, at=request.at)

    def retire(note: str, _against: int | None) -> None:
        actions.retire_tariff(document=page.document, note=note, at=request.at, actor=str(request.user.mrid))

    decided = _decide(request, page, retire, status="RETIRED", done=_("已停用。"))
    if isinstance(decided, HttpResponse):
        return decided
    context = {
        "page": page,
        "form": decided,
        "agreed": tariffs.count_agreements(page.document.code, day=timezone.localdate(request.at)),
    }
    status = 422 if decided.is_bound else 200
    return render(request, "console/tariffs/tariff_retire.html", context, status=status)


def _decide(
    request: Any, page: TariffPage, do: Callable[[str, int | None], None], *, status: str, done: str, against: int = 0
) -> HttpResponse | DecisionForm:
    """Do what was decided and lead back to the tariff; give the form where it is asked for or cannot be done."""
    if request.method != "POST":
        return DecisionForm(initial={"against": against})
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            do(form.cleaned_data["note"], form.cleaned_data["against"])
        except BusinessError as refusal:
            if _is_done(page, request, status):  # the second of two clicks
                return redirect("console:tariff-detail", page.document.pk)
            form.add_error(None, word_refusal(refusal))
        else:
            tell(request, done)
            return redirect("console:tariff-detail", page.document.pk)
    return form


def _is_done(page: TariffPage, request: Any, status: str) -> bool:
    """Whether the viewer himself has brought it there already."""
    now = open_tariff(page.document.pk, viewer=request.user, at=request.at).document
    by = now.approved_by if status == "APPROVED" else now.retired_by
    return now.status == status and by == str(request.user.mrid)
