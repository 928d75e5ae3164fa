"""The list of validation failures: what it is narrowed by, and what is done to many of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.metering import actions, queries
from gridhall.apps.workforce import actions as workforce_actions
from gridhall.core.periods import Month
from gridhall.interfaces.console import words, words_metering
from gridhall.interfaces.console.lists import (
    EXPORTED_ROWS,
    Asked,
    BulkAction,
    Column,
    Done,
    Filter,
    ListPage,
    Rows,
    say_minute,
)
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import get_word

ACCEPTED = "FINDINGS_ACCEPTED"
FILTERS = ("rule", "status", "month", "feeder", "meter")
SHOWN_MONTHS = 18


def read_choice(values: Mapping[str, str]) -> queries.FindingChoice:
    """Read what is looked at from an address; what makes no sense does not narrow."""
    try:
        month = Month.parse(values.get("month", ""))
    except ValueError:
        month = None
    status = values.get("status", "")
    rule = values.get("rule", "")
    return queries.FindingChoice(
        rule=rule if rule in words.FINDING_RULES else "",
        status=status if status in (*words_metering.FINDING_STATUSES, "ALL") else "",
        month=month, feeder=values.get("feeder", "")[:40], meter=values.get("meter", "")[:40].strip(),
    )  # fmt: skip


def keep_choice(values: Mapping[str, str]) -> str:
    """Give what is looked at as part of an address, `?rule=SPIKE`, or nothing."""
    kept = {name: values[name] for name in FILTERS if values.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


def _fetch(asked: Asked) -> Rows:
    rows, total = queries.list_finding_page(
        choice=read_choice(asked.filters), descending=asked.descending, offset=asked.offset, limit=asked.limit,
        counted=EXPORTED_ROWS + 1,
    )  # fmt: skip
    return Rows(rows, total)


def accept(request: Any, ids: list[int]) -> Done:
    """Accept failures, and remember it, so that it can be taken back."""
    with transaction.atomic():
        made: dict[str, Any] = {"at": request.at, "actor": str(request.user.mrid)}
        done = actions.accept_findings(finding_ids=ids, **made)
        if not done:
            return Done(gettext("没有一条可以认可：已处理过，或缺读数。"))
        payload = {"ids": done, "at": request.at.isoformat()}
        undo = workforce_actions.remember_step(kind=ACCEPTED, payload=payload, by=request.user, at=request.at)
    return Done(gettext("已认可 %(count)s 条。") % {"count": len(done)}, undo)


def take_back(step: Any) -> None:
    """Put accepted failures back on the desk."""
    actions.reopen_findings(
        finding_ids=step.payload["ids"], accepted_at=datetime.fromisoformat(step.payload["at"]), at=step.at,
        actor=step.actor,
    )  # fmt: skip


def _accept_rows(request: HttpRequest, keys: list[str], text: str) -> Done:
    return accept(request, [int(key) for key in keys if key.isascii() and key.isdigit()])


def _estimate_rows(request: Any, keys: list[str], text: str) -> Done:
    found = [queries.get_finding(key=key) for key in keys[:50] if key.isascii() and key.isdigit()]
    summary = actions.estimate_findings(
        findings=[one for one in found if one is not None], at=request.at, actor=str(request.user.mrid)
    )
    if not summary.refused:
        return Done(gettext("已用估算值修正 %(count)s 条。") % {"count": summary.mended})
    counts = {"count": summary.mended, "left": len(summary.refused)}
    return Done(gettext("已用估算值修正 %(count)s 条，另有 %(left)s 条不能估算，请逐条处理。") % counts)


def show_energy(value: Decimal) -> str:
    """Give an energy of a meter to the watt hour."""
    return f"{value:,.3f}"


_COLUMNS = (
    Column(
        "start", _("开始时间"), lambda row: row.start_at, say_minute, sorts=True,
        address=lambda row: reverse("console:finding-detail", args=[row.mrid]),
    ),
    Column("rule", _("规则"), lambda row: row.rule, lambda rule: str(get_word(words.FINDING_RULES, rule))),
    Column(
        "meter", _("电表"), lambda row: row.meter_serial,
        address=lambda row: reverse("console:meter-detail", args=[row.meter_serial]),
    ),
    Column("slots", _("刻数"), lambda row: row.slots, lambda value: f"{value:,}", is_number=True),
    Column("measured", _("实测 kWh"), lambda row: row.measured_kwh, show_energy, is_number=True),
    Column("expected", _("平常 kWh"), lambda row: row.expected_kwh, show_energy, is_number=True),
    Column(
        "status", _("状态"), lambda row: row.status,
        lambda status: str(get_word(words_metering.FINDING_STATUSES, status)),
        tone=lambda row: words_metering.FINDING_TONES.get(row.status, "plain"),
    ),
    Column("end", _("结束"), lambda row: row.end_at, say_minute, is_shown=False),
    Column("found", _("发现"), lambda row: row.found_at, say_minute, is_shown=False),
)  # fmt: skip


def make_finding_list(request: Any) -> ListPage:
    """Give the list with the months and feeders of today."""
    months, month = [], Month.of(timezone.localdate(request.at))
    for _unused in range(SHOWN_MONTHS):
        months.append((str(month), formats.month(month)))
        month = month.previous()
    return ListPage(
        url="console:finding-list",
        name=_("读数异常"),
        key=lambda row: str(row.id),
        fetch=_fetch,
        sort="start",
        columns=_COLUMNS,
        filters=(
            Filter("rule", _("规则"), tuple(words.FINDING_RULES.items())),
            Filter("month", _("月份"), tuple(months)),
            Filter("feeder", _("线路"), tuple(queries.list_feeders())),
            Filter("meter", _("表号"), is_text=True),
            Filter(
                "status", _("状态"),
                (*list(words_metering.FINDING_STATUSES.items())[1:], ("ALL", _("全部"))),
                none=words_metering.FINDING_STATUSES["OPEN"],
            ),
        ),
        bulk_actions=(
            BulkAction("accept", _("按实测认可"), _accept_rows, roles=(Role.METERING,), keys="a"),
            BulkAction("estimate", _("用估算值"), _estimate_rows, icon="pencil", roles=(Role.METERING,), keys="m"),
        ),
        empty=_("没有要处理的读数异常"),
    )  # fmt: skip
