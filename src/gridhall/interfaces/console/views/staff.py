"""Members of staff: their roles, their second factor, whether they get in. For the administrator."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.identity import actions as identity
from gridhall.apps.identity import queries
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.forms_staff import NOT_PROVED, StaffEditForm, StaffForm
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.staff_sheets import MemberSheet, StaffSheet
from gridhall.interfaces.console.words_staff import word_refusal

WATCHERS = (Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER)


@require_safe
@staff_page(*WATCHERS)
def staff_list(request: Any) -> HttpResponse:
    """Show who holds which roles, by what they prove themselves, and when they came last."""
    sheet = StaffSheet(request.GET, viewer=request.user, at=request.at)
    return render(request, "console/staff/staff_list.html", {"sheet": sheet})


@require_safe
@staff_page(*WATCHERS)
def staff_detail(request: Any, mrid: UUID) -> HttpResponse:
    """Show one member of staff: roles in time, second factor, devices; the administrator changes them here."""
    return _show(request, mrid)


def _show(request: Any, mrid: UUID, form: StaffEditForm | None = None) -> HttpResponse:
    try:
        sheet = MemberSheet(mrid, viewer=request.user, at=request.at, here=queries.get_current_session(request))
    except queries.AccessDenied as denied:
        raise Http404 from denied
    told = {"name": sheet.member.name, "email": sheet.member.email}
    context = {
        "sheet": sheet,
        "form": form or StaffEditForm(initial=told),
        "is_proved": queries.is_proved(request, at=request.at),
        "here": reverse("console:staff-detail", args=[mrid]),
    }
    return render(request, "console/staff/staff_detail.html", context, status=200 if form is None else 422)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.ADMINISTRATOR)
def staff_new(request: Any) -> HttpResponse:
    """Make a member of staff; he sets his password himself, by a code to his phone."""
    form = StaffForm(request.POST if request.method == "POST" else None)
    is_proved = queries.is_proved(request, at=request.at)
    if form.is_valid() and not is_proved:
        form.add_error(None, NOT_PROVED)
    elif form.is_valid():
        try:
            user = identity.add_staff(**form.cleaned_data, by=request.user, at=request.at, actor=str(request.user.mrid))
        except BusinessError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("已新建。请他在登录页用“忘记密码”设置密码。"))
            return redirect("console:staff-detail", mrid=user.mrid)
    return render(request, "console/staff/staff_new.html", {"form": form, "is_proved": is_proved})


def _change(request: Any, mrid: UUID, doing: Callable[[Any], object], done: str) -> HttpResponse:
    """Do it to a member of staff with a fresh proof in hand, and say how it went."""
    back = reverse("console:staff-detail", args=[mrid])
    if not queries.is_proved(request, at=request.at):
        return redirect(f"{reverse('portal:proof')}?{urlencode({'next': back})}")
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
    return redirect(back)


def _told(request: Any, by: str = "by") -> dict[str, Any]:
    return {by: request.user, "at": request.at, "actor": str(request.user.mrid)}


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_edit(request: Any, mrid: UUID) -> HttpResponse:
    """Change how somebody is called and written to."""
    form, told = StaffEditForm(request.POST), _told(request)
    if form.is_valid() and not queries.is_proved(request, at=request.at):
        form.add_error(None, NOT_PROVED)
    if not form.is_valid():
        return _show(request, mrid, form)
    changed = form.cleaned_data
    return _change(request, mrid, lambda member: identity.change_staff(user=member, **changed, **told), _("已更改。"))


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_grant(request: Any, mrid: UUID) -> HttpResponse:
    """Give a role."""
    told, role = _told(request, "granted_by"), request.POST.get("role", "")
    return _change(request, mrid, lambda member: identity.grant_role(user=member, role=role, **told), _("岗位已添加。"))


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_end(request: Any, mrid: UUID) -> HttpResponse:
    """Take a role back."""
    told, role = _told(request, "ended_by"), request.POST.get("role", "")
    return _change(request, mrid, lambda member: identity.end_role(user=member, role=role, **told), _("岗位已取消。"))


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_reset(request: Any, mrid: UUID) -> HttpResponse:
    """Take a lost second factor away."""
    told = _told(request)
    done = _("已重置，下次登录时重新设置第二重验证。")
    return _change(request, mrid, lambda member: identity.reset_second_factor(user=member, **told), done)


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_suspend(request: Any, mrid: UUID) -> HttpResponse:
    """Keep somebody out, from all devices at once."""
    told, reason = _told(request), request.POST.get("reason", "")
    done = _("已停用，并退出了他的所有设备。")
    return _change(request, mrid, lambda member: identity.suspend_staff(user=member, reason=reason, **told), done)


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_reactivate(request: Any, mrid: UUID) -> HttpResponse:
    """Let somebody in again."""
    told = _told(request)
    return _change(request, mrid, lambda member: identity.reactivate_staff(user=member, **told), _("已重新启用。"))


@require_POST
@staff_page(Role.ADMINISTRATOR)
def staff_sign_out(request: Any, mrid: UUID) -> HttpResponse:
    """End all sessions of somebody, or the one that is named."""
    told, session = _told(request), request.POST.get("session", "")

    def end(member: Any) -> None:
        if session:
            identity.end_staff_session(user=member, mrid=_as_uuid(session), **told)
        else:
            identity.end_staff_sessions(user=member, **told)

    return _change(request, mrid, end, _("已退出。"))


def _as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
