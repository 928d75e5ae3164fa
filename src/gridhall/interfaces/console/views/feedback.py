"""What people told us about pages: the list, and one with its answer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gridhall.apps.identity import queries as identity
from gridhall.apps.notifications import actions, queries
from gridhall.interfaces.console import words, words_audit, words_feedback
from gridhall.interfaces.console.feedback_lists import ANSWERS_FEEDBACK, FEEDBACK, READS_FEEDBACK
from gridhall.interfaces.console.forms_feedback import AnswerForm
from gridhall.interfaces.console.lists import show_list
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.undoing import tell


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*READS_FEEDBACK)
def feedback_list(request: Any) -> HttpResponse:
    """List what people told us; settle many."""
    return show_list(request, FEEDBACK, template="console/feedback/feedback_list.html")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*READS_FEEDBACK)
def feedback_detail(request: Any, number: str) -> HttpResponse:
    """Show one; answer it."""
    found = queries.get_feedback(number=number, viewer=request.user)
    if found is None:
        raise Http404
    may_answer = identity.has_role(request.user, *ANSWERS_FEEDBACK)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may_answer:
            raise PermissionDenied
        if form.is_valid():
            try:
                is_sent = actions.answer_feedback(
                    number=number, **form.cleaned_data, at=request.at, actor=str(request.user.mrid)
                )
            except actions.UnableToSettleFeedback as refusal:
                form.add_error(None, str(words_feedback.REFUSALS[refusal.code]))
                found = queries.get_feedback(number=number, viewer=request.user)
            else:
                tell(request, _("已答复，消息已发给客户。") if is_sent else _("已处理。"))
                return redirect("console:feedback-detail", number=number)
    context = {
        "found": found,
        "kind": words.get_word(words_feedback.KINDS, found.kind) if found else "",
        "settled_by": _name(found.settled_by) if found else "",
        "form": form,
        "may_answer": may_answer,
    }
    return render(request, "console/feedback/feedback_detail.html", context, status=422 if form.errors else 200)


def _name(actor: str) -> str:
    """Say who settled it: a member of staff by name, a program as it calls itself."""
    if not actor:
        return ""
    return identity.name_staff([actor]).get(actor) or words_audit.name_actor(actor)
