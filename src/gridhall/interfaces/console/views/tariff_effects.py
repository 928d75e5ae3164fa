"""What a version of a tariff does to the real bills of a month."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from gridhall.apps.billing import actions as billing_actions
from gridhall.apps.billing import queries as billing
from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.tariffs import queries as tariffs
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.effect_sheets import find_effect
from gridhall.interfaces.console.navigation import READS_TARIFFS
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.tariff_sheets import TariffPage, open_tariff, read_day
from gridhall.interfaces.console.words_tariffs import word_refusal

TRIES = (Role.TARIFF, Role.TARIFF_APPROVER)


@require_safe
@staff_page(*READS_TARIFFS)
def tariff_effect(request: Any, document_id: int) -> HttpResponse:
    """Show what a version (`?from=`) would have done to the bills of a month (`?month=`), and how far that is."""
    page = _open(request, document_id, request.GET.get("from", ""))
    month = read_day(request.GET.get("month", ""))
    effect = find_effect(document_id, page.version.first_day, month, viewer=request.user)
    months = billing.list_trial_months()
    chosen = month if month in months else effect.trial.month if effect else months[0] if months else None
    names = identity.name_staff([effect.trial.asked_by]) if effect else {}
    context = {
        "page": page,
        "effect": effect,
        "months": [(one, one == chosen) for one in months],
        "asked_by": names.get(effect.trial.asked_by, "") if effect else "",
        "may_try": identity.has_role(request.user, *TRIES),
        "address": _address(document_id, page.version.first_day, effect.trial.month if effect else chosen),
    }
    return render(request, "console/tariffs/tariff_effect.html", context)


@require_POST
@staff_page(*TRIES)
def tariff_try(request: Any, document_id: int) -> HttpResponse:
    """Have it computed; asked for twice it is computed once."""
    page = _open(request, document_id, request.POST.get("from", ""))
    version_from = read_day(request.POST.get("from", "")) or page.version.first_day
    month = read_day(request.POST.get("month", ""))
    if month is None:
        month = next(iter(billing.list_trial_months()), request.at.date().replace(day=1))
    try:
        billing_actions.ask_trial(
            document_id=document_id, version_from=version_from, month=month, at=request.at, actor=str(request.user.mrid)
        )
    except BusinessError as refusal:
        messages.error(request, word_refusal(refusal))
    return redirect(_address(document_id, version_from, month))


def _open(request: Any, document_id: int, first_day: str) -> TariffPage:
    """Open a tariff at the version that is asked for; without one at the one that is new beside what is in force."""
    page = open_tariff(document_id, viewer=request.user, at=request.at, first_day=first_day)
    if page.first_day is None:
        in_force = tariffs.map_documents_in_force().get(page.document.code)
        if in_force is not None and in_force[0] != document_id:
            page.first_day = tariffs.find_new_version(tariffs.get_loaded(in_force[0]), page.loaded).first_day
    return page


def _address(document_id: int, version_from: date, month: date | None) -> str:
    query = {"from": version_from.isoformat()} | ({"month": month.isoformat()} if month else {})
    return f"{reverse('console:tariff-effect', args=[document_id])}?{urlencode(query)}"
