"""Who had a hand in a run: whoever prepared it neither checks, approves nor issues it."""

from __future__ import annotations

from gridhall.apps.billing.kinds import RunWorkKind
from gridhall.apps.billing.models import BillException, BillRun, BillRunWork


def list_preparers(run: BillRun) -> frozenset[str]:
    """Give who opened a run, had it computed, or let go of what was held in it."""
    works = BillRunWork.objects.filter(run=run, kind=RunWorkKind.DRAFT).values_list("asked_by")
    released = BillException.objects.filter(run=run, holds=True).exclude(resolved_by="").values_list("resolved_by")
    return frozenset({run.opened_by, *(row[0] for row in works.union(released))})
