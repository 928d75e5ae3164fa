"""Tariffs: the list, one of them in words and as text, two versions side by side."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.interfaces.console.effect_sheets import find_effect
from gridhall.interfaces.console.lists import show_list
from gridhall.interfaces.console.navigation import READS_TARIFFS
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.tariff_lists import TARIFFS
from gridhall.interfaces.console.tariff_sheets import ComparisonSheet, open_tariff

TABS = ("words", "text", "history")


@require_safe
@staff_page(*READS_TARIFFS)
def tariff_list(request: Any) -> HttpResponse:
    """List every version of every loaded tariff."""
    may_upload = identity.has_role(request.user, Role.TARIFF)
    return show_list(request, TARIFFS, template="console/tariffs/tariff_list.html", may_upload=may_upload)


@require_safe
@staff_page(*READS_TARIFFS)
def tariff_detail(request: Any, document_id: int) -> HttpResponse:
    """Show a loaded tariff: in words (`?from=2026-01-01` chooses the version), as text, with its history."""
    page = open_tariff(document_id, viewer=request.user, at=request.at, first_day=request.GET.get("from", ""))
    tab = request.GET.get("tab", "")
    context = {
        "page": page,
        "tab": tab if tab in TABS else TABS[0],
        "effect": find_effect(document_id, page.version.first_day, None, viewer=request.user),
    }
    return render(request, "console/tariffs/tariff_detail.html", context)


@require_safe
@staff_page(*READS_TARIFFS)
def tariff_file(request: Any, document_id: int) -> HttpResponse:
    """Give the text of a loaded tariff, word for word."""
    page = open_tariff(document_id, viewer=request.user, at=request.at)
    name = page.document.file_name or f"{page.document.code}.yaml"
    answer = HttpResponse(page.document.text, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    return answer


@require_safe
@staff_page(*READS_TARIFFS)
def tariff_compare(request: Any, document_id: int) -> HttpResponse:
    """Set two versions side by side; without a choice the new one beside what is in force."""
    page = open_tariff(document_id, viewer=request.user, at=request.at)
    sheet = ComparisonSheet(page, request.GET.get("left", ""), request.GET.get("right", ""))
    return render(request, "console/tariffs/tariff_compare.html", {"page": page, "sheet": sheet})
