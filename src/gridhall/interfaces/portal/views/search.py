"""Search over everything that is here: services, bills, messages, help."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from gridhall.apps.billing import queries as billing
from gridhall.apps.notifications import queries as notifications
from gridhall.interfaces.portal.bill_words import BillWish, read_bill_wish
from gridhall.interfaces.portal.offers import SERVICES, Service
from gridhall.interfaces.shared.finding import LONGEST, Findable, Finder
from gridhall.interfaces.shared.help_articles import Article, list_articles

MOST_SERVICES, MOST_BILLS, MOST_MESSAGES, MOST_ARTICLES = 4, 5, 3, 4


@cache
def _service_finder() -> Finder:
    return Finder(
        Findable(service.key, (_say(service.label, "zh-hans"), _say(service.label, "en")), service.words)
        for service in SERVICES
    )


@cache
def _help_finder() -> Finder:
    return Finder(
        Findable(
            article.slug, tuple(article.titles.values()), article.words,
            "\n".join([*article.summaries.values(), *article.sources.values()]),
        )
        for article in list_articles()
    )  # fmt: skip


def _say(words: Any, language: str) -> str:
    with override(language):
        return str(words)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what fits `?q=`; without it, what most people look for. To a script the results alone."""
    text = request.GET.get("q", "").replace("\x00", "")[:LONGEST].strip()
    found = _find(request, text)
    context = {"tab": "search", "q": text, **found, "is_empty": bool(text) and not any(found.values())}
    template = "portal/search/_results.html" if request.htmx else "portal/search/search.html"
    response = render(request, template, context)
    response.headers["Vary"] = "HX-Request"
    return response


def _find(request: HttpRequest, text: str) -> dict[str, list[Any]]:
    is_known = request.user.is_authenticated
    here = [service for service in SERVICES if is_known or service.is_open]
    if not text:
        return {"services": [service for service in here if service.is_usual], "articles": list_articles()[:6]}
    by_key: dict[str, Service] = {service.key: service for service in here}
    articles: dict[str, Article] = {article.slug: article for article in list_articles()}
    found: dict[str, list[Any]] = {
        "services": [by_key[key] for key in _service_finder().find(text, limit=20) if key in by_key][:MOST_SERVICES],
        "articles": [articles[slug] for slug in _help_finder().find(text, limit=MOST_ARTICLES)],
    }
    if is_known:
        at = timezone.now()
        wish = read_bill_wish(text, today=timezone.localdate(at))
        if wish != BillWish():
            found["bills"] = billing.find_bills(
                viewer=request.user, at=at, years=wish.years, months=wish.months, amounts=wish.amounts,
                digits=wish.digits, limit=MOST_BILLS,
            )  # fmt: skip
        found["messages"] = notifications.find_messages(
            viewer=request.user, text=text, language=get_language() or "", limit=MOST_MESSAGES
        )
    return found
