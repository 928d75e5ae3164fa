"""An account's usage on its way out: which meters on which days, and the bills that go along; read as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.kinds import ExportResolutionKind
from gridhall.apps.billing.models import Bill, BillLine, BillPart
from gridhall.apps.billing.queries.access import check_access, may_see_bills
from gridhall.apps.metering import queries as metering
from gridhall.engines.intervals.export.csv_stream import stream_days, stream_quarter_hours
from gridhall.engines.intervals.export.espi_stream import ExportBill, ExportPoint, stream_espi
from gridhall.engines.intervals.export.parts import ExportPart
from gridhall.engines.intervals.export.workbook import MOST_ROWS, WorkbookWords, write_workbook

__all__ = ["UsageExport", "WorkbookWords", "prepare_usage_export"]
PIECE_DAYS = 31
"""So many days of one meter are in memory at a time."""


@dataclass(frozen=True, slots=True)
class UsageExport:
    """
    What goes out: whole local days [first_day, end_day), cut down to what the viewer may see and meters measured.

    Everything of the database has been read; writing reads the interval store only, piece by piece.

    :param bills: for Green Button; none for a viewer who may not look at bills.
    """

    account_number: str
    first_day: date
    end_day: date
    resolution: str
    stretches: list[metering.MeterStretch]
    bills: list[ExportBill]
    zone: ZoneInfo
    at: datetime

    @property
    def is_daily(self) -> bool:
        """Whether there is a row a day."""
        return self.resolution == ExportResolutionKind.DAY

    @property
    def row_count(self) -> int:
        """How many rows there will be."""
        days = sum((one.end_day - one.first_day).days for one in self.stretches)
        return days if self.is_daily else days * 96

    @property
    def fits_workbook(self) -> bool:
        """Whether a sheet holds all rows."""
        return self.row_count <= MOST_ROWS

    def iter_parts(self, stretches: list[metering.MeterStretch] | None = None) -> Iterator[ExportPart]:
        """Read the meters one after the other."""
        for reads in metering.iter_reads(self.stretches if stretches is None else stretches, days=PIECE_DAYS):
            yield ExportPart(
                reads.stretch.usage_point_code, reads.stretch.meter_serial, reads.stretch.first_day,
                reads.import_wh, reads.export_wh, reads.reactive_varh, reads.quality,
            )  # fmt: skip

    def stream_csv(self) -> Iterator[bytes]:
        """Give a CSV file piece by piece."""
        parts = self.iter_parts()
        return stream_days(parts) if self.is_daily else stream_quarter_hours(parts, self.zone)

    def stream_green_button(self, *, title: str) -> Iterator[bytes]:
        """Give a Green Button file piece by piece."""
        return stream_espi(
            self._iter_points(), self.bills, zone=self.zone, updated=self.at, daily=self.is_daily, title=title
        )

    def _iter_points(self) -> Iterator[ExportPoint]:
        for code in dict.fromkeys(one.usage_point_code for one in self.stretches):
            own = [one for one in self.stretches if one.usage_point_code == code]
            yield ExportPoint(
                code=code,
                title=code,
                read=lambda own=own: self.iter_parts(own),  # type: ignore[misc]
                has_export=any(part.export_wh.any() for part in self.iter_parts(own)),
                has_reactive=any(part.reactive_varh.any() for part in self.iter_parts(own)),
            )

    def write_workbook(self, path: Path, words: WorkbookWords) -> int:
        """Write a workbook; gives the number of rows."""
        return write_workbook(path, self.iter_parts(), words, daily=self.is_daily)


def prepare_usage_export(
    *, account: CustomerAccount, viewer: Any, first_day: date, end_day: date, resolution: str, at: datetime,
    with_bills: bool = False,
) -> UsageExport:  # fmt: skip
    """
    Find what there is to export of the days [first_day, end_day).

    :raises AccessDenied: for a viewer who may not look at usage.
    """
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    tomorrow = timezone.localdate(at) + timedelta(days=1)
    first = max(first_day, days[0])
    end = min(end_day, tomorrow, days[1] or tomorrow)
    shows_bills = with_bills and may_see_bills(account=account, viewer=viewer, at=at)
    return UsageExport(
        account_number=account.number,
        first_day=first,
        end_day=end,
        resolution=str(resolution),
        stretches=metering.list_stretches(account_ids=[account.pk], first_day=first, end_day=end),
        bills=_list_bills(account, days[0], first, end) if shows_bills else [],
        zone=ZoneInfo(settings.TIME_ZONE),
        at=at,
    )


def _list_bills(account: CustomerAccount, visible_from: date, first: date, end: date) -> list[ExportBill]:
    """List the bills that stand for days of [first, end), each with what its days cost in all."""
    bills = list(
        Bill.objects.filter(
            account_id=account.pk, is_current=True, issued_at__isnull=False, agreement__starts_on__gte=visible_from,
            first_day__gte=first, end_day__lte=end,
        ).order_by("first_day")
    )  # fmt: skip
    ids = [bill.pk for bill in bills]
    lines: dict[int, list[BillLine]] = {}
    for line in BillLine.objects.filter(bill_id__in=ids, charge__counts=True).select_related("charge").order_by(
        "bill_id", "position"
    ):  # fmt: skip
        lines.setdefault(line.bill_id, []).append(line)
    parts = BillPart.objects.filter(bill_id__in=ids).values_list("bill_id", "tariff_document__code").distinct()
    tariffs = dict(parts)
    return [
        ExportBill(
            number=bill.number,
            first_day=bill.first_day,
            end_day=bill.end_day,
            amount=bill.charge_total,
            energy_wh=bill.energy_wh,
            tariff=tariffs.get(bill.pk, ""),
            issued_at=bill.issued_at or bill.drafted_at,
            lines=tuple(
                (str(line.charge.group), line.charge.label, line.amount)
                for line in lines.get(bill.pk, [])
                if line.part >= 0
            ),
            is_estimated=bill.is_estimated,
        )
        for bill in bills
    ]
