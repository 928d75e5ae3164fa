"""The style guide: every part of a page in every state, for those who build."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from gridhall.interfaces.shared import styleguide as guide
from gridhall.interfaces.shared.preferences import read_wanted_preferences

View = Callable[[HttpRequest], HttpResponse]


def only_for_builders(view: View) -> View:
    """Let nobody find the page on a server that does not show it."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.GRIDHALL_STYLEGUIDE:
            raise Http404
        return view(request)

    return guarded


@only_for_builders
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component and field; `?language=en&appearance=DARK&reading_mode=LARGE` changes how it is read."""
    request.preferences = read_wanted_preferences(request)
    with translation.override(request.preferences.language):
        context = {
            "tab": "",
            "sections": guide.list_sections(),
            "charts": guide.list_charts(is_large=request.preferences.is_large),
            "forms": guide.list_forms(),
            "colors": guide.list_colors(),
            "types": guide.TYPE_SCALE,
            "spaces": guide.SPACES,
            "icons": guide.list_icons(),
            "ways": guide.list_ways(request.preferences),
        }
        return render(request, "shared/styleguide/styleguide.html", context)
