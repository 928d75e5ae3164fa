"""Global search: a page of its own, and what the command palette shows while somebody types."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gridhall.apps.accounts import queries as accounts
from gridhall.interfaces.console import words
from gridhall.interfaces.console.navigation import list_places
from gridhall.interfaces.console.staff_pages import staff_page

IN_PALETTE, ON_PAGE = 8, 50


@require_safe
@staff_page()
def search(request: HttpRequest) -> HttpResponse:
    """Find pages by their name and customers by whatever they say; one account of that number is opened at once."""
    text = request.GET.get("q", "").strip()
    may_search = accounts.reads_customers(request.user)  # type: ignore[arg-type]
    limit = IN_PALETTE if request.htmx else ON_PAGE  # type: ignore[attr-defined]
    found = (
        accounts.search_accounts(text=text, viewer=request.user, at=request.at, limit=limit)  # type: ignore
        if may_search and text
        else []
    )
    context = {
        "text": text,
        "found": found,
        "may_search": may_search,
        "places": _find_places(request, text),
        "words": words.FOUND_BY,
        "is_short": len(text) == 1,
        "is_cut": len(found) == limit,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "console/search/_results.html", context)
    if len(found) == 1 and found[0].number == text.replace(" ", ""):
        return redirect(reverse("console:account-detail", args=[found[0].number]))
    return render(request, "console/search/search.html", context)


def _find_places(request: HttpRequest, text: str) -> list[object]:
    wanted = text.lower()
    if not wanted:
        return []
    return [place for place in list_places(request.user) if wanted in place.name.lower() or wanted in place.words]
