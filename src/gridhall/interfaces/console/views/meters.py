"""Meters: exchanged ones, exchanging one, and one meter with all that is known of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.metering import actions, queries
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.forms_metering import ExchangeForm
from gridhall.interfaces.console.lists import show_list
from gridhall.interfaces.console.meter_lists import EXCHANGES
from gridhall.interfaces.console.meter_sheets import MeterDays
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.console.undoing import refuse, tell
from gridhall.interfaces.console.views.findings import READS_METERS


@require_safe
@staff_page(*READS_METERS)
def exchange_list(request: Any) -> HttpResponse:
    """List exchanged meters, the newest first; the whole number of a meter leads to it, a part of one narrows."""
    asked = request.GET.get("meter", "").strip()[:32]
    if asked and "export" not in request.GET and queries.find_meter(serial=asked) is not None:
        return redirect("console:meter-detail", serial=asked)
    may_exchange = identity.has_role(request.user, Role.METERING)
    return show_list(request, EXCHANGES, template="console/metering/exchange_list.html", may_exchange=may_exchange)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.METERING)
def exchange_write(request: Any) -> HttpResponse:
    """Exchange a meter: first it is said in words what would be done, then it is done."""
    today = timezone.localdate(request.at)
    if request.method != "POST":
        first = {"old_serial": request.GET.get("meter", "")[:32], "on": today, "opening": 0}
        return render(request, "console/metering/exchange_write.html", {"form": ExchangeForm(initial=first)})
    form = ExchangeForm(request.POST, today=today)
    check = _check(form) if form.is_valid() else None
    if check is not None and check.is_done:
        tell(request, _("这次换表已经做好了。"))
        return redirect("console:meter-detail", serial=form.cleaned_data["new_serial"])
    if check is None or check.problems:
        return render(request, "console/metering/exchange_write.html", {"form": form}, status=422)
    if request.POST.get("step") != "do":
        context = {"form": form, "check": check, "asked": form.cleaned_data, "kept": _keep(form)}
        return render(request, "console/metering/exchange_write.html", context)
    try:
        _exchange(form.cleaned_data, check, at=request.at, actor=str(request.user.mrid))
    except BusinessError as refusal:
        refuse(request, refusal)
        return render(request, "console/metering/exchange_write.html", {"form": form}, status=422)
    tell(request, _("换表已记下。"))
    return redirect("console:meter-detail", serial=form.cleaned_data["new_serial"])


def _check(form: ExchangeForm) -> queries.ExchangeCheck:
    asked = form.cleaned_data
    check = queries.check_exchange(
        old_serial=asked["old_serial"], new_serial=asked["new_serial"], on=asked["on"],
        closing_wh=int(asked["closing"] * 1000), opening_wh=int(asked["opening"] * 1000),
    )  # fmt: skip
    form.tell_problems(check.problems)
    return check


def _keep(form: ExchangeForm) -> list[tuple[str, Any]]:
    return [(name, form[name].value()) for name in form.fields]


@transaction.atomic
def _exchange(asked: dict[str, Any], check: queries.ExchangeCheck, *, at: Any, actor: str) -> None:
    installation: Any = check.installation
    new = queries.find_meter(serial=asked["new_serial"])
    if new is None:
        new = actions.register_meter(new=actions.NewMeter(serial_number=asked["new_serial"]), at=at, actor=actor)
    actions.exchange_meter(
        usage_point=installation.usage_point, new_meter=new, on=asked["on"], at=at, actor=actor,
        closing_wh=int(asked["closing"] * 1000), opening_wh=int(asked["opening"] * 1000),
        ct_ratio=asked["ct_ratio"], pt_ratio=asked["pt_ratio"],
    )  # fmt: skip


@require_safe
@staff_page(*READS_METERS)
def meter_detail(request: Any, serial: str) -> HttpResponse:
    """Show a meter: where it hung, its registers, a week of reads, and what was known of a day when."""
    meter = queries.find_meter(serial=serial)
    if meter is None:
        raise Http404
    today = timezone.localdate(request.at)
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = today - timedelta(days=1)
    day = min(max(day, date(2000, 1, 1)), today)
    context = {
        "sheet": queries.get_meter_sheet(meter=meter),
        "days": MeterDays(meter, day),
        "may_exchange": identity.has_role(request.user, Role.METERING),
    }
    return render(request, "console/metering/meter_detail.html", context)
