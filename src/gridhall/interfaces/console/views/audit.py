"""The audit trail, for auditors and managers. It is only read: nothing here changes or deletes an event."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.workforce import actions as workforce_actions
from gridhall.apps.workforce import queries as workforce
from gridhall.interfaces.console.audit_sheets import COLUMNS, AuditSheet, Line
from gridhall.interfaces.console.exporting import EXPORTS
from gridhall.interfaces.console.lists import EXPORTED_ROWS
from gridhall.interfaces.console.staff_pages import staff_page


@require_safe
@staff_page(Role.AUDITOR, Role.MANAGER)
def audit_list(request: Any) -> HttpResponse:
    """Show who did what, when and about whom; the looks at personal data stand on top."""
    sheet = AuditSheet(request.GET, viewer=request.user)
    if "export" in request.GET:
        return _export(request, sheet)
    context = {"sheet": sheet, "is_protected": workforce.is_trail_protected(viewer=request.user)}
    return render(request, "console/audit/audit_list.html", context)


def _export(request: Any, sheet: AuditSheet) -> HttpResponse:
    """Write the newest events that were asked for into a file; that it left the house is an event, too."""
    write = EXPORTS.get(request.GET["export"])
    if write is None:
        raise Http404
    sheet.before_id = None
    lines = [Line(entry) for entry in sheet.ask(limit=EXPORTED_ROWS)[0].entries]
    workforce_actions.tell_export(
        page=sheet.url, rows=len(lines), format=request.GET["export"], query=sheet.first_address[1:], at=request.at,
        actor=str(request.user.mrid),
    )  # fmt: skip
    return write(f"audit-{request.at:%Y%m%d}", COLUMNS, lines)
