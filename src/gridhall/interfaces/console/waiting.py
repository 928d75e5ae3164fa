"""What waits for a member of staff, by the roles he holds: counted now, with the page where it is dealt with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing import queries as billing
from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.metering import queries as metering
from gridhall.apps.notifications import queries as notifications

BILLING_DESK = (Role.BILLING, Role.BILLING_APPROVER, Role.MANAGER)
METERING_DESK = (Role.METERING, Role.MANAGER)
ANSWERS_FEEDBACK = (Role.CLERK, Role.MANAGER)
TARIFF_DESK = (Role.TARIFF, Role.TARIFF_APPROVER, Role.MANAGER)
LOOKED_BACK = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    One kind of thing that waits.

    :param tone: how it looks: brand, warning, error or plain when nothing waits.
    :param address: where it is dealt with; empty when the viewer cannot open it.
    """

    name: str
    count: int
    unit: str
    note: str
    tone: str
    address: str = ""


def list_waiting(*, viewer: Any, at: datetime, drafts: int, by_rule: dict[str, int] | None) -> list[Waiting]:
    """
    List what waits for the viewer; what he has no role for is not even counted.

    :param drafts: tariffs that wait. :param by_rule: open failures of reads by rule.
    """
    found: list[Waiting] = []
    if identity.has_role(viewer, *BILLING_DESK):
        found += _list_bill_runs(viewer)
    if by_rule is not None:
        found.append(_tell_findings(by_rule))
    if identity.has_role(viewer, *TARIFF_DESK):
        found.append(_tell_drafts(drafts))
    if identity.has_role(viewer, *ANSWERS_FEEDBACK):
        found.append(_tell_feedback(notifications.count_open_feedback(viewer=viewer)))
    if administers_only(viewer):
        found += _list_staff(viewer, at)
    return found


def administers_only(viewer: Any) -> bool:
    """Tell whether somebody is here for the users alone: who may do everything has his work at the other desks."""
    return identity.has_role(viewer, Role.ADMINISTRATOR) and not accounts.reads_customers(viewer)


def _list_staff(viewer: Any, at: datetime) -> list[Waiting]:
    address = _find_address("console:staff-list")
    unsafe = identity.list_members(viewer=viewer, at=at, factor="none", state="active", limit=1)[1]
    idle = identity.list_members(viewer=viewer, at=at, role="NONE", state="active", limit=1)[1]
    asked = {"unit": _("名员工"), "none": _("没有"), "url": "console:staff-list"}
    return [
        replace(
            _make(_("没有第二重验证"), unsafe, note=_("下次登录时要先设置"), tone="warning", **asked),
            address=f"{address}?factor=none&state=active",
        ),
        replace(
            _make(_("没有岗位"), idle, note=_("能登录，什么也看不到"), tone="warning", **asked),
            address=f"{address}?role=NONE&state=active",
        ),
    ]


def _make(name: str, count: int, unit: str, *, note: str, none: str, tone: str, url: str) -> Waiting:
    return Waiting(name, count, unit, note if count else none, tone if count else "plain", _find_address(url))


def _find_address(url: str) -> str:
    try:
        return reverse(url)
    except NoReverseMatch:
        return ""


def _list_bill_runs(viewer: Any) -> list[Waiting]:
    runs = billing.list_waiting_runs(viewer=viewer)
    by_status = Counter(run.status for run in runs)
    held = sum(run.held for run in runs)
    asked = {"unit": _("批"), "none": _("没有"), "url": "console:bill-run-list"}
    return [
        _make(_("待复核出账"), by_status["DRAFTED"], note=_("已算好，等复核人"), tone="warning", **asked),
        _make(_("待发行出账"), by_status["APPROVED"], note=_("已复核，等发行"), tone="brand", **asked),
        _make(_("正在计算"), by_status["OPEN"], note=_("还没算完"), tone="brand", **asked),
        _make(
            _("挂起的账单"), held, _("张"), note=_("要人看过才能发行"), none=_("没有"), tone="error",
            url="console:bill-run-list",
        ),
    ]  # fmt: skip


def count_findings(at: datetime) -> dict[str, int]:
    """Count the failures of reads that nobody dealt with yet, by rule."""
    today = timezone.localdate(at)
    return metering.count_findings(first_day=today - LOOKED_BACK, end_day=today + timedelta(days=1))


def _tell_findings(by_rule: dict[str, int]) -> Waiting:
    return _make(
        _("待处理读数异常"), sum(by_rule.values()), _("条"), note=_("近 400 天，未处理"), none=_("都处理完了"),
        tone="warning", url="console:finding-list",
    )  # fmt: skip


def _tell_drafts(drafts: int) -> Waiting:
    return _make(
        _("待批准电价"), drafts, _("份"), note=_("装入未批准，不计费"), none=_("没有"), tone="warning",
        url="console:tariff-list",
    )  # fmt: skip


def _tell_feedback(count: int) -> Waiting:
    return _make(
        _("待答复反馈"), count, _("条"), note=_("客户在页面上说的话"), none=_("都答复了"), tone="warning",
        url="console:feedback-list",
    )  # fmt: skip
