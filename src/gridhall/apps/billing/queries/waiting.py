"""What waits at the billing desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing.kinds import BillRunStatusKind, BillStatusKind, ChunkStatusKind
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


@dataclass(frozen=True, slots=True)
class RecentRun:
    """A bill run with how far it is: `done` of its `chunks` are computed."""

    mrid: UUID
    kind: str
    month: date
    cycle: str
    cycle_en: str
    status: str
    bills: int
    done: int
    chunks: int
    opened_at: datetime


def list_recent_runs(*, viewer: Any, limit: int = 8) -> list[RecentRun]:
    """
    List the bill runs that were opened last, newest first, in one statement.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    waits = Q(chunks__status=ChunkStatusKind.WAITING)
    runs = BillRun.objects.select_related("cycle").annotate(
        made=Sum("chunks__bills"), all=Count("chunks"), waiting=Count("chunks", filter=waits)
    )
    return [
        RecentRun(
            run.mrid, run.kind, run.month, run.cycle.name, run.cycle.name_en, run.status, run.made or 0,
            run.all - run.waiting, run.all, run.opened_at,
        )
        for run in runs.order_by("-opened_at", "-id")[:limit]
    ]  # fmt: skip
