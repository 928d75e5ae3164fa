"""What happened, in words: the timeline of an account. A kind without words shows its own name rather than nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridhall.apps.workforce.queries import TimelineEntry
from gridhall.interfaces.console import words
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import get_word

Payload = Mapping[str, Any]

TITLES = {
    "AccountOpened": _("开立户号"),
    "AccountClosed": _("销户"),
    "AgreementStarted": _("开始用电"),
    "AgreementEnded": _("停止用电"),
    "AccountTransferred": _("过户"),
    "TermsChanged": _("变更计费条件"),
    "UsagePointConnected": _("接入计量点"),
    "NetworkPathAssigned": _("调整供电线路"),
    "AccountGrouped": _("调整集团户"),
    "AliasRegistered": _("登记旧户号"),
    "AccountBound": _("客户绑定户号"),
    "AccessGranted": _("授权他人查看"),
    "AccessRevoked": _("取消查看权限"),
    "ConsentGiven": _("同意"),
    "ConsentWithdrawn": _("撤回同意"),
    "PartyRegistered": _("登记用电人"),
    "RealNameLevelRaised": _("提高实名级别"),
    "PersonalDataUnmasked": _("查看完整信息"),
    "MeterInstalled": _("装表"),
    "MeterExchanged": _("换表"),
    "MeterRemoved": _("拆表"),
    "RatioChanged": _("变更倍率"),
    "ReadsCorrected": _("更正读数"),
    "RegisterReadingRecorded": _("录入表码"),
    "BillIssued": _("发行账单"),
    "BillCanceled": _("作废账单"),
    "BillHeld": _("挂起账单"),
    "BillReleased": _("放行账单"),
    "NoteWritten": _("写备注"),
    "NoteEdited": _("改备注"),
    "NoteDeleted": _("删备注"),
    "NoteRestored": _("恢复备注"),
}
GROUPS = {
    "Bill": ("receipt-yen", "brand"),
    "Meter": ("gauge", "info"),
    "Ratio": ("gauge", "info"),
    "Reads": ("gauge", "info"),
    "Register": ("gauge", "info"),
    "Note": ("note", "plain"),
    "Personal": ("eye", "warning"),
}


def _bill(payload: Payload) -> str:
    return f"{formats.yuan(_decimal(payload.get('amount')))} · {payload.get('bill_number', '')}"


def _decimal(value: Any) -> Any:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _exchange(payload: Payload) -> str:
    return f"{payload.get('old_meter_serial', '')} → {payload.get('new_meter_serial', '')}"


def _unmasking(payload: Payload) -> str:
    field = get_word(words.UNMASK_FIELDS, payload.get("field", ""))
    kind = get_word(words.UNMASK_REASONS, payload.get("reason_kind", "")) or gettext("未说明")
    return f"{field} · {kind} · {payload.get('reason', '')}"


DETAILS: dict[str, Callable[[Payload], str]] = {
    "BillIssued": _bill,
    "BillCanceled": _bill,
    "MeterExchanged": _exchange,
    "PersonalDataUnmasked": _unmasking,
    "MeterInstalled": lambda payload: str(payload.get("meter_serial", "")),
    "MeterRemoved": lambda payload: str(payload.get("meter_serial", "")),
    "RatioChanged": lambda payload: f"{payload.get('meter_serial', '')} ×{payload.get('multiplier', '')}",
    "RegisterReadingRecorded": lambda payload: str(payload.get("meter_serial", "")),
    "ReadsCorrected": lambda payload: f"{payload.get('meter_serial', '')} {payload.get('first_day', '')}",
    "ConsentGiven": lambda payload: str(get_word(words.CONSENTS, payload.get("kind", ""))),
    "ConsentWithdrawn": lambda payload: str(get_word(words.CONSENTS, payload.get("kind", ""))),
    "RealNameLevelRaised": lambda payload: str(get_word(words.REAL_NAMES, payload.get("new_level", ""))),
    "AccountBound": lambda payload: str(get_word(words.ACCESS_ROLES, payload.get("role", ""))),
    "AccessGranted": lambda payload: str(get_word(words.ACCESS_ROLES, payload.get("role", ""))),
    "TermsChanged": lambda payload: str(payload.get("starts_on", "")),
    "AgreementStarted": lambda payload: str(payload.get("starts_on", "")),
    "AgreementEnded": lambda payload: str(payload.get("ends_on", "")),
    "AccountTransferred": lambda payload: str(payload.get("on_day", "")),
    "AliasRegistered": lambda payload: str(payload.get("source", "")),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One event as the timeline shows it."""

    id: int
    title: str
    detail: str
    at: datetime
    who: str
    icon: str
    tone: str


def tell_event(entry: TimelineEntry) -> Told:
    """Say what happened."""
    icon, tone = next((look for begin, look in GROUPS.items() if entry.kind.startswith(begin)), ("history", "plain"))
    detail = DETAILS.get(entry.kind, lambda payload: "")(entry.payload)
    return Told(entry.id, str(TITLES.get(entry.kind, entry.kind)), detail, entry.happened_at, entry.who, icon, tone)
