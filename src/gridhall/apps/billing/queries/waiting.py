"""What waits at the billing desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing.kinds import BillRunStatusKind, BillStatusKind
from gridhall.apps.billing.models import Bill, BillRun


@dataclass(frozen=True, slots=True)
class WaitingRun:
    """A bill run under way; `held` of its bills wait for a person."""

    run_id: int
    kind: str
    month: date
    cycle: str
    cycle_en: str
    status: str
    held: int


def list_waiting_runs(*, viewer: Any) -> list[WaitingRun]:
    """
    List the bill runs that are neither issued nor canceled, oldest first.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    done = (BillRunStatusKind.ISSUED, BillRunStatusKind.CANCELED)
    runs = list(BillRun.objects.exclude(status__in=done).select_related("cycle").order_by("opened_at", "id"))
    held = Bill.objects.filter(run__in=[run.pk for run in runs], status=BillStatusKind.HELD).values("run_id")
    counts = dict(held.annotate(bills=Count("id")).values_list("run_id", "bills")) if runs else {}
    return [
        WaitingRun(
            run.pk, run.kind, run.month, run.cycle.name, run.cycle.name_en, run.status, counts.get(run.pk, 0)
        )
        for run in runs
    ]  # fmt: skip
