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
from gridhall.interfaces.console.lists import PAGE_ROWS, read_sheet, show_list
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.views.findings import READS_METERS


@require_safe
@staff_page(*READS_METERS)
def balance_list(request: Any) -> HttpResponse:
    """List the feeders of a month by what they lose."""
    return _list(request, FEEDERS)


@require_safe
@staff_page(*READS_METERS)
def balance_transformer_list(request: Any) -> HttpResponse:
    """List the transformers of a month by what is lost behind them."""
    return _list(request, TRANSFORMERS)


def _list(request: Any, level: Level) -> HttpResponse:
    months = queries.list_balanced_months()
    today = timezone.localdate(request.at)
    usual = queries.choose_month(months, today=today)
    shown = queries.choose_month(months, today=today, asked=request.GET.get("month", ""))
    page = make_balance_list(level, months, usual, shown)
    asked = read_sheet(request, page)

    def find(month: Any) -> str:
        return reverse(level.url) + asked.address(month=month if month != usual else None)

    switch = MonthSwitch(months, shown, today, find)
    tabs = [
        (one.name, reverse(one.url) + (f"?{urlencode({'month': str(shown)})}" if shown != usual else ""), one is level)
        for one in (FEEDERS, TRANSFORMERS)
    ]
    more = {"switch": switch, "level": level, "tabs": tabs}
    network = NetworkSheet(level, switch, find, asked) if shown else None
    return show_list(request, page, template="console/metering/balance_list.html", network=network, **more)


@require_safe
@staff_page(*READS_METERS)
def balance_feeder(request: Any, code: str) -> HttpResponse:
    """Show a feeder: its days, its transformers, the customers on the line itself, its check meters."""
    feeder = queries.find_feeder(code=code)
    if feeder is None:
        raise Http404
    switch = _choose_month(request, lambda month: find_feeder(code, month))
    if switch.shown is None:
        return render(request, "console/metering/balance_place.html", {"name": feeder.name, "switch": switch})
    place = PlaceSheet(feeder, switch, lambda month: find_feeder(code, month), is_feeder=True)
    direct = queries.list_meters_of_feeder(
        feeder=feeder, month=place.month, end_day=place.end_day, limit=PAGE_ROWS
    )  # fmt: skip
    context = {"name": feeder.name, "switch": switch, "place": place, "meters": direct}
    page = make_transformer_list(feeder, place.month)
    return show_list(request, page, template="console/metering/balance_place.html", **context)


@require_safe
@staff_page(*READS_METERS)
def balance_transformer(request: Any, code: str) -> HttpResponse:
    """Show a transformer: its days, the meters behind it, its check meters."""
    transformer = queries.find_transformer(code=code)
    if transformer is None:
        raise Http404
    switch = _choose_month(request, lambda month: find_transformer(code, month))
    context: dict[str, Any] = {"name": transformer.name, "switch": switch, "feeder": transformer.feeder}
    if switch.shown is not None:
        place = PlaceSheet(transformer, switch, lambda month: find_transformer(code, month), is_feeder=False)
        number = _read_page(request)
        meters = queries.list_meters_of_transformer(
            transformer=transformer, month=place.month, end_day=place.end_day, offset=(number - 1) * PAGE_ROWS,
            limit=PAGE_ROWS,
        )  # fmt: skip
        here = find_transformer(code, place.month)
        context |= {
            "place": place, "meters": meters, "feeder_address": find_feeder(transformer.feeder.code, place.month),
            "first_row": (number - 1) * PAGE_ROWS + 1, "last_row": (number - 1) * PAGE_ROWS + len(meters.rows),
            "page_before": f"{here}&{urlencode({'page': number - 1})}" if number > 1 else "",
            "page_after": f"{here}&{urlencode({'page': number + 1})}" if number * PAGE_ROWS < meters.total else "",
        }  # fmt: skip
    return render(request, "console/metering/balance_place.html", context)


def _choose_month(request: Any, find: Callable[[Month], str]) -> MonthSwitch:
    months = queries.list_balanced_months()
    today = timezone.localdate(request.at)
    shown = queries.choose_month(months, today=today, asked=request.GET.get("month", ""))
    return MonthSwitch(months, shown, today, find)


def _read_page(request: Any) -> int:
    number = request.GET.get("page", "1")
    return min(max(int(number), 1), 1_000) if number.isascii() and number.isdigit() and len(number) < 6 else 1
