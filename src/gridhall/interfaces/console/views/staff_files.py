"""Members of staff by file: out as CSV, and in again, with a preview before anything is done."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gridhall.apps.identity import actions as identity
from gridhall.apps.identity import queries
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.workforce import actions as workforce_actions
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console import words_staff
from gridhall.interfaces.console.exporting import as_text
from gridhall.interfaces.console.forms_staff import NOT_PROVED, StaffFileForm
from gridhall.interfaces.console.lists import EXPORTED_ROWS
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.staff_sheets import StaffSheet

SHOWN_LINES = 500


@require_safe
@staff_page(Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER)
def staff_export(request: Any) -> HttpResponse:
    """Write the members of staff who are seen into a file that can be changed and brought in again."""
    asked = StaffSheet(request.GET, viewer=request.user, at=request.at).asked
    members, _total = queries.list_members(viewer=request.user, at=request.at, limit=EXPORTED_ROWS, **asked)
    states = {is_active: str(word) for is_active, (_state, word) in zip((True, False), words_staff.STATES, strict=True)}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([str(words_staff.FIELDS[field]) for field in ("phone", "name", "email", "roles", "state")])
    for one in members:
        roles = "; ".join(words_staff.word_roles((role,)) for role in one.roles)
        writer.writerow([as_text(cell) for cell in (one.phone, one.name, one.email, roles, states[one.is_active])])
    workforce_actions.tell_export(
        page="console:staff-list", rows=len(members), format="csv", query=request.GET.urlencode(), at=request.at,
        actor=str(request.user.mrid),
    )  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="staff-{request.at:%Y%m%d}.csv"'}
    return HttpResponse(("\ufeff" + text.getvalue()).encode(), content_type="text/csv; charset=utf-8", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.ADMINISTRATOR)
def staff_import(request: Any) -> HttpResponse:
    """
    Show what a file would change, line by line; do it when it is sent a second time.

    What was shown comes back with the second answer, as text: it is read and compared with the people of now again, so
    that nothing but what was shown is done, and a file that was done already changes nothing.
    """
    form = StaffFileForm()
    if "digest" in request.POST:
        return _decide(request)
    if request.method == "POST":
        form = StaffFileForm(request.POST, request.FILES)
        if form.is_valid():
            content = form.cleaned_data["file"].read(1_000_001)
            plan = _read(request, content)
            if not _is_useless(plan):
                return _preview(request, plan, _as_text(content))
            form.add_error("file", words_staff.word_fault(plan.faults[0]))
    is_proved = queries.is_proved(request, at=request.at)
    return render(request, "console/staff/staff_import.html", {"form": form, "is_proved": is_proved})


def _read(request: Any, content: bytes) -> queries.StaffPlan:
    return identity.read_staff_file(content, role_names=words_staff.get_role_names(), viewer=request.user)


def _is_useless(plan: queries.StaffPlan) -> bool:
    """Whether the file as a whole cannot be read, rather than some of its lines."""
    return any(fault.code in ("too-large", "not-text", "empty", "no-header", "too-many") for fault in plan.faults)


def _as_text(content: bytes) -> str:
    """Give what was sent as text that comes back the same; it was found to be either."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _preview(request: Any, plan: queries.StaffPlan, text: str, failure: str = "") -> HttpResponse:
    lines = [(change, words_staff.word_change(change)) for change in plan.changes[:SHOWN_LINES]]
    faults = [
        (fault, words_staff.FIELDS.get(fault.field, fault.field), words_staff.get_quoted(fault),
         words_staff.word_fault(fault))
        for fault in plan.faults[:SHOWN_LINES]
    ]  # fmt: skip
    context = {
        "plan": plan,
        "lines": lines,
        "more": len(plan.changes) - len(lines),
        "faults": faults,
        "text": text,
        "failure": failure,
        "is_proved": queries.is_proved(request, at=request.at),
    }
    return render(request, "console/staff/_staff_preview.html", context)


def _decide(request: Any) -> HttpResponse:
    """Do what was shown, or show it again where it is not the same any more."""
    text = request.POST.get("text", "").replace("\r\n", "\n")
    plan = _read(request, text.encode())
    if not queries.is_proved(request, at=request.at):
        return _preview(request, plan, text, str(NOT_PROVED))
    try:
        created, changed = identity.import_staff(
            plan=plan, digest=request.POST["digest"], by=request.user, at=request.at, actor=str(request.user.mrid)
        )
    except BusinessError as refusal:
        return _preview(request, plan, text, words_staff.word_refusal(refusal))
    told = {"created": created, "changed": changed, "unchanged": plan.unchanged, "faulty": plan.faulty}
    messages.success(
        request,
        _("已完成：新建 %(created)s 人，更改 %(changed)s 人，%(unchanged)s 人没有变化，%(faulty)s 行有误没有做。")
        % told,
    )
    return redirect("console:staff-list")
