"""Validation failures: the list, one with its curve, and what is decided about it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.metering import actions, queries
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console import words
from gridhall.interfaces.console.finding_lists import accept, keep_choice, make_finding_list, read_choice
from gridhall.interfaces.console.finding_sheets import FindingSheet
from gridhall.interfaces.console.lists import read_sheet, show_list
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.undoing import refuse, tell
from gridhall.interfaces.shared.word_tables import get_word

READS_METERS = (Role.METERING, Role.MANAGER, Role.AUDITOR)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*READS_METERS)
def finding_list(request: Any) -> HttpResponse:
    """List failures: by rule, month, feeder, meter; settle many."""
    page = make_finding_list(request)
    asked = read_sheet(request, page).filters
    rule = asked["rule"]
    may_accept = bool(rule) and rule != "MISSING" and not asked["status"] and _may_settle(request)
    more = {"kept": keep_choice(asked), "rule": get_word(words.FINDING_RULES, rule) if may_accept else ""}
    return show_list(request, page, template="console/metering/finding_list.html", **more)


def _may_settle(request: Any) -> bool:
    return identity.has_role(request.user, Role.METERING)


def _find(mrid: UUID) -> Any:
    finding = queries.get_finding(key=str(mrid))
    if finding is None:
        raise Http404
    return finding


@require_safe
@staff_page(*READS_METERS)
def finding_detail(request: Any, mrid: UUID) -> HttpResponse:
    """Show one failure with its curve and what could stand in its place."""
    finding = _find(mrid)
    before, after = queries.find_neighbors(finding=finding, choice=read_choice(request.GET))
    kept = keep_choice(request.GET)
    context = {
        "sheet": FindingSheet(finding),
        "rule": get_word(words.FINDING_RULES, finding.rule),
        "before": before,
        "after": after,
        "kept": kept,
        "may_settle": _may_settle(request),
    }
    return render(request, "console/metering/finding_detail.html", context)


@require_POST
@staff_page(Role.METERING)
def finding_settle(request: Any, mrid: UUID) -> HttpResponse:
    """Accept a failure, put an estimate or a value in its place; then show the next one."""
    finding = _find(mrid)
    kept = keep_choice(request.GET)
    _before, after = queries.find_neighbors(finding=finding, choice=read_choice(request.GET))
    try:
        _settle(request, finding)
    except BusinessError as refusal:
        refuse(request, refusal)
        return redirect(reverse("console:finding-detail", args=[mrid]) + kept)
    if after is None:
        return redirect(reverse("console:finding-list") + kept)
    return redirect(reverse("console:finding-detail", args=[after]) + kept)


def _settle(request: Any, finding: Any) -> None:
    made: dict[str, Any] = {"finding": finding, "at": request.at, "actor": str(request.user.mrid)}
    way = request.POST.get("way", "")
    if way == "accept":
        if finding.rule == "MISSING":
            raise actions.UnableToMendReads("Nothing was measured.", code="nothing-measured")
        if finding.status != "OPEN":
            raise actions.UnableToMendReads("It is settled already.", code="already-settled")
        done = accept(request, [finding.pk])
        tell(request, done.text, undo=done.undo)
    elif way == "value":
        actions.correct_finding(energy_wh=_read_wh(request.POST.get("kwh", "")), **made)
        tell(request, _("已按填写的电量修正。原来的读数仍可在电表页查到。"))
    else:
        actions.estimate_finding_by(method=way, **made)
        tell(request, _("已用估算值修正。原来的读数仍可在电表页查到。"))


def _read_wh(text: str) -> int:
    try:
        energy_wh = Decimal(text.strip().replace(",", "")) * 1000
    except InvalidOperation:
        energy_wh = Decimal("NaN")
    if not energy_wh.is_finite() or energy_wh != energy_wh.to_integral_value():
        raise actions.UnableToMendReads("Give kWh with at most three decimals.", code="value-impossible")
    return int(energy_wh)


@require_POST
@staff_page(Role.METERING)
def finding_accept_rule(request: Any) -> HttpResponse:
    """Accept all that wait of one rule, as narrowed by the list."""
    choice = read_choice(request.GET)
    back = redirect(reverse("console:finding-list") + keep_choice(request.GET))
    if not choice.rule or choice.status:
        return back
    ids = list(queries.choose_findings(choice).values_list("pk", flat=True)[: actions.MOST_AT_ONCE])
    try:
        done = accept(request, ids)
    except BusinessError as refusal:
        refuse(request, refusal)
    else:
        tell(request, done.text, undo=done.undo)
    return back
