"""Balances of the network: feeders of a month, one feeder with its transformers, one transformer with its meters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gridhall.apps.metering import queries
from gridhall.core.periods import Month
from gridhall.interfaces.console.balance_lists import (
    FEEDERS,
    TRANSFORMERS,
    Level,
    find_feeder,
    find_transformer,
    make_balance_list,
    make_transformer_list,
)
from gridhall.interfaces.console.balance_sheets import MonthSwitch, NetworkSheet, PlaceSheet
from gridhall.interfaces.console.lists import read_sheet, show_list
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.views.findings import READS_METERS


@require_safe
@staff_page(*READS_METERS)
def balance_list(request: Any) -> HttpResponse:
    """List the feeders of a month by what they lose."""
    return _list(request, FEEDERS, "console/metering/balance_list.html")


@require_safe
@staff_page(*READS_METERS)
def balance_transformer_list(request: Any) -> HttpResponse:
    """List the transformers of a month by what is lost behind them."""
    return _list(request, TRANSFORMERS, "console/metering/balance_transformer_list.html")


def _list(request: Any, level: Level, template: str) -> HttpResponse:
    spans = queries.list_balanced_months()
    months, today = [span.month for span in spans], timezone.localdate(request.at)
    usual = queries.choose_month(months, today=today)
    shown = queries.choose_month(months, today=today, asked=request.GET.get("month", ""))
    page = make_balance_list(level, months, usual, shown)
    asked = read_sheet(request, page)

    def find(month: Any) -> str:
        return reverse(level.url) + asked.address(month=month if month != usual else None)

    switch = MonthSwitch(spans, shown, today, find)
    tabs = [
        (one.name, reverse(one.url) + (f"?{urlencode({'month': str(shown)})}" if shown != usual else ""), one is level)
        for one in (FEEDERS, TRANSFORMERS)
    ]
    more = {"switch": switch, "level": level, "tabs": tabs}
    network = NetworkSheet(level, switch, find, asked) if shown else None
    return show_list(request, page, template=template, network=network, **more)


@require_safe
@staff_page(*READS_METERS)
def balance_feeder(request: Any, code: str) -> HttpResponse:
    """Show a feeder: its days, its transformers, the customers on the line itself, its check meters."""
    course = queries.get_feeder_course(code=code)
    if course is None:
        raise Http404
    context = _look(request, course, lambda month: find_feeder(code, month))
    if context["place"] is None:
        return render(request, "console/metering/balance_feeder.html", context)
    page = make_transformer_list(course.place, context["place"].month)
    return show_list(request, page, template="console/metering/balance_feeder.html", **context)


@require_safe
@staff_page(*READS_METERS)
def balance_transformer(request: Any, code: str) -> HttpResponse:
    """Show a transformer: its days, the meters behind it, its check meters."""
    course = queries.get_transformer_course(code=code)
    if course is None:
        raise Http404
    context = _look(request, course, lambda month: find_transformer(code, month), page=_read_page(request))
    feeder, switch = course.place.feeder, context["switch"]  # type: ignore[union-attr]
    context |= {"feeder": feeder, "feeder_address": find_feeder(feeder.code, switch.shown or "")}
    return render(request, "console/metering/balance_transformer.html", context)


def _look(
    request: Any, course: queries.PlaceCourse, find: Callable[[Month], str], *, page: int = 1
) -> dict[str, Any]:  # fmt: skip
    spans, today = course.spans, timezone.localdate(request.at)
    shown = queries.choose_month([span.month for span in spans], today=today, asked=request.GET.get("month", ""))
    kept = course.find(shown) if shown else None
    return {
        "name": course.place.name,
        "code": course.place.code,
        "switch": MonthSwitch(spans, shown, today, find),
        "place": PlaceSheet(course, kept, find, page=page) if kept else None,
    }


def _read_page(request: Any) -> int:
    number = request.GET.get("page", "1")
    return min(max(int(number), 1), 1_000) if number.isascii() and number.isdigit() and len(number) < 6 else 1
