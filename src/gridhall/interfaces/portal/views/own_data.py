"""Taking one's data along, and leaving."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.identity import actions as identity
from gridhall.apps.identity import queries
from gridhall.apps.notifications import queries as notifications
from gridhall.apps.notifications.actions import send_message as notify
from gridhall.apps.notifications.kinds import MessageKind
from gridhall.interfaces.portal.account_pages import signed_in_page
from gridhall.interfaces.portal.forms_identity import LeaveForm
from gridhall.interfaces.portal.views.security import GET_AND_POST, proved_page
from gridhall.interfaces.portal.words_export import word_export
from gridhall.interfaces.shared.forms import read_form_key


@require_safe
@signed_in_page
def own_data(request: Any) -> HttpResponse:
    """Say what is kept, and offer to take it along or to leave."""
    context = {"tab": "mine", "erasure_due_at": request.user.erasure_due_at, "is_staff": request.user.is_staff}
    return render(request, "portal/security/own_data.html", context)


@require_POST
@proved_page
def own_data_export(request: Any) -> HttpResponse:
    """Give everything about the user: as JSON for programs, as a page for people."""
    exported = queries.export_user(viewer=request.user, at=request.at)
    exported |= accounts.export_accesses(viewer=request.user)
    exported |= accounts.export_person(viewer=request.user, at=request.at)
    exported |= notifications.export_messages(viewer=request.user)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(exported, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
        page = render_to_string("portal/security/_export.html", {"sections": word_export(exported), "at": request.at})
        archive.writestr("data.html", page)
    form_key = read_form_key(request)  # the same when the button is pressed twice
    notify(
        user=request.user, kind=MessageKind.EXPORT_MADE, context={"at": request.at}, link=reverse("portal:security"),
        key=f"export:{form_key}" if form_key else "", at=request.at, actor=str(request.user.mrid),
    )  # fmt: skip
    day = timezone.localdate(request.at)
    response = HttpResponse(packed.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="gridhall-my-data-{day:%Y%m%d}.zip"'
    return response


@require_http_methods(GET_AND_POST)
@proved_page
def leave(request: Any) -> HttpResponse:
    """Say what happens on leaving, and take the wish."""
    form = LeaveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            identity.request_erasure(request=request, at=request.at)
        except identity.UnableToErase as refusal:
            form.refuse(refusal)
        else:
            response = render(request, "portal/security/leave.html", {"is_done": True})
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
            return response
    context = {"tab": "mine", "form": form, "erasure_due_at": request.user.erasure_due_at}
    return render(request, "portal/security/leave.html", context)


@require_POST
@signed_in_page
def stay(request: Any) -> HttpResponse:
    """Think better of it."""
    identity.withdraw_erasure(user=request.user, at=request.at, actor=str(request.user.mrid))
    messages.success(request, _("已撤销注销，一切照旧。"))
    return redirect("portal:security")
