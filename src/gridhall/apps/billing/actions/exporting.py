"""Handing an account's usage out, and telling who took it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.events import UsageExported
from gridhall.apps.billing.kinds import ExportFormatKind, ExportResolutionKind
from gridhall.apps.billing.queries.exports import UsageExport, prepare_usage_export
from gridhall.core import events
from gridhall.core.errors import BusinessError

MOST_DAYS = 1_100
"""Three years at a time."""


class UnableToExportUsage(BusinessError):
    """The usage that was asked for cannot be handed out like this."""


@transaction.atomic
def export_usage(
    *, account: CustomerAccount, viewer: Any, first_day: date, end_day: date, resolution: ExportResolutionKind | str,
    format: ExportFormatKind | str, at: datetime, actor: str,
) -> UsageExport:  # fmt: skip
    """
    Give what writes the usage of the days [first_day, end_day), as far as the viewer may see them.

    It is told before it is written: a file that was half written has left the house, too.

    :raises AccessDenied: for a viewer who may not look at usage.
    :raises UnableToExportUsage: when the days are none, too many, hold nothing, or more rows than a workbook has.
    """
    if end_day <= first_day:
        raise UnableToExportUsage("The last day lies before the first; choose them again.", code="no-days")
    if (end_day - first_day).days > MOST_DAYS:
        raise UnableToExportUsage("Three years can be taken at a time; choose fewer days.", code="too-many-days")
    export = prepare_usage_export(
        account=account, viewer=viewer, first_day=first_day, end_day=end_day, resolution=resolution, at=at,
        with_bills=format == ExportFormatKind.GREEN_BUTTON,
    )  # fmt: skip
    if not export.stretches:
        raise UnableToExportUsage("There are no reads of these days; choose others.", code="no-reads")
    if format == ExportFormatKind.XLSX and not export.fits_workbook:
        raise UnableToExportUsage(
            "A workbook does not hold so many rows; choose CSV, whole days, or fewer days.", code="too-many-rows"
        )
    events.publish(
        UsageExported(
            account_id=account.pk,
            account_number=account.number,
            viewer_id=viewer.pk,
            format=str(format),
            resolution=str(resolution),
            first_day=export.first_day.isoformat(),
            end_day=export.end_day.isoformat(),
            has_bills=bool(export.bills),
        ),
        actor=actor,
        at=at,
    )
    return export
