"""Failures page by page, narrowed as a person at the desk narrows them, and the ones before and after."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from gridhall.apps.accounts.models import Feeder
from gridhall.apps.metering.kinds import FindingStatusKind
from gridhall.apps.metering.models import MeterInstallation, ValidationFinding
from gridhall.apps.metering.queries.findings import FindingView, view_finding
from gridhall.core.periods import Month, local_midnight


@dataclass(frozen=True, slots=True)
class FindingChoice:
    """
    Which failures are looked at; what is empty does not narrow.

    :param status: empty for those that wait, ALL for all. :param feeder: its code. :param meter: a serial number.
    """

    rule: str = ""
    status: str = ""
    month: Month | None = None
    feeder: str = ""
    meter: str = ""


def choose_findings(choice: FindingChoice) -> QuerySet[ValidationFinding]:
    """Select what is looked at, the oldest stretch first."""
    found = ValidationFinding.objects.order_by("period_start_at", "id")
    if choice.status != "ALL":
        found = found.filter(status=choice.status or FindingStatusKind.OPEN)
    if choice.rule:
        found = found.filter(rule=choice.rule)
    if choice.month is not None:
        zone = ZoneInfo(settings.TIME_ZONE)
        first, end = (local_midnight(month.first_day, zone) for month in (choice.month, choice.month.next()))
        found = found.filter(period_start_at__gte=first, period_start_at__lt=end)
    if choice.feeder:
        hung = MeterInstallation.objects.filter(meter_id=OuterRef("meter_id")).filter(
            Q(usage_point__feeder__code=choice.feeder) | Q(usage_point__transformer__feeder__code=choice.feeder)
        )
        found = found.filter(Q(meter__feeder__code=choice.feeder) | Exists(hung))
    if choice.meter:
        found = found.filter(meter__serial_number=choice.meter)
    return found


def list_finding_page(
    *, choice: FindingChoice, descending: bool, offset: int, limit: int, counted: int
) -> tuple[list[FindingView], int]:
    """List one page and how many there are; counting stops at `counted`."""
    found = choose_findings(choice)
    total = found.order_by()[:counted].count()
    zone = ZoneInfo(settings.TIME_ZONE)
    ordered = found.order_by("-period_start_at", "-id") if descending else found
    return [view_finding(one, zone) for one in ordered.select_related("meter")[offset : offset + limit]], total


def find_neighbors(*, finding: ValidationFinding, choice: FindingChoice) -> tuple[UUID | None, UUID | None]:
    """Give the failures before and after one, among those that are looked at."""
    found = choose_findings(choice)
    start, key = finding.period_start_at, finding.pk
    after = found.filter(Q(period_start_at__gt=start) | Q(period_start_at=start, id__gt=key))
    before = found.filter(Q(period_start_at__lt=start) | Q(period_start_at=start, id__lt=key))
    before = before.order_by("-period_start_at", "-id")
    return before.values_list("mrid", flat=True).first(), after.values_list("mrid", flat=True).first()


def list_feeders() -> list[tuple[str, str]]:
    """List the feeders: code and name."""
    return list(Feeder.objects.order_by("code").values_list("code", "name"))
