"""Notes on accounts, views of lists, and taking back what was just done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.workforce import actions as workforce_actions
from gridhall.apps.workforce import queries as workforce
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.forms import NoteForm
from gridhall.interfaces.console.navigation import READS_CUSTOMERS
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.undoing import refuse, tell, word_refusal
from gridhall.interfaces.shared.addresses import get_next_address


def _by(request: Any) -> dict[str, Any]:
    return {"by": request.user, "at": request.at, "actor": str(request.user.mrid)}


def _back_to(number: str) -> HttpResponse:
    return redirect(reverse("console:account-detail", args=[number]) + "#notes")


@require_POST
@staff_page(*READS_CUSTOMERS)
def note_write(request: HttpRequest, number: str) -> HttpResponse:
    """Write a note on an account."""
    account = accounts.get_account(number=number, viewer=request.user, at=request.at)  # type: ignore
    form = NoteForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "number": account.number, "address": request.path}
        return render(request, "console/notes/note_write.html", context, status=422)
    try:
        undo = workforce_actions.write_note(account=account, text=form.cleaned_data["text"], **_by(request))
    except BusinessError as refusal:
        refuse(request, refusal)
    else:
        tell(request, _("备注已写好。"), undo=undo)
    return _back_to(account.number)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*READS_CUSTOMERS)
def note_edit(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """Change one's own note."""
    note = workforce.get_note(mrid=mrid, viewer=request.user)
    if not note.is_own:
        raise Http404
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"text": note.text})
    status = 200
    if form.is_valid():
        try:
            undo = workforce_actions.edit_note(mrid=mrid, text=form.cleaned_data["text"], **_by(request))
        except BusinessError as refusal:
            form.add_error(None, word_refusal(refusal))
        else:
            tell(request, _("备注已改好。"), undo=undo)
            return _back_to(note.account_number)
    if form.errors:
        status = 422
    context = {"form": form, "number": note.account_number, "address": request.path}
    return render(request, "console/notes/note_edit.html", context, status=status)


@require_POST
@staff_page(*READS_CUSTOMERS)
def note_delete(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """Delete one's own note; it can come back."""
    note = workforce.get_note(mrid=mrid, viewer=request.user)
    try:
        undo = workforce_actions.delete_note(mrid=mrid, **_by(request))
    except BusinessError as refusal:
        refuse(request, refusal)
    else:
        tell(request, _("备注已删除。"), undo=undo)
    return _back_to(note.account_number)


@require_POST
@staff_page()
def step_undo(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """Take back what was just done."""
    try:
        workforce_actions.undo_step(mrid=mrid, **_by(request))
    except BusinessError as refusal:
        refuse(request, refusal)
    else:
        tell(request, _("已撤销。"))
    return redirect(get_next_address(request, usual="console:home"))


@require_POST
@staff_page()
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep a view of a list under a name."""
    page = request.POST.get("page", "")
    try:
        address = reverse(page)
    except NoReverseMatch:
        raise BadRequest from None
    query = request.POST.get("query", "")
    try:
        workforce_actions.save_view(page=page, name=request.POST.get("name", ""), query=query, **_by(request))
    except BusinessError as refusal:
        refuse(request, refusal)
    else:
        tell(request, _("视图已保存。"))
    return redirect(f"{address}?{query}" if query else address)


@require_POST
@staff_page()
def view_delete(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """Keep a view no more; it can come back."""
    done = workforce_actions.delete_view(mrid=mrid, **_by(request))
    if done is None:
        raise Http404
    page, undo = done
    tell(request, _("视图已删除。"), undo=undo)
    return redirect(reverse(page))
