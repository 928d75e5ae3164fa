"""Files of reads: sent, waited for, looked at."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.metering import actions, queries
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.forms_metering import ReadFileForm
from gridhall.interfaces.console.lists import Sheet, show_list
from gridhall.interfaces.console.meter_lists import READ_FILES
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.undoing import tell, word_refusal
from gridhall.interfaces.console.views.findings import READS_METERS
from gridhall.interfaces.console.words_faults import word_fault
from gridhall.interfaces.shared.uploads import was_too_large

SHOWN_FAULTS = 200


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*READS_METERS)
def read_file_list(request: Any) -> HttpResponse:
    """List the files that came in, with what became of them; take one more."""
    may_send = identity.has_role(request.user, Role.METERING)
    form = ReadFileForm()
    status = 200
    if request.method == "POST":
        if not may_send:
            return HttpResponse(status=403)
        form = ReadFileForm(request.POST, request.FILES)
        answer = _receive(request, form)
        if answer is not None:
            return answer
        status = 422
    return show_list(
        request, READ_FILES, template="console/metering/read_file_list.html", status=status, form=form,
        may_send=may_send, dropped=queries.list_dropped(), megabytes=settings.GRIDHALL_LARGEST_READ_FILE // 10**6,
        is_moving=_is_moving,
    )  # fmt: skip


def _is_moving(sheet: Sheet) -> bool:
    return any(row.is_moving for row in sheet.found.rows)


def _receive(request: Any, form: ReadFileForm) -> HttpResponse | None:
    if was_too_large(request, "file"):
        form.add_error("file", word_refusal(actions.UnableToReceiveFile("Too large.", code="too-large-file")))
        return None
    if not form.is_valid():
        return None
    sent = form.cleaned_data["file"]
    try:
        received = actions.receive_read_file(
            file_name=sent.name, content=sent.chunks(), usage_point=form.cleaned_data["usage_point"],
            at=request.at, actor=str(request.user.mrid),
        )  # fmt: skip
    except BusinessError as refusal:
        form.add_error("file", word_refusal(refusal))
        return None
    if received.is_known:
        tell(request, _("这个文件之前传过，没有重复导入。下面是那一次的结果。"))
    else:
        tell(request, _("文件已收到，正在排队导入。"))
    return redirect("console:read-file-detail", pk=received.read_import.pk)


@require_safe
@staff_page(*READS_METERS)
def read_file_detail(request: Any, pk: int) -> HttpResponse:
    """Show one file: how far it is, what became of it, and its bad rows."""
    found = queries.get_import(pk=pk)
    if found is None:
        raise Http404
    faults = [
        {"row": one, "problem": word_fault(one.problem, "problem"), "remedy": word_fault(one.remedy, "remedy")}
        for one in queries.list_import_faults(record=found.record, limit=SHOWN_FAULTS)
    ]
    context = {
        "found": found,
        "faults": faults,
        "is_cut": len(faults) == SHOWN_FAULTS,
        "has_file": queries.find_faults_file(record=found.record) is not None,
    }
    return render(request, "console/metering/read_file_detail.html", context)


@require_safe
@staff_page(*READS_METERS)
def read_file_faults(request: Any, pk: int) -> FileResponse:
    """Give every bad row as CSV."""
    found = queries.get_import(pk=pk)
    path = queries.find_faults_file(record=found.record) if found is not None else None
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"faults-{pk}.csv", content_type="text/csv")
