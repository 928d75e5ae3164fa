"""Members of staff: their roles, and a lost second factor. For the administrator, who does no other business."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gridhall.apps.identity import actions as identity
from gridhall.apps.identity import queries
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.words import ROLES
from gridhall.interfaces.shared.words_identity import word_refusal


@require_safe
@staff_page(Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER)
def staff_list(request: Any) -> HttpResponse:
    """Show who holds which roles; the administrator may change them."""
    members = [
        {
            "view": one,
            "held": [(role, ROLES[role]) for role in one.roles],
            "other": [(role, word) for role, word in ROLES.items() if role not in one.roles],
            "is_me": one.mrid == request.user.mrid,
        }
        for one in queries.list_staff(viewer=request.user)
    ]
    context = {"members": members, "may_change": queries.has_role(request.user, Role.ADMINISTRATOR)}
    return render(request, "console/staff/staff_list.html", context)


def _change(request: Any, mrid: UUID, doing: Callable[[Any], object], done: str) -> HttpResponse:
    """Do it to a member of staff with a fresh proof in hand, and say how it went."""
    if not queries.is_proved(request, at=request.at):
        return redirect(f"{reverse('portal:proof')}?{urlencode({'next': reverse('console:staff-list')})}")
    try:
        member = queries.get_staff(mrid=mrid, viewer=request.user)
    except queries.AccessDenied as denied:
        raise Http404 from denied
    try:
        doing(member)
    except BusinessError as refusal:
        messages.error(request, word_refusal(refusal))
    else:
        messages.success(request, done)
    return redirect("console:staff-list")


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_grant(request: Any, mrid: UUID) -> HttpResponse:
    """Give a role."""
    told: dict[str, Any] = {"granted_by": request.user, "at": request.at, "actor": str(request.user.mrid)}
    role = request.POST.get("role", "")
    return _change(request, mrid, lambda member: identity.grant_role(user=member, role=role, **told), _("岗位已添加。"))


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_end(request: Any, mrid: UUID) -> HttpResponse:
    """Take a role back."""
    told: dict[str, Any] = {"ended_by": request.user, "at": request.at, "actor": str(request.user.mrid)}
    role = request.POST.get("role", "")
    return _change(request, mrid, lambda member: identity.end_role(user=member, role=role, **told), _("岗位已取消。"))


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_reset(request: Any, mrid: UUID) -> HttpResponse:
    """Take a lost second factor away."""
    told: dict[str, Any] = {"by": request.user, "at": request.at, "actor": str(request.user.mrid)}
    return _change(
        request,
        mrid,
        lambda member: identity.reset_second_factor(user=member, **told),
        _("已重置，下次登录时重新设置第二重验证。"),
    )
