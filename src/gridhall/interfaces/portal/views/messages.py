"""The message centre: messages, one message, what is done with them, and how one wants to be told."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.identity import queries as identity
from gridhall.apps.notifications import actions, queries
from gridhall.apps.notifications.kinds import MessageBoxKind, MessageChangeKind
from gridhall.interfaces.portal.account_pages import signed_in_page
from gridhall.interfaces.portal.message_forms import MessageSettingsForm
from gridhall.interfaces.portal.words_messages import BOXES
from gridhall.interfaces.shared.addresses import get_next_address
from gridhall.interfaces.shared.components import Tab, Tabs

UNDONE_BY = {MessageChangeKind.READ, MessageChangeKind.ARCHIVE}


@require_safe
@signed_in_page
def message_list(request: HttpRequest) -> HttpResponse:
    """Show the messages of a box (`?box=UNREAD`), newest first, a page at a time (`?before=` the last one)."""
    box = request.GET.get("box", "")
    box = box if box in MessageBoxKind.values else MessageBoxKind.INBOX.value
    before = request.GET.get("before", "")
    found = queries.list_messages(
        viewer=request.user,
        language=get_language() or "",
        box=box,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )
    days = groupby(found.messages, key=lambda message: timezone.localdate(message.sent_at))
    unread = queries.count_unread(viewer=request.user)
    tabs = [
        Tab(
            word,
            f"{reverse('portal:message-list')}?box={kind}",
            kind == box,
            unread if kind == "UNREAD" and unread else None,
        )
        for kind, word in BOXES.items()
    ]
    context = {
        "tab": "mine",
        "box": box,
        "tabs": Tabs(_("消息"), tuple(tabs)),
        "days": [(day, list(messages)) for day, messages in days],
        "next_before": found.next_before,
        "unread": unread,
        "done": _read_done(request),
    }
    return render(request, "portal/messages/message_list.html", context)


def _read_done(request: HttpRequest) -> dict[str, Any] | None:
    """Give what was just done and can be undone, as the address says; nothing once it was."""
    change, moment = request.GET.get("done", ""), _read_moment(request.GET.get("at", ""))
    if change not in UNDONE_BY or moment is None:
        return None
    count = queries.count_changed(viewer=request.user, change=change, at=moment)
    return {"change": change, "at": moment.isoformat(), "count": count} if count else None


def _read_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


@require_safe
@signed_in_page
def message_detail(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """Show one message, why it was sent and how it went; looking at it makes it read."""
    try:
        message, deliveries = queries.get_message(mrid=mrid, viewer=request.user, language=get_language() or "")
    except queries.MissingMessage:
        raise Http404 from None
    if request.method == "GET" and not message.is_read and "keep" not in request.GET:
        actions.open_message(user=request.user, mrid=mrid, at=request.at, actor=str(request.user.mrid))
        request.user.unread_messages = max((request.user.unread_messages or 1) - 1, 0)
    context = {"tab": "mine", "message": message, "deliveries": deliveries}
    return render(request, "portal/messages/message_detail.html", context)


@require_POST
@signed_in_page
def message_change(request: HttpRequest) -> HttpResponse:
    """Mark, archive or bring back messages; what was done can be undone on the page that follows."""
    change, actor = request.POST.get("change", ""), str(request.user.mrid)
    if change == "ALL_READ":
        change = MessageChangeKind.READ.value
        changed = actions.mark_all_read(user=request.user, at=request.at, actor=actor)
    else:
        try:
            mrids = [UUID(text) for text in request.POST.getlist("mrid")]
            changed = actions.change_messages(user=request.user, mrids=mrids, change=change, at=request.at, actor=actor)
        except (ValueError, actions.UnableToChangeMessages) as error:
            raise BadRequest from error
    following = get_next_address(request, usual="portal:message-list")
    if changed and change in UNDONE_BY and following.partition("?")[0] == reverse("portal:message-list"):
        path, _mark, kept = following.partition("?")
        told = QueryDict(kept, mutable=True)
        told["done"], told["at"] = change, request.at.isoformat()
        following = f"{path}?{told.urlencode()}"
    return redirect(following)


@require_POST
@signed_in_page
def message_undo(request: HttpRequest) -> HttpResponse:
    """Take back what was done to messages at a moment."""
    moment = _read_moment(request.POST.get("at", ""))
    if moment is None:
        raise BadRequest
    try:
        actions.undo_change(
            user=request.user, change=request.POST.get("change", ""), done_at=moment, at=request.at,
            actor=str(request.user.mrid),
        )  # fmt: skip
    except actions.UnableToChangeMessages as error:
        raise BadRequest from error
    return redirect("portal:message-list")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def message_settings(request: HttpRequest) -> HttpResponse:
    """Choose messages and channels, quiet hours, and the devices that take push."""
    settings = queries.get_message_settings(viewer=request.user, language=get_language() or "")
    form = MessageSettingsForm(settings, request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.update_message_settings(
            user=request.user, wanted=form.wanted, quiet=form.quiet, at=request.at, actor=str(request.user.mrid)
        )
        return redirect(f"{reverse('portal:message-settings')}?saved=1")
    context = {
        "tab": "mine",
        "form": form,
        "settings": settings,
        "is_saved": "saved" in request.GET,
        "push_key": queries.get_push_key(),
    }
    return render(request, "portal/messages/message_settings.html", context)


@require_POST
@signed_in_page
def push_subscribe(request: HttpRequest) -> HttpResponse:
    """Take the browser that asks for web push; answered to a script."""
    try:
        actions.subscribe_push(
            user=request.user,
            endpoint=request.POST.get("endpoint", ""),
            p256dh=request.POST.get("p256dh", ""),
            auth=request.POST.get("auth", ""),
            device=identity.get_device(request),
            session=identity.get_current_session(request),
            at=request.at,
            actor=str(request.user.mrid),
        )
    except actions.UnableToSubscribe as refusal:
        return JsonResponse({"code": refusal.code}, status=400)
    return HttpResponse(status=204)


@require_POST
@signed_in_page
def push_unsubscribe(request: HttpRequest) -> HttpResponse:
    """Forget a browser, named by its id (a form) or its address (a script)."""
    try:
        mrid = UUID(request.POST["mrid"]) if "mrid" in request.POST else None
    except ValueError as error:
        raise BadRequest from error
    actions.unsubscribe_push(
        user=request.user, mrid=mrid, endpoint=request.POST.get("endpoint"), at=request.at,
        actor=str(request.user.mrid),
    )  # fmt: skip
    return redirect(f"{reverse('portal:message-settings')}#push")
