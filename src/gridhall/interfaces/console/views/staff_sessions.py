"""Who of the staff is signed in now, and by which rules sessions end."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gridhall.apps.identity import queries
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.staff_sheets import SessionLine


@require_safe
@staff_page(Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER)
def session_list(request: Any) -> HttpResponse:
    """Show the limits of sessions, and every session of staff that is open."""
    here = queries.get_current_session(request)
    found = queries.list_staff_sessions(viewer=request.user, at=request.at, here=here)
    staff, customers = queries.get_staff_session_limits()
    context = {
        "sessions": [SessionLine(one) for one in found],
        "people": len({one.member_mrid for one in found}),
        "idle_minutes": int(staff.idle.total_seconds() // 60),
        "whole_hours": int(staff.whole.total_seconds() // 3600),
        "customer_idle_days": customers.idle.days,
        "customer_whole_days": customers.whole.days,
        "may_end": queries.has_role(request.user, Role.ADMINISTRATOR),
    }
    return render(request, "console/sessions/session_list.html", context)
