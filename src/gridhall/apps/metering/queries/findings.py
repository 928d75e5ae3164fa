"""Validation failures, as the desk sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from gridhall.apps.metering.kinds import FindingStatusKind, ValidationRuleKind
from gridhall.apps.metering.models import ValidationFinding
from gridhall.apps.metering.rules.stretches import RULE_OF
from gridhall.core.periods import local_midnight
from gridhall.core.units import kwh_from_wh
from gridhall.engines.intervals.validation.rules import SEVERITIES


@dataclass(frozen=True)
class FindingView:
    """
    One failure.

    :param start_at, end_at: in local time.
    :param severity: NOTICE, SUSPECT or BLOCKING.
    :param measured_kwh: what the reads say; None where there are none. `expected_kwh`: what is usual, or the register.
    """

    id: int
    mrid: UUID
    meter_serial: str
    rule: str
    severity: str
    status: str
    start_at: datetime
    end_at: datetime
    slots: int
    measured_kwh: Decimal | None
    expected_kwh: Decimal | None
    method: str
    note: str
    found_at: datetime
    resolved_by: str


def list_findings(
    *, rule: str | None = None, status: str | None = FindingStatusKind.OPEN, meter_serial: str | None = None,
    first_day: date | None = None, end_day: date | None = None, limit: int | None = None,
) -> list[FindingView]:  # fmt: skip
    """List failures, oldest stretch first; `status` None means all, days are local and half-open."""
    found = select_findings(
        rule=rule, status=status, meter_serial=meter_serial, first_day=first_day, end_day=end_day
    ).select_related("meter")
    zone = ZoneInfo(settings.TIME_ZONE)
    return [view_finding(one, zone) for one in (found if limit is None else found[:limit])]


def select_findings(
    *, rule: str | None = None, status: str | None = None, meter_serial: str | None = None,
    first_day: date | None = None, end_day: date | None = None,
) -> QuerySet[ValidationFinding]:  # fmt: skip
    """Select failures for actions on many of them."""
    zone = ZoneInfo(settings.TIME_ZONE)
    found = ValidationFinding.objects.order_by("period_start_at", "meter_id", "rule")
    if rule is not None:
        found = found.filter(rule=rule)
    if status is not None:
        found = found.filter(status=status)
    if meter_serial is not None:
        found = found.filter(meter__serial_number=meter_serial)
    if first_day is not None:
        found = found.filter(period_end_at__gt=local_midnight(first_day, zone))
    if end_day is not None:
        found = found.filter(period_start_at__lt=local_midnight(end_day, zone))
    return found


def get_finding(*, key: str) -> ValidationFinding | None:
    """Give a failure by its number on the list or by its mRID."""
    found = ValidationFinding.objects.select_related("meter")
    if key.isdigit():
        return found.filter(pk=int(key)).first()
    try:
        return found.filter(mrid=UUID(key)).first()
    except ValueError:
        return None


def count_findings(*, first_day: date, end_day: date, meter_ids: Sequence[int] | None = None) -> dict[str, int]:
    """Count the open failures of local days by rule."""
    found = select_findings(status=FindingStatusKind.OPEN, first_day=first_day, end_day=end_day).order_by()
    if meter_ids is not None:
        found = _of_meters(found, meter_ids)
    return dict(found.values_list("rule").annotate(Count("id")))


def is_missing_outside(
    meter_ids: Sequence[int], start_at: datetime, end_at: datetime, first_at: datetime, last_at: datetime
) -> bool:
    """Tell whether reads of [start_at, end_at) are known to be missing before `first_at` or after `last_at`."""
    open_gaps = ValidationFinding.objects.filter(
        rule=ValidationRuleKind.MISSING, status=FindingStatusKind.OPEN, period_start_at__gte=start_at,
        period_end_at__lte=end_at,
    )  # fmt: skip
    return (
        _of_meters(open_gaps, meter_ids).filter(Q(period_start_at__lt=first_at) | Q(period_end_at__gt=last_at)).exists()
    )


def _of_meters(found: QuerySet[ValidationFinding], meter_ids: Sequence[int]) -> QuerySet[ValidationFinding]:
    """One array instead of a parameter a meter: there may be a hundred thousand."""
    return found.extra(where=["meter_id = ANY(%s::int8[])"], params=[list(meter_ids)])


def view_finding(finding: ValidationFinding, zone: ZoneInfo) -> FindingView:
    """Give a failure, with its meter at hand, as it is shown."""
    return FindingView(
        id=finding.pk, mrid=finding.mrid, meter_serial=finding.meter.serial_number, rule=finding.rule,
        severity=SEVERITIES[RULE_OF[finding.rule]].name, status=finding.status,  # type: ignore[index]
        start_at=finding.period_start_at.astimezone(zone), end_at=finding.period_end_at.astimezone(zone),
        slots=finding.slots, method=finding.method, note=finding.note, found_at=finding.found_at,
        measured_kwh=None if finding.measured_wh is None else kwh_from_wh(finding.measured_wh),
        expected_kwh=None if finding.expected_wh is None else kwh_from_wh(finding.expected_wh),
        resolved_by=finding.resolved_by,
    )  # fmt: skip
