"""Help articles, and feedback about pages. Open to all: who cannot sign in needs both most."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from gridhall.apps.identity import queries as identity
from gridhall.apps.notifications import actions
from gridhall.interfaces.portal.message_forms import FeedbackForm
from gridhall.interfaces.portal.words_messages import HELP_AREAS
from gridhall.interfaces.shared.help_articles import find_article, list_articles


@require_safe
def help_list(request: HttpRequest) -> HttpResponse:
    """Show all articles under their headings."""
    articles = list_articles()
    areas = [(word, [one for one in articles if one.area == area]) for area, word in HELP_AREAS.items()]
    return render(request, "portal/help/help_list.html", {"tab": "help", "areas": [pair for pair in areas if pair[1]]})


@require_safe
def help_article(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one article, and where to go from it."""
    article = find_article(slug)
    if article is None:
        raise Http404
    related = [found for found in map(find_article, article.related) if found is not None]
    context = {"tab": "help", "article": article, "related": related}
    return render(request, "portal/help/help_article.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest) -> HttpResponse:
    """Take a word about the page that somebody came from (`?page=`)."""
    if request.method != "POST":
        form = FeedbackForm(initial={"page": request.GET.get("page", "")[:300]})
        return render(request, "portal/feedback/feedback.html", {"tab": "help", "form": form})
    form, status = FeedbackForm(request.POST), 200
    if form.is_valid():
        user = request.user if request.user.is_authenticated else None
        try:
            kept = actions.give_feedback(
                user=user,
                source=identity.get_address(request) or "",
                **form.cleaned_data,
                language=get_language() or "",
                at=timezone.now(),
                actor=str(user.mrid) if user else "visitor",
            )
        except actions.UnableToGiveFeedback as refusal:
            status = form.refuse(refusal.code)
        else:
            return redirect("portal:feedback-thanks", kept.number)
    return render(request, "portal/feedback/feedback.html", {"tab": "help", "form": form}, status=status)


@require_safe
def feedback_thanks(request: HttpRequest, number: str) -> HttpResponse:
    """Thank, with the number to quote."""
    if not re.fullmatch(r"Y[0-9]{6}[2-9A-Z]{5}", number):
        raise Http404
    return render(request, "portal/feedback/feedback_thanks.html", {"tab": "help", "number": number})
